/** The systems that a workload can use, by the names in its `uses`. */
import type { PlatformConfig } from "./config";

/** Systems that a workload can use. */
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
export const enabledUses = ({ documents }: Pick<PlatformConfig, "documents">): Use[] =>
    USES.filter((use) => use !== "documents" || documents.enabled);
