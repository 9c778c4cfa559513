import { expect } from "chai";
import { FakeSecrets, FakeServer, MASTER, master, setupOf, target } from "./database-users.fixture";

describe("setup of a database user", () => {
    it("waits while the database rejects the master user, and then says what is wrong", async () => {
        const databases = new FakeServer({ boss: "another" });
        const { lines, run } = setupOf({ databases });
        const message = await run("web").then(String, String);
        expect(message).to.contain("the database user web couldn't be set up").and.to.contain("rejects the master user");
        expect(message + lines.join("")).not.to.contain(master.password);
        expect(databases.opened.length).to.equal(12);
    });

    it("continues when a policy or a network rule becomes effective", async () => {
        const databases = new FakeServer({ boss: "master-password" });
        const secrets = new FakeSecrets({
            [MASTER]: JSON.stringify(master),
            "prod/users/web": JSON.stringify({ username: "web_b", password: "b" }),
        });
        databases.set("web_b", "b");
        let failures = 3;
        const read = secrets.read.bind(secrets);
        secrets.read = (...args) =>
            failures-- > 0 ? Promise.reject(Object.assign(new Error("not authorized"), { name: "AccessDeniedException" })) : read(...args);
        const { run } = setupOf({ databases, secrets, copyFrom: "prod/users" });
        expect(await run("web")).to.have.property("versionId");
    });

    it("reports other errors immediately", async () => {
        const databases = new FakeServer();
        const { secrets, run } = setupOf({ databases });
        secrets.read = () => Promise.reject(Object.assign(new Error("disk full"), { code: "53100", query: "ALTER ROLE secret" }));
        const error = await run("web").then(String, (it: unknown) => it as Error & { query?: string });
        expect(error).to.be.instanceOf(Error).and.not.to.have.property("query");
        expect(String(error)).to.contain("53100: disk full");
    });

    it("doesn't quote a master secret that isn't JSON", async () => {
        const secrets = new FakeSecrets({ [MASTER]: "hunter2" });
        const message = await setupOf({ databases: new FakeServer(), secrets }).run("web").then(String, String);
        expect(message).to.contain("isn't JSON").and.not.to.contain("hunter2");
    });

    describe("on standby", () => {
        const source = JSON.stringify({ host: "primary.example.com", username: "web_b", password: "copied" });

        it("copies the login of the source with the host of the replica, without the master user", async () => {
            const databases = new FakeServer({ web_b: "copied" });
            const secrets = new FakeSecrets({ "prod/users/web": source });
            const { run } = setupOf({ databases, secrets, copyFrom: "prod/users" });
            const first = await run("web");
            expect(secrets.json("arn:web", "AWSCURRENT")).to.include({ ...target, username: "web_b", password: "copied" });
            expect(databases.opened).to.deep.equal(["web_b"]);
            expect(await run("web"), "unchanged").to.deep.equal(first);
        });

        it("stores a connection string for each read replica, and stores it again if they change", async () => {
            const databases = new FakeServer({ web_b: "copied" });
            const secrets = new FakeSecrets({ "prod/users/web": source });
            const stored = async (readReplicas?: Record<string, string>) => {
                const { versionId } = await setupOf({ databases, secrets, copyFrom: "prod/users", readReplicas }).run("web");
                return { versionId, content: secrets.json("arn:web", "AWSCURRENT") ?? {} };
            };
            const none = await stored();
            expect(Object.keys(none.content)).to.deep.equal(["host", "port", "database", "username", "password", "connectionString"]);
            const one = await stored({ "eu-reports": "reports.example.com" });
            const { "connectionString_eu-reports": replica, ...rest } = one.content;
            expect(rest).to.deep.equal(none.content);
            expect(replica).to.equal(
                "Host=reports.example.com;Port=5432;Database=postgres;Username=web_b;Password=copied;SSL Mode=VerifyFull;Root Certificate=/etc/rds.pem",
            );
            expect(one.versionId).not.to.equal(none.versionId);
            expect(await stored({ "eu-reports": "reports.example.com" })).to.deep.equal(one);
            expect((await stored()).content).to.deep.equal(none.content);
        });

        it("doesn't store a login that the replica rejects", async () => {
            const secrets = new FakeSecrets({ "prod/users/web": source });
            const { run } = setupOf({ databases: new FakeServer(), secrets, copyFrom: "prod/users" });
            expect(await run("web").then(String, String)).to.contain("the replica rejects the login web_b");
            expect(secrets.writes).to.equal(0);
        });

        it("says what to do if the primary stack has no such user", async () => {
            const { run } = setupOf({ databases: new FakeServer(), secrets: new FakeSecrets(), copyFrom: "prod/users" });
            expect(await run("web").then(String, String)).to.contain("run pulumi up in the primary stack");
        });
    });
});
