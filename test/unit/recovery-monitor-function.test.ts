import { BackupClient } from "@aws-sdk/client-backup";
import { CloudWatchClient, type GetMetricStatisticsCommandInput } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECSClient } from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { createMonitor } from "../../functions/recovery-monitor/monitor";
import { lastTest } from "../../functions/recovery-monitor/restore-tests";
import { readSettings } from "../../functions/recovery-monitor/settings";
import { recoveryRecords } from "../../functions/recovery-monitor/table";
import { newJournal } from "../../tools/failover/journal";
import { tableOf } from "../../tools/failover/sdk/table";
import { type Answers, answering } from "../support/preflight";

const NOW = Date.parse("2026-12-01T12:00:00Z");
const HOUR = 3600_000;
const NAME = "ai-platform-prod-recovery";
const isoTime = (time: number) => new Date(time).toISOString();

type Attributes = Record<string, unknown>;
const service = (name: string) => ({ service: name, minCapacity: 1, maxCapacity: 9 });
const stack = (region: string, cluster: string, services: object = { api: service(`${cluster}-api`) }) => ({
    description: { S: JSON.stringify({ version: 1, region, cluster, services }) },
});
const run = (journal: object | string) => ({ journal: { S: typeof journal === "string" ? journal : JSON.stringify(journal) } });
const started = (at: number) =>
    newJournal(at, { direction: "failover", planned: true, drill: true, objectsSince: isoTime(at), counts: {} });
/** A finished run, as the failover tool writes it. */
const finished = (switchedAt: number, more: object = {}) =>
    run({ ...started(switchedAt - HOUR), switchedAt: isoTime(switchedAt), ...more });

const STACKS: Record<string, Attributes> = {
    "stack/primary": stack("us-east-1", "ai-platform-prod", {
        api: service("ai-platform-prod-api"),
        worker: service("ai-platform-prod-worker"),
    }),
    "stack/dr": stack("us-west-2", "ai-platform-dr"),
};
const ROLE = { role: { active: { S: "dr" }, since: { S: isoTime(NOW) } } };

/** Values of one metric, by the name of the service. */
const peaks = (counts: Record<string, number[]>, metric = "RunningTaskCount"): Answers => ({
    GetMetricStatistics: (input) => {
        const { MetricName, Dimensions, Statistics } = input as unknown as GetMetricStatisticsCommandInput;
        const values = MetricName === metric ? (counts[Dimensions?.[1]?.Value ?? ""] ?? []) : [];
        return { Datapoints: values.map((value) => ({ [Statistics?.[0] ?? ""]: value })) };
    },
});
const PEAKS = peaks({ "ai-platform-prod-api": [3, 7, 5], "ai-platform-prod-worker": [2] });
const NONE = { GetMetricStatistics: { Datapoints: [] } };
const down = (): Error => Object.assign(new Error("connect ETIMEDOUT"), { name: "TimeoutError" });

interface Given {
    items?: Record<string, Attributes>;
    /** Answers of the region of the active stack. */
    region?: Answers;
    home?: Answers;
    /** Answers of AWS Backup, if there are restore tests. */
    tests?: Answers;
}

/** Runs the handler with the items of a table. */
async function ran({ items = STACKS, region = PEAKS, home = {}, tests = {} }: Given) {
    const puts: Attributes[] = [];
    const published: Record<string, unknown>[] = [];
    const regions: string[] = [];
    const logged: Record<string, unknown>[] = [];
    const found = (id: string) => (items[id] ? { Item: { id: { S: id }, ...items[id] } } : {});
    const dynamodb = new DynamoDBClient({ region: "us-west-2" });
    answering(dynamodb, {
        GetItem: (input) => found((input.Key as { id: { S: string } }).id.S),
        Scan: (input) => {
            expect(input.ConsistentRead).to.equal(true);
            const prefix = (input.ExpressionAttributeValues as { ":prefix": { S: string } })[":prefix"].S;
            const matching = Object.entries(items).filter(([id]) => id.startsWith(prefix));
            return { Items: matching.map(([id, item]) => ({ id: { S: id }, ...item })) };
        },
        DescribeTable: { Table: { CreationDateTime: new Date(NOW - 100 * HOUR) } },
        PutItem: (input) => {
            puts.push(input);
            return {};
        },
        ...home,
    });
    const backup = new BackupClient({ region: "us-west-2" });
    answering(backup, tests);
    const plan = Object.keys(tests).length > 0 ? { RESTORE_TESTING_PLAN: "ai_platform_dr", RESTORE_TESTING_TYPES: "RDS,DocumentDB" } : {};
    const monitor = createMonitor(readSettings({ TABLE_NAME: NAME, ENVIRONMENT: "dr", ...plan }), {
        records: recoveryRecords(dynamodb, NAME),
        clientsOf: (name) => {
            regions.push(name);
            const clients = { cloudWatch: new CloudWatchClient({ region: name }), ecs: new ECSClient({ region: name }) };
            for (const client of Object.values(clients)) answering(client, region);
            return clients;
        },
        lastTest: (plan) => lastTest(backup, plan),
        now: () => NOW,
        print: (line) => void published.push(JSON.parse(line) as Record<string, unknown>),
        log: (facts) => void logged.push(facts),
    });
    const error = await monitor().then(
        () => undefined,
        (reason: unknown) => reason as Error,
    );
    const ageOf = (name: string) => published.find((metric) => name in metric)?.[name];
    return { error, puts, published, age: ageOf("LastDrillAge"), testAge: ageOf("LastRestoreTestAge"), regions, logged };
}

describe("the function that monitors recovery", () => {
    it("records the highest number of tasks of each service of the active stack, as the failover tool reads it", async () => {
        const { error, puts, regions } = await ran({});
        expect(error).to.equal(undefined);
        expect(regions).to.deep.equal(["us-east-1"]);
        expect(puts).to.have.length(1);
        expect(puts[0]?.TableName).to.equal(NAME);
        const reader = new DynamoDBClient({ region: "us-west-2" });
        answering(reader, { GetItem: { Item: puts[0]?.Item as object } });
        expect(await tableOf(reader, NAME).get("capacity")).to.deep.equal({
            id: "capacity",
            services: { api: 7, worker: 2 },
            at: isoTime(NOW),
        });
    });

    it("measures the dr stack, in its own region, while that one is active", async () => {
        const { puts, regions } = await ran({
            items: { ...STACKS, ...ROLE },
            region: peaks({ "ai-platform-dr-api": [4] }),
        });
        expect(regions).to.deep.equal(["us-west-2"]);
        expect(puts[0]?.Item).to.deep.include({ services: { M: { api: { N: "4" } } } });
    });

    describe("with restore tests", () => {
        const DAY = 24 * HOUR;
        const PLAN = { RestoreTestingPlan: { RestoreTestingPlanArn: "arn:plan", CreationTime: new Date(NOW - 30 * DAY) } };
        const job = (ResourceType: string, days: number, ValidationStatus?: string) => ({
            ResourceType,
            CompletionDate: new Date(NOW - days * DAY),
            ValidationStatus,
        });
        const aged = async (...RestoreJobs: object[]) => {
            const tests: Answers = {
                GetRestoreTestingPlan: PLAN,
                ListRestoreJobs: (input) => {
                    expect(input).to.include({ ByRestoreTestingPlanArn: "arn:plan", ByStatus: "COMPLETED" });
                    return { RestoreJobs };
                },
            };
            return (await ran({ tests })).testAge;
        };
        const days = (count: number) => (count * DAY) / 1000;

        it("publishes the age of the last test of each type, of the type that is the oldest", async () => {
            expect(await aged(job("RDS", 9), job("RDS", 2), job("DocumentDB", 3))).to.equal(days(3));
        });

        it("publishes the age of the plan until each type was tested, and doesn't count tests whose validation failed", async () => {
            expect(await aged()).to.equal(days(30));
            expect(await aged(job("RDS", 2))).to.equal(days(30));
            expect(await aged(job("RDS", 2), job("DocumentDB", 1, "FAILED"), job("DocumentDB", 8, "TIMED_OUT"))).to.equal(days(8));
        });

        it("fails without them, but records the counts and the age of the last drill", async () => {
            const { error, puts, age, testAge } = await ran({ tests: { GetRestoreTestingPlan: () => down() } });
            expect(error?.message).to.contain("ETIMEDOUT");
            expect(puts).to.have.length(1);
            expect(age).to.equal((100 * HOUR) / 1000);
            expect(testAge).to.equal(undefined);
        });

        it("doesn't ask AWS Backup without a plan", async () => {
            const { error, published } = await ran({});
            expect(error).to.equal(undefined);
            expect(published).to.have.length(1);
        });
    });

    it("asks for the last 24 hours, with as many data points as CloudWatch returns, and takes the samples without Container Insights", async () => {
        const inputs: GetMetricStatisticsCommandInput[] = [];
        const answers = peaks({ "ai-platform-prod-api": [6, 2], "ai-platform-prod-worker": [1] }, "CPUUtilization");
        const region: Answers = {
            GetMetricStatistics: (input) => {
                inputs.push(input as unknown as GetMetricStatisticsCommandInput);
                return (answers.GetMetricStatistics as (input: object) => object)(input);
            },
        };
        expect((await ran({ region })).puts[0]?.Item).to.deep.include({ services: { M: { api: { N: "6" }, worker: { N: "1" } } } });
        expect(inputs.slice(0, 2).map(({ Namespace, Statistics }) => [Namespace, Statistics])).to.deep.equal([
            ["ECS/ContainerInsights", ["Maximum"]],
            ["AWS/ECS", ["SampleCount"]],
        ]);
        for (const { StartTime, EndTime, Period } of inputs) {
            expect(EndTime?.getTime()).to.equal(NOW);
            expect((NOW - (StartTime?.getTime() ?? 0)) / 1000 / (Period ?? 1)).to.equal(1440);
        }
    });

    it("takes the desired count of a service without metrics, and omits a service that doesn't exist", async () => {
        const region: Answers = {
            ...NONE,
            DescribeServices: ({ services }) =>
                String(services).endsWith("-api")
                    ? { services: [{ status: "ACTIVE", desiredCount: 3 }] }
                    : { services: [{ status: "INACTIVE" }] },
        };
        expect((await ran({ region })).puts[0]?.Item).to.deep.include({ services: { M: { api: { N: "3" } } } });
    });

    it("keeps the recorded counts if the region doesn't respond, even after a part of the answers, and reports the error", async () => {
        for (const region of [
            { GetMetricStatistics: down },
            { ...NONE, DescribeServices: down },
            { GetMetricStatistics: (input) => (JSON.stringify(input).includes("-worker") ? down() : { Datapoints: [{ Maximum: 7 }] }) },
        ] as Answers[]) {
            const { error, puts, age } = await ran({ region });
            expect(error?.name).to.equal("TimeoutError");
            expect(puts).to.deep.equal([]);
            expect(age).to.be.a("number");
        }
    });

    it("keeps the recorded counts if no service exists", async () => {
        const { error, puts } = await ran({ region: { ...NONE, DescribeServices: { services: [] } } });
        expect(error?.message).to.equal("no service in the cluster ai-platform-prod in us-east-1 has a count");
        expect(puts).to.deep.equal([]);
    });

    it("has nothing to record without services", async () => {
        const { error, puts } = await ran({ items: { ...STACKS, "stack/primary": stack("us-east-1", "ai-platform-prod", {}) } });
        expect({ error, puts }).to.deep.equal({ error: undefined, puts: [] });
    });

    it("publishes the seconds since the last switch of a finished run, drill or not, for its environment", async () => {
        const items = {
            ...STACKS,
            "run/1": finished(NOW - 50 * HOUR, { drill: false }),
            "run/2": finished(NOW - 20 * HOUR),
            "run/3": finished(NOW - 30 * HOUR),
        };
        const { published } = await ran({ items });
        expect(published).to.deep.equal([
            {
                _aws: {
                    Timestamp: NOW,
                    CloudWatchMetrics: [
                        { Namespace: "Recovery", Dimensions: [["Environment"]], Metrics: [{ Name: "LastDrillAge", Unit: "Seconds" }] },
                    ],
                },
                Environment: "dr",
                LastDrillAge: 20 * 3600,
            },
        ]);
    });

    it("ignores the current run, runs that didn't switch, and runs that it can't read", async () => {
        const unswitched = started(NOW);
        const items = {
            ...STACKS,
            "run/0": finished(NOW - 20 * HOUR),
            "run/current": finished(NOW - HOUR),
            "run/1": run(unswitched),
            "run/2": finished(NOW - HOUR, { format: 2 }),
            "run/3": run("{"),
            "run/4": {},
        };
        expect((await ran({ items })).age).to.equal(20 * 3600);
    });

    it("publishes the age of the table before the first drill, and never a negative age", async () => {
        expect((await ran({})).age).to.equal(100 * 3600);
        expect((await ran({ items: { ...STACKS, "run/1": finished(NOW + HOUR) } })).age).to.equal(0);
    });

    it("records the counts although the age is unknown, and reports both errors", async () => {
        const denied = Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
        const partly = await ran({ home: { Scan: denied } });
        expect(partly.error).to.equal(denied);
        expect(partly.puts).to.have.length(1);
        expect(partly.published).to.deep.equal([]);
        const { error } = await ran({ home: { Scan: denied }, region: { GetMetricStatistics: down } });
        expect(error?.message).to.equal("not authorized; connect ETIMEDOUT");
    });

    it("rejects items that it doesn't understand, without guessing which stack is active", async () => {
        const wrong: [Record<string, Attributes>, string][] = [
            [{ ...STACKS, role: { active: { S: "both" } } }, "item role: active must be primary or dr, not both"],
            [{ ...STACKS, role: {} }, "item role: active must be primary or dr, not missing"],
            [{}, "item stack/primary is missing: update the primary stack"],
            [{ "stack/primary": { description: { S: "{" } } }, "item stack/primary has no region, cluster, or services"],
            [{ "stack/primary": stack("us-east-1", "prod", { api: {} }) }, "item stack/primary: the service api has no name"],
        ];
        for (const [items, message] of wrong) {
            const { error, puts, regions } = await ran({ items });
            expect(error?.message).to.equal(message);
            expect([...puts, ...regions]).to.deep.equal([]);
        }
    });

    it("logs what it did", async () => {
        const { logged } = await ran({});
        expect(logged).to.deep.include.members([
            { message: "recorded", region: "us-east-1", cluster: "ai-platform-prod", counts: { api: 7, worker: 2 } },
        ]);
    });

    it("names the settings that are missing", () => {
        expect(() => readSettings({ TABLE_NAME: "t" })).to.throw("these environment variables are missing: ENVIRONMENT");
    });
});
