import path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as components from "../../components";
import { LOG_DAYS } from "../../components/shared/logs";
import { record } from "../../components/testing";

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const keys = { kmsKeyArn: arn("kms", "key/mrk-data"), logKeyArn: arn("kms", "key/mrk-logs") };
const placement = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };
const nothing = () => undefined;
const nobody = { grantRead: nothing, grantWrite: nothing, grantPublish: nothing, grantInvoke: nothing, allowFrom: nothing };
const third = (n: number) => [`10.0.${n}.0/24`, `10.0.${n + 1}.0/24`];
const site = { source: { repositoryId: "acme/site", branch: "main" }, bucketName: "site", distributionId: "E1", outputDirectory: "dist" };

type Days = Pick<components.LogArgs, "logRetentionDays">;

/** Every component that makes log groups, with no more than it needs. */
const made: Record<string, (days: Days) => unknown> = {
    AiServices: (days) =>
        new components.AiServices("it", { ...keys, guardrailKeyArn: keys.kmsKeyArn, models: ["amazon.nova-lite-v1:0"], ...days }),
    ApiGateway: (days) =>
        new components.ApiGateway("it", {
            ...keys,
            ...placement,
            stageName: "prod",
            backend: {
                loadBalancer: { arn: arn("elasticloadbalancing", "loadbalancer/app/a/1"), dnsName: "a.example.com" },
                listenerPort: 80,
            },
            authorizer: { userPoolArns: [arn("cognito-idp", "userpool/us-east-1_A")], scopes: ["api/read"] },
            ...days,
        }),
    Delivery: (days) => new components.Delivery("it", { ...keys, site, ...days }),
    DocumentCluster: (days) => new components.DocumentCluster("it", { ...keys, ...placement, identifier: "it", secretName: "it", ...days }),
    Edge: (days) => new components.Edge("it", { bucketName: "it-site", usEast1LogKeyArn: keys.logKeyArn, ...days }),
    EventHub: (days) => new components.EventHub("it", { ...keys, stream: { bucketArn: "arn:aws:s3:::raw" }, ...days }),
    EventStream: (days) => new components.EventStream("it", { ...keys, bucketArn: "arn:aws:s3:::raw", ...days }),
    FargateService: (days) => new components.FargateService("it", { ...keys, ...placement, image: "nginx", ...days }),
    IngestPipeline: (days) =>
        new components.IngestPipeline("it", {
            ...keys,
            placement,
            raw: { ...nobody, bucketName: pulumi.output("raw") },
            curated: { ...nobody, bucketName: pulumi.output("curated") },
            ai: { ...nobody, models: ["m"], guardrailId: pulumi.output("g"), guardrailVersion: pulumi.output("1") },
            bus: { ...nobody, busName: "bus" },
            documents: { ...nobody, connectionSecret: { arn: pulumi.output(arn("secretsmanager", "secret:s-AbCdEf")), ...keys } },
            ...days,
        }),
    ModelEndpoint: (days) =>
        new components.ModelEndpoint("it", {
            ...keys,
            image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1",
            modelDataUrl: "s3://models/rank/model.tar.gz",
            ...days,
        }),
    PostgresCluster: (days) => new components.PostgresCluster("it", { ...keys, ...placement, identifier: "it", secretName: "it", ...days }),
    RedisCluster: (days) => new components.RedisCluster("it", { ...keys, ...placement, secretName: "it", ...days }),
    Vpc: (days) =>
        new components.Vpc("it", {
            ...keys,
            cidrBlock: "10.0.0.0/16",
            zones: ["us-east-1a", "us-east-1b"],
            subnets: { public: third(1), private: third(3), data: third(5) },
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

describe("days that logs are kept", () => {
    for (const [name, make] of Object.entries(made)) {
        it(`${name} refuses what CloudWatch Logs does not take, and keeps its logs for what it takes`, async () => {
            expect(() => make({ logRetentionDays: 31 })).to.throw(
                `${name} "it": logRetentionDays must be a number of days that CloudWatch Logs takes, such as 30`,
            );
            const daysOf = async (days: Days) =>
                (await record(() => void make(days))).all(aws.cloudwatch.LogGroup).map(({ inputs }) => inputs.retentionInDays);
            expect(new Set(await daysOf({}))).to.deep.equal(new Set(name === "AiServices" ? [] : [30]));
            expect(new Set(await daysOf({ logRetentionDays: 400 }))).to.deep.equal(new Set(name === "AiServices" ? [] : [400]));
        });
    }

    it("are those of CloudWatch Logs, in order", () => {
        expect([...LOG_DAYS])
            .to.deep.equal([...LOG_DAYS].sort((a, b) => a - b))
            .and.to.include.members([1, 30, 365, 3653]);
    });
});
