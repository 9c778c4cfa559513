import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Report } from "../../tools/restore-documents/command";
import { prepare } from "../../tools/restore-documents/prepare";
import { targetOf } from "../../tools/restore-documents/target";
import { temporaryFolder } from "../support/folder";
import { FIXTURES } from "../support/plans";
import { DocumentsWorld, PASSWORD } from "../support/restore-documents";

const NAME = "ai-platform-dr-documents";
const RETIRED = `${NAME}-retired-20261201t013000z`;
const LATEST = "arn:aws:rds:us-west-2:111122223333:cluster-snapshot:awsbackup:copyjob-latest";
const OLDER = LATEST.replace("latest", "older");

/** Runs a restore to its end in a new model. */
async function restored(...args: string[]) {
    const world = new DocumentsWorld();
    const outcome = await world.go("--yes", ...args);
    expect(outcome.code, outcome.stderr).to.equal(0);
    return { world, ...outcome };
}

describe("npm run restore-documents", () => {
    const folder = temporaryFolder("restore-documents");

    it("gives the name, settings, instances, and password of the cluster to one with the latest recovery point", async () => {
        const { world, stdout, stderr } = await restored();
        const cluster = world.clusters[NAME];
        expect(cluster).to.deep.include({ content: LATEST, status: "available", window: "03:00-04:00", password: PASSWORD });
        expect(cluster?.logExports).to.deep.equal(["audit", "profiler"]);
        expect(world.tags[cluster!.resourceId]).to.deep.equal({ Environment: "dr" });
        expect(world.instances).to.deep.include({
            "tf-1": { cluster: NAME, status: "available", like: "tf-1" },
            "tf-2": { cluster: NAME, status: "available", like: "tf-2" },
        });
        expect(stderr).to.contain(`${LATEST} of 2026-11-30T07:00:00`).and.to.contain("18 h 30 min old: documents that were written later");
        expect(stdout).to.contain(`The old cluster is ${RETIRED}.`);
    });

    it("keeps the old cluster with its instances under another name, without log exports", async () => {
        const { world } = await restored();
        expect(world.clusters[RETIRED]).to.deep.include({ status: "available", logExports: [], password: PASSWORD });
        expect(world.instances["tf-1-retired-20261201t013000z"]?.cluster).to.equal(RETIRED);
        // No log group of another name came into being.
        const logs = world.changes.filter((change) => change.startsWith("logs"));
        expect(logs).to.deep.equal([`logs ${NAME} `, `logs ${NAME} audit+profiler`]);
    });

    it("reports the recovery point, its age, and the duration", async () => {
        const { stdout } = await restored("--json");
        const report = JSON.parse(stdout) as Report;
        expect(report).to.deep.include({ stack: "dr", region: "us-west-2", cluster: NAME, point: LATEST, ageSeconds: 66_600 });
        expect(report.replaced).to.equal(RETIRED);
        expect(report.seconds).to.be.above(1200);
    });

    it("continues after a kill behind each change, with the same result", async function () {
        this.timeout(20_000);
        const { world: expected } = await restored();
        for (let count = 1; count <= expected.changes.length; count++) {
            const world = new DocumentsWorld();
            world.killAfter = count;
            expect((await world.go("--yes")).code, String(count)).to.equal(1);
            // AWS continues what it has begun, or is still in the middle of it.
            world.now += count % 2 === 0 ? 3600_000 : 10_000;
            world.killAfter = Infinity;
            // A backup that arrived meanwhile is for the next restore.
            world.points.push({ ...world.points[1]!, arn: `${LATEST}-2`, createdAt: world.now });
            if (count === expected.changes.length) world.points.pop();
            const { code, stderr } = await world.go("--yes");
            expect(code, `${count}: ${stderr}`).to.equal(0);
            expect(world.outcome, String(count)).to.deep.equal(expected.outcome);
        }
    });

    it("doesn't restore the same recovery point twice, but a later one", async () => {
        const { world } = await restored();
        const count = world.changes.length;
        const again = await world.go("--yes");
        expect([again.code, world.changes.length]).to.deep.equal([0, count]);
        expect(again.stdout).to.contain(`was already restored from ${LATEST}`);
        world.now += 86_400_000;
        world.points.push({ ...world.points[1]!, arn: `${LATEST}-2`, createdAt: world.now });
        expect((await world.go("--yes")).code).to.equal(0);
        expect(world.clusters[NAME]?.content).to.equal(`${LATEST}-2`);
        expect(Object.keys(world.clusters)).to.have.length(3);
    });

    it("restores the recovery point that is passed, and continues only this one", async () => {
        expect((await restored("--point", OLDER)).world.clusters[NAME]?.content).to.equal(OLDER);
        const world = new DocumentsWorld();
        world.killAfter = 3;
        await world.go("--yes", "--point", OLDER);
        world.killAfter = Infinity;
        const { code, stderr } = await world.go("--yes", "--point", LATEST);
        expect([code, stderr]).to.deep.equal([
            3,
            `error: the restore of ${OLDER} isn't complete: continue it without --point. Nothing was changed\n`,
        ]);
        expect((await world.go("--yes")).stderr).to.contain("Continues the restore that was started at 2026-12-01T01:30:00");
        expect(world.clusters[NAME]?.content).to.equal(OLDER);
    });

    it("prints the actions without changing anything, and asks for the name of the environment", async () => {
        const world = new DocumentsWorld();
        const dry = await world.go("--dry-run");
        expect(dry).to.deep.include({ code: 0, stdout: "Nothing was changed: dry run\n" });
        expect(dry.stderr).to.contain(`    Restore ${LATEST} to ${NAME}-next\n`).and.to.contain("    Create tf-2-next like tf-2\n");
        expect((await world.go()).stderr).to.contain("pass --yes to confirm");
        world.answer = "prod";
        expect(await world.go()).to.deep.include({ code: 3 });
        expect(world.changes).to.deep.equal([]);
        world.answer = "dr";
        expect((await world.go()).code).to.equal(0);
    });

    const REFUSALS: [string, (world: DocumentsWorld) => void, string][] = [
        [
            "no recovery point",
            (world) => (world.points = world.points.slice(2)),
            "has no complete recovery point of ai-platform-prod-documents",
        ],
        ["no cluster", (world) => (world.clusters = {}), `cluster ${NAME} doesn't exist in us-west-2 of the account 111122223333`],
        ["a cluster that isn't available", (world) => (world.clusters[NAME]!.status = "stopped"), `cluster ${NAME} is stopped`],
        ["a cluster without instances", (world) => (world.instances = {}), "has no instances"],
        ["another user", (world) => (world.snapshots[LATEST]!.username = "root"), "the master user of the recovery point is root"],
        ["another version", (world) => (world.snapshots[LATEST]!.engineVersion = "4.0.0"), "the recovery point has version 4.0.0"],
        ["the secret of another user", (world) => (world.secret.username = "root"), "ai-platform/dr/documents is root"],
        [
            "a foreign cluster with the temporary name",
            (world) => (world.clusters[`${NAME}-next`] = { ...world.clusters[NAME]!, identifier: `${NAME}-next` }),
            `${NAME}-next exists, but this command didn't create it`,
        ],
        [
            "names that are too long",
            (world) => (world.instances["i".repeat(59)] = { cluster: NAME, status: "available" }),
            "names must have at most 58 characters",
        ],
    ];
    for (const [title, change, message] of REFUSALS)
        it(`refuses ${title}`, async () => {
            const world = new DocumentsWorld();
            change(world);
            const { code, stderr } = await world.go("--yes");
            expect([code, world.changes]).to.deep.equal([3, []]);
            expect(stderr).to.contain(message).and.to.contain("Nothing was changed");
        });

    it("fails after the restore if the recovery point turns out to have another user", async () => {
        const world = new DocumentsWorld();
        world.snapshots[LATEST]!.username = "root";
        world.documents.snapshot = () => Promise.resolve(undefined);
        const { code, stderr } = await world.go("--yes");
        expect(code).to.equal(1);
        expect(stderr).to.contain("its master user is root instead of app, which can't be changed");
        expect(world.changes).to.deep.equal([`restore ${NAME}-next`]);
    });

    it("says how to continue after an error, and never prints the password", async () => {
        const world = new DocumentsWorld();
        world.failing = { create: Object.assign(new Error("quota exceeded"), { name: "InstanceQuotaExceeded" }) };
        const failed = await world.go("--yes");
        expect(failed.code).to.equal(1);
        expect(failed.stderr).to.contain("Create tf-1-next like tf-1: quota exceeded. When the cause is fixed, run the same command again");
        world.failing = {};
        const { code, stdout, stderr } = await world.go("--yes", "--json");
        expect(code).to.equal(0);
        for (const text of [failed.stdout, failed.stderr, stdout, stderr, ...world.changes]) expect(text).not.to.contain(PASSWORD);
    });

    it("ends between two changes after Ctrl-C, and continues", async () => {
        const world = new DocumentsWorld();
        world.afterSleep = () => {
            world.interrupt();
        };
        const { code, stderr } = await world.go("--yes");
        expect([code, world.changes]).to.deep.equal([130, [`restore ${NAME}-next`]]);
        expect(stderr).to.contain("error: interrupted. Run the same command again to continue");
        world.afterSleep = () => undefined;
        expect((await world.go("--yes")).code).to.equal(0);
    });

    it("finds the names in the stack file, and refuses credentials of another account", async () => {
        const dr = targetOf("dr", FIXTURES);
        expect(dr).to.deep.equal({
            ...{ stack: "dr", environment: "dr", region: "us-west-2", identifier: NAME, secret: "ai-platform/dr/documents" },
            ...{ vault: "ai-platform-prod", source: { region: "us-east-1", identifier: "ai-platform-prod-documents" }, accounts: [] },
        });
        expect(targetOf("prod", FIXTURES)).to.deep.include({
            ...{ identifier: "ai-platform-prod-documents", vault: "ai-platform-prod" },
            source: { region: "us-east-1", identifier: "ai-platform-prod-documents" },
        });
        writeFileSync(
            path.join(folder, "Pulumi.west.yaml"),
            `config:
  aws:region: us-east-2
  aws:allowedAccountIds: ["999999999999"]
  ai-platform:role: dr
  ai-platform:namePrefix: shop
  ai-platform:environment: standby
`,
        );
        const west = targetOf("west", folder);
        expect(west).to.deep.include({ identifier: "shop-standby-documents", vault: "shop-prod", accounts: ["999999999999"] });
        const world = new DocumentsWorld();
        const refused: unknown = await prepare(world.documents, west, world.now).catch((error: unknown) => error);
        expect(String(refused)).to.contain("west is in the account 999999999999, but these credentials belong to 111122223333");
    });

    it("rejects arguments that contradict each other, and a stack without a file", async () => {
        const world = new DocumentsWorld();
        expect(await world.go("--cleanup", "--point", OLDER)).to.deep.include({ code: 2 });
        expect(await world.go("dr", "prod")).to.deep.include({ code: 2 });
        const missing = await world.go("nothing");
        expect(missing.code).to.equal(2);
        expect(missing.stderr).to.contain("Pulumi.nothing.yaml doesn't exist");
    });

    describe("--cleanup", () => {
        it("deletes the replaced clusters and their instances, each with a final snapshot", async () => {
            const { world } = await restored();
            world.changes = [];
            const dry = await world.go("--cleanup", "--dry-run");
            expect(dry.stderr).to.contain(`Delete ${RETIRED} with the final snapshot ${RETIRED}-final (can't be undone)`);
            expect(world.changes).to.deep.equal([]);
            const { code, stdout } = await world.go("--cleanup", "--yes");
            expect([code, stdout]).to.deep.equal([0, `DocumentDB is deleting ${RETIRED}\n`]);
            expect(world.changes.at(-1)).to.equal(`delete ${RETIRED} ${RETIRED}-final`);
            world.now += 3600_000;
            expect((await world.go("--cleanup", "--yes")).stdout).to.equal("No cluster was replaced\n");
            expect(Object.keys(world.clusters)).to.deep.equal([NAME]);
            expect(Object.keys(world.instances).sort()).to.deep.equal(["tf-1", "tf-2"]);
        });

        it("deletes nothing during a restore, nor a cluster that this command didn't replace", async () => {
            const world = new DocumentsWorld();
            world.killAfter = 8;
            await world.go("--yes");
            world.killAfter = Infinity;
            const during = await world.go("--cleanup", "--yes");
            expect([during.code, during.stderr]).to.deep.equal([3, "error: the restore isn't complete. Nothing was changed\n"]);
            const other = new DocumentsWorld();
            other.clusters[`${NAME}-retired-by-hand`] = { ...other.clusters[NAME]!, identifier: `${NAME}-retired-by-hand` };
            expect((await other.go("--cleanup", "--yes")).stdout).to.equal("No cluster was replaced\n");
        });
    });
});
