/** The systems that a workload can use, by the names in its `uses`. */
export const USES = ["database", "cache", "documents", "lake", "events", "ai", "jwt"] as const;
export type Use = (typeof USES)[number];

/** Environment variables that contain secrets. */
export const SECRETS = {
    database: "ConnectionStrings__DefaultConnection",
    cache: "ConnectionStrings__Redis",
    documents: "ConnectionStrings__Documents",
    jwt: "JWT_SECRET",
};

/** The systems that are on. */
export const enabledUses = (config: Record<Switchable, { enabled: boolean }>): Use[] =>
    USES.filter((use) => !isSwitchable(use) || config[use].enabled);

type Switchable = Exclude<Use, "database" | "jwt">;
const isSwitchable = (use: Use): use is Switchable => use !== "database" && use !== "jwt";
