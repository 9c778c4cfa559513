import path from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import * as components from "../../components";
import { LOG_DAYS, LOG_TYPES } from "../../components/building-blocks/logs";
import { record, type Recording } from "../../components/testing";
import { parseConfig } from "../support/config";
import {
    ai,
    cluster,
    database,
    databaseUsers,
    endpoint,
    gateway,
    exec,
    job,
    task,
    keys,
    network,
    monitor,
    pipeline,
    placement,
    postgres,
    service,
    stream,
} from "../support/minimal";
import { configOf, plan, planOf, PLANS, prefixed, problemsWith } from "../support/plans";

const DOMAIN_NAME = "ai-platform:domain.name=app.example.com";

const site = { source: { repositoryId: "acme/site", branch: "main" }, bucketName: "site", distributionId: "E1", outputDirectory: "dist" };

type Days = Partial<Pick<components.LogArgs, "logRetentionDays" | "logRetention" | "logDestinationArn">>;

/** Every component that creates log groups, with minimal arguments. */
const made: Record<string, (days: Days) => unknown> = {
    AiServices: (days) => new components.AiServices("it", { ...ai, ...days }),
    ApiGateway: (days) =>
        new components.ApiGateway("it", {
            ...gateway,
            ...days,
        }),
    Delivery: (days) => new components.Delivery("it", { ...keys, site, ...days }),
    DocumentCluster: (days) => new components.DocumentCluster("it", { ...database, ...days }),
    Edge: ({ logDestinationArn, ...days }) =>
        new components.Edge("it", {
            bucketName: "it-site",
            usEast1LogKeyArn: keys.logKeyArn,
            usEast1LogDestinationArn: logDestinationArn,
            ...days,
        }),
    DatabaseUsers: (days) => new components.DatabaseUsers("it", { ...databaseUsers, ...days }),
    EventHub: (days) => new components.EventHub("it", { ...keys, stream, ...days }),
    EventStream: (days) => new components.EventStream("it", { ...keys, ...stream, ...days }),
    FargateCluster: (days) => new components.FargateCluster("it", { ...keys, ...days }),
    FargateTask: (days) => new components.FargateTask("it", { ...service, cluster, ...days }),
    TaskRun: (days) => new components.TaskRun("it", { ...keys, task, ...days }),
    RecoveryMonitor: (days) => new components.RecoveryMonitor("it", { ...monitor, ...days }),
    PortForwarding: (days) => new components.PortForwarding("it", { ...keys, ...placement, cluster: { ...cluster, exec }, ...days }),
    ScheduledTask: (days) => new components.ScheduledTask("it", { ...job, ...days }),
    FargateService: (days) => new components.FargateService("it", { ...service, ...days }),
    IngestPipeline: (days) =>
        new components.IngestPipeline("it", {
            ...pipeline,
            ...days,
        }),
    ModelEndpoint: (days) =>
        new components.ModelEndpoint("it", {
            ...keys,
            ...endpoint,
            ...days,
        }),
    PostgresCluster: (days) => new components.PostgresCluster("it", { ...postgres, ...days }),
    RedisCluster: (days) => new components.RedisCluster("it", { ...keys, ...placement, secretName: "it", ...days }),
    Vpc: (days) =>
        new components.Vpc("it", {
            ...network,
            natGateways: "none",
            ...days,
        }),
    VpcFunction: (days) =>
        new components.VpcFunction("it", {
            ...keys,
            entry: path.resolve("functions/ingest/index.ts"),
            description: "It",
            placement,
            ...days,
        }),
};

describe("log retention", () => {
    for (const [name, make] of Object.entries(made)) {
        it(`${name} rejects values that CloudWatch Logs doesn't support, and applies supported ones`, async () => {
            expect(() => make({ logRetentionDays: 31 })).to.throw(
                `${name} "it": logRetentionDays must be a number of days that CloudWatch Logs supports, such as 30`,
            );
            const daysOf = async (days: Days) =>
                (await record(() => void make(days))).all(aws.cloudwatch.LogGroup).map(({ inputs }) => inputs.retentionInDays);
            expect(new Set(await daysOf({}))).to.deep.equal(new Set(name === "AiServices" ? [] : [30]));
            expect(new Set(await daysOf({ logRetentionDays: 400 }))).to.deep.equal(new Set(name === "AiServices" ? [] : [400]));
        });
    }

    it("can differ by type of log", async () => {
        const types = Object.keys(LOG_TYPES) as components.LogType[];
        const logRetention = Object.fromEntries(types.map((type, i) => [type, LOG_DAYS[i + 2]]));
        const days = async (overrides: string[]) => {
            const groups = (await plan("prod", overrides)).all(aws.cloudwatch.LogGroup);
            return Object.fromEntries(groups.map(({ name, inputs }) => [name, inputs.retentionInDays]));
        };
        const pipelines = ["services.api.deployedBy=pipeline", "delivery.service.repositoryId=acme/api", "ai.invocationLogging=true"];
        const model = [
            "ai.endpoint.image=123456789012.dkr.ecr.us-east-1.amazonaws.com/rank:1",
            "ai.endpoint.modelDataUrl=s3://models/rank.tar.gz",
        ];
        const set = Object.entries(logRetention).map(([type, value]) => `logRetention.${type}=${String(value)}`);
        const found = await days([...pipelines, ...model, ...set].map((it) => `ai-platform:${it}`));
        const { access, application, audit, build, database, firewall, network } = logRetention;
        expect(found).to.deep.equal({
            "ai-calls-logs": audit,
            "ai-model-logs": application,
            "services-exec-logs": audit,
            "api-logs": application,
            "aws-waf-logs-edge": firewall,
            "aws-waf-logs-gateway": firewall,
            "cache-engine-log": database,
            "cache-slow-log": database,
            "database-postgresql-log": database,
            "database-upgrade-log": database,
            "delivery-image-logs": build,
            "documents-audit-log": audit,
            "documents-profiler-log": database,
            "events-stream-logs": application,
            "gateway-access": access,
            "ingest-reader-logs": application,
            "network-flow-logs": network,
        });
        const others = await days(["ai-platform:logRetention.network=14"]);
        expect(others["network-flow-logs"]).to.equal(14);
        expect(new Set(Object.entries(others).flatMap(([name, value]) => (name === "network-flow-logs" ? [] : [value])))).to.deep.equal(
            new Set([30]),
        );
    });

    it("applies to the buckets with access logs, which keep 90 days by default", async () => {
        const expiry = async (overrides: string[]) => {
            const all = (await plan("prod", overrides)).all(aws.s3.BucketLifecycleConfiguration, /access-logs/);
            return all.map(
                ({ inputs }) => (inputs.rules as { expiration?: { days: number } }[]).find((it) => it.expiration)?.expiration?.days,
            );
        };
        expect(await expiry([])).to.deep.equal([90, 90]);
        expect(await expiry(["ai-platform:logRetention.access=365"])).to.deep.equal([365, 365]);
    });

    it("rejects types that don't exist, and values that CloudWatch Logs doesn't support", () => {
        const logRetention: Record<string, number> = { audit: 31, web: 30 };
        expect(() => made.Vpc?.({ logRetention })).to.throw(
            /logRetention\.audit must be a number of days.*\n?.*logRetention\.web must be one of access/s,
        );
        const { own, aws: provider } = configOf("prod", ["ai-platform:logRetention.audit=31", "ai-platform:logRetention.web=30"]);
        const problems = parseConfig(own, provider, "prod").problems.join();
        expect(problems)
            .to.contain("ai-platform:logRetention.audit: 31 must be one of 1, 3")
            .and.to.contain("ai-platform:logRetention.web: unknown key");
    });

    it("supports the values of CloudWatch Logs, in order", () => {
        expect([...LOG_DAYS])
            .to.deep.equal([...LOG_DAYS].sort((a, b) => a - b))
            .and.to.include.members([1, 30, 365, 3653]);
    });
});

describe("the central destination of logs", () => {
    const DESTINATION = "arn:aws:logs:us-east-1:210987654321:destination:central";
    const IN_DR = DESTINATION.replace("us-east-1", "us-west-2");

    /** Log groups without exactly one subscription to the destination in the group's region. */
    function unforwarded(recording: Recording, own: string, destinations: Record<string, string>): string[] {
        const filters = recording.all(aws.cloudwatch.LogSubscriptionFilter);
        return recording.all(aws.cloudwatch.LogGroup).flatMap(({ name, id, inputs: { region } }) => {
            const [filter, ...more] = filters.filter((it) => it.name === `${name}-subscription`);
            const isRight =
                more.length === 0 &&
                filter !== undefined &&
                filter.inputs.region === region &&
                filter.inputs.filterPattern === "" &&
                filter.inputs.logGroup === id &&
                filter.inputs.destinationArn === destinations[region ?? own];
            return isRight ? [] : [name];
        });
    }

    for (const [name, make] of Object.entries(made))
        it(`receives the logs of ${name}`, async () => {
            const recording = await record(() => void make({ logDestinationArn: DESTINATION }), { region: "us-east-1" });
            expect(unforwarded(recording, "us-east-1", { "us-east-1": DESTINATION })).to.deep.equal([]);
            expect((await record(() => void make({}))).all(aws.cloudwatch.LogSubscriptionFilter)).to.be.empty;
            if (name === "AiServices") return;
            const wrong = "arn:aws:kinesis:us-east-1:210987654321:stream/central";
            expect(() => make({ logDestinationArn: wrong })).to.throw(
                /ogDestinationArn must be .*the ARN of a CloudWatch Logs destination/,
            );
        });

    it("receives every log group of every plan", async () => {
        for (const [name, { stack, overrides = [] }] of Object.entries(PLANS)) {
            const set = stack === "dr" ? [`logDestinationArn=${IN_DR}`] : [`logDestinationArn=${DESTINATION}`];
            const waf = stack === "dr" && !overrides.includes(DOMAIN_NAME) ? [`usEast1LogDestinationArn=${DESTINATION}`] : [];
            const all = [...overrides, ...[...set, ...waf].map((it) => `ai-platform:${it}`)];
            const recording = await planOf({ stack, overrides: all });
            expect(recording.all(aws.cloudwatch.LogGroup), name).to.have.length.above(4);
            expect(
                unforwarded(recording, stack === "dr" ? "us-west-2" : "us-east-1", { "us-east-1": DESTINATION, "us-west-2": IN_DR }),
                name,
            ).to.deep.equal([]);
        }
    });

    const problemsOf = (stack: string, ...set: string[]) => problemsWith(stack, prefixed(set));

    it("must be a destination of CloudWatch Logs in the region of the log groups", () => {
        expect(problemsOf("prod", "logDestinationArn=arn:aws:kinesis:us-east-1:210987654321:stream/central")).to.have.length(1);
        expect(problemsOf("dr", `logDestinationArn=${DESTINATION}`)).to.deep.equal([
            "ai-platform:logDestinationArn: must be in us-west-2, the region of the log groups, but is in us-east-1",
        ]);
        expect(problemsOf("dr", `usEast1LogDestinationArn=${IN_DR}`)).to.deep.equal([
            "ai-platform:usEast1LogDestinationArn: must be in us-east-1, the region of the log groups, but is in us-west-2",
        ]);
    });

    it("has no second key in us-east-1, and none for a distribution that another stack owns", () => {
        const key = "ai-platform:usEast1LogDestinationArn";
        expect(problemsOf("prod", `usEast1LogDestinationArn=${DESTINATION}`)).to.deep.equal([
            `${key}: has no effect in us-east-1: use logDestinationArn`,
        ]);
        const domain = ["domain.name=app.example.com", "domain.zoneId=Z0123456789ABCDEFGHIJ"];
        expect(problemsOf("dr", ...domain, `usEast1LogDestinationArn=${DESTINATION}`).join()).to.contain(
            `${key}: has no effect in a dr stack`,
        );
    });

    it("warns about the log in us-east-1 that it can't receive", async () => {
        const { warnings } = await plan("dr", [`ai-platform:logDestinationArn=${IN_DR}`]);
        expect(warnings.join()).to.contain("usEast1LogDestinationArn is not set");
        const both = [`ai-platform:logDestinationArn=${IN_DR}`, `ai-platform:usEast1LogDestinationArn=${DESTINATION}`];
        expect((await plan("dr", both)).warnings.join()).not.to.contain("usEast1LogDestinationArn");
        expect((await plan("dr")).warnings.join()).not.to.contain("usEast1LogDestinationArn");
    });
});
