import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { RecoveryTable } from "../../components";
import { record } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { isObject } from "../../components/internal/unknown";
import { descriptionSchema } from "../../stacks/recovery/description";
import { differences } from "../../tools/plan/compare";
import { failureOf, registeredBefore } from "../support/failures";
import { plan, planWith, planWithResults, prefixed } from "../support/plans";
import { planBusy } from "../support/workloads";

const ITEM = "aws:dynamodb/getTableItem:getTableItem";
const INSTANCE = "aws:rds/getInstance:getInstance";
const PROMOTED = { [INSTANCE]: { replicateSourceDb: "" } };
const DOMAIN = prefixed(["domain.name=app.example.com", "domain.zoneId=Z0123456789ABCDEFGHIJ"]);
const ACTIVE = "ai-platform:active=true";
const PASSIVE = "ai-platform:active=false";

/** What `npm run failover` records. */
const recorded = (active: string) => ({
    [ITEM]: { item: JSON.stringify({ id: { S: "role" }, active: { S: active }, since: { S: "2026-11-30T10:00:00Z" }, run: { S: "r1" } }) },
});

const PAUSED = prefixed(["jobs.paused.image=example.com/paused:1", "jobs.paused.schedule=rate(1 day)", "jobs.paused.enabled=false"]);
const planned = (stack: string, ...overrides: string[]) => planBusy(stack, "paused", [...PAUSED, ...DOMAIN, ...overrides]);

type Inputs = Record<string, unknown>;

/** Properties that differ between two plans, as `<name> <property>`, and resources that only one of them has. */
async function changed(stack: string, overrides: string[]): Promise<string[]> {
    const [before, after] = await Promise.all([planned(stack), planned(stack, ...overrides)]);
    const resources = (recording: typeof before) => recording.deployment().deployment.resources;
    return differences(resources(before), resources(after)).flatMap(({ change, inputs, resource }) => {
        const name = nameOf(resource.urn);
        return change === "changed" ? inputs.map((input) => `${name} ${input}`) : [`${name} is ${change}`];
    });
}

/** What an API call of the failover tool changes. An update then has nothing to change. */
const SWITCHED = new Set([
    "api-scaling minCapacity",
    "api-scaling maxCapacity",
    "api-scale-at-morning scalableTargetAction",
    "worker-scaling minCapacity",
    "worker-scaling maxCapacity",
    "nightly-schedule state",
    "ingest-mapping enabled",
    "ingest-created state",
    "gateway-stage variables",
    "database-instance replicateSourceDb",
]);
/** Ignored by updates: autoscaling owns it. */
const IGNORED = ["api-service desiredCount", "worker-service desiredCount"];

describe("the two roles of a stack", () => {
    for (const [stack, override] of [
        ["dr", ACTIVE],
        ["prod", PASSIVE],
    ] as const) {
        it(`of ${stack} differ only in what a failover switches, so that an update confirms it with no changes`, async () => {
            const found = (await changed(stack, [override])).filter((it) => !IGNORED.includes(it));
            const alarms = found.filter((it) => it.endsWith(" actionsEnabled"));
            expect(found.filter((it) => !SWITCHED.has(it) && !alarms.includes(it))).to.deep.equal([]);
            expect(found).to.include.members(["api-scaling minCapacity", "ingest-mapping enabled", "nightly-schedule state"]);
            const { alarms: described } = await descriptionOf(stack);
            const prefix = `ai-platform-${stack}-`;
            const names = [...described.active, ...described.standby].map((name) => name.replace(prefix, ""));
            expect(alarms.map((it) => it.split(" ")[0])).to.have.members(names);
        });
    }
});

async function descriptionOf(stack: string, ...overrides: string[]) {
    const { inputs } = (await planned(stack, ...overrides)).one(aws.dynamodb.TableItem);
    const item = JSON.parse(inputs.item) as { id: { S: string }; description: { S: string } };
    return { id: item.id.S, ...descriptionSchema.strict().parse(JSON.parse(item.description.S)) };
}

describe("the recovery table", () => {
    it("belongs to the primary stack, is in the recovery region, is encrypted and protected", async () => {
        const recording = await plan("prod");
        expect(recording.one(aws.dynamodb.Table).inputs).to.deep.include({
            region: "us-west-2",
            name: "ai-platform-prod-recovery",
            pointInTimeRecovery: { enabled: true },
            deletionProtectionEnabled: true,
        });
        expect(recording.one(aws.dynamodb.Table).inputs.serverSideEncryption).to.include({ enabled: true });
        expect((await plan("dr")).all(aws.dynamodb.Table)).to.be.empty;
        expect((await plan("dr")).one(aws.dynamodb.TableItem).inputs).to.include({ tableName: "ai-platform-prod-recovery" });
        expect((await plan("dev")).all(aws.dynamodb.TableItem)).to.be.empty;
    });

    it("has what a failover switches, by physical names and with the limits of the active role", async () => {
        const found = await descriptionOf("dr");
        expect(found).to.include({ id: "stack/dr", role: "dr", region: "us-west-2", name: "ai-platform-dr", cluster: "ai-platform-dr" });
        const { service, schedules, ...limits } = found.services.api ?? expect.fail("api is missing");
        expect(service).to.equal("ai-platform-dr-api");
        expect(limits).to.deep.equal({ minCapacity: 2, maxCapacity: 10, standbyCount: 1 });
        expect(Object.values(schedules)).to.deep.equal([
            { schedule: "cron(0 7 ? * MON-FRI *)", timezone: "UTC", minCapacity: 4, maxCapacity: 9 },
        ]);
        expect(found.services.worker).to.include({ standbyCount: 0, minCapacity: 2 });
        expect(found.jobs).to.have.length(1);
        expect(found.consumers).to.have.length(1);
        expect(found.rules).to.have.length(1);
        // By the name that prod's database has, too: a failback replicates one to the other.
        expect(found.databases).to.deep.include({ name: "database", identifier: "ai-platform-dr", proxy: false, users: false });
        expect(found.buckets).to.be.empty;
        expect(found.switch).to.include({ stageName: "dr", variable: "failoverActive" });
        expect(found.checks).to.deep.equal({
            failoverUrl: "https://api-us-west-2.app.example.com/failover/active",
            sharedHealthUrl: "https://api.app.example.com/failover/active",
        });
    });

    it("has the buckets that S3 replicates, with their copies, and only those of systems that are on", async () => {
        const recording = await planned("prod");
        const { buckets, databases } = await descriptionOf("prod");
        expect(databases).to.deep.include({ name: "database", identifier: "ai-platform-prod", proxy: false, users: false });
        const replicated = recording.all(aws.s3.BucketReplicationConfig).map(({ inputs }) => inputs.bucket);
        expect(buckets.map(({ primary }) => primary)).to.have.members(replicated);
        const existing = recording.all(aws.s3.Bucket).map(({ inputs }) => inputs.bucket);
        expect(existing).to.include.members(buckets.flatMap(({ primary, recovery }) => [primary, recovery]));
        const { buckets: withoutLake } = await descriptionOf("prod", "ai-platform:lake.enabled=false");
        expect(withoutLake.map(({ primary }) => primary.includes("-site-"))).to.deep.equal([true]);
    });

    it("describes the same in both roles", async () => {
        expect(await descriptionOf("dr", ACTIVE)).to.deep.equal(await descriptionOf("dr"));
        expect(await descriptionOf("prod", PASSIVE)).to.deep.equal(await descriptionOf("prod"));
    });

    it("has no switch without a domain", async () => {
        const { inputs } = (await plan("dr")).one(aws.dynamodb.TableItem);
        const item = JSON.parse(inputs.item) as { description: { S: string } };
        const description: unknown = JSON.parse(item.description.S);
        expect(isObject(description) && "switch" in description).to.be.false;
    });

    it("must exist before dr is deployed", async () => {
        const missing = {
            "aws:dynamodb/getTable:getTable": () => {
                throw new Error("ResourceNotFoundException: Requested resource not found");
            },
        };
        expect(await failureOf(planWith(missing, "dr"))).to.contain(
            "The table ai-platform-prod-recovery doesn't exist in us-west-2. Deploy stack prod in us-east-1 first",
        );
    });

    it("rejects names that DynamoDB rejects, before anything is created", async () => {
        const failure = await failureOf(record(() => new RecoveryTable("recovery", { tableName: "a b" })));
        expect(failure).to.contain('RecoveryTable "recovery"').and.to.contain("tableName must be 3 to 255 letters");
    });
});

describe("the recorded active stack", () => {
    const isActive = async (active: string, stack: string, results: Record<string, Inputs> = {}) => {
        const recording = await planWithResults({ ...recorded(active), ...results }, stack);
        return recording.one(aws.lambda.EventSourceMapping).inputs.enabled;
    };

    it("decides the role of both stacks without a change of the configuration", async () => {
        expect(await isActive("dr", "dr", PROMOTED)).to.be.true;
        expect(await isActive("dr", "prod")).to.be.false;
        expect(await isActive("primary", "dr")).to.be.false;
        expect(await isActive("primary", "prod", PROMOTED)).to.be.true;
    });

    it("doesn't make prod active while a failback hasn't promoted its database, before anything is registered", async () => {
        const update = () => planWithResults(recorded("primary"), "prod");
        expect(await failureOf(update())).to.contain("The database ai-platform-prod is still a replica: complete the failback first");
        expect(await registeredBefore(update())).to.deep.equal([]);
    });

    it("is looked up in the recovery region only", async () => {
        const asked: Inputs[] = [];
        const answer = (inputs: Inputs) => {
            asked.push(inputs);
            return recorded("primary")[ITEM];
        };
        await planWith({ [ITEM]: answer, [INSTANCE]: () => ({ replicateSourceDb: "" }) }, "prod");
        expect(asked).to.have.length(1);
        expect(asked[0]).to.include({ tableName: "ai-platform-prod-recovery", region: "us-west-2" });
    });

    it("rejects a configuration that contradicts it, before anything is registered", async () => {
        const active = () => planWithResults(recorded("dr"), "prod", [ACTIVE]);
        expect(await failureOf(active()))
            .to.contain("ai-platform:active is true, but the dr stack dr in us-west-2 has served the traffic since 2026-11-30T10:00:00Z")
            .and.to.contain("Nothing was changed");
        expect(await registeredBefore(active())).to.deep.equal([]);
        expect(await failureOf(planWithResults({ ...recorded("dr"), ...PROMOTED }, "dr", [PASSIVE]))).to.contain(
            "ai-platform:active is false, but this stack has served the traffic since",
        );
        // The promotion would otherwise be repeated after a failback.
        expect(await failureOf(planWithResults(recorded("primary"), "dr", [ACTIVE]))).to.contain(
            "ai-platform:active is true, but stack prod has served the traffic since",
        );
    });

    it("stops the update if it can't be read", async () => {
        const unreachable = {
            [ITEM]: () => {
                throw new Error("dial tcp: i/o timeout");
            },
        };
        for (const stack of ["prod", "dr"]) {
            expect(await failureOf(planWith(unreachable, stack))).to.contain(
                "The active stack in table ai-platform-prod-recovery can't be looked up: dial tcp: i/o timeout",
            );
        }
    });

    it("is unknown before the first failover: the table or the item is missing", async () => {
        for (const message of ["ResourceNotFoundException: Requested resource not found", "empty result"]) {
            const missing = {
                [ITEM]: () => {
                    throw new Error(message);
                },
            };
            expect(await failureOf(planWith(missing, "prod"))).to.equal("");
            expect(await failureOf(planWith(missing, "dr"))).to.equal("");
        }
    });

    it("is rejected if it's damaged, without guessing a role", async () => {
        const damaged = { [ITEM]: { item: JSON.stringify({ id: { S: "role" }, active: { S: "both" } }) } };
        expect(await failureOf(planWithResults(damaged, "prod"))).to.contain(
            "The item role in table ai-platform-prod-recovery must contain",
        );
    });

    it("isn't overridden by the state of the database: after a failback, both databases accept writes", async () => {
        expect(await isActive("primary", "prod", PROMOTED)).to.be.true;
    });

    it("doesn't promote a database again that the tool has promoted", async () => {
        const recording = await planWithResults({ ...recorded("dr"), ...PROMOTED }, "dr");
        expect(recording.one(aws.rds.Instance).ignoreChanges).to.include("replicateSourceDb");
        const first = await plan("dr", [ACTIVE]);
        expect(first.one(aws.rds.Instance).ignoreChanges).not.to.include("replicateSourceDb");
    });
});
