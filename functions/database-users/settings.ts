import type { ConnectionSettings, Target } from "./connection";

type Environment = Record<string, string | undefined>;

/** What both functions know of the database. */
export interface DatabaseSettings extends ConnectionSettings {
    target: Target;
    /** Prefix of the names of another stack's secrets. Set on standby, where the users are those of the source. */
    copyFrom?: string;
}

/** Reads a setting that must not be empty. */
export function required(environment: Environment, name: string): string {
    const value = environment[name];
    if (!value) throw new Error(`the environment variable ${name} is missing`);
    return value;
}

export const databaseSettings = (environment: Environment): DatabaseSettings => ({
    target: {
        host: required(environment, "DATABASE_HOST"),
        port: Number(required(environment, "DATABASE_PORT")),
        database: required(environment, "DATABASE_NAME"),
    },
    rootCertificate: environment.ROOT_CERTIFICATE,
    readReplicas: JSON.parse(environment.READ_REPLICAS ?? "{}") as Record<string, string>,
    copyFrom: environment.COPY_FROM,
});
