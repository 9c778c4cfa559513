/**
 * Deploys prod and dr with the Pulumi engine to an AWS emulator, and fails over with `npm run failover` while a proxy refuses all requests to the primary
 * region. Then the region returns. Skipped without `pulumi` on PATH or AWS_ENDPOINT_URL.
 *
 * Emulators keep some types only in the state of the engine, and a refresh shows what they forget. Therefore, the tests compare the switched
 * resources instead of expecting no changes at all.
 */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GetEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import { ROOT } from "../../tools/changing/engine";
import { createDr, EMULATED, tagReplicaKeys, withReplicaLag, withSubnetGroup } from "./emulator";
import { withPulumiShim } from "./pulumi-shim";
import { RegionProxy } from "./region-proxy";
import { type Deployment, Project, skipAfterFailure, skipIfMissing } from "./support";

const PRIMARY = "us-east-1";
const RECOVERY = "us-west-2";
const TABLE = "ai-platform-prod-recovery";

/** A workload of each kind that a failover switches, without what emulators do slowly. */
const SETTINGS = {
    ...EMULATED,
    "ai-platform:edge.enabled": "false",
    "ai-platform:api.enabled": "false",
    "ai-platform:identity.enabled": "false",
    "ai-platform:jobs.nightly.image": "public.ecr.aws/docker/library/busybox:1",
    "ai-platform:jobs.nightly.schedule": "rate(1 day)",
};

/** What the failover switches, by resource. Limits of autoscaling and alarms aren't here: the engine keeps them in its state only. */
const SWITCHED: Record<string, string> = {
    "database-instance": "replicateSourceDb",
    "ingest-mapping": "enabled",
    "ingest-created": "state",
    "nightly-schedule": "state",
};

const bucketIn = (region: string) => `ai-platform-prod-raw-123456789012-${region}`;

interface Outcome {
    code: number | null;
    stdout: string;
    stderr: string;
}

describe("the recovery drill", function () {
    this.timeout(45 * 60_000);
    skipAfterFailure();

    const project = new Project({ checkpoints: false });
    let proxy: RegionProxy;
    let endpoint = "";
    const emulator = process.env.AWS_ENDPOINT_URL;
    let prod: Deployment;
    let dr: Deployment;

    before(async function () {
        skipIfMissing(this);
        proxy = new RegionProxy(new URL(emulator ?? ""));
        const started = await proxy.start();
        endpoint = started.endpoint;
        // The engine and the tests also need instances with IDs of their own.
        process.env.AWS_ENDPOINT_URL = started.reliable;
        prod = await project.stack("prod", SETTINGS);
        dr = await project.stack("dr", SETTINGS);
    });

    after(() => {
        if (endpoint !== "") proxy.stop();
        if (emulator !== undefined) process.env.AWS_ENDPOINT_URL = emulator;
        project.remove();
    });

    const sdk = (region: string) => ({
        dynamodb: new DynamoDBClient({ region }),
        ecs: new ECSClient({ region }),
        events: new EventBridgeClient({ region }),
        lambda: new LambdaClient({ region }),
        rds: new RDSClient({ region }),
        s3: new S3Client({ region, forcePathStyle: true }),
        scheduler: new SchedulerClient({ region }),
    });
    const west = sdk(RECOVERY);
    const east = sdk(PRIMARY);

    /** What runs in a region, from its APIs. */
    async function stateOf({ ecs, events, lambda, rds, scheduler }: typeof west, stack: Deployment, environment: string) {
        const mapping = await stack.resource("aws:lambda/eventSourceMapping:EventSourceMapping", "ingest-mapping");
        const rule = await stack.resource("aws:cloudwatch/eventRule:EventRule", "ingest-created");
        const schedule = await stack.resource("aws:scheduler/schedule:Schedule", "nightly-schedule");
        const name = `ai-platform-${environment}`;
        const [{ services = [] }, created, ingest, { DBInstances = [] }, job] = await Promise.all([
            ecs.send(new DescribeServicesCommand({ cluster: name, services: [`${name}-api`] })),
            events.send(new DescribeRuleCommand({ Name: String(rule.outputs.name) })),
            lambda.send(new GetEventSourceMappingCommand({ UUID: String(mapping.outputs.uuid) })),
            rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })),
            scheduler.send(new GetScheduleCommand({ GroupName: String(schedule.outputs.groupName), Name: String(schedule.outputs.name) })),
        ]);
        return {
            tasks: services[0]?.desiredCount,
            rule: created.State,
            ingest: (ingest.State ?? "").startsWith("Enabl"),
            job: job.State,
            isReplica: Boolean(DBInstances[0]?.ReadReplicaSourceDBInstanceIdentifier),
        };
    }

    async function role(): Promise<string | undefined> {
        const { Item } = await west.dynamodb.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: "role" } } }));
        return Item?.active?.S;
    }

    const failover = (args: string[], killAt?: RegExp) => run(["failover", ...args], endpoint, killAt);

    const failback = (args: string[], killAt?: RegExp) =>
        withLag(() => withSubnetGroup(prod, RECOVERY, () => withSubnetGroup(dr, PRIMARY, () => failover(["--back", ...args], killAt))));

    const withLag = <T>(work: () => Promise<T>) =>
        withReplicaLag(
            [
                { region: PRIMARY, identifier: "ai-platform-prod" },
                { region: RECOVERY, identifier: "ai-platform-dr" },
            ],
            work,
        );

    async function adopt(stack: string): Promise<void> {
        const { code, stderr } = await run(["adopt", stack, "--yes"], process.env.AWS_ENDPOINT_URL ?? "", undefined, {
            PATH: withPulumiShim(project.folder),
        });
        expect(code, stderr).to.equal(0);
    }

    /** Runs a tool. `killAt`: kills the process when its progress contains this text. */
    function run(argv: string[], url: string, killAt?: RegExp, more: Record<string, string> = {}): Promise<Outcome> {
        const child: ChildProcess = spawn(process.execPath, [path.join(ROOT, "tools", "run.cjs"), ...argv], {
            cwd: project.folder,
            env: { ...process.env, ...project.variables, AWS_ENDPOINT_URL: url, ...more },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const outcome: Outcome = { code: null, stdout: "", stderr: "" };
        child.stdout?.on("data", (chunk: Buffer) => (outcome.stdout += chunk.toString()));
        child.stderr?.on("data", (chunk: Buffer) => {
            outcome.stderr += chunk.toString();
            if (killAt?.test(outcome.stderr)) child.kill("SIGKILL");
        });
        return new Promise((done) => {
            child.on("close", (code) => {
                done({ ...outcome, code });
            });
        });
    }

    /** Changes of switched resources that a preview after a refresh has. What emulators forget also shows, but on other resources and properties. */
    async function confirmation(stack: Deployment): Promise<string[]> {
        await stack.refresh();
        await stack.preview();
        return stack.last.flatMap(({ op, urn, diffs }) => {
            const name = nameOf(urn);
            const property = SWITCHED[name];
            if (property === undefined) return [];
            return op !== "update" || diffs.includes(property) ? [`${op} ${name} ${diffs.join()}`] : [];
        });
    }

    it("deploys prod and dr", async () => {
        const stop = tagReplicaKeys(PRIMARY, RECOVERY);
        await prod.create().finally(stop);
        await createDr(dr, PRIMARY);
        expect(await stateOf(east, prod, "prod")).to.include({ tasks: 3, rule: "ENABLED", ingest: true, job: "ENABLED" });
        expect(await stateOf(west, dr, "dr")).to.include({ tasks: 1, rule: "DISABLED", ingest: false, job: "DISABLED", isReplica: true });
        expect(await role()).to.equal(undefined);
    });

    it("prints what a failover would do, and changes nothing", async () => {
        const { code, stdout, stderr } = await failover(["dr", "--dry-run"]);
        expect(code, stderr).to.equal(0);
        expect(stdout).to.contain("Nothing was changed");
        expect(await stateOf(west, dr, "dr")).to.include({ rule: "DISABLED", isReplica: true });
        expect(await role()).to.equal(undefined);
    });

    it("is killed during the failover of a lost region, and continues without it", async () => {
        proxy.down.add(PRIMARY);
        const killed = await failover(["dr", "--yes"], /: done in \d+ s/);
        expect(killed.code).to.equal(null);
        const { code, stdout, stderr } = await failover(["dr", "--yes", "--resume", "--json"]);
        expect(code, stderr).to.equal(0);
        const report = JSON.parse(stdout) as Record<string, unknown>;
        console.log(`    ${JSON.stringify(report.steps)}`);
        expect(await role()).to.equal("dr");
        expect(await stateOf(west, dr, "dr")).to.deep.include({ rule: "ENABLED", ingest: true, job: "ENABLED", isReplica: false });
        expect((await stateOf(west, dr, "dr")).tasks).to.be.at.least(2);
        expect(new Set(proxy.refused.map((it) => it.split(" ")[0]))).to.deep.equal(new Set([PRIMARY]));
    });

    it("is confirmed by an update of dr, without a change of its configuration", async () => {
        expect(await confirmation(dr)).to.deep.equal([]);
        await dr.up();
        expect(await stateOf(west, dr, "dr")).to.deep.include({ rule: "ENABLED", ingest: true, job: "ENABLED", isReplica: false });
    });

    it("keeps prod passive when its region returns: the update starts nothing", async () => {
        proxy.down.clear();
        const { code, stderr } = await failover(["dr", "--yes", "--resume"]);
        expect(code, stderr).to.equal(0);
        expect(await stateOf(east, prod, "prod")).to.deep.include({ tasks: 0, rule: "DISABLED", ingest: false, job: "DISABLED" });
        expect(await confirmation(prod)).to.deep.equal([]);
        await prod.up();
        expect(await stateOf(east, prod, "prod")).to.deep.include({ tasks: 0, rule: "DISABLED", ingest: false, job: "DISABLED" });
    });

    it("refuses to start again", async () => {
        const { code, stderr } = await failover(["dr", "--yes"]);
        expect(code, stderr).to.equal(3);
    });

    /** Writes an object where the active stack does. */
    const write = (client: S3Client, region: string, Key: string) =>
        client.send(new PutObjectCommand({ Bucket: bucketIn(region), Key, Body: Key }));

    async function contentIn(region: string, Key: string): Promise<string | undefined> {
        const { s3 } = region === PRIMARY ? east : west;
        return (await s3.send(new GetObjectCommand({ Bucket: bucketIn(region), Key }))).Body?.transformToString();
    }

    it("fails back, with what was written in dr: killed before the traffic moves, and continued", async () => {
        await write(west.s3, RECOVERY, "written-in-dr/ü.json");
        const killed = await failback(["dr", "--yes"], /standby: done in \d+ s/);
        expect(killed.code, killed.stderr).to.equal(null);
        expect(await role()).to.equal("dr");
        const { code, stdout, stderr } = await failback(["dr", "--yes", "--resume", "--json"]);
        expect(code, stderr).to.equal(0);
        const report = JSON.parse(stdout) as Record<string, unknown>;
        console.log(`    ${JSON.stringify(report.steps)}`);
        expect(await contentIn(PRIMARY, "written-in-dr/ü.json")).to.equal("written-in-dr/ü.json");
        expect(await role()).to.equal("primary");
        expect(await stateOf(east, prod, "prod")).to.include({ rule: "ENABLED", ingest: true, job: "ENABLED", isReplica: false });
        expect(await stateOf(west, dr, "dr")).to.include({ tasks: 1, rule: "DISABLED", ingest: false, job: "DISABLED", isReplica: true });
    });

    it("is confirmed by updates of both stacks, after they have adopted the new instances", async () => {
        for (const [name, stack] of [
            ["prod", prod],
            ["dr", dr],
        ] as const) {
            await adopt(name);
            expect(await confirmation(stack)).to.deep.equal([]);
            await stack.up();
        }
        expect(await stateOf(east, prod, "prod")).to.include({ rule: "ENABLED", ingest: true, job: "ENABLED", isReplica: false });
        expect(await stateOf(west, dr, "dr")).to.include({ rule: "DISABLED", ingest: false, job: "DISABLED", isReplica: true });
    });

    it("makes a second round trip, planned, and then deletes the instances that were replaced", async () => {
        const there = await withLag(() => failover(["dr", "--yes", "--planned"]));
        expect(there.code, there.stderr).to.equal(0);
        expect(await role()).to.equal("dr");
        expect(await stateOf(west, dr, "dr")).to.include({ rule: "ENABLED", ingest: true, job: "ENABLED", isReplica: false });
        const back = await failback(["dr", "--yes"]);
        expect(back.code, back.stderr).to.equal(0);
        expect(await stateOf(east, prod, "prod")).to.include({ rule: "ENABLED", ingest: true, job: "ENABLED", isReplica: false });
        const cleaned = await failover(["--back", "dr", "--cleanup", "--yes"]);
        expect(cleaned.code, cleaned.stderr).to.equal(0);
        for (const [{ rds }, name] of [
            [east, "prod"],
            [west, "dr"],
        ] as const) {
            const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));
            expect(DBInstances.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)).to.deep.equal([`ai-platform-${name}`]);
        }
        for (const name of ["prod", "dr"]) await adopt(name);
    });

    it("leaves stacks that can be destroyed", async () => {
        await dr.destroy();
        await prod.destroy();
        expect(await prod.resources()).to.deep.equal([]);
    });
});
