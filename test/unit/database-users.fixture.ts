/** Stand-ins for Secrets Manager and PostgreSQL, with the semantics that the functions of database users depend on. */
import type { Login } from "../../functions/database-users/connection";
import type { DatabaseAccess } from "../../functions/database-users/logins";
import { scramVerifier } from "../../functions/database-users/password";
import type { Databases, Secrets, SecretVersion, Session, Stage } from "../../functions/database-users/ports";
import { createSetup } from "../../functions/database-users/setup/setup";

interface Version {
    value?: string;
    stages: Set<string>;
}

/** Secrets Manager: staging labels move as its User Guide describes. */
export class FakeSecrets implements Secrets {
    readonly secrets: Record<string, Map<string, Version>> = {};
    writes = 0;
    private count = 0;

    constructor(values: Record<string, string> = {}) {
        for (const [secret, value] of Object.entries(values)) this.put(secret, `initial-${secret}`, value, "AWSCURRENT");
    }

    read(secret: string, stage: Stage, versionId?: string): Promise<SecretVersion | undefined> {
        for (const [id, { value, stages }] of this.of(secret))
            if (stages.has(stage) && value !== undefined && (versionId === undefined || versionId === id))
                return Promise.resolve({ versionId: id, value });
        return Promise.resolve(undefined);
    }

    stages(secret: string): Promise<Record<string, string[]>> {
        const labelled = [...this.of(secret)].filter(([, { stages }]) => stages.size > 0);
        return Promise.resolve(Object.fromEntries(labelled.map(([id, { stages }]) => [id, [...stages]])));
    }

    write(secret: string, value: string): Promise<string> {
        this.writes++;
        const id = `version-${++this.count}`;
        this.put(secret, id, value, "AWSCURRENT");
        return Promise.resolve(id);
    }

    writePending(secret: string, value: string, versionId: string): Promise<void> {
        const version = this.of(secret).get(versionId);
        if (version?.value !== undefined) throw new Error("ResourceExistsException");
        this.put(secret, versionId, value, "AWSPENDING");
        return Promise.resolve();
    }

    moveStage(secret: string, stage: Stage, from: string | undefined, to?: string): Promise<void> {
        const holder = [...this.of(secret)].find(([, { stages }]) => stages.has(stage))?.[0];
        if (holder !== from) throw new Error(`InvalidParameterException: ${stage} is attached to ${holder ?? "no version"}`);
        if (to === undefined)
            this.of(secret)
                .get(from ?? "")
                ?.stages.delete(stage);
        else this.label(secret, to, stage);
        return Promise.resolve();
    }

    /** What Secrets Manager does before the first step. */
    startRotation(secret: string): string {
        const token = `rotation-${++this.count}`;
        this.put(secret, token, undefined, "AWSPENDING");
        return token;
    }

    /** The JSON of a version. */
    json(secret: string, stage: Stage): Record<string, unknown> | undefined {
        const found = [...this.of(secret).values()].find(({ stages }) => stages.has(stage));
        return found?.value === undefined ? undefined : (JSON.parse(found.value) as Record<string, unknown>);
    }

    /** All passwords that any version contains. */
    get passwords(): string[] {
        const versions = Object.values(this.secrets).flatMap((secret) => [...secret.values()]);
        return versions.flatMap(({ value = "" }) => /"password":"([^"]*)"/.exec(value)?.[1] ?? []);
    }

    private of(secret: string): Map<string, Version> {
        return (this.secrets[secret] ??= new Map<string, Version>());
    }

    private put(secret: string, id: string, value: string | undefined, stage: Stage): void {
        const { stages } = this.of(secret).get(id) ?? { stages: new Set<string>() };
        this.of(secret).set(id, { value, stages });
        this.label(secret, id, stage);
    }

    private label(secret: string, id: string, stage: string): void {
        for (const [other, { stages }] of this.of(secret))
            if (stages.delete(stage) && stage === "AWSCURRENT" && other !== id) this.label(secret, other, "AWSPREVIOUS");
        this.of(secret).get(id)?.stages.add(stage);
    }
}

/** Whether PostgreSQL would accept a password: it compares it with the verifier that it stores. */
export function accepts(verifier: string | null | undefined, password: string): boolean {
    const [, iterations, salt = ""] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier ?? "") ?? [];
    return iterations !== undefined && scramVerifier(password, Buffer.from(salt, "base64"), Number(iterations)) === verifier;
}

/** A server that knows only logins. */
export class FakeServer implements Databases {
    readonly verifiers: Record<string, string> = {};
    readonly statements: string[] = [];
    readonly opened: string[] = [];

    constructor(passwords: Record<string, string> = {}) {
        for (const [user, password] of Object.entries(passwords)) this.set(user, password);
    }

    set(user: string, password: string): void {
        this.verifiers[user] = scramVerifier(password);
    }

    accepts = ({ username, password }: Pick<Login, "username" | "password">): boolean => accepts(this.verifiers[username], password);

    open(login: Login): Promise<Session | "rejected"> {
        this.opened.push(login.username);
        if (!this.accepts(login)) return Promise.resolve("rejected");
        return Promise.resolve({
            query: (sql: string) => {
                this.statements.push(sql);
                const [, own] = /^ALTER ROLE CURRENT_USER PASSWORD '(.*)'$/.exec(sql) ?? [];
                if (own !== undefined) this.verifiers[login.username] = own;
                return Promise.resolve([]);
            },
            close: () => Promise.resolve(),
        });
    }
}

export const target = { host: "db.example.com", port: 5432, database: "postgres" };
export const master = { username: "boss", password: "master-password" };
export const MASTER = "arn:master";

export interface Made {
    secrets?: FakeSecrets;
    databases: Databases;
    copyFrom?: string;
    readReplicas?: Record<string, string>;
    timeout?: number;
}

export function setupOf({
    secrets = new FakeSecrets({ [MASTER]: JSON.stringify(master) }),
    databases,
    copyFrom,
    readReplicas,
    timeout = 60,
}: Made) {
    const lines: string[] = [];
    let now = 0;
    const settings = { target, rootCertificate: "/etc/rds.pem", masterSecretArn: MASTER, copyFrom, readReplicas, timeout };
    const clock = { now: () => now, sleep: (milliseconds: number) => Promise.resolve(void (now += milliseconds)) };
    const log = (message: string, facts: Record<string, unknown>) => void lines.push(JSON.stringify({ message, ...facts }));
    const setup = createSetup(settings, { secrets, databases, log, clock });
    return {
        secrets,
        lines,
        run: (user: string, access: DatabaseAccess = "readWrite") => setup({ secretArn: `arn:${user}`, user, access }),
    };
}
