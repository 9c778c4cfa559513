import { expect } from "chai";
import { expectEffects, expectOrder } from "./effects";
import { BEFORE, type Change, CHANGES, useEarlierProgram } from "./live-changes.cases";
import { ADDITIONS, PROTECTION_INPUTS, REMOVAL } from "./live-recovery.cases";
import { SERVICES } from "./live-services.cases";
import { LiveStack, PRIMARY, RECOVERY } from "./live-stack";
import { missing, Project, skipAfterFailure, skipIfMissing } from "./support";
import { failureOf } from "../support/failures";

/** Changes of a live stack, one after the other, each with everything that the engine does because of it. The stack is protected at last, and destroyed. */
describe("changes of a live stack", function () {
    this.timeout(30 * 60_000);
    // What comes after a failed step would only fail for the same reason.
    skipAfterFailure();
    let live: LiveStack;

    before(async function () {
        skipIfMissing(this);
        const project = new Project({ checkpoints: false });
        useEarlierProgram(project);
        live = new LiveStack(project, await project.stack("dev", prefixed(BEFORE)), "dev");
        await live.deployment.create();
    });
    after(async () => {
        if (missing()) return;
        live.project.remove();
        // Other tests have a stack of this name.
        for (const region of [PRIMARY, RECOVERY]) await live.releaseSecretNames(region);
    });

    /** Makes changes in one update, and compares what it does with the effects. */
    async function make(changes: Change[]): Promise<void> {
        const { deployment } = live;
        for (const { set = {}, remove = [], edit } of changes) {
            for (const path of remove) await deployment.remove(`ai-platform:${path}`);
            const values = typeof set === "function" ? await set(live) : set;
            for (const [path, value] of Object.entries(prefixed(values))) await deployment.set(path, value);
            edit?.(live);
        }
        await deployment.up();
        expectEffects(
            deployment.last,
            changes.map(({ effect }) => effect),
        );
        expectOrder(
            deployment.last,
            changes.flatMap(({ order = [] }) => order),
        );
        for (const { after: check } of changes) await check?.(live);
    }

    const titleOf = (changes: Change[]) => changes.map(({ title }) => title).join("; ");
    for (const changes of [...CHANGES, ...SERVICES, ...ADDITIONS]) it(titleOf(changes), () => make(changes));

    type Operation = "preview" | "up";

    /** Expects the program to reject settings before it registers anything but the provider. */
    async function expectRefused(settings: Record<string, string>, keys: string[], operation: Operation): Promise<void> {
        const { deployment, project } = live;
        const stackFile = project.stackFile("dev");
        for (const [path, value] of Object.entries(prefixed(settings))) await deployment.set(path, value);
        const message = await failureOf(deployment[operation]());
        expect(message).to.contain("Nothing was changed");
        for (const key of keys) expect(message).to.contain(`ai-platform:${key}: `);
        expect(deployment.last).to.deep.equal([]);
        expect([...deployment.registered].filter((type) => !/^pulumi:(pulumi|providers):/.test(type))).to.deep.equal([]);
        stackFile.restore();
    }

    const IMMUTABLE = { environment: "live", "database.dbName": "orders", "network.cidrBlock": "10.77.0.0/16" };

    it("refuses to replace data, though the stack isn't protected", () => expectRefused(IMMUTABLE, Object.keys(IMMUTABLE), "up"));

    it("refuses to be active after a failover, while the database of the dr stack is promoted", () =>
        live.withDatabase(RECOVERY, "ai-platform-dr", () => expectRefused({}, ["active"], "up")));

    it("turns protection on, and changes nothing else", async () => {
        await live.deployment.set("ai-platform:protectData", "true");
        const { create, replace, delete: deleted } = (await live.deployment.up()) as Record<string, string[] | undefined>;
        expect({ create, replace, deleted }).to.deep.equal({ create: undefined, replace: undefined, deleted: undefined });
        expectProtectionOnly();
    });

    const expectProtectionOnly = () => {
        const inputs = live.deployment.last.flatMap(({ urn, diffs }) => diffs.map((input) => `${urn.split("::").pop() ?? ""} ${input}`));
        expect(inputs.filter((it) => !PROTECTION_INPUTS.includes(it.split(" ")[1] ?? ""))).to.deep.equal([]);
    };

    it("refuses to replace data on the protected stack, in a preview and in an update, whatever protectData says then", async () => {
        await expectRefused({ ...IMMUTABLE, protectData: "true" }, Object.keys(IMMUTABLE), "preview");
        await expectRefused({ ...IMMUTABLE, protectData: "false" }, Object.keys(IMMUTABLE), "up");
    });

    it("refuses to destroy the protected stack", async () => {
        expect(await failureOf(live.deployment.previewDestroy())).to.contain("because it is protected");
    });

    it("refuses a deletion that isn't confirmed, and a confirmation in the same update", async () => {
        const off = { "documents.enabled": "false" };
        await expectRefused(off, ["documents.enabled"], "up");
        await expectRefused({ ...off, "confirmDeletion[0]": "documents" }, ["documents.enabled"], "up");
    });

    it("lifts the protection of what is confirmed, and changes nothing else", async () => {
        const before = await live.protected();
        await live.deployment.set("ai-platform:confirmDeletion[0]", "documents");
        await live.deployment.set("ai-platform:confirmDeletion[1]", "recovery");
        await live.deployment.up();
        expectProtectionOnly();
        const now = await live.protected();
        const lifted = before.filter((name) => !now.includes(name));
        expect(lifted).to.include.members(["documents-cluster", "lake-raw-copy-bucket", "data-encryption-replica-us-west-2"]);
        expect(now).to.include.members(["database-instance", "lake-raw-bucket", "data-encryption-key"]);
    });

    it(titleOf(REMOVAL), () => make(REMOVAL));

    it("confirms nothing any more, and changes nothing", async () => {
        await live.deployment.remove("ai-platform:confirmDeletion");
        expect(await live.deployment.up()).to.deep.equal({});
    });

    it("turns protection off, and removes nothing from the program", async () => {
        const before = (await live.deployment.resources()).map(({ urn }) => urn);
        await live.deployment.set("ai-platform:protectData", "false");
        expect(Object.keys(await live.deployment.up())).to.deep.equal(["update"]);
        expectProtectionOnly();
        expect((await live.deployment.resources()).map(({ urn }) => urn)).to.have.members(before);
        expect(await live.protected()).to.deep.equal([]);
    });

    it("is destroyed completely then", async () => {
        await live.deployment.destroy();
        expect(await live.deployment.resources()).to.deep.equal([]);
        expect([...(await live.dataIn(PRIMARY)), ...(await live.dataIn(RECOVERY))]).to.deep.equal([]);
    });
});

const prefixed = (settings: Record<string, string>) =>
    Object.fromEntries(Object.entries(settings).map(([path, value]) => [`ai-platform:${path}`, value]));
