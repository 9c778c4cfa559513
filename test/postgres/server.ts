import { PGlite } from "@electric-sql/pglite";
import type { Login } from "../../functions/database-users/connection";
import { scramVerifier } from "../../functions/database-users/password";
import type { Databases, Session } from "../../functions/database-users/ports";
import { accepts } from "../unit/database-users.fixture";

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
