import path from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import * as components from "../../components";
import { LOG_DAYS } from "../../components/building-blocks/logs";
import { record } from "../../components/testing";
import {
    ai,
    cluster,
    database,
    endpoint,
    gateway,
    job,
    keys,
    network,
    pipeline,
    placement,
    postgres,
    service,
    stream,
} from "../support/minimal";

const site = { source: { repositoryId: "acme/site", branch: "main" }, bucketName: "site", distributionId: "E1", outputDirectory: "dist" };

type Days = Pick<components.LogArgs, "logRetentionDays">;

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
    Edge: (days) => new components.Edge("it", { bucketName: "it-site", usEast1LogKeyArn: keys.logKeyArn, ...days }),
    EventHub: (days) => new components.EventHub("it", { ...keys, stream, ...days }),
    EventStream: (days) => new components.EventStream("it", { ...keys, ...stream, ...days }),
    FargateCluster: (days) => new components.FargateCluster("it", { ...keys, ...days }),
    FargateTask: (days) => new components.FargateTask("it", { ...service, cluster, ...days }),
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

    it("supports the values of CloudWatch Logs, in order", () => {
        expect([...LOG_DAYS])
            .to.deep.equal([...LOG_DAYS].sort((a, b) => a - b))
            .and.to.include.members([1, 30, 365, 3653]);
    });
});
