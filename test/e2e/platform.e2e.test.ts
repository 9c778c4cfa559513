/**
 * Deploys prod and dr with the Pulumi engine to an AWS emulator, and checks the resources with the AWS SDK. Then tests a change, events and a
 * document, a failover, and the destruction of both stacks. Skipped without `pulumi` on PATH or AWS_ENDPOINT_URL.
 *
 * The stacks are the shipped ones, except for `EMULATED`.
 */
import { APIGatewayClient, GetAuthorizersCommand, GetResourcesCommand, GetStagesCommand } from "@aws-sdk/client-api-gateway";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
    DescribeRouteTablesCommand,
    DescribeSecurityGroupRulesCommand,
    DescribeSubnetsCommand,
    DescribeVpcsCommand,
    EC2Client,
} from "@aws-sdk/client-ec2";
import { DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand, RDSClient } from "@aws-sdk/client-rds";
import { GetBucketPolicyCommand, GetBucketReplicationCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import { createDr, EMULATED, tagReplicaKeys } from "./emulator";
import { describeFlows } from "./flows";
import { type Deployment, Project, skipAfterFailure, skipIfMissing } from "./support";
import { failureOf } from "../support/failures";

const ACCOUNT = "123456789012";
const PRIMARY = "us-east-1";
const RECOVERY = "us-west-2";

describe("the platform, deployed by the engine", function () {
    this.timeout(45 * 60_000);
    // After a failed step, the next steps would fail for the same reason.
    skipAfterFailure();

    const project = new Project();
    const in_ = (region: string) => ({
        ec2: new EC2Client({ region }),
        rds: new RDSClient({ region }),
        s3: new S3Client({ region, forcePathStyle: true }),
        kms: new KMSClient({ region }),
        secrets: new SecretsManagerClient({ region }),
        events: new EventBridgeClient({ region }),
        api: new APIGatewayClient({ region }),
    });
    const east = in_(PRIMARY);
    const west = in_(RECOVERY);
    let prod: Deployment;
    let dr: Deployment;

    before(async function () {
        skipIfMissing(this);
        prod = await project.stack("prod", EMULATED);
        dr = await project.stack("dr", EMULATED);
    });

    let failed = false;
    afterEach(function () {
        failed ||= this.currentTest?.state === "failed";
    });

    after(() => {
        if (failed) console.log(`    the project and its state remain in ${project.folder}`);
        else project.remove();
    });

    it("creates prod", async () => {
        const stop = tagReplicaKeys(PRIMARY, RECOVERY);
        const steps = await prod.create().finally(stop);
        expect(Object.keys(steps)).to.deep.equal(["create"]);
        expect((await prod.resources()).filter(({ type }) => type.startsWith("aws:")).length).to.be.greaterThan(400);
    });

    describe("prod", () => {
        it("has nine subnets in three zones, with the routes of their tiers", async () => {
            const { id: vpcId } = await prod.resource("aws:ec2/vpc:Vpc", "network-vpc");
            const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
            const { Subnets = [] } = await east.ec2.send(new DescribeSubnetsCommand({ Filters }));
            expect(Subnets.map(({ CidrBlock }) => CidrBlock).sort()).to.deep.equal(
                [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `10.0.${n}.0/24`),
            );
            expect(new Set(Subnets.map(({ AvailabilityZoneId }) => AvailabilityZoneId)).size).to.equal(3);
            expect(Subnets.map(({ AvailabilityZoneId }) => AvailabilityZoneId)).not.to.include("use1-az3");
            expect(Subnets[0]?.Tags).to.deep.include({ Key: "Environment", Value: "prod" });

            const { RouteTables = [] } = await east.ec2.send(new DescribeRouteTablesCommand({ Filters }));
            const wayOut = (subnet: string) => {
                const table = RouteTables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet));
                const route = table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === "0.0.0.0/0");
                return route?.NatGatewayId ? "nat" : route?.GatewayId ? "internet" : "none";
            };
            const outOf = (numbers: number[]) =>
                numbers.map((n) => wayOut(Subnets.find(({ CidrBlock }) => CidrBlock === `10.0.${n}.0/24`)?.SubnetId ?? ""));
            expect([outOf([1, 2, 3]), outOf([4, 5, 6]), outOf([7, 8, 9])].map((tier) => tier.join(" "))).to.deep.equal([
                "internet internet internet",
                "nat nat nat",
                "none none none",
            ]);
        });

        it("lets only the service connect to the database, through its security group", async () => {
            const { id: database } = await prod.resource("aws:ec2/securityGroup:SecurityGroup", "database-access");
            const { id: tasks } = await prod.resource("aws:ec2/securityGroup:SecurityGroup", "api-tasks-group");
            const { SecurityGroupRules = [] } = await east.ec2.send(
                new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [database] }] }),
            );
            const ingress = SecurityGroupRules.filter(({ IsEgress }) => !IsEgress);
            expect(
                ingress.map(({ FromPort, ToPort, ReferencedGroupInfo }) => [FromPort, ToPort, ReferencedGroupInfo?.GroupId]),
            ).to.deep.equal([[5432, 5432, tasks]]);
        });

        it("has a task definition without secrets", async () => {
            const { outputs } = await prod.resource("aws:ecs/taskDefinition:TaskDefinition", "api-task");
            const ecs = new ECSClient({ region: PRIMARY });
            const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: String(outputs.arn) }));
            expect(taskDefinition).to.include({ cpu: "1024", memory: "2048" });
            const [container] = taskDefinition?.containerDefinitions ?? [];
            expect(container).to.include({ name: "ai-platform-api", readonlyRootFilesystem: true });
            expect(container?.secrets?.map(({ name }) => name)).to.have.members([
                "ConnectionStrings__DefaultConnection",
                "ConnectionStrings__Redis",
                "ConnectionStrings__Documents",
                "JWT_SECRET",
            ]);
            const password = await connection(east.secrets, "ai-platform/prod/database", "password");
            expect(JSON.stringify(taskDefinition)).not.to.contain(password);
        });

        it("has a database with a key of this account, without deletion protection in this test", async () => {
            const { DBInstances = [] } = await east.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: "ai-platform-prod" }));
            expect(DBInstances[0]).to.deep.include({
                Engine: "postgres",
                DBInstanceClass: "db.r6g.xlarge",
                AllocatedStorage: 100,
                MultiAZ: true,
                StorageEncrypted: true,
            });
            expect(DBInstances[0]?.KmsKeyId).to.contain(":key/mrk-");
        });

        it("has keys with replicas and policies, and secrets in both regions", async () => {
            for (const alias of ["alias/ai-platform-prod-data", "alias/ai-platform-prod-logs", "alias/ai-platform-prod-alerts"]) {
                const { KeyMetadata } = await west.kms.send(new DescribeKeyCommand({ KeyId: alias }));
                expect(KeyMetadata).to.include({ MultiRegion: true, KeyState: "Enabled" });
                const { Policy } = await west.kms.send(new GetKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId, PolicyName: "default" }));
                expect(Policy).to.contain(`arn:aws:iam::${ACCOUNT}:root`);
            }
            for (const secret of ["ai-platform/prod/jwt", "ai-platform/prod/database", "ai-platform/prod/origin"]) {
                const [here, there] = await Promise.all([value(east.secrets, secret), value(west.secrets, secret)]);
                expect(there, secret).to.equal(here).and.not.be.empty;
            }
            const { ARN } = await west.secrets.send(new DescribeSecretCommand({ SecretId: "ai-platform/prod/jwt" }));
            expect(ARN).to.contain(`:${RECOVERY}:`);
        });

        it("has buckets that reject plain HTTP and are replicated", async () => {
            for (const what of ["raw", "curated", "site"]) {
                const Bucket = `ai-platform-prod-${what}-${ACCOUNT}-${PRIMARY}`;
                const { Policy } = await east.s3.send(new GetBucketPolicyCommand({ Bucket }));
                expect(Policy, what).to.contain('"aws:SecureTransport":"false"');
                const { ReplicationConfiguration } = await east.s3.send(new GetBucketReplicationCommand({ Bucket }));
                expect(ReplicationConfiguration?.Rules?.[0]?.Destination?.Bucket).to.equal(
                    `arn:aws:s3:::ai-platform-prod-${what}-${ACCOUNT}-${RECOVERY}`,
                );
            }
        });

        it("has an API whose routes require Cognito tokens, except for the health check and the settings of the site", async () => {
            const { id: restApiId } = await prod.resource("aws:apigateway/restApi:RestApi", "gateway-api");
            const { items: resources = [] } = await east.api.send(new GetResourcesCommand({ restApiId, limit: 500, embed: ["methods"] }));
            const methods = Object.fromEntries(
                resources.flatMap(({ path, resourceMethods = {} }) =>
                    Object.entries(resourceMethods).map(([verb, { authorizationType }]) => [`${verb} ${path ?? ""}`, authorizationType]),
                ),
            );
            expect(methods).to.include({
                "ANY /api/{proxy+}": "COGNITO_USER_POOLS",
                "ANY /api": "COGNITO_USER_POOLS",
                "GET /health": "NONE",
                "GET /config.json": "NONE",
            });
            const { items: authorizers = [] } = await east.api.send(new GetAuthorizersCommand({ restApiId }));
            expect(authorizers.map(({ type, providerARNs }) => [type, providerARNs?.length])).to.deep.equal([["COGNITO_USER_POOLS", 1]]);
            const { item: stages = [] } = await east.api.send(new GetStagesCommand({ restApiId }));
            expect(stages.map(({ stageName, tracingEnabled }) => [stageName, tracingEnabled])).to.deep.equal([["prod", true]]);
        });

        it("routes events to the queue, the topic, and the stream, each with retries and a dead-letter queue", async () => {
            const EventBusName = "ai-platform-prod";
            const { Rules: all = [] } = await east.events.send(new ListRulesCommand({ EventBusName }));
            // EventBridge creates a rule for the archive.
            const Rules = all.filter(({ ManagedBy, Name = "" }) => !ManagedBy && !Name.startsWith("Events-Archive"));
            const targets = await Promise.all(
                Rules.map(({ Name }) => east.events.send(new ListTargetsByRuleCommand({ EventBusName, Rule: Name }))),
            );
            const sentTo = targets.flatMap(({ Targets = [] }) => Targets);
            expect(new Set(sentTo.map(({ Arn }) => Arn?.split(":")[2]))).to.deep.equal(new Set(["sqs", "sns", "kinesis"]));
            for (const target of sentTo) {
                expect(target.DeadLetterConfig?.Arn).to.contain(":sqs:");
                expect(target.RetryPolicy?.MaximumEventAgeInSeconds).to.be.greaterThan(0);
            }
        });

        it("has queues with dead-letter queues and keys, and an event source mapping for ingest", async () => {
            const sqs = new SQSClient({ region: PRIMARY });
            const { outputs } = await prod.resource("aws:sqs/queue:Queue", "ingest-work-queue");
            const { Attributes = {} } = await sqs.send(
                new GetQueueAttributesCommand({ QueueUrl: String(outputs.url), AttributeNames: ["All"] }),
            );
            expect(JSON.parse(Attributes.RedrivePolicy ?? "{}")).to.include({ maxReceiveCount: 5 });
            expect(Attributes.KmsMasterKeyId).to.contain("key/mrk-");
            const lambda = new LambdaClient({ region: PRIMARY });
            const { EventSourceMappings = [] } = await lambda.send(
                new ListEventSourceMappingsCommand({ EventSourceArn: Attributes.QueueArn }),
            );
            expect(EventSourceMappings.map(({ FunctionResponseTypes }) => FunctionResponseTypes)).to.deep.equal([
                ["ReportBatchItemFailures"],
            ]);
        });

        it("has alarms on every tier", async () => {
            const cloudwatch = new CloudWatchClient({ region: PRIMARY });
            const { MetricAlarms = [] } = await cloudwatch.send(
                new DescribeAlarmsCommand({ AlarmNamePrefix: "ai-platform-prod-", MaxRecords: 100 }),
            );
            const tiers = new Set(MetricAlarms.map(({ AlarmName = "" }) => AlarmName.split("-")[3]));
            expect([...tiers]).to.include.members([
                "api",
                "cache",
                "database",
                "documents",
                "edge",
                "events",
                "gateway",
                "ingest",
                "network",
            ]);
            for (const { AlarmActions = [] } of MetricAlarms) expect(AlarmActions).not.to.be.empty;
        });

        it("has nothing to change", async () => {
            expect(await prod.preview()).to.deep.equal({});
        });

        it("changes only the resources of a changed setting", async () => {
            await prod.set("ai-platform:services.api.scaling.maxCapacity", "12");
            const steps = await prod.up();
            expect(Object.keys(steps)).to.deep.equal(["update"]);
            // The description for a failover contains the limits.
            expect(steps.update?.map(nameOf)).to.have.members(["api-scaling", "recovery-stack-primary"]);
        });
    });

    describeFlows(() => prod);

    it("creates dr, which finds the copies that prod created", async () => {
        const steps = await createDr(dr, PRIMARY);
        expect(Object.keys(steps)).to.deep.equal(["create"]);
    });

    describe("dr", () => {
        it("has a replica of prod's database, with the replica key", async () => {
            const instance = await replica();
            expect(instance.ReadReplicaSourceDBInstanceIdentifier).to.equal(`arn:aws:rds:${PRIMARY}:${ACCOUNT}:db:ai-platform-prod`);
            expect(instance.StorageEncrypted).to.equal(true);
            expect(instance.KmsKeyId).to.contain(`:${RECOVERY}:`).and.contain("key/mrk-");
        });

        it("has its own connection with prod's password", async () => {
            const [theirs, own] = await Promise.all(
                ["prod", "dr"].map((it) => connection(west.secrets, `ai-platform/${it}/database`, "password")),
            );
            expect(own).to.equal(theirs);
            expect(await connection(west.secrets, "ai-platform/dr/database", "host")).not.to.equal(
                await connection(west.secrets, "ai-platform/prod/database", "host"),
            );
        });

        it("runs one task, and doesn't scale out", async () => {
            const { inputs } = await dr.resource("aws:appautoscaling/target:Target", "api-scaling");
            expect(inputs).to.include({ minCapacity: 1, maxCapacity: 1 });
        });

        it("has nothing to change", async () => {
            expect(await dr.preview()).to.deep.equal({});
        });
    });

    describe("a failover", () => {
        it("promotes the database, scales out the service, and changes nothing in the control planes of us-east-1", async () => {
            await dr.set("ai-platform:active", "true");
            const steps = await dr.up();
            expect(Object.keys(steps)).not.to.include.members(["replace", "create-replacement", "delete-replaced"]);
            const touched = Object.values(steps).flat();
            expect(touched.map(nameOf)).to.include.members(["database-instance", "api-scaling"]);
            expect(touched.filter((urn) => /aws:(iam|route53|cloudfront)\//.test(urn))).to.deep.equal([]);
            const regional = await Promise.all(touched.map(async (urn) => [urn, await regionOf(urn)]));
            expect(regional.filter(([, region]) => region === PRIMARY)).to.deep.equal([]);
            expect((await replica()).ReadReplicaSourceDBInstanceIdentifier ?? "").to.equal("");
            expect((await dr.resource("aws:appautoscaling/target:Target", "api-scaling")).inputs).to.include({
                minCapacity: 2,
                maxCapacity: 10,
            });
        });

        it("has nothing to change afterwards", async () => {
            expect(await dr.preview()).to.deep.equal({});
        });

        it("rejects updates of the old primary, unless they make it passive", async () => {
            expect(await failureOf(prod.up())).to.contain("The database ai-platform-dr in us-west-2 was promoted");
            await prod.set("ai-platform:active", "false");
            expect(Object.keys(await prod.up())).to.deep.equal(["update"]);
            const { inputs } = await prod.resource("aws:appautoscaling/target:Target", "api-scaling");
            expect(inputs).to.include({ minCapacity: 0, maxCapacity: 0 });
            expect(await prod.preview()).to.deep.equal({});
        });
    });

    describe("destruction", () => {
        it("refreshes both stacks", async () => {
            await prod.refresh();
            await dr.refresh();
        });

        it("destroys dr, then prod", async () => {
            await dr.destroy();
            await prod.destroy();
            expect(await dr.resources()).to.deep.equal([]);
            expect(await prod.resources()).to.deep.equal([]);
        });

        it("leaves nothing behind", async () => {
            for (const { ec2, rds, secrets } of [east, west]) {
                const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] }));
                expect(Vpcs).to.deep.equal([]);
                const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));
                expect(DBInstances).to.deep.equal([]);
                const { DBSnapshots = [] } = await rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: "manual" }));
                expect(DBSnapshots).to.deep.equal([]);
                const { SecretList = [] } = await secrets.send(
                    new ListSecretsCommand({ Filters: [{ Key: "name", Values: ["ai-platform/"] }] }),
                );
                expect(SecretList.map(({ Name }) => Name)).to.deep.equal([]);
            }
            const { Buckets = [] } = await east.s3.send(new ListBucketsCommand({}));
            expect(Buckets.map(({ Name = "" }) => Name).filter((name) => name.includes("ai-platform"))).to.deep.equal([]);
        });
    });

    async function replica() {
        const { DBInstances = [] } = await west.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: "ai-platform-dr" }));
        const [instance] = DBInstances;
        if (!instance) throw new Error("there is no ai-platform-dr in us-west-2");
        return instance;
    }

    /** Region of a resource of dr, from its input. */
    async function regionOf(urn: string): Promise<unknown> {
        return (await dr.resources()).find((it) => it.urn === urn)?.inputs?.region;
    }
});

const value = async (client: SecretsManagerClient, SecretId: string): Promise<string> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString ?? "";
};

const connection = async (client: SecretsManagerClient, name: string, key: string): Promise<string> =>
    String((JSON.parse(await value(client, name)) as Record<string, unknown>)[key]);
