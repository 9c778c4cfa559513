import { expect } from "chai";
import type { Stage } from "../../functions/database-users/ports";
import { createRotation } from "../../functions/database-users/rotation/rotation";
import { FakeSecrets, FakeServer } from "./database-users.fixture";

const target = { host: "db.example.com", port: 5432, database: "shop" };
const SECRET = "arn:web";
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
type Step = (typeof STEPS)[number];

const login = (username: string, password: string) => JSON.stringify({ ...target, username, password });

/** A user after its setup: web_a is current, and web_b the other login. */
async function started({ copyFrom, readReplicas }: { copyFrom?: string; readReplicas?: Record<string, string> } = {}) {
    const secrets = new FakeSecrets();
    await secrets.write(SECRET, login("web_b", "old-b"));
    await secrets.write(SECRET, login("web_a", "old-a"));
    const server = new FakeServer({ web_a: "old-a", web_b: "old-b" });
    const redeployed: string[] = [];
    const lines: string[] = [];
    const settings = { target, copyFrom, readReplicas, services: { web: "shop-cluster/shop-web" } };
    const services = { redeploy: (cluster: string, service: string) => Promise.resolve(void redeployed.push(`${cluster}/${service}`)) };
    const log = (message: string, facts: Record<string, unknown>) => void lines.push(JSON.stringify({ message, ...facts }));
    const handler = createRotation(settings, { secrets, databases: server, services, log });
    const run = (step: string, token: string) => handler({ SecretId: SECRET, ClientRequestToken: token, Step: step });
    const rotate = async (token = secrets.startRotation(SECRET), from: Step = "createSecret") => {
        for (const step of STEPS.slice(STEPS.indexOf(from))) await run(step, token);
        return token;
    };
    const current = () => secrets.json(SECRET, "AWSCURRENT") as { username: string; password: string };
    const previous = () => secrets.json(SECRET, "AWSPREVIOUS") as { username: string; password: string };
    return { secrets, server, services, redeployed, lines, run, rotate, current, previous };
}

describe("rotation of a database user", () => {
    it("gives the other login a new password, and makes it current; the login of running tasks stays valid", async () => {
        const { secrets, server, rotate, current, previous } = await started();
        const token = await rotate();
        expect(current()).to.include({ ...target, username: "web_b" });
        expect(current().password).to.match(/^[A-Za-z0-9]{48}$/);
        expect(current()).to.have.property("connectionString").that.contains("SSL Mode=VerifyFull");
        expect(previous()).to.include({ username: "web_a", password: "old-a" });
        expect([server.accepts(current()), server.accepts(previous())]).to.deep.equal([true, true]);
        expect(server.accepts({ username: "web_b", password: "old-b" })).to.equal(false);
        expect((await secrets.stages(SECRET))[token]).to.deep.equal(["AWSCURRENT"]);
    });

    it("gives read replicas the same login, because they have the users of their source", async () => {
        const { rotate, current } = await started({ readReplicas: { reports: "reports.example.com" } });
        await rotate();
        const { connectionString, connectionString_reports: replica, password } = current() as unknown as Record<string, string>;
        expect(replica).to.contain(`Username=web_b;Password=${password ?? ""};`);
        expect(replica).to.equal(connectionString?.replace("Host=db.example.com", "Host=reports.example.com"));
    });

    it("takes turns", async () => {
        const { server, rotate, current, previous } = await started();
        const users: string[] = [];
        for (let i = 0; i < 4; i++) {
            await rotate();
            users.push(current().username);
            expect(server.accepts(current())).to.equal(true);
            expect(server.accepts(previous())).to.equal(true);
        }
        expect(users).to.deep.equal(["web_b", "web_a", "web_b", "web_a"]);
    });

    it("logs in only as the login that it changes, which leaves its role first and sends no password", async () => {
        const { server, rotate, current } = await started();
        await rotate();
        expect(new Set(server.opened)).to.deep.equal(new Set(["web_b"]));
        expect(server.statements[0]).to.equal("SET ROLE NONE");
        expect(server.statements[1]).to.match(/^ALTER ROLE CURRENT_USER PASSWORD 'SCRAM-SHA-256\$4096:/);
        expect(server.statements.join("\n")).not.to.contain(current().password);
    });

    it("replaces the tasks of the user's service once, after the secret has its new value", async () => {
        const { redeployed, run, secrets } = await started();
        const token = secrets.startRotation(SECRET);
        for (const step of STEPS.slice(0, 3)) await run(step, token);
        expect(redeployed).to.deep.equal([]);
        await run("finishSecret", token);
        expect(redeployed).to.deep.equal(["shop-cluster/shop-web"]);
    });

    for (const step of STEPS) {
        it(`can repeat ${step}`, async () => {
            const { secrets, server, run, rotate, current, previous } = await started();
            const token = secrets.startRotation(SECRET);
            for (const earlier of STEPS.slice(0, STEPS.indexOf(step) + 1)) await run(earlier, token);
            await run(step, token);
            await rotate(token, step);
            expect(current().username).to.equal("web_b");
            expect([server.accepts(current()), server.accepts(previous())]).to.deep.equal([true, true]);
        });

        it(`continues a rotation that was interrupted after ${step}, from the first step`, async () => {
            const { secrets, server, run, rotate, current, previous } = await started();
            const token = secrets.startRotation(SECRET);
            for (const earlier of STEPS.slice(0, STEPS.indexOf(step) + 1)) await run(earlier, token);
            await rotate(token);
            expect(current().username).to.equal("web_b");
            expect([server.accepts(current()), server.accepts(previous())]).to.deep.equal([true, true]);
        });
    }

    it("continues after an interruption between the new password and its confirmation", async () => {
        const { secrets, server, run, rotate, current } = await started();
        const token = secrets.startRotation(SECRET);
        await run("createSecret", token);
        const open = server.open.bind(server);
        server.open = async (it) => {
            const session = await open(it);
            return session === "rejected" ? session : { ...session, close: () => Promise.reject(new Error("connection lost")) };
        };
        expect(await run("setSecret", token).then(String, String)).to.contain("connection lost");
        server.open = open;
        await rotate(token);
        expect(server.accepts(current())).to.equal(true);
    });

    it("replaces the tasks at the next attempt if ECS didn't answer", async () => {
        const { secrets, services, redeployed, rotate, run } = await started();
        const { redeploy } = services;
        services.redeploy = () => Promise.reject(new Error("ThrottlingException"));
        const token = secrets.startRotation(SECRET);
        expect(await rotate(token).then(String, String)).to.contain("finishSecret of arn:web failed");
        services.redeploy = redeploy;
        await run("finishSecret", token);
        expect(redeployed).to.have.length(1);
    });

    it("changes nothing for a version that is already current", async () => {
        const { secrets, server, run, rotate } = await started();
        const token = await rotate();
        const before = [JSON.stringify(await secrets.stages(SECRET)), server.statements.length];
        for (const step of STEPS) await run(step, token);
        expect([JSON.stringify(await secrets.stages(SECRET)), server.statements.length]).to.deep.equal(before);
    });

    it("rejects an unknown version, a version that isn't pending, and an unknown step", async () => {
        const { secrets, run } = await started();
        const token = secrets.startRotation(SECRET);
        expect(await run("createSecret", "other").then(String, String)).to.contain("no version with the ID");
        const previousId = (await secrets.read(SECRET, "AWSPREVIOUS"))!.versionId;
        expect(await run("setSecret", previousId).then(String, String)).to.contain("isn't pending");
        expect(await run("constructor", token).then(String, String)).to.contain("unknown step constructor");
    });

    it("says how to repair a login whose stored passwords are both invalid, without them", async () => {
        const { secrets, server, lines, rotate } = await started();
        server.set("web_b", "changed by hand");
        const message = await rotate().then(String, String);
        expect(message).to.contain("rejects both stored passwords of web_b").and.to.contain("Increase database.passwordVersion");
        for (const password of secrets.passwords) expect(message + lines.join("\n")).not.to.contain(password);
    });

    it("never changes the login that is current", async () => {
        const { secrets, server, run } = await started();
        const token = secrets.startRotation(SECRET);
        await secrets.writePending(SECRET, login("web_a", "wrong"), token);
        expect(await run("setSecret", token).then(String, String)).to.contain("contains web_a instead of web_b");
        expect(server.statements).to.deep.equal([]);
    });

    it("tests the current login if Secrets Manager tests the rotation itself, with a version without a value", async () => {
        const { secrets, server, run } = await started();
        await run("testSecret", secrets.startRotation(SECRET));
        await run("testSecret", "removed");
        expect(server.opened).to.deep.equal(["web_a", "web_a"]);
        server.set("web_a", "other");
        expect(await run("testSecret", secrets.startRotation(SECRET)).then(String, String)).to.contain("rejects the login web_a");
    });

    it("doesn't make an empty version current, not even without the other steps", async () => {
        const { secrets, run, current, redeployed } = await started();
        const token = secrets.startRotation(SECRET);
        expect(await run("finishSecret", token).then(String, String)).to.contain("the pending version is empty: createSecret hasn't run");
        expect(current()).to.include({ username: "web_a", password: "old-a" });
        expect(redeployed).to.be.empty;
    });

    it("asks for a setup if the secret is empty", async () => {
        const { secrets, run } = await started();
        secrets.read = () => Promise.resolve(undefined);
        expect(await run("createSecret", secrets.startRotation(SECRET)).then(String, String)).to.contain("Run pulumi up");
    });

    it("logs and reports no passwords", async () => {
        const { secrets, server, lines, rotate } = await started();
        await rotate();
        server.open = () => Promise.reject(Object.assign(new Error("broken"), { query: `PASSWORD '${secrets.passwords.join()}'` }));
        const error = await rotate().then(String, (it: unknown) => it as Error);
        expect(Object.keys(error)).to.deep.equal([]);
        for (const password of secrets.passwords) expect(lines.join("\n") + String(error)).not.to.contain(password);
    });

    it("ignores users without a service", async () => {
        const { secrets, redeployed, server } = await started();
        await secrets.write("arn:job", login("nightly_b", "b"));
        await secrets.write("arn:job", login("nightly_a", "a"));
        server.set("nightly_b", "b");
        const services = { redeploy: () => Promise.resolve(void redeployed.push("any")) };
        const handler = createRotation({ target, services: {} }, { secrets, databases: server, services, log: () => undefined });
        const token = secrets.startRotation("arn:job");
        for (const Step of STEPS) await handler({ SecretId: "arn:job", ClientRequestToken: token, Step });
        expect(redeployed).to.deep.equal([]);
        expect(secrets.json("arn:job", "AWSCURRENT")).to.include({ username: "nightly_b" });
    });

    describe("on standby", () => {
        const withSource = async (username: string, password: string) => {
            const stack = await started({ copyFrom: "prod/users" });
            await stack.secrets.write("prod/users/web", JSON.stringify({ host: "primary", username, password }));
            return stack;
        };

        it("copies the login that the source has rotated to, and changes nothing in the database", async () => {
            const { server, redeployed, rotate, current } = await withSource("web_b", "old-b");
            await rotate();
            expect(current()).to.include({ ...target, username: "web_b", password: "old-b" });
            expect(server.statements).to.deep.equal([]);
            expect(redeployed).to.have.length(1);
        });

        it("doesn't replace tasks if the source hasn't rotated since the last copy", async () => {
            const { redeployed, rotate, current } = await withSource("web_b", "old-b");
            await rotate();
            await rotate();
            await rotate();
            expect(current().username).to.equal("web_b");
            expect(redeployed).to.have.length(1);
        });

        it("keeps its login if the replica doesn't accept the new one yet", async () => {
            const { rotate, current } = await withSource("web_b", "not replicated");
            expect(await rotate().then(String, String)).to.contain("the replica rejects the login web_b");
            expect(current()).to.include({ username: "web_a", password: "old-a" });
        });
    });

    it("the fake moves labels as Secrets Manager does", async () => {
        const secrets = new FakeSecrets();
        const [first, second] = [await secrets.write("it", "1"), await secrets.write("it", "2")];
        const token = secrets.startRotation("it");
        expect(await secrets.stages("it")).to.deep.equal({ [first]: ["AWSPREVIOUS"], [second]: ["AWSCURRENT"], [token]: ["AWSPENDING"] });
        await secrets.writePending("it", "3", token);
        await secrets.moveStage("it", "AWSCURRENT", second, token);
        expect(await secrets.stages("it")).to.deep.equal({ [second]: ["AWSPREVIOUS"], [token]: ["AWSPENDING", "AWSCURRENT"] });
        const stale: Stage = "AWSCURRENT";
        expect(() => secrets.moveStage("it", stale, first, second)).to.throw("InvalidParameterException");
    });
});
