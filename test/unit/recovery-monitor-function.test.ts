import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ECSClient } from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { createMonitor } from "../../functions/recovery-monitor/monitor";
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

const metrics = (values: number[], id = "insights") => ({ MetricDataResults: [{ Id: id, Values: values }] });
const peaks = (counts: Record<string, number[]>) => ({
    GetMetricData: ({
        MetricDataQueries: [query],
    }: {
        MetricDataQueries: [{ MetricStat: { Metric: { Dimensions: { Value: string }[] } } }];
    }) => metrics(counts[query.MetricStat.Metric.Dimensions[1]?.Value ?? ""] ?? []),
});
const PEAKS = peaks({ "ai-platform-prod-api": [3, 7, 5], "ai-platform-prod-worker": [2] }) as unknown as Answers;
const down = (): Error => Object.assign(new Error("connect ETIMEDOUT"), { name: "TimeoutError" });

interface Given {
    items?: Record<string, Attributes>;
    /** Answers of the region of the active stack. */
    region?: Answers;
    home?: Answers;
}

/** Runs the handler with the items of a table. */
async function ran({ items = STACKS, region = PEAKS, home = {} }: Given) {
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
    const cloudWatch = new CloudWatchClient({ region: "us-west-2" });
    answering(cloudWatch, {
        PutMetricData: (input) => {
            published.push(input);
            return {};
        },
        ...home,
    });
    const monitor = createMonitor(readSettings({ TABLE_NAME: NAME, ENVIRONMENT: "dr" }), {
        records: recoveryRecords(dynamodb, NAME),
        cloudWatch,
        clientsOf: (name) => {
            regions.push(name);
            const clients = { cloudWatch: new CloudWatchClient({ region: name }), ecs: new ECSClient({ region: name }) };
            for (const client of Object.values(clients)) answering(client, region);
            return clients;
        },
        now: () => NOW,
        log: (facts) => void logged.push(facts),
    });
    const error = await monitor().then(
        () => undefined,
        (reason: unknown) => reason as Error,
    );
    const [metric] = published.flatMap(({ MetricData }) => MetricData as { Value: number }[]);
    return { error, puts, published, age: metric?.Value, regions, logged };
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

    it("takes the desired count of a service without metrics, and omits a service that doesn't exist", async () => {
        const region: Answers = {
            GetMetricData: metrics([]),
            DescribeServices: ({ services }) =>
                String(services).endsWith("-api")
                    ? { services: [{ status: "ACTIVE", desiredCount: 3 }] }
                    : { services: [{ status: "INACTIVE" }] },
        };
        expect((await ran({ region })).puts[0]?.Item).to.deep.include({ services: { M: { api: { N: "3" } } } });
    });

    it("keeps the recorded counts if the region doesn't respond, even after a part of the answers, and reports the error", async () => {
        for (const region of [
            { GetMetricData: down },
            { GetMetricData: metrics([]), DescribeServices: down },
            {
                GetMetricData: ({ MetricDataQueries }: Record<string, unknown>) =>
                    JSON.stringify(MetricDataQueries).includes("-worker") ? down() : metrics([7]),
            },
        ] as Answers[]) {
            const { error, puts, age } = await ran({ region });
            expect(error?.name).to.equal("TimeoutError");
            expect(puts).to.deep.equal([]);
            expect(age).to.be.a("number");
        }
    });

    it("keeps the recorded counts if no service exists", async () => {
        const { error, puts } = await ran({ region: { GetMetricData: metrics([]), DescribeServices: { services: [] } } });
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
                Namespace: "Recovery",
                MetricData: [
                    {
                        MetricName: "LastDrillAge",
                        Value: 20 * 3600,
                        Unit: "Seconds",
                        Dimensions: [{ Name: "Environment", Value: "dr" }],
                    },
                ],
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

    it("records the counts although the age can't be published, and reports both errors", async () => {
        const denied = Object.assign(new Error("not authorized"), { name: "AccessDenied" });
        const partly = await ran({ home: { PutMetricData: denied } });
        expect(partly.error).to.equal(denied);
        expect(partly.puts).to.have.length(1);
        const { error } = await ran({ home: { PutMetricData: denied }, region: { GetMetricData: down } });
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
            { message: "published", lastDrillAge: 100 * 3600 },
            { message: "recorded", region: "us-east-1", cluster: "ai-platform-prod", counts: { api: 7, worker: 2 } },
        ]);
    });

    it("names the settings that are missing", () => {
        expect(() => readSettings({ TABLE_NAME: "t" })).to.throw("these environment variables are missing: ENVIRONMENT");
    });
});
