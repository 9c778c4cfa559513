import type { Login } from "./connection";

export type Stage = "AWSCURRENT" | "AWSPENDING" | "AWSPREVIOUS";

export interface SecretVersion {
    versionId: string;
    value: string;
}

/** Secrets Manager. A secret is given by its ARN, or by its name in the same account and region. */
export interface Secrets {
    /** The version with a staging label. Undefined if there is none, or if it's empty. */
    read(secret: string, stage: Stage, versionId?: string): Promise<SecretVersion | undefined>;
    /** The staging labels of each version that has any, by version ID. */
    stages(secret: string): Promise<Record<string, string[]>>;
    /** Makes a value the current version. The previous one keeps the label AWSPREVIOUS. Returns the version ID. */
    write(secret: string, value: string): Promise<string>;
    /** Gives the pending version with this ID a value. */
    writePending(secret: string, value: string, versionId: string): Promise<void>;
    /** Moves a staging label from one version to another, or removes it. */
    moveStage(secret: string, stage: Stage, from: string | undefined, to?: string): Promise<void>;
}

export interface Session {
    /** Runs one statement. */
    query(sql: string): Promise<Record<string, unknown>[]>;
    close(): Promise<void>;
}

/** PostgreSQL. */
export interface Databases {
    /** Logs in. Returns `rejected` if the server doesn't accept the user or the password, and throws all other errors. */
    open(login: Login): Promise<Session | "rejected">;
}

/** ECS. */
export interface Services {
    /** Replaces the tasks of a service, which read their secrets when they start. */
    redeploy(cluster: string, service: string): Promise<void>;
}

/** Writes a line to the function's log. Facts must not contain passwords. */
export type Log = (message: string, facts: Record<string, unknown>) => void;

export interface Clock {
    /** Milliseconds. */
    now: () => number;
    sleep: (milliseconds: number) => Promise<void>;
}
