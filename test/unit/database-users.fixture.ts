/** Stand-ins for Secrets Manager and PostgreSQL, with the semantics that the functions of database users depend on. */
import { PGlite } from "@electric-sql/pglite";
import type { Login } from "../../functions/database-users/connection";
import { scramVerifier } from "../../functions/database-users/password";
import type { Databases, Secrets, SecretVersion, Session, Stage } from "../../functions/database-users/ports";

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
function accepts(verifier: string | null | undefined, password: string): boolean {
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

/** PostgreSQL itself, in this process. It has one connection, which changes its user. */
export class RealServer implements Databases {
    private active: object | undefined;
    private constructor(private readonly server: PGlite) {}

    /** A database with a master user that has the permissions of that of RDS: it isn't a superuser. */
    static async start(master: { username: string; password: string }): Promise<RealServer> {
        const real = new RealServer(await PGlite.create());
        await real.asSuperuser(`CREATE ROLE ${master.username} LOGIN CREATEROLE CREATEDB PASSWORD '${scramVerifier(master.password)}'`);
        for (const database of ["postgres", "template1"]) await real.asSuperuser(`ALTER DATABASE ${database} OWNER TO ${master.username}`);
        return real;
    }

    close = (): Promise<void> => this.server.close();

    async asSuperuser(sql: string): Promise<Record<string, unknown>[]> {
        this.active = undefined;
        await this.server.exec("SET SESSION AUTHORIZATION postgres");
        return (await this.server.query<Record<string, unknown>>(sql)).rows;
    }

    async open({ username, password }: Login): Promise<Session | "rejected"> {
        const [role] = await this.asSuperuser(
            `SELECT rolpassword, rolcanlogin, (SELECT setconfig FROM pg_db_role_setting WHERE setrole = pg_authid.oid) AS settings FROM pg_authid WHERE rolname = '${username}'`,
        );
        if (role?.rolcanlogin !== true || !accepts(role.rolpassword as string | null, password)) return "rejected";
        const self = {};
        const begin = async (): Promise<void> => {
            if (this.active === self) return;
            this.active = self;
            await this.server.exec(`SET SESSION AUTHORIZATION ${username}`);
            for (const setting of (role.settings as string[] | null) ?? []) await this.server.exec(`SET ${setting.replace("=", " = ")}`);
        };
        return {
            query: async (sql: string) => {
                await begin();
                return (await this.server.query<Record<string, unknown>>(sql)).rows;
            },
            close: async () => {
                if (this.active === self) await this.server.exec("ROLLBACK");
                this.active = undefined;
            },
        };
    }
}
