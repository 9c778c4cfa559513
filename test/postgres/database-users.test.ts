import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { connectionStringOf, type Login } from "../../functions/database-users/connection";
import { newPassword, scramVerifier } from "../../functions/database-users/password";
import type { Session } from "../../functions/database-users/ports";
import { type FakeSecrets, master, setupOf, target } from "../unit/database-users.fixture";
import { RealServer } from "./server";

describe("setup of a database user, with PostgreSQL", function () {
    this.timeout(60_000);
    let server: RealServer;
    before(async () => {
        server = await RealServer.start(master);
    });
    after(() => server.close());

    const loginOf = (secrets: FakeSecrets, user: string, stage: "AWSCURRENT" | "AWSPREVIOUS" = "AWSCURRENT") =>
        secrets.json(`arn:${user}`, stage) as unknown as Login & { connectionString: string };
    const sessionOf = async (login: Login): Promise<Session> => {
        const session = await server.open(login);
        if (session === "rejected") throw new Error(`${login.username} is rejected`);
        return session;
    };
    /** Runs statements as a login, and returns the error of the first that fails. */
    async function errorOf(login: Login, ...statements: string[]): Promise<string> {
        const session = await sessionOf(login);
        try {
            for (const sql of statements) await session.query(sql);
            return "none";
        } catch (error) {
            return (error as Error).message;
        } finally {
            await session.close();
        }
    }

    it("creates two logins, stores both, and makes the first one current", async () => {
        const { secrets, run } = setupOf({ databases: server });
        const { versionId } = await run("web");
        const [current, previous] = [loginOf(secrets, "web"), loginOf(secrets, "web", "AWSPREVIOUS")];
        expect([current.username, previous.username]).to.deep.equal(["web_a", "web_b"]);
        expect(current.password)
            .to.match(/^[A-Za-z0-9]{48}$/)
            .and.not.equal(previous.password);
        expect(current).to.deep.equal({
            ...target,
            username: "web_a",
            password: current.password,
            connectionString: connectionStringOf({ ...current, rootCertificate: "/etc/rds.pem" }),
        });
        expect((await secrets.read("arn:web", "AWSCURRENT"))?.versionId).to.equal(versionId);
        for (const login of [current, previous]) expect(await errorOf(login, "SELECT 1")).to.equal("none");
    });

    it("changes nothing if both logins work", async () => {
        const { secrets, run } = setupOf({ databases: server });
        const first = await run("again");
        const before = await server.asSuperuser("SELECT rolname, rolpassword FROM pg_authid ORDER BY 1");
        const { writes } = secrets;
        expect(await run("again")).to.deep.equal(first);
        expect(secrets.writes).to.equal(writes);
        expect(await server.asSuperuser("SELECT rolname, rolpassword FROM pg_authid ORDER BY 1")).to.deep.equal(before);
    });

    it("stores a connection string for a new read replica in both versions, and keeps the passwords", async () => {
        const { secrets, run } = setupOf({ databases: server });
        const first = await run("reader");
        const before = [loginOf(secrets, "reader"), loginOf(secrets, "reader", "AWSPREVIOUS")];
        const readReplicas = { reports: "reports.example.com" };
        const second = await setupOf({ databases: server, secrets, readReplicas }).run("reader");
        expect(second.versionId).not.to.equal(first.versionId);
        const after = [loginOf(secrets, "reader"), loginOf(secrets, "reader", "AWSPREVIOUS")];
        const added = (login: Login) => ({
            ...login,
            connectionString_reports: connectionStringOf({ ...login, host: readReplicas.reports, rootCertificate: "/etc/rds.pem" }),
        });
        expect(after).to.deep.equal(before.map(added));
        for (const login of after) expect(await errorOf(login, "SELECT 1")).to.equal("none");
    });

    for (const broken of [["fix_a"], ["fix_b"], ["fix_a", "fix_b"]]) {
        it(`repairs ${broken.join(" and ")}, and keeps a login that works`, async () => {
            const { secrets, run } = setupOf({ databases: server });
            await run("fix");
            const before = [loginOf(secrets, "fix"), loginOf(secrets, "fix", "AWSPREVIOUS")];
            for (const login of broken) await server.asSuperuser(`ALTER ROLE ${login} PASSWORD '${scramVerifier("other")}'`);
            await run("fix");
            const after = [loginOf(secrets, "fix"), loginOf(secrets, "fix", "AWSPREVIOUS")];
            for (const login of after) {
                expect(await errorOf(login, "SELECT 1"), login.username).to.equal("none");
                const kept = before.find(({ username }) => username === login.username)?.password === login.password;
                expect(kept, login.username).to.equal(!broken.includes(login.username));
            }
            // The login of running tasks stays current if it works.
            if (!broken.includes("fix_a")) expect(after[0]?.username).to.equal("fix_a");
        });
    }

    it("ends a rotation that was interrupted, which would otherwise continue with a password that isn't valid", async () => {
        const { secrets, run } = setupOf({ databases: server });
        await run("halted");
        const token = secrets.startRotation("arn:halted");
        await server.asSuperuser(`ALTER ROLE halted_b PASSWORD '${scramVerifier("pending")}'`);
        await run("halted");
        expect((await secrets.stages("arn:halted"))[token]).to.equal(undefined);
    });

    it("gives objects of the master user to the owner role, also those of columns, and leaves others alone", async () => {
        const boss = { ...target, ...master };
        await server.asSuperuser("CREATE SCHEMA foreign_schema; ".replace("; ", ""));
        await server.asSuperuser("CREATE TABLE foreign_schema.foreign_table (id int)");
        const statements = [
            "CREATE SCHEMA shop",
            "CREATE TABLE shop.orders (id serial PRIMARY KEY, line int GENERATED ALWAYS AS IDENTITY, total numeric)",
            "CREATE TABLE parts (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10)",
            "CREATE VIEW shop.totals AS SELECT total FROM shop.orders",
            "CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one",
            "CREATE SEQUENCE numbers",
            "CREATE TYPE mood AS ENUM ('good')",
            "CREATE TYPE pair AS (a int, b int)",
            "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
            "CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT 2 * x'",
            "CREATE STATISTICS order_statistics ON id, total FROM shop.orders",
            `CREATE TABLE "Mixed Case" (id int)`,
            `CREATE SCHEMA "Odd Schema"`,
            `CREATE TABLE "Odd Schema"."Odd Table" (id int)`,
        ];
        expect(await errorOf(boss, ...statements)).to.equal("none");
        await setupOf({ databases: server }).run("mover", "owner");
        const owned = await server.asSuperuser(
            "SELECT object.type, object.identity FROM pg_shdepend d CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) object WHERE d.refobjid = 'boss'::regrole AND d.deptype = 'o' AND object.schema IS NOT NULL AND object.type <> 'default acl'",
        );
        expect(owned).to.deep.equal([]);
        const owners = await server.asSuperuser(
            "SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace IN ('shop'::regnamespace, 'public'::regnamespace)",
        );
        expect(owners).to.deep.equal([{ owner: "postgres_owner" }]);
        const foreign = await server.asSuperuser("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'foreign_table'");
        expect(foreign).to.deep.equal([{ owner: "postgres" }]);
        // The master user keeps its access, so that the key can be turned off.
        expect(await errorOf(boss, "INSERT INTO shop.orders (total) VALUES (1)", "ALTER TABLE shop.orders ADD COLUMN note text")).to.equal(
            "none",
        );
    });

    describe("permissions", () => {
        const logins: Record<string, Login> = {};
        before(async () => {
            const { secrets, run } = setupOf({ databases: server });
            for (const access of ["owner", "readWrite", "readOnly"] as const) {
                await run(`level_${access.toLowerCase()}`, access);
                logins[access] = loginOf(secrets, `level_${access.toLowerCase()}`);
                logins[`${access} next`] = loginOf(secrets, `level_${access.toLowerCase()}`, "AWSPREVIOUS");
            }
            const owner = logins.owner!;
            const made = [
                "CREATE SCHEMA app",
                "CREATE TABLE app.items (id serial, name text)",
                "INSERT INTO app.items (name) VALUES ('x')",
            ];
            expect(await errorOf(owner, ...made)).to.equal("none");
        });

        const CASES: [access: string, sql: string, allowed: boolean][] = [
            ["owner", "ALTER TABLE app.items ADD COLUMN more text", true],
            // The other login of the pair owns it as well.
            ["owner next", "ALTER TABLE app.items ADD COLUMN again text", true],
            ["owner", "CREATE TABLE in_public (id int)", true],
            ["readWrite", "INSERT INTO app.items (name) VALUES ('y')", true],
            ["readWrite", "UPDATE app.items SET name = 'z'", true],
            ["readWrite", "DELETE FROM app.items WHERE id = 7", true],
            ["readWrite", "SELECT * FROM app.items", true],
            ["readWrite", "SELECT * FROM shop.orders", true],
            ["readWrite", "INSERT INTO shop.orders (total) VALUES (2)", true],
            ["readWrite", "TRUNCATE app.items", false],
            ["readWrite", "ALTER TABLE app.items ADD COLUMN other text", false],
            ["readWrite", "CREATE TABLE public.mine (id int)", false],
            ["readWrite", "CREATE SCHEMA mine", false],
            ["readWrite", "SET ROLE postgres_owner", false],
            ["readWrite", "ALTER ROLE level_owner_a PASSWORD 'x'", false],
            ["readOnly", "SELECT * FROM app.items", true],
            ["readOnly", "SELECT * FROM shop.totals", true],
            ["readOnly", "INSERT INTO app.items (name) VALUES ('y')", false],
            ["readOnly", "DELETE FROM shop.orders", false],
            ["readOnly", "SELECT nextval('app.items_id_seq')", false],
            ["owner", "CREATE ROLE another LOGIN", false],
            ["owner", "ALTER ROLE boss PASSWORD 'x'", false],
        ];
        for (const [access, sql, allowed] of CASES) {
            it(`${access}: ${sql} is ${allowed ? "allowed" : "rejected"}`, async () => {
                const message = await errorOf(logins[access]!, sql);
                if (allowed) expect(message).to.equal("none");
                else expect(message).to.match(/permission denied|must be owner/);
            });
        }

        it("objects of both logins belong to the owner role", async () => {
            expect(await errorOf(logins["owner next"]!, "CREATE TABLE app.later (id int)")).to.equal("none");
            const [row] = await server.asSuperuser("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'later'");
            expect(row).to.deep.equal({ owner: "postgres_owner" });
        });

        it("a change of the access applies to both logins, and takes the previous permissions away", async () => {
            const { secrets, run } = setupOf({ databases: server });
            await run("changing", "owner");
            await run("changing", "readOnly");
            for (const stage of ["AWSCURRENT", "AWSPREVIOUS"] as const) {
                const login = loginOf(secrets, "changing", stage);
                expect(await errorOf(login, "SELECT * FROM app.items")).to.equal("none");
                expect(await errorOf(login, "CREATE TABLE app.no (id int)")).to.contain("permission denied");
                expect(await errorOf(login, "SET ROLE postgres_owner")).to.contain("permission denied");
            }
        });

        it("a permission that somebody revoked stays revoked", async () => {
            await server.asSuperuser("REVOKE DELETE ON shop.orders FROM postgres_readwrite");
            await setupOf({ databases: server }).run("later", "readWrite");
            expect(await errorOf(logins.readWrite!, "DELETE FROM shop.orders")).to.contain("permission denied");
        });

        it("nobody else can log in to the databases that every instance has", async () => {
            const [row] = await server.asSuperuser("SELECT has_database_privilege('level_owner_a', 'template1', 'CONNECT') AS can");
            expect(row).to.deep.equal({ can: false });
        });

        it("a login of the owner role sets its own password, not that of the role", async () => {
            const { setOwnPassword } = await import("../../functions/database-users/roles");
            const login = logins.owner!;
            const session = await sessionOf(login);
            const password = newPassword();
            await setOwnPassword(session, scramVerifier(password));
            await session.close();
            expect(await server.open(login)).to.equal("rejected");
            expect(await errorOf({ ...login, password }, "SELECT 1")).to.equal("none");
            const [owner] = await server.asSuperuser("SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres_owner'");
            expect(owner).to.deep.equal({ rolpassword: null });
        });
    });

    it("computes what PostgreSQL itself stores for a password", async () => {
        const password = newPassword();
        await server.asSuperuser(`CREATE ROLE plain LOGIN PASSWORD '${password}'`);
        expect(await server.open({ ...target, username: "plain", password })).not.to.equal("rejected");
        expect(await server.open({ ...target, username: "plain", password: newPassword() })).to.equal("rejected");
    });

    it("doesn't take over a role that somebody else created", async () => {
        await server.asSuperuser("CREATE ROLE taken_b LOGIN");
        const { secrets, run } = setupOf({ databases: server });
        const message = await run("taken").then(String, String);
        expect(message).to.contain("the role taken_b exists, and it isn't one of the database users");
        expect(secrets.writes).to.equal(0);
        // The transaction is undone.
        expect(await server.asSuperuser("SELECT 1 FROM pg_roles WHERE rolname = 'taken_a'")).to.deep.equal([]);
    });

    it("the documented SQL removes the roles, and returns the objects to the master user", async () => {
        const page = readFileSync(join(__dirname, "..", "..", "docs", "databases.md"), "utf8").split("### Remove the roles")[1] ?? "";
        const [ofUser = "", ofDatabase = ""] = [...page.matchAll(/```sql\n([^`]*)```/g)].map(([, sql = ""]) =>
            sql.replaceAll(/aiplatform_(\w+)/g, "postgres_$1").replaceAll(/\baiplatform\b/g, "boss"),
        );
        const real = await RealServer.start(master);
        const session = (await real.open({ ...target, ...master })) as Session;
        await session.query("CREATE TABLE kept (id int)");
        const { run } = setupOf({ databases: real });
        await run("api", "owner");
        for (const sql of `${ofUser}${ofDatabase}`.split(";\n").filter(Boolean)) await session.query(sql);
        const left = await real.asSuperuser("SELECT rolname FROM pg_roles WHERE rolname ~ '^(api|postgres)_'");
        expect(left).to.deep.equal([]);
        const [kept] = await real.asSuperuser("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'kept'");
        expect(kept).to.deep.equal({ owner: "boss" });
        await real.close();
    });

    it("sends and logs no passwords", async () => {
        const { secrets, lines, run } = setupOf({ databases: server });
        await run("quiet");
        expect(secrets.passwords).to.have.length.above(2);
        for (const password of secrets.passwords) expect(lines.join("\n")).not.to.contain(password);
        const [row] = await server.asSuperuser("SELECT rolpassword FROM pg_authid WHERE rolname = 'quiet_a'");
        expect(row?.rolpassword).to.match(/^SCRAM-SHA-256\$4096:/);
    });
});
