import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ACCOUNT, parseJson, parsePolicy, type Recording } from "../../components/testing";
import { plan } from "../support/plans";

/** Inputs of a provider are text, with maps and lists as JSON. */
interface ProviderInputs {
    region?: string;
    defaultTags?: string;
    profile?: string;
    allowedAccountIds?: string;
}

interface Container {
    name: string;
    image: string;
    portMappings?: { containerPort: number }[];
    environment: { name: string; value: string }[];
    secrets?: { name: string; valueFrom: string }[];
    healthCheck?: unknown;
    logConfiguration: { logDriver: string };
}

const containersOf = (recording: Recording) =>
    parseJson<Container[]>(recording.one(aws.ecs.TaskDefinition, "api-task").inputs.containerDefinitions);
const types = (recording: Recording) => new Set(recording.registered.map(({ type }) => type));
const regionsIn = (recording: Recording) => new Set(recording.registered.map(({ inputs }) => inputs.region).filter(Boolean));

describe("the stacks", () => {
    describe("prod", () => {
        let prod: Recording;
        before(async () => {
            prod = await plan("prod");
        });

        it("has three tiers in three zones, without use1-az3 (us-east-1c here)", () => {
            expect(prod.one(aws.ec2.Vpc).inputs.cidrBlock).to.equal("10.0.0.0/16");
            const subnets = prod.all(aws.ec2.Subnet).map(({ name, inputs }) => [name, inputs.cidrBlock, inputs.availabilityZone]);
            expect(subnets).to.have.deep.members([
                ["network-public-us-east-1a", "10.0.1.0/24", "us-east-1a"],
                ["network-public-us-east-1b", "10.0.2.0/24", "us-east-1b"],
                ["network-public-us-east-1d", "10.0.3.0/24", "us-east-1d"],
                ["network-private-us-east-1a", "10.0.4.0/24", "us-east-1a"],
                ["network-private-us-east-1b", "10.0.5.0/24", "us-east-1b"],
                ["network-private-us-east-1d", "10.0.6.0/24", "us-east-1d"],
                ["network-data-us-east-1a", "10.0.7.0/24", "us-east-1a"],
                ["network-data-us-east-1b", "10.0.8.0/24", "us-east-1b"],
                ["network-data-us-east-1d", "10.0.9.0/24", "us-east-1d"],
            ]);
        });

        it("has a NAT gateway in the public subnet of each zone, a gateway endpoint to S3 and flow logs", () => {
            const publicIds = prod.all(aws.ec2.Subnet, /public/).map(({ id }) => id);
            expect(prod.all(aws.ec2.NatGateway).map(({ inputs }) => inputs.subnetId))
                .to.have.members(publicIds)
                .and.have.length(3);
            expect(prod.one(aws.ec2.VpcEndpoint).inputs).to.include({
                vpcEndpointType: "Gateway",
                serviceName: "com.amazonaws.us-east-1.s3",
            });
            expect(prod.one(aws.ec2.FlowLog).inputs.trafficType).to.equal("ALL");
            expect(prod.one(aws.ec2.DefaultSecurityGroup).inputs).to.deep.include({ ingress: [], egress: [] });
        });

        it("runs the .NET service: 1024/2048, container ai-platform-api on 8080, Production, with logs in CloudWatch", () => {
            expect(prod.one(aws.ecs.TaskDefinition).inputs).to.include({
                cpu: "1024",
                memory: "2048",
                family: "ai-platform-prod-api",
                networkMode: "awsvpc",
            });
            const [api] = containersOf(prod);
            expect(api).to.include({ name: "ai-platform-api", image: "mcr.microsoft.com/dotnet/samples:aspnetapp" });
            expect(api!.portMappings!.map((it) => it.containerPort)).to.deep.equal([8080]);
            expect(api!.environment).to.deep.include.members([{ name: "ASPNETCORE_ENVIRONMENT", value: "Production" }]);
            expect(api!.logConfiguration.logDriver).to.equal("awslogs");
            expect(prod.one(aws.lb.TargetGroup).inputs.healthCheck?.path, "the sample's").to.equal("/healthz");
            expect(prod.one(aws.lb.LoadBalancer).inputs.internal).to.be.true;
        });

        it("passes secrets to the service from Secrets Manager by JSON key, and none in plain text", () => {
            const [api] = containersOf(prod);
            const secret = (what: string) => {
                const { outputs } = prod.one(aws.secretsmanager.Secret, `${what}-secret`);
                return String(outputs.arn);
            };
            expect(api!.secrets).to.have.deep.members([
                { name: "ConnectionStrings__DefaultConnection", valueFrom: `${secret("database-connection")}:connectionString::` },
                { name: "ConnectionStrings__Redis", valueFrom: `${secret("cache-connection")}:connectionString::` },
                { name: "ConnectionStrings__Documents", valueFrom: `${secret("documents-connection")}:connectionString::` },
                { name: "JWT_SECRET", valueFrom: secret("jwt-secret") },
            ]);
            const generated = prod.all("random:index/randomPassword:RandomPassword").map(({ outputs }) => String(outputs.result));
            expect(generated).to.have.length.greaterThan(3);
            const open = JSON.stringify(containersOf(prod).map(({ environment }) => environment));
            for (const value of generated) expect(open).to.not.contain(value);
        });

        it("places and scales it: FARGATE and FARGATE_SPOT, 2 to 10 tasks, initially 3, then managed by autoscaling", () => {
            expect(prod.one(aws.ecs.ClusterCapacityProviders).inputs).to.deep.include({
                capacityProviders: ["FARGATE", "FARGATE_SPOT"],
                defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 100 }],
            });
            const service = prod.one(aws.ecs.Service);
            expect(service.inputs).to.deep.include({
                desiredCount: 3,
                deploymentCircuitBreaker: { enable: true, rollback: true },
                capacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 100 }],
            });
            expect(service.ignoreChanges).to.include("desiredCount");
            const privateIds = prod.all(aws.ec2.Subnet, /private/).map(({ id }) => id);
            expect(service.inputs.networkConfiguration?.subnets).to.have.members(privateIds);
            expect(prod.one(aws.appautoscaling.Target).inputs).to.include({ minCapacity: 2, maxCapacity: 10 });
        });

        it("applies a configured image: its health check and registry, and the configured tasks and function runtime", async () => {
            const image = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api:1`;
            const own = await plan("prod", [
                `ai-platform:services.api.image=${image}`,
                "ai-platform:services.api.cpu=2048",
                "ai-platform:services.api.memory=4096",
                "ai-platform:ingest.runtime=nodejs22.x",
            ]);
            expect(own.one(aws.lambda.Function).inputs.runtime).to.equal("nodejs22.x");
            expect(containersOf(own)[0]!.image).to.equal(image);
            expect(own.one(aws.ecs.TaskDefinition).inputs).to.include({ cpu: "2048", memory: "4096" });
            expect(own.one(aws.lb.TargetGroup).inputs.healthCheck?.path).to.equal("/health");
            expect(own.warnings.join()).to.not.contain("services.api.image");
            expect((await plan("prod")).warnings.join()).to.contain("services.api.image is not set");
        });

        it("can pull the collector from another registry than the image", async () => {
            const registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
            const recording = await plan("prod", [`ai-platform:services.api.collectorImage=${registry}/ai-platform/collector:v1`]);
            const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "api-execution-start").inputs.policy);
            const pull = Statement.find(({ Action }) => Action.includes("ecr:BatchGetImage"));
            expect(pull?.Resource).to.deep.equal(["arn:aws:ecr:us-east-1:123456789012:repository/ai-platform/collector"]);
            expect(Statement.flatMap(({ Action }) => Action)).to.include("ecr:GetAuthorizationToken");
        });

        it("can decrypt model data in the lake with the lake's key, and elsewhere with a configured key", async () => {
            const decrypting = async (...more: string[]) => {
                const image = "ai-platform:ai.endpoint.image=123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1";
                const recording = await plan("prod", [image, ...more.map((it) => `ai-platform:ai.endpoint.${it}`)]);
                const policies = recording.all(aws.iam.RolePolicy).filter(({ name }) => name.startsWith("ai-model"));
                const statements = policies.flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement);
                return statements.filter(({ Action }) => Action.includes("kms:Decrypt")).flatMap(({ Resource }) => Resource);
            };
            const lake = "modelDataUrl=s3://ai-platform-prod-curated-123456789012-us-east-1/models/rank.tar.gz";
            const [data] = await decrypting(lake);
            expect(data).to.equal(prod.one(aws.kms.Key, "data-encryption-key").outputs.arn);
            expect(await decrypting("modelDataUrl=s3://models/rank.tar.gz")).to.be.empty;
            const own = "arn:aws:kms:us-east-1:123456789012:key/own";
            expect(await decrypting("modelDataUrl=s3://models/rank.tar.gz", `modelDataKeyArn=${own}`)).to.deep.equal([own]);
        });

        it("has a Multi-AZ PostgreSQL database", () => {
            const database = prod.one(aws.rds.Instance);
            expect(database.inputs).to.deep.include({
                identifier: "ai-platform-prod",
                engine: "postgres",
                engineVersion: "17",
                instanceClass: "db.r6g.xlarge",
                allocatedStorage: 100,
                maxAllocatedStorage: 200,
                multiAz: true,
                storageEncrypted: true,
                kmsKeyId: prod.one(aws.kms.Key, "data-encryption-key").outputs.arn,
                publiclyAccessible: false,
                backupRetentionPeriod: 7,
                backupWindow: "03:00-04:00",
                maintenanceWindow: "sun:04:00-sun:05:00",
                deletionProtection: true,
                skipFinalSnapshot: false,
                monitoringInterval: 60,
                databaseInsightsMode: "standard",
                performanceInsightsEnabled: true,
            });
            expect(database.isSecret("passwordWo")).to.be.true;
            expect(database.inputs).to.not.have.property("password");
            expect(prod.one(aws.rds.ParameterGroup).inputs.parameters).to.deep.include.members([
                { name: "log_statement", value: "ddl", applyMethod: "immediate" },
                { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
            ]);
            const dataIds = prod.all(aws.ec2.Subnet, /data/).map(({ id }) => id);
            expect(prod.one(aws.rds.SubnetGroup).inputs.subnetIds).to.have.members(dataIds);
        });

        it("has a cache with three nodes and DocumentDB with two instances, both encrypted and in the data subnets", () => {
            expect(prod.one(aws.elasticache.ReplicationGroup).inputs).to.include({
                nodeType: "cache.r6g.large",
                numCacheClusters: 3,
                automaticFailoverEnabled: true,
                multiAzEnabled: true,
                transitEncryptionEnabled: true,
                atRestEncryptionEnabled: true,
            });
            expect(prod.one(aws.elasticache.ReplicationGroup).isSecret("authTokenWo")).to.be.true;
            expect(prod.one(aws.docdb.Cluster).inputs).to.deep.include({
                engineVersion: "5.0.0",
                storageEncrypted: true,
                deletionProtection: true,
                enabledCloudwatchLogsExports: ["audit", "profiler"],
            });
            expect(prod.all(aws.docdb.ClusterInstance).map(({ inputs }) => inputs.instanceClass)).to.deep.equal([
                "db.r6g.large",
                "db.r6g.large",
            ]);
            const dataIds = prod.all(aws.ec2.Subnet, /data/).map(({ id }) => id);
            expect(prod.one(aws.elasticache.SubnetGroup).inputs.subnetIds).to.have.members(dataIds);
            expect(prod.one(aws.docdb.SubnetGroup).inputs.subnetIds).to.have.members(dataIds);
        });

        it("serves the site from two regions and the API from one origin, behind a web ACL in us-east-1", () => {
            const { inputs } = prod.one(aws.cloudfront.Distribution);
            const [group] = inputs.originGroups ?? [];
            expect(inputs.defaultCacheBehavior.targetOriginId).to.equal(group?.originId);
            expect(group?.members.map(({ originId }) => originId)).to.deep.equal(["site", "site-copy"]);
            const [api, settings, ...more] = inputs.orderedCacheBehaviors ?? [];
            expect(more).to.be.empty;
            expect(settings).to.include({ pathPattern: "/config.json", targetOriginId: "api" });
            expect(api).to.include({ pathPattern: "/api/*", targetOriginId: "api" });
            expect(api?.allowedMethods).to.include("POST");
            expect(inputs.customErrorResponses ?? [], "they would hide the API's own errors").to.be.empty;
            const domains = Object.fromEntries(inputs.origins.map(({ originId, domainName }) => [originId, domainName]));
            expect(domains.site).to.equal(`ai-platform-prod-site-${ACCOUNT}-us-east-1.s3.us-east-1.amazonaws.com`);
            expect(domains["site-copy"]).to.equal(`ai-platform-prod-site-${ACCOUNT}-us-west-2.s3.us-west-2.amazonaws.com`);
            expect(domains.api).to.match(/\.execute-api\.us-east-1\.amazonaws\.com$/);
            const acl = prod.one(aws.wafv2.WebAcl, "edge-web-acl");
            expect(acl.inputs).to.include({ scope: "CLOUDFRONT", region: "us-east-1" });
            expect(inputs.webAclId).to.equal(acl.outputs.arn);
        });

        it("allows only signed-in users through the gateway, which a regional web ACL protects", () => {
            expect(prod.one(aws.apigateway.Stage).inputs).to.include({ stageName: "prod", xrayTracingEnabled: true });
            const pool = prod.one(aws.cognito.UserPool);
            expect(prod.one(aws.apigateway.Authorizer).inputs).to.deep.include({
                type: "COGNITO_USER_POOLS",
                providerArns: [pool.outputs.arn],
            });
            expect(pool.inputs).to.include({ mfaConfiguration: "ON", deletionProtection: "ACTIVE" });
            const acl = prod.one(aws.wafv2.WebAcl, "gateway-firewall");
            expect(acl.inputs.scope).to.equal("REGIONAL");
            expect(prod.one(aws.wafv2.WebAclAssociation).inputs.webAclArn).to.equal(acl.outputs.arn);
            const { inputs: client } = prod.one(aws.cognito.UserPoolClient);
            expect(client.callbackUrls).to.deep.equal([
                `https://${String(prod.one(aws.cloudfront.Distribution).outputs.domainName)}/callback`,
            ]);
            expect(client).to.deep.include({ generateSecret: false, allowedOauthFlows: ["code"] });
        });

        it("replicates the lake and the site to the recovery region", () => {
            for (const [bucket, copy, what] of [
                ["lake-raw-bucket", "lake-raw-copy-bucket", "raw"],
                ["lake-curated-bucket", "lake-curated-copy-bucket", "curated"],
                ["edge-site-bucket", "edge-site-copy-bucket", "site"],
            ] as const) {
                expect(prod.one(aws.s3.Bucket, bucket).inputs.bucket).to.equal(`ai-platform-prod-${what}-${ACCOUNT}-us-east-1`);
                expect(prod.one(aws.s3.Bucket, copy).inputs).to.include({
                    bucket: `ai-platform-prod-${what}-${ACCOUNT}-us-west-2`,
                    region: "us-west-2",
                });
            }
            const targets = prod.all(aws.s3.BucketReplicationConfig).map(({ inputs }) => inputs.rules[0]?.destination.bucket);
            expect(targets).to.have.members(
                ["raw", "curated", "site"].map((what) => `arn:aws:s3:::ai-platform-prod-${what}-${ACCOUNT}-us-west-2`),
            );
            expect(prod.all(aws.s3.Bucket).some(({ inputs }) => inputs.forceDestroy)).to.be.false;
        });

        it("alerts about the replication in the region of each metric", () => {
            const regionsOf = (name: string) => {
                const { inputs } = prod.one(aws.cloudwatch.MetricAlarm, name);
                const topic = prod.all(aws.sns.Topic).find(({ outputs }) => outputs.arn === (inputs.alarmActions as unknown[])[0]);
                return [inputs.region, topic?.inputs.region];
            };
            for (const bucket of ["lake-raw", "lake-curated", "edge-site"]) {
                expect(regionsOf(`${bucket}-replication-failed`)).to.deep.equal([undefined, undefined]);
                expect(regionsOf(`${bucket}-replication-latency`)).to.deep.equal(["us-west-2", "us-west-2"]);
            }
            const topics = prod.all(aws.sns.Topic, /us-west-2/).map(({ name, inputs }) => [name, inputs.kmsMasterKeyId]);
            const key = prod.one(aws.kms.ReplicaKey, "alerts-encryption-replica-us-west-2").outputs.arn;
            expect(topics).to.deep.equal([["observability-us-west-2-alerts", key]]);
        });

        it("replicates in both directions with lake.recovery.twoWay and edge.recovery.twoWay, from the same buckets", async () => {
            const both = await plan("prod", ["ai-platform:lake.recovery.twoWay=true", "ai-platform:edge.recovery.twoWay=true"]);
            const reverse = both
                .all(aws.s3.BucketReplicationConfig, /-reverse-/)
                .map(({ inputs }) => [inputs.region, inputs.bucket, inputs.rules[0]?.destination.bucket]);
            const bucket = (what: string, region: string) => `ai-platform-prod-${what}-${ACCOUNT}-${region}`;
            expect(reverse).to.have.deep.members(
                ["raw", "curated", "site"].map((what) => [
                    "us-west-2",
                    bucket(what, "us-west-2"),
                    `arn:aws:s3:::${bucket(what, "us-east-1")}`,
                ]),
            );
            // The replication roles aren't among those that can use objects through the VPC's endpoint only.
            const [, restriction] = parsePolicy(both.one(aws.s3.BucketPolicy, "lake-raw-policy").inputs.policy).Statement;
            const restricted = [restriction?.Condition?.ArnLike?.["aws:PrincipalArn"] ?? []].flat().map(String);
            expect(restricted).to.not.be.empty;
            for (const pattern of restricted)
                expect(`arn:aws:iam::${ACCOUNT}:role/lake-raw-reverse-replication-0123456`).to.not.match(
                    new RegExp(`^${pattern.replaceAll("*", ".*")}$`),
                );
            const names = (recording: typeof prod) => recording.all(aws.s3.Bucket).map(({ name, inputs }) => [name, inputs]);
            expect(names(both)).to.deep.equal(names(prod));
        });

        it("replicates keys, secrets, images, and database backups to the recovery region", () => {
            expect(prod.all(aws.kms.Key).every(({ inputs }) => inputs.multiRegion && inputs.enableKeyRotation)).to.be.true;
            expect(prod.all(aws.kms.ReplicaKey).map(({ inputs }) => inputs.region)).to.deep.equal(["us-west-2", "us-west-2", "us-west-2"]);
            const replicated = Object.fromEntries(
                prod
                    .all(aws.secretsmanager.Secret)
                    .map(({ inputs }): [string, string[]] => [String(inputs.name), inputs.replicas?.map(({ region }) => region) ?? []]),
            );
            expect(replicated).to.deep.equal({
                "ai-platform/prod/database": ["us-west-2"],
                "ai-platform/prod/jwt": ["us-west-2"],
                "ai-platform/prod/origin": ["us-west-2"],
                // Their stores aren't replicated: dr has its own.
                "ai-platform/prod/cache": [],
                "ai-platform/prod/documents": [],
            });
            expect(prod.one(aws.ecr.Repository, "images-repository").inputs).to.include({
                name: "ai-platform/prod/api",
                imageTagMutability: "IMMUTABLE",
            });
            expect(prod.one(aws.ecr.Repository, "images-repository-recovery").inputs).to.include({
                name: "ai-platform/prod/api",
                region: "us-west-2",
            });
            const [rule] = prod.one(aws.ecr.ReplicationConfiguration).inputs.replicationConfiguration?.rules ?? [];
            expect(rule?.destinations.map(({ region }) => region)).to.deep.equal(["us-west-2"]);
            const vaults = prod.all(aws.backup.Vault).map(({ inputs, outputs }) => [inputs.name, outputs.region]);
            expect(vaults).to.have.deep.members([
                ["ai-platform-prod", "us-east-1"],
                ["ai-platform-prod", "us-west-2"],
            ]);
            for (const { name, inputs } of prod.all(aws.backup.Plan)) {
                const copies = inputs.rules.flatMap(({ copyActions }) => copyActions ?? []);
                expect(copies, name).to.not.be.empty;
                for (const { destinationVaultArn } of copies) expect(destinationVaultArn).to.contain(":us-west-2:");
            }
        });

        it("backs up the database every six hours, and DocumentDB, whose backups are full copies, daily for a week", () => {
            const kept = (name: string) =>
                prod.one(aws.backup.Plan, name).inputs.rules.map(({ schedule, lifecycle }) => [schedule, lifecycle?.deleteAfter]);
            expect(kept("backups-database-plan")).to.deep.equal([
                ["cron(0 7 ? * * *)", 35],
                ["cron(0 1,13,19 ? * * *)", 7],
            ]);
            expect(kept("backups-documents-plan")).to.deep.equal([["cron(0 7 ? * * *)", 7]]);
        });

        it("allows ingest to read the lake through the endpoint only: the policy's pattern matches its role", () => {
            const { name, arn } = prod.one(aws.iam.Role, "ingest-reader-role").outputs;
            const policy = String(prod.one(aws.s3.BucketPolicy, "lake-raw-policy").inputs.policy);
            const patterns = policy.match(/arn:aws:iam::\d{12}:role\/[^"]+/g) ?? [];
            const matches = patterns.filter((it) => new RegExp(`^${it.replaceAll("*", ".*")}$`).test(String(arn)));
            expect(matches, `${String(name)} in ${policy}`).to.have.length(1);
        });

        it("has the bus, the queue, the stream to the lake, AI with a guardrail, ingest, and observability", () => {
            expect(prod.one(aws.cloudwatch.EventBus).inputs.name).to.equal("ai-platform-prod");
            expect(prod.one(aws.cloudwatch.EventArchive).inputs.retentionDays).to.equal(30);
            expect(prod.one(aws.kinesis.FirehoseDeliveryStream).inputs.extendedS3Configuration?.bucketArn).to.equal(
                prod.one(aws.s3.Bucket, "lake-raw-bucket").outputs.arn,
            );
            prod.one(aws.bedrock.Guardrail);
            expect(prod.one(aws.lambda.Function).inputs.runtime).to.equal("nodejs24.x");
            expect(prod.all(aws.cloudwatch.CompositeAlarm)).to.have.length(1);
            for (const watched of [
                "database-cpu",
                "cache-hit-rate-001",
                "documents-cpu",
                "api-errors",
                "gateway-5xx",
                "edge-5xx",
                "events-work-dead-letters",
                "ingest-failing",
                "network-nat-us-east-1a-ports",
            ]) {
                prod.one(aws.cloudwatch.MetricAlarm, watched);
            }
            expect(prod.all(aws.cloudwatch.LogGroup).every(({ inputs }) => inputs.retentionInDays === 30)).to.be.true;
        });

        it("applies changes of its data stores in the maintenance window, unless configured otherwise", async () => {
            const told = await plan(
                "prod",
                ["database", "cache", "documents"].map((store) => `ai-platform:${store}.applyImmediately=true`),
            );
            for (const [recording, atOnce] of [
                [prod, false],
                [told, true],
            ] as const) {
                const stores = [
                    recording.one(aws.rds.Instance),
                    recording.one(aws.elasticache.ReplicationGroup),
                    recording.one(aws.docdb.Cluster),
                    ...recording.all(aws.docdb.ClusterInstance),
                ];
                // For the DocumentDB cluster, only the password changes immediately, because it must match the secret.
                expect(stores.map(({ inputs }) => inputs.applyImmediately)).to.deep.equal([atOnce, atOnce, true, atOnce, atOnce]);
            }
        });

        it("returns useful outputs, without secrets", () => {
            expect(prod.outputs).to.include.all.keys(
                "url",
                "apiUrl",
                "identity",
                "site",
                "database",
                "cache",
                "documents",
                "lake",
                "events",
                "cluster",
                "services",
                "dashboard",
                "imageRepository",
            );
            expect(JSON.stringify(prod.outputs)).to.not.match(/generated-secret|password|undefined/i);
        });

        it("has no output for a system that is off", async () => {
            const { outputs } = await plan("prod", ["ai-platform:documents.enabled=false", "ai-platform:recovery.manageRegistry=false"]);
            expect(outputs).not.to.have.property("documents");
            expect(Object.keys(outputs).filter((key) => outputs[key] === undefined)).to.deep.equal([]);
        });

        it("has a pipeline that waits for the bake times of its service, so that it continues with dr", async () => {
            const timeouts = async (deployment: string[]) => {
                const delivered = await plan("prod", [
                    "ai-platform:delivery.service.repositoryId=acme/api",
                    "ai-platform:services.api.deployedBy=pipeline",
                    ...deployment.map((it) => `ai-platform:services.api.deployment.${it}`),
                ]);
                const { stages } = delivered.one(aws.codepipeline.Pipeline, /service/).inputs;
                return stages.flatMap(({ actions }) => actions.flatMap(({ configuration }) => configuration?.DeploymentTimeout ?? []));
            };
            expect(await timeouts([])).to.deep.equal(["30", "30"]);
            const canary = ["strategy=canary", "bakeTimeInMinutes=15", "canaryBakeTimeInMinutes=12"];
            expect(await timeouts(canary)).to.deep.equal(["47", "47"]);
        });

        it("has pipelines to prod and then dr if a repository is configured", async () => {
            const delivered = await plan("prod", [
                "ai-platform:delivery.service.repositoryId=acme/api",
                "ai-platform:delivery.site.repositoryId=acme/site",
                "ai-platform:services.api.deployedBy=pipeline",
            ]);
            expect(delivered.all(aws.codepipeline.Pipeline).map(({ name }) => name)).to.have.length(2);
            const told = delivered.one(aws.codebuild.Project, /site/).inputs.environment;
            const variables = Object.fromEntries((told.environmentVariables ?? []).map(({ name, value }) => [name, value]));
            const client = delivered.one(aws.cognito.UserPoolClient).id;
            expect(variables).to.include({ IDENTITY_CLIENT_ID: client, SITE_URL: delivered.outputs.url });
            expect(variables).to.include.all.keys("IDENTITY_ISSUER", "IDENTITY_LOGIN_URL");
            const service = delivered.one(aws.codepipeline.Pipeline, /service/);
            const regions = service.inputs.stages.flatMap(({ actions }) => actions.map((it) => it.region)).filter((it) => it !== undefined);
            expect(regions).to.include("us-west-2");
            expect(prod.all(aws.codepipeline.Pipeline)).to.be.empty;
            const alarms = delivered.all(aws.cloudwatch.MetricAlarm, /^delivery-/);
            expect(alarms.map(({ name }) => name)).to.have.members(["delivery-service-pipeline", "delivery-site-pipeline"]);
            for (const { inputs } of alarms) {
                expect(inputs).to.include({ namespace: "AWS/CodePipeline", metricName: "FailedPipelineExecutions", threshold: 0 });
                expect(inputs.alarmActions).to.not.be.empty;
            }
            const [alarm] = alarms;
            const names = delivered.all(aws.codepipeline.Pipeline).map(({ outputs }) => outputs.name);
            expect(names).to.include(alarm?.inputs.dimensions?.PipelineName);
        });
    });

    describe("dev", () => {
        it("is small: two zones, one NAT gateway, single instances, nothing in another region", async () => {
            const dev = await plan("dev");
            expect(dev.all(aws.ec2.Subnet)).to.have.length(6);
            expect(dev.all(aws.ec2.NatGateway)).to.have.length(1);
            expect(dev.one(aws.rds.Instance).inputs).to.include({ instanceClass: "db.t4g.micro", multiAz: false });
            expect(dev.one(aws.elasticache.ReplicationGroup).inputs.numCacheClusters).to.equal(1);
            expect(dev.all(aws.docdb.ClusterInstance)).to.have.length(1);
            expect(dev.one(aws.appautoscaling.Target).inputs).to.include({ minCapacity: 1, maxCapacity: 2 });
            expect([...regionsIn(dev)]).to.deep.equal(["us-east-1"]);
            for (const copying of [
                "aws:kms/replicaKey:ReplicaKey",
                "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
                "aws:ecr/replicationConfiguration:ReplicationConfiguration",
            ]) {
                expect(types(dev), copying).to.not.include(copying);
            }
            expect(dev.all(aws.secretsmanager.Secret).every(({ inputs }) => !inputs.replicas?.length)).to.be.true;
        });

        it("has one origin for the site, because it has no replica", async () => {
            const { inputs } = (await plan("dev")).one(aws.cloudfront.Distribution);
            expect(inputs.originGroups ?? []).to.be.empty;
            expect(inputs.defaultCacheBehavior.targetOriginId).to.equal("site");
        });
    });

    it("let only the services that need them use the keys, in both regions", async () => {
        const SERVICES = {
            data: ["events", "sns", "bedrock"],
            logs: ["logs"],
            alerts: ["cloudwatch", "budgets", "costalerts"],
        };
        const prod = await plan("prod");
        for (const [purpose, services] of Object.entries(SERVICES)) {
            const replicas = prod.all(aws.kms.ReplicaKey, new RegExp(`^${purpose}-encryption-replica-`));
            expect(replicas).not.to.be.empty;
            for (const { name, inputs } of [prod.one(aws.kms.Key, `${purpose}-encryption-key`), ...replicas]) {
                const principals = parsePolicy(inputs.policy).Statement.flatMap(({ Principal }) => Principal);
                const found = principals.flatMap((it) => /^(\w+)\.[\w.-]*amazonaws\.com$/.exec(it)?.[1] ?? []);
                expect([...new Set(found)], name).to.have.members(services);
            }
        }
    });

    it("let other distributions of the account read the site's replica only without a domain", async () => {
        const domain = ["ai-platform:domain.name=app.example.com", "ai-platform:domain.zoneId=Z0123456789ABCDEFGHIJ"];
        for (const [overrides, source] of [
            [[], "distribution/*"],
            [domain, "distribution/E"],
        ] as [string[], string][]) {
            const { inputs } = (await plan("prod", overrides)).one(aws.s3.BucketPolicy, /^edge-site-copy/);
            const [read] = parsePolicy(inputs.policy).Statement.filter(({ Sid }) => Sid === "ReadByDistribution");
            expect(JSON.stringify(read?.Condition)).to.contain(source);
        }
    });

    it("tag everything through the provider: project, environment, managed by", async () => {
        for (const [stack, region] of [
            ["prod", "us-east-1"],
            ["dr", "us-west-2"],
            ["dev", "us-east-1"],
        ] as const) {
            const { inputs } = (await plan(stack)).one<ProviderInputs>("pulumi:providers:aws");
            expect(inputs.region).to.equal(region);
            expect(parseJson(inputs.defaultTags)).to.deep.equal({
                tags: { Project: "ai-platform", Environment: stack, ManagedBy: "pulumi" },
            });
        }
    });

    it("add the tags of the stack file, and keep the platform's own", async () => {
        const set = 'aws:defaultTags={"tags":{"Team":"search","Project":"other"}}';
        const { inputs } = (await plan("dev", [set])).one<ProviderInputs>("pulumi:providers:aws");
        expect(parseJson(inputs.defaultTags)).to.deep.equal({
            tags: { Team: "search", Project: "ai-platform", Environment: "dev", ManagedBy: "pulumi" },
        });
    });

    it("pass account IDs to the provider as text, which the CLI can write as numbers", async () => {
        const { inputs } = (await plan("dev", [`aws:allowedAccountIds=[${ACCOUNT}]`])).one<ProviderInputs>("pulumi:providers:aws");
        expect(parseJson<string[]>(inputs.allowedAccountIds)).to.deep.equal([ACCOUNT]);
    });

    it("pass other settings to the provider", async () => {
        const { inputs } = (await plan("dev", ["aws:profile=staging", `aws:allowedAccountIds=["${ACCOUNT}"]`])).one<ProviderInputs>(
            "pulumi:providers:aws",
        );
        expect(inputs.profile).to.equal("staging");
        expect(parseJson<string[]>(inputs.allowedAccountIds)).to.deep.equal([ACCOUNT]);
    });
});
