import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { FargateService, type FargateServiceArgs, loadBalancerLogStatement } from "../../components";
import { ecrImage } from "../../components/image-repository/ecr-image";
import { nameOf } from "../../components/testing/urn";
import { untransformable } from "../support/transforms";
import { parseJson, parsePolicy, type Recording, record, resolve } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-2";
const DATABASE = { arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf", kmsKeyArn: KEY };
const JWT = { arn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:jwt-AbCdEf", kmsKeyArn: KEY };
const REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/api";

const args: FargateServiceArgs = {
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    cluster: { kmsKeyArn: KEY },
    logKeyArn: LOG_KEY,
    image: "mcr.microsoft.com/dotnet/samples:aspnetapp",
    // Without the collector, the task has only the application's container.
    tracing: false,
};
const service = (more: Partial<FargateServiceArgs> = {}) => new FargateService("api", { ...args, ...more });
const recorded = (more: Partial<FargateServiceArgs> = {}) => record(() => service(more));

interface Container {
    name: string;
    image: string;
    essential: boolean;
    memory?: number;
    portMappings?: { containerPort: number; hostPort: number; protocol: string }[];
    environment: { name: string; value: string }[];
    secrets?: { name: string; valueFrom: string }[];
    readonlyRootFilesystem: boolean;
    linuxParameters?: { initProcessEnabled: boolean; tmpfs?: { containerPath: string; size: number }[] };
    stopTimeout?: number;
    healthCheck?: { command: string[] };
    logConfiguration: { logDriver: string; options: Record<string, string> };
}

const containers = (recording: Recording) => parseJson<Container[]>(recording.one(aws.ecs.TaskDefinition).inputs.containerDefinitions);
const container = async (more: Partial<FargateServiceArgs> = {}) => containers(await recorded(more))[0]!;
const statements = (recording: Recording, policy: string) =>
    parsePolicy(recording.one(aws.iam.RolePolicy, policy).inputs.policy).Statement.map(({ Action, Resource, Condition }) => ({
        Action,
        Resource,
        ...(Condition ? { Condition } : {}),
    }));
const failure = async (run: Promise<unknown>): Promise<string> =>
    run.then(
        () => "no failure",
        (error: unknown) => String(error),
    );

describe("FargateService", () => {
    it("runs in an update without its task definition (`pulumi up --exclude`), whose outputs are undefined then", async () => {
        const none = () => ({ arn: null, arnWithoutRevision: null });
        const outputs = { "aws:ecs/taskDefinition:TaskDefinition": none };
        const recording = await record(() => service(), { outputs });
        expect(recording.one(aws.ecs.TaskDefinition).outputs.arn).to.equal(null);
    });

    describe("cluster", () => {
        it("has the capacity providers Fargate and Spot, and uses Fargate by default", async () => {
            const recording = await recorded();
            const { inputs } = recording.one(aws.ecs.ClusterCapacityProviders);
            expect(inputs.clusterName).to.equal(recording.one(aws.ecs.Cluster).outputs.name);
            expect(inputs.capacityProviders).to.deep.equal(["FARGATE", "FARGATE_SPOT"]);
            expect(inputs.defaultCapacityProviderStrategies).to.deep.equal([{ capacityProvider: "FARGATE", base: 1, weight: 100 }]);
        });

        it("encrypts sessions in containers, and logs them to an encrypted log group", async () => {
            const recording = await recorded();
            const logs = recording.one(aws.cloudwatch.LogGroup, "api-exec-logs");
            expect(recording.one(aws.ecs.Cluster).inputs.configuration?.executeCommandConfiguration).to.deep.equal({
                kmsKeyId: KEY,
                logging: "OVERRIDE",
                logConfiguration: { cloudWatchLogGroupName: logs.outputs.name, cloudWatchEncryptionEnabled: true },
            });
            expect(logs.inputs).to.include({ kmsKeyId: LOG_KEY, retentionInDays: 30 });
        });

        for (const value of [undefined, "enhanced", "enabled", "disabled"] as const) {
            it(`sets Container Insights: ${value ?? "left out"}`, async () => {
                const { inputs } = (await recorded({ cluster: { kmsKeyArn: KEY, containerInsights: value } })).one(aws.ecs.Cluster);
                expect(inputs.settings).to.deep.equal([{ name: "containerInsights", value: value ?? "enhanced" }]);
            });
        }
    });

    describe("task definition", () => {
        it("is a Fargate task with 1 vCPU and 2 GiB on ARM64, and has its own family", async () => {
            const recording = await recorded();
            const { inputs } = recording.one(aws.ecs.TaskDefinition);
            expect(inputs).to.deep.include({
                family: `${String(recording.one(aws.ecs.Cluster).outputs.name)}-api`,
                cpu: "1024",
                memory: "2048",
                networkMode: "awsvpc",
                requiresCompatibilities: ["FARGATE"],
                runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "ARM64" },
                executionRoleArn: recording.one(aws.iam.Role, "api-execution").outputs.arn,
                taskRoleArn: recording.one(aws.iam.Role, "api-task").outputs.arn,
            });
            expect(inputs).not.to.have.property("ephemeralStorage");
        });

        it("accepts another size, cpuArchitecture, and disk", async () => {
            const { inputs } = (await recorded({ cpu: 256, memory: 512, cpuArchitecture: "X86_64", ephemeralStorageGib: 50 })).one(
                aws.ecs.TaskDefinition,
            );
            expect(inputs).to.deep.include({ cpu: "256", memory: "512", ephemeralStorage: { sizeInGib: 50 } });
            expect(inputs.runtimePlatform?.cpuArchitecture).to.equal("X86_64");
        });

        it("runs one container on 8080 with a read-only file system, /tmp in memory and an init process", async () => {
            const recording = await recorded();
            expect(containers(recording)).to.have.length(1);
            const [api] = containers(recording);
            expect(api).to.deep.include({
                name: "api",
                image: args.image,
                essential: true,
                portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: "tcp" }],
                environment: [],
                secrets: [],
                readonlyRootFilesystem: true,
                linuxParameters: { initProcessEnabled: true, tmpfs: [{ containerPath: "/tmp", size: 256 }] },
                stopTimeout: 45,
            });
        });

        it("requires neither a shell nor a user in the image: no health check command, no user", async () => {
            expect(await container()).not.to.have.any.keys("healthCheck", "user", "command", "entryPoint");
        });

        it("passes other container settings on", async () => {
            const api = await container({
                containerName: "web",
                containerPort: 5000,
                tmpSizeMib: 64,
                initProcessEnabled: false,
                stopTimeout: 120,
                healthCheckCommand: ["CMD", "/app/healthcheck"],
            });
            expect(api).to.include({ name: "web", stopTimeout: 120 });
            expect(api.portMappings).to.deep.equal([{ containerPort: 5000, hostPort: 5000, protocol: "tcp" }]);
            expect(api.linuxParameters).to.deep.equal({ initProcessEnabled: false, tmpfs: [{ containerPath: "/tmp", size: 64 }] });
            expect(api.healthCheck?.command).to.deep.equal(["CMD", "/app/healthcheck"]);
        });

        it("has no mount if the file system is writable", async () => {
            const api = await container({ readonlyRootFilesystem: false });
            expect(api.readonlyRootFilesystem).to.be.false;
            expect(api.linuxParameters).to.deep.equal({ initProcessEnabled: true });
        });

        it("logs to its own encrypted log group, in non-blocking mode", async () => {
            const recording = await recorded({ logRetentionDays: 90 });
            const logs = recording.one(aws.cloudwatch.LogGroup, "api-logs");
            expect(logs.inputs).to.include({ kmsKeyId: LOG_KEY, retentionInDays: 90 });
            expect(containers(recording)[0]?.logConfiguration).to.deep.equal({
                logDriver: "awslogs",
                options: {
                    "awslogs-group": logs.outputs.name,
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "api",
                    mode: "non-blocking",
                    "max-buffer-size": "4m",
                },
            });
        });
    });

    describe("environment and secrets", () => {
        const environment = { ZONE: "b", ASPNETCORE_ENVIRONMENT: "Production" };
        const secrets = { Jwt__Secret: JWT, ConnectionStrings__Default: { ...DATABASE, jsonKey: "connectionString" } };

        it("sorts the environment, so that the order of arguments changes nothing", async () => {
            const names = (await container({ environment })).environment.map(({ name }) => name);
            expect(names).to.deep.equal(["ASPNETCORE_ENVIRONMENT", "ZONE"]);
        });

        it("passes secrets as references, with a JSON key if configured", async () => {
            expect((await container({ secrets })).secrets).to.deep.equal([
                { name: "ConnectionStrings__Default", valueFrom: `${DATABASE.arn}:connectionString::` },
                { name: "Jwt__Secret", valueFrom: JWT.arn },
            ]);
        });

        it("contains only the ARNs of secrets, so the task definition isn't secret", async () => {
            const recording = await record(() => {
                const secret = new aws.secretsmanager.Secret("jwt", { kmsKeyId: KEY });
                const secretString = pulumi.secret("the-secret-text");
                const version = new aws.secretsmanager.SecretVersion("jwt", { secretId: secret.arn, secretString });
                service({ secrets: { Jwt__Secret: { arn: version.secretId, kmsKeyArn: KEY } } });
            });
            expect(JSON.stringify(recording.one(aws.ecs.TaskDefinition))).not.to.contain("the-secret-text");
            expect(recording.one(aws.ecs.TaskDefinition).isSecret("containerDefinitions")).to.be.false;
        });

        it("rejects a secret Output in the environment, also one that contains a secret", async () => {
            for (const value of [pulumi.secret("text"), pulumi.interpolate`Host=x;Key=${pulumi.secret("text")}`]) {
                expect(await failure(recorded({ environment: { Jwt__Secret: value } }))).to.contain(
                    'FargateService "api": environment.Jwt__Secret must not be secret: use secrets',
                );
            }
        });

        it("rejects an Output that contains a password, secret or not", async () => {
            const value = pulumi.output("Host=db;Password=hunter2");
            expect(await failure(recorded({ environment: { Db: value } }))).to.contain("environment.Db must not contain a password");
        });

        it("accepts a value that is marked as harmless", async () => {
            const value = pulumi.unsecret(pulumi.secret("harmless"));
            expect((await container({ environment: { A: value } })).environment).to.deep.equal([{ name: "A", value: "harmless" }]);
        });

        for (const value of [
            "Host=db;Username=app;Password=hunter2",
            "Server=db;Pwd = hunter2;",
            "postgres://app:hunter2@db/app",
            "-----BEGIN RSA PRIVATE KEY-----",
        ]) {
            it(`rejects plain text with a password: ${value}`, () => {
                expect(() => service({ environment: { Db: value } })).to.throw("environment.Db must not contain a password: use secrets");
            });
        }

        for (const value of ["https://example.com:8443/a@b", "Host=db;Username=app", "PasswordPolicy=strict", "http://localhost:4317"]) {
            it(`accepts text that only resembles one: ${value}`, async () => {
                expect((await container({ environment: { Url: value } })).environment[0]?.value).to.equal(value);
            });
        }

        for (const name of ["Jwt__Secret", "JWT__SECRET", "Jwt:Secret"]) {
            it(`rejects a name that .NET treats as equal to a secret's: ${name}`, () => {
                expect(() => service({ environment: { [name]: "x" }, secrets })).to.throw(
                    `environment.${name} must not be a name that is also in secrets`,
                );
            });
        }
    });

    describe("roles", () => {
        it("are assumed by ECS tasks of this account and region only", async () => {
            const recording = await recorded();
            for (const name of ["api-task", "api-execution"]) {
                const trust = parsePolicy(recording.one(aws.iam.Role, name).inputs.assumeRolePolicy).Statement;
                expect(trust.map(({ Principal }) => Principal)).to.deep.equal([["ecs-tasks.amazonaws.com"]]);
                expect(trust[0]?.Condition).to.deep.equal({
                    StringEquals: { "aws:SourceAccount": "123456789012" },
                    ArnLike: { "aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*" },
                });
            }
        });

        it("allow a public image without secrets only its log group, and the containers nothing", async () => {
            const recording = await recorded();
            expect(recording.all(aws.iam.RolePolicy).map(({ name }) => name)).to.deep.equal(["api-execution-start"]);
            expect(statements(recording, "api-execution-start")).to.deep.equal([
                {
                    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                    Resource: [`${String(recording.one(aws.cloudwatch.LogGroup, "api-logs").outputs.arn)}:*`],
                },
            ]);
        });

        it("can pull from the configured repository, and read exactly the configured secrets", async () => {
            const recording = await recorded({
                image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1",
                imageRepositoryArns: [REPOSITORY],
                secrets: { A: { ...DATABASE, jsonKey: "host" }, B: { ...DATABASE, jsonKey: "port" }, C: JWT },
            });
            expect(statements(recording, "api-execution-start").slice(1)).to.deep.equal([
                { Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
                { Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource: [REPOSITORY] },
                { Action: ["secretsmanager:GetSecretValue"], Resource: [DATABASE.arn, JWT.arn] },
                {
                    Action: ["kms:Decrypt"],
                    Resource: [KEY],
                    Condition: { StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } },
                },
            ]);
            expect(recording.one(aws.iam.RolePolicy).inputs.role).to.equal(recording.one(aws.iam.Role, "api-execution").outputs.name);
        });

        it("allow sessions in containers only with enableExecuteCommand", async () => {
            const recording = await recorded({ enableExecuteCommand: true, readonlyRootFilesystem: false });
            const group = `${String(recording.one(aws.cloudwatch.LogGroup, "api-exec-logs").outputs.arn)}:*`;
            expect(recording.one(aws.ecs.Service).inputs.enableExecuteCommand).to.be.true;
            expect(statements(recording, "api-task-exec")).to.deep.equal([
                {
                    Action: [
                        "ssmmessages:CreateControlChannel",
                        "ssmmessages:CreateDataChannel",
                        "ssmmessages:OpenControlChannel",
                        "ssmmessages:OpenDataChannel",
                    ],
                    Resource: ["*"],
                },
                { Action: ["logs:DescribeLogGroups"], Resource: ["*"] },
                { Action: ["logs:DescribeLogStreams"], Resource: [group] },
                { Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: [group] },
                { Action: ["kms:Decrypt"], Resource: [KEY] },
            ]);
        });

        it("can receive grants of other components", async () => {
            const recording = await record(() => ({ role: service().roleName }));
            expect(recording.outputs.role).to.equal(recording.one(aws.iam.Role, "api-task").outputs.name);
        });
    });

    describe("tracing", () => {
        it("is on by default", async () => {
            expect(containers(await recorded({ tracing: undefined })).map(({ name }) => name)).to.deep.equal(["api", "otel-collector"]);
        });

        it("adds a nonessential collector that listens within the task", async () => {
            const [api, collector] = containers(await recorded({ tracing: true }));
            expect(collector).to.include({ name: "otel-collector", essential: false, memory: 256, readonlyRootFilesystem: true });
            expect(collector?.image).to.match(/^public\.ecr\.aws\/aws-observability\/aws-otel-collector:v\d/);
            expect(collector).not.to.have.any.keys("portMappings", "secrets");
            const configuration = parseJson<{ receivers: object; exporters: object; service: { pipelines: object } }>(
                collector?.environment.find(({ name }) => name === "AOT_CONFIG_CONTENT")?.value,
            );
            expect(configuration.receivers).to.deep.equal({
                otlp: { protocols: { grpc: { endpoint: "localhost:4317" }, http: { endpoint: "localhost:4318" } } },
            });
            expect(configuration.exporters).to.deep.equal({ awsxray: { region: "us-east-1" } });
            expect(Object.keys(configuration.service.pipelines)).to.deep.equal(["traces"]);
            expect(api?.environment).to.deep.equal([
                { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://localhost:4317" },
                { name: "OTEL_SERVICE_NAME", value: "api" },
            ]);
        });

        it("allows the containers only to write traces and read sampling rules", async () => {
            expect(statements(await recorded({ tracing: true }), "api-task-tracing")).to.deep.equal([
                {
                    Action: ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                    Resource: ["*"],
                },
            ]);
        });

        it("accepts another collector image, and other settings of the application", async () => {
            const [api, collector] = containers(
                await recorded({ tracing: true, collectorImage: "collector:1", environment: { OTEL_SERVICE_NAME: "shop" } }),
            );
            expect(collector?.image).to.equal("collector:1");
            expect(api?.environment.find(({ name }) => name === "OTEL_SERVICE_NAME")?.value).to.equal("shop");
        });
    });

    describe("load balancer", () => {
        it("is internal, drops invalid headers, and has a name that AWS accepts", async () => {
            const { inputs, outputs } = (await recorded()).one(aws.lb.LoadBalancer);
            expect(inputs).to.deep.include({
                internal: true,
                loadBalancerType: "application",
                subnets: args.subnetIds,
                dropInvalidHeaderFields: true,
                enableDeletionProtection: false,
                idleTimeout: 60,
            });
            expect(inputs).not.to.have.property("accessLogs");
            expect(String(outputs.name)).to.have.length.at.most(32);
        });

        it("accepts deletion protection, idle timeout, and access logs", async () => {
            const { inputs } = (
                await recorded({
                    loadBalancer: { deletionProtection: true, idleTimeout: 120, accessLogBucket: "logs" },
                })
            ).one(aws.lb.LoadBalancer);
            expect(inputs).to.deep.include({
                enableDeletionProtection: true,
                idleTimeout: 120,
                accessLogs: { bucket: "logs", prefix: "alb/api", enabled: true },
            });
        });

        it("sends HTTP to the IP addresses of tasks, without stickiness or slow start", async () => {
            const { inputs } = (await recorded()).one(aws.lb.TargetGroup);
            expect(inputs).to.deep.include({ vpcId: "vpc-1", targetType: "ip", protocol: "HTTP", port: 8080 });
            expect(inputs).to.deep.include({ deregistrationDelay: 30, slowStart: 0, stickiness: { type: "lb_cookie", enabled: false } });
            expect(inputs.healthCheck).to.include({ path: "/health", matcher: "200", protocol: "HTTP" });
        });

        it("accepts another port, health check, and deregistration delay", async () => {
            const { inputs } = (await recorded({ containerPort: 5000, healthCheckPath: "/healthz", deregistrationDelay: 120 })).one(
                aws.lb.TargetGroup,
            );
            expect(inputs).to.include({ port: 5000, deregistrationDelay: 120 });
            expect(inputs.healthCheck?.path).to.equal("/healthz");
        });

        it("keeps the target group if the port changes, because each target has its own: a new group would be empty", async () => {
            const group = (await recorded({ containerPort: 5000 })).one(aws.lb.TargetGroup);
            expect(group.ignoreChanges).to.deep.equal(["port"]);
            // Health checks use the port of the target.
            expect(group.inputs.healthCheck).to.not.have.property("port");
        });

        it("has another listener for another port, so that clients can move before the old one is deleted", async () => {
            const listenerName = async (more: Partial<FargateServiceArgs>) => (await recorded(more)).one(aws.lb.Listener).name;
            const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
            expect(await listenerName({})).to.equal("api-listener-80");
            expect(await listenerName({ loadBalancer: { certificateArn } })).to.equal("api-listener-443");
        });

        it("listens on HTTP 80 without a certificate", async () => {
            const recording = await recorded();
            const { inputs } = recording.one(aws.lb.Listener);
            expect(inputs).to.deep.include({
                loadBalancerArn: recording.one(aws.lb.LoadBalancer).outputs.arn,
                port: 80,
                protocol: "HTTP",
            });
            expect(inputs.defaultActions).to.deep.equal([
                { type: "fixed-response", fixedResponse: { statusCode: "404", contentType: "text/plain", messageBody: "Not found" } },
            ]);
            expect(inputs).not.to.have.property("sslPolicy");
        });

        it("listens on HTTPS 443 with a certificate, with TLS 1.2 and 1.3 only", async () => {
            const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
            const { inputs } = (await recorded({ loadBalancer: { certificateArn } })).one(aws.lb.Listener);
            expect(inputs).to.include({ port: 443, protocol: "HTTPS", certificateArn, sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" });
        });

        it("writes its logs under the account's path", async () => {
            const recording = await record(() => ({
                statement: loadBalancerLogStatement("arn:aws:s3:::logs", "alb/api", "123456789012"),
            }));
            expect(recording.outputs.statement).to.deep.include({
                Action: "s3:PutObject",
                Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
                Resource: "arn:aws:s3:::logs/alb/api/AWSLogs/123456789012/*",
            });
        });
    });

    describe("network", () => {
        const rules = (recording: Recording) =>
            [...recording.all(aws.vpc.SecurityGroupIngressRule), ...recording.all(aws.vpc.SecurityGroupEgressRule)].map(
                ({ name, inputs: { fromPort, toPort, referencedSecurityGroupId: group, cidrIpv4 } }) =>
                    `${name}: ${String(fromPort)}-${String(toPort)} ${String(group ?? cidrIpv4)}`,
            );

        it("allows inbound traffic only from the load balancer to the container's port, and outbound HTTPS", async () => {
            const recording = await recorded({ containerPort: 5000 });
            const tasks = recording.one(aws.ec2.SecurityGroup, "api-tasks-group");
            const balancer = recording.one(aws.ec2.SecurityGroup, "api-alb-group");
            expect(rules(recording)).to.have.members([
                `api-from-api-alb-5000: 5000-5000 ${String(balancer.id)}`,
                `api-alb-to-api-5000: 5000-5000 ${String(tasks.id)}`,
                "api-https-out: 443-443 0.0.0.0/0",
            ]);
            expect(recording.one(aws.vpc.SecurityGroupEgressRule, "api-https-out").inputs.securityGroupId).to.equal(tasks.id);
            expect(recording.one(aws.lb.LoadBalancer).inputs.securityGroups).to.deep.equal([balancer.id]);
            expect(recording.one(aws.ecs.Service).inputs.networkConfiguration).to.deep.equal({
                subnets: args.subnetIds,
                securityGroups: [tasks.id],
                assignPublicIp: false,
            });
        });

        for (const [certificateArn, port] of [
            [undefined, 80],
            ["arn:aws:acm:us-east-1:123456789012:certificate/1", 443],
        ] as const) {
            it(`allows a client to reach the load balancer on ${port}`, async () => {
                const recording = await record(() => {
                    const link = new aws.ec2.SecurityGroup("link", {});
                    const api = service({ loadBalancer: { certificateArn } });
                    api.allowFrom({ logicalName: "link", securityGroupId: link.id });
                    return { port: api.loadBalancer?.listenerPort };
                });
                const link = recording.one(aws.ec2.SecurityGroup, "link");
                const balancer = recording.one(aws.ec2.SecurityGroup, "api-alb-group");
                expect(rules(recording)).to.include.members([
                    `api-alb-from-link-${port}: ${port}-${port} ${String(link.id)}`,
                    `link-to-api-alb-${port}: ${port}-${port} ${String(balancer.id)}`,
                ]);
                expect(recording.outputs.port).to.equal(port);
            });
        }

        it("exposes the tasks' security group for allowFrom", async () => {
            const recording = await record(() => ({ group: service().securityGroupId }));
            expect(recording.outputs.group).to.equal(recording.one(aws.ec2.SecurityGroup, "api-tasks-group").id);
        });
    });

    describe("service", () => {
        it("starts three tasks, balanced over zones, and rolls back failed deployments", async () => {
            const recording = await recorded();
            const { inputs } = recording.one(aws.ecs.Service);
            expect(inputs).to.deep.include({
                cluster: recording.one(aws.ecs.Cluster).outputs.arn,
                taskDefinition: recording.one(aws.ecs.TaskDefinition).outputs.arn,
                desiredCount: 3,
                capacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 100 }],
                availabilityZoneRebalancing: "ENABLED",
                deploymentCircuitBreaker: { enable: true, rollback: true },
                deploymentMinimumHealthyPercent: 100,
                deploymentMaximumPercent: 200,
                healthCheckGracePeriodSeconds: 60,
                enableExecuteCommand: false,
                enableEcsManagedTags: true,
                propagateTags: "SERVICE",
                waitForSteadyState: true,
            });
            expect(inputs).not.to.have.property("launchType");
            expect(inputs.loadBalancers).to.deep.equal([
                {
                    targetGroupArn: recording.one(aws.lb.TargetGroup).outputs.arn,
                    containerName: "api",
                    containerPort: 8080,
                },
            ]);
        });

        it("ignores changes of the count by autoscaling, and of the task definition if a pipeline deploys", async () => {
            expect((await recorded()).one(aws.ecs.Service).ignoreChanges).to.deep.equal(["desiredCount"]);
            const byPipeline = await recorded({ deployedBy: "pipeline" });
            expect(byPipeline.one(aws.ecs.Service).ignoreChanges).to.deep.equal(["desiredCount", "taskDefinition"]);
        });

        it("depends only on the listener rule, capacity providers, and execution policy", async () => {
            const recording = await recorded();
            const { dependencies, propertyDependencies } = recording.one(aws.ecs.Service);
            const byProperty = new Set(Object.values(propertyDependencies).flat());
            const named = dependencies.filter((urn) => !byProperty.has(urn)).map(nameOf);
            expect(named).to.have.members(["api-rule", "api-capacity", "api-execution-start"]);
        });

        for (const [spotPercent, strategy] of [
            [30, ["FARGATE 1 70", "FARGATE_SPOT undefined 30"]],
            [100, ["FARGATE 1 0", "FARGATE_SPOT undefined 100"]],
        ] as const) {
            it(`places ${spotPercent} % on Spot, and forces a deployment if that changes`, async () => {
                const { inputs } = (await recorded({ spotPercent })).one(aws.ecs.Service);
                const shown = inputs.capacityProviderStrategies?.map(
                    (it) => `${it.capacityProvider} ${String(it.base)} ${String(it.weight)}`,
                );
                expect(shown).to.deep.equal(strategy);
                expect(inputs).to.deep.include({ forceNewDeployment: true, triggers: { spotPercent: String(spotPercent) } });
            });
        }

        it("can place all tasks on Spot, and forces a deployment if that changes", async () => {
            const { inputs } = (await recorded({ spotPercent: 100, onDemandBase: 0 })).one(aws.ecs.Service);
            expect(inputs.capacityProviderStrategies).to.deep.equal([
                { capacityProvider: "FARGATE", base: 0, weight: 0 },
                { capacityProvider: "FARGATE_SPOT", weight: 100 },
            ]);
            expect(inputs.triggers).to.deep.equal({ spotPercent: "100", onDemandBase: "0" });
        });

        for (const deployedBy of ["pulumi", "pipeline"] as const) {
            it(`forces a deployment if the version of a secret changes, without another task definition: deployed by ${deployedBy}`, async () => {
                const secrets = (versionId: string) => ({ JWT_SECRET: { ...JWT, versionId }, DATABASE });
                const before = await recorded({ deployedBy, secrets: secrets("version-1") });
                const after = await recorded({ deployedBy, secrets: secrets("version-2") });
                expect(before.one(aws.ecs.Service).inputs.triggers).to.deep.equal({ spotPercent: "0", JWT_SECRET: "version-1" });
                expect(after.one(aws.ecs.Service).inputs.triggers).to.deep.equal({ spotPercent: "0", JWT_SECRET: "version-2" });
                expect(after.one(aws.ecs.TaskDefinition).inputs).to.deep.equal(before.one(aws.ecs.TaskDefinition).inputs);
            });
        }

        it("rejects the text of a secret as its version", async () => {
            const secrets = { JWT_SECRET: { ...JWT, versionId: pulumi.secret("text") } };
            expect(await failure(recorded({ secrets }))).to.contain("secrets.JWT_SECRET.versionId must not be secret");
        });

        it("accepts other deployment limits, grace period, and waitForSteadyState", async () => {
            const { inputs } = (
                await recorded({
                    deployment: { minimumHealthyPercent: 50, maximumPercent: 150 },
                    healthCheckGracePeriodSeconds: 10,
                    waitForSteadyState: false,
                })
            ).one(aws.ecs.Service);
            expect(inputs).to.include({
                deploymentMinimumHealthyPercent: 50,
                deploymentMaximumPercent: 150,
                healthCheckGracePeriodSeconds: 10,
                waitForSteadyState: false,
            });
        });

        for (const [scaling, desiredCount, expected] of [
            [{ minCapacity: 1, maxCapacity: 1 }, undefined, 1],
            [{ minCapacity: 5 }, undefined, 5],
            [{ minCapacity: 0 }, 0, 0],
        ] as const) {
            it(`starts ${expected} task(s) with ${JSON.stringify({ scaling, desiredCount })}`, async () => {
                expect((await recorded({ scaling, desiredCount })).one(aws.ecs.Service).inputs.desiredCount).to.equal(expected);
            });
        }
    });

    describe("scaling", () => {
        it("scales from 2 to 10 tasks by CPU, memory, and requests", async () => {
            const recording = await recorded();
            const name = (type: typeof aws.ecs.Cluster | typeof aws.ecs.Service) => String(recording.one(type as never).outputs.name);
            expect(recording.one(aws.appautoscaling.Target).inputs).to.include({
                minCapacity: 2,
                maxCapacity: 10,
                serviceNamespace: "ecs",
                scalableDimension: "ecs:service:DesiredCount",
                resourceId: `service/${name(aws.ecs.Cluster)}/${name(aws.ecs.Service)}`,
            });
            const policies = recording.all(aws.appautoscaling.Policy).map(({ inputs }) => {
                expect(inputs.policyType).to.equal("TargetTrackingScaling");
                const tracked = inputs.targetTrackingScalingPolicyConfiguration;
                expect(tracked).to.include({ scaleInCooldown: 300, scaleOutCooldown: 60 });
                return [tracked?.predefinedMetricSpecification?.predefinedMetricType, tracked?.targetValue];
            });
            expect(policies).to.deep.equal([
                ["ECSServiceAverageCPUUtilization", 60],
                ["ECSServiceAverageMemoryUtilization", 75],
                ["ALBRequestCountPerTarget", 1000],
            ]);
            expect(recording.all(aws.appautoscaling.ScheduledAction)).to.be.empty;
        });

        it("tracks requests of its own target group and load balancer", async () => {
            const recording = await recorded();
            const { inputs } = recording.one(aws.appautoscaling.Policy, "api-scale-by-requests");
            const balancer = String(recording.one(aws.lb.LoadBalancer).outputs.arnSuffix);
            const target = String(recording.one(aws.lb.TargetGroup).outputs.arnSuffix);
            expect(inputs.targetTrackingScalingPolicyConfiguration?.predefinedMetricSpecification?.resourceLabel).to.equal(
                `${balancer}/${target}`,
            );
        });

        it("accepts other limits, targets, cooldowns, and schedules", async () => {
            const recording = await recorded({
                scaling: {
                    minCapacity: 3,
                    maxCapacity: 20,
                    cpuTarget: 50,
                    memoryTarget: 80,
                    requestsPerTarget: 200,
                    scaleInCooldown: 600,
                    scaleOutCooldown: 30,
                    schedules: {
                        morning: { schedule: "cron(0 7 ? * MON-FRI *)", timezone: "Europe/Zurich", minCapacity: 5, maxCapacity: 20 },
                    },
                },
            });
            expect(recording.one(aws.appautoscaling.Target).inputs).to.include({ minCapacity: 3, maxCapacity: 20 });
            const tracked = recording.all(aws.appautoscaling.Policy).map(({ inputs }) => inputs.targetTrackingScalingPolicyConfiguration);
            expect(tracked.map((it) => it?.targetValue)).to.deep.equal([50, 80, 200]);
            expect(tracked[0]).to.include({ scaleInCooldown: 600, scaleOutCooldown: 30 });
            expect(recording.one(aws.appautoscaling.ScheduledAction, "api-scale-at-morning").inputs).to.deep.include({
                schedule: "cron(0 7 ? * MON-FRI *)",
                timezone: "Europe/Zurich",
                scalableTargetAction: { minCapacity: 5, maxCapacity: 20 },
            });
        });
    });

    describe("alarms", () => {
        const alarmsOf = async (more: Partial<FargateServiceArgs> = {}) => {
            const recording = await record(() => ({ alarms: service(more).alarms }));
            return { recording, alarms: (await resolve(recording.outputs.alarms)) as FargateService["alarms"] };
        };

        it("monitor errors, latency, hosts, CPU, memory, and running tasks of this service", async () => {
            const { recording, alarms } = await alarmsOf();
            const outputs = (type: never) => recording.one(type).outputs;
            const balancer = outputs(aws.lb.LoadBalancer as never).arnSuffix;
            const target = outputs(aws.lb.TargetGroup as never).arnSuffix;
            const tasks = { ClusterName: outputs(aws.ecs.Cluster as never).name, ServiceName: outputs(aws.ecs.Service as never).name };
            expect(alarms.map(({ name, metricName, dimensions }) => ({ name, metricName, dimensions }))).to.deep.equal([
                { name: "load-balancer-errors", metricName: "HTTPCode_ELB_5XX_Count", dimensions: { LoadBalancer: balancer } },
                { name: "errors", metricName: "HTTPCode_Target_5XX_Count", dimensions: { LoadBalancer: balancer, TargetGroup: target } },
                { name: "latency", metricName: "TargetResponseTime", dimensions: { LoadBalancer: balancer, TargetGroup: target } },
                { name: "latency-p99", metricName: "TargetResponseTime", dimensions: { LoadBalancer: balancer, TargetGroup: target } },
                { name: "unhealthy-hosts", metricName: "UnHealthyHostCount", dimensions: { LoadBalancer: balancer, TargetGroup: target } },
                { name: "cpu", metricName: "CPUUtilization", dimensions: tasks },
                { name: "memory", metricName: "MemoryUtilization", dimensions: tasks },
                { name: "running-tasks", metricName: "RunningTaskCount", dimensions: tasks },
            ]);
            expect(alarms.find(({ name }) => name === "errors")?.rateOf).to.equal("RequestCount");
            expect(alarms.find(({ name }) => name === "latency")).to.include({ severity: "page", statistic: "p50" });
            expect(alarms.find(({ name }) => name === "latency-p99")).to.include({ severity: "ticket", statistic: "p99" });
        });

        it("page if fewer tasks run than desired, or if data is missing", async () => {
            const { alarms } = await alarmsOf({ scaling: { minCapacity: 4 } });
            const expected = {
                rateOf: "DesiredTaskCount",
                comparison: "below",
                threshold: 100,
                missingData: "breaching",
                severity: "page",
            };
            expect(alarms.at(-1)).to.include(expected);
        });

        it("don't monitor running tasks without Container Insights, and expect no data if the minimum is zero", async () => {
            expect(
                (await alarmsOf({ cluster: { kmsKeyArn: KEY, containerInsights: "disabled" } })).alarms.map(({ name }) => name),
            ).not.to.include("running-tasks");
            expect((await alarmsOf({ scaling: { minCapacity: 0 } })).alarms.at(-1)).to.include({
                missingData: "notBreaching",
            });
        });
    });

    it("is the parent of its resources, and prefixes their names", async () => {
        const recording = await recorded({ tracing: true });
        const children = recording.registered.filter(({ custom }) => custom);
        const owners = ["FargateService", "FargateCluster", "InternalLoadBalancer"].map((owner) => `ai-platform:components:${owner}::api`);
        expect(children.filter(({ parent }) => !owners.some((owner) => parent?.endsWith(owner)))).to.be.empty;
        expect(children.filter(({ name }) => !name.startsWith("api-"))).to.be.empty;
    });

    it("returns what is needed to deploy to it and to reach it", async () => {
        const recording = await record(() => {
            const { loadBalancer, containerName, containerPort, taskDefinitionFamily, serviceName, logGroupName } = service();
            return { dnsName: loadBalancer?.dnsName, containerName, containerPort, taskDefinitionFamily, serviceName, logGroupName };
        });
        expect(recording.outputs).to.deep.equal({
            dnsName: recording.one(aws.lb.LoadBalancer).outputs.dnsName,
            containerName: "api",
            containerPort: 8080,
            taskDefinitionFamily: recording.one(aws.ecs.TaskDefinition).outputs.family,
            serviceName: recording.one(aws.ecs.Service).outputs.name,
            logGroupName: recording.one(aws.cloudwatch.LogGroup, "api-logs").outputs.name,
        });
    });

    it("has generated names, unless a pipeline in another stack needs to know them", async () => {
        const names = (recording: Recording) => [
            recording.one(aws.ecs.Service).inputs.name,
            recording.one(aws.iam.Role, "api-task").inputs.name,
            recording.one(aws.iam.Role, "api-execution").inputs.name,
        ];
        expect(names(await recorded())).to.deep.equal([undefined, undefined, undefined]);
        const named = await recorded({ physicalName: "shop-prod" });
        expect(names(named)).to.deep.equal(["shop-prod", "shop-prod-task", "shop-prod-execution"]);
        expect(named.one(aws.ecs.TaskDefinition).inputs.family).to.equal("shop-prod");
    });

    it("works in the region of its provider", async () => {
        const recording = await record(() => service({ tracing: true, secrets: { A: JWT } }), { region: "us-west-2" });
        const regions = /us-(east-1|west-2)/g;
        const [api] = containers(recording);
        expect(api?.logConfiguration.options["awslogs-region"]).to.equal("us-west-2");
        const trust = String(recording.one(aws.iam.Role, "api-task").inputs.assumeRolePolicy);
        expect(trust.match(regions)).to.deep.equal(["us-west-2"]);
        expect(statements(recording, "api-execution-start").at(-1)?.Condition).to.deep.equal({
            StringEquals: { "kms:ViaService": "secretsmanager.us-west-2.amazonaws.com" },
        });
    });

    it("can have every resource transformed", async () => {
        const names = await untransformable((transform) => {
            const api = service({
                tracing: true,
                enableExecuteCommand: true,
                readonlyRootFilesystem: false,
                scaling: { schedules: { night: { schedule: "rate(1 day)", minCapacity: 1, maxCapacity: 2 } } },
                transform,
            });
            api.allowFrom({ logicalName: "gateway", securityGroupId: pulumi.output("sg-1") });
        });
        expect(names).to.deep.equal([]);
    });

    it("applies transforms last to every resource", async () => {
        const recording = await recorded({
            transform: {
                cluster: { transform: { cluster: () => ({ name: "shared" }) } },
                containers: ([api, ...others]) => [{ ...api!, user: "1654" }, ...others, { name: "proxy", image: "envoy:1" }],
                taskDefinition: () => ({ skipDestroy: true }),
                service: () => ({ platformVersion: "1.4.0" }),
                loadBalancer: {
                    transform: {
                        loadBalancer: () => ({ enableZonalShift: true }),
                        listener: () => ({ routingHttpResponseServerEnabled: false }),
                    },
                },
                targetGroup: () => ({ loadBalancingAlgorithmType: "least_outstanding_requests" }),
                scalingTarget: () => ({ suspendedState: { scheduledScalingSuspended: true } }),
            },
        });
        expect(recording.one(aws.ecs.Cluster).inputs.name).to.equal("shared");
        expect(containers(recording).map(({ name }) => name)).to.deep.equal(["api", "proxy"]);
        expect(containers(recording)[0]).to.include({ user: "1654" });
        expect(recording.one(aws.ecs.TaskDefinition).inputs.skipDestroy).to.be.true;
        expect(recording.one(aws.ecs.Service).inputs.platformVersion).to.equal("1.4.0");
        expect(recording.one(aws.lb.LoadBalancer).inputs.enableZonalShift).to.be.true;
        expect(recording.one(aws.lb.TargetGroup).inputs.loadBalancingAlgorithmType).to.equal("least_outstanding_requests");
        expect(recording.one(aws.lb.Listener).inputs.routingHttpResponseServerEnabled).to.be.false;
        expect(recording.one(aws.appautoscaling.Target).inputs.suspendedState).to.deep.equal({ scheduledScalingSuspended: true });
    });
});

describe("FargateService: arguments", () => {
    const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1";
    const cases: [Partial<FargateServiceArgs>, string][] = [
        [{ cpu: 300 }, "cpu must be one of 256, 512, 1024, 2048, 4096, 8192, 16384"],
        [{ cpu: 256, memory: 4096 }, "memory must be one of 512, 1024, 2048 MiB with 256 CPU units"],
        [{ memory: 2500 }, "memory must be one of 2048, 3072, 4096, 5120, 6144, 7168, 8192 MiB with 1024 CPU units"],
        [{ tmpSizeMib: 2048 }, "tmpSizeMib must be between 1 and 2047: it is part of the task's memory"],
        [{ tmpSizeMib: 2000, tracing: true }, "tmpSizeMib must be between 1 and 1791: it is part of the task's memory"],
        [{ readonlyRootFilesystem: false, tmpSizeMib: 64 }, "tmpSizeMib must not be set unless readonlyRootFilesystem is true"],
        [{ ephemeralStorageGib: 20 }, "ephemeralStorageGib must be between 21 and 200"],
        [{ image: "" }, "image must be an image name without spaces"],
        [{ image: ECR }, "imageRepositoryArns must be set for an image in ECR"],
        [{ containerName: "my api" }, "containerName must be 1 to 255 letters, digits, -, and _"],
        [{ containerName: "otel-collector", tracing: true }, "containerName must not be otel-collector, the name of the collector"],
        [{ containerPort: 0 }, "containerPort must be between 1 and 65535"],
        [
            { containerPort: 4318, tracing: true },
            "containerPort must not be 4317, 4318, 2000 with tracing, because the collector uses these ports",
        ],
        [{ healthCheckCommand: ["curl", "localhost"] }, 'healthCheckCommand must be "CMD" or "CMD-SHELL", followed by a command'],
        [{ healthCheckCommand: ["CMD"] }, 'healthCheckCommand must be "CMD" or "CMD-SHELL", followed by a command'],
        [{ physicalName: "a b" }, "physicalName must be 1 to 54 letters, digits, -, and _"],
        [{ stopTimeout: 121 }, "stopTimeout must be between 2 and 120"],
        [
            { enableExecuteCommand: true },
            "enableExecuteCommand must be false unless readonlyRootFilesystem is false, because the agent writes to the file system",
        ],
        [{ environment: { "a b": "c" } }, "environment.a b must have a name of letters, digits, and _ . : -"],
        [{ secrets: { "a b": JWT } }, "secrets.a b must have a name of letters, digits, and _ . : -"],
        [{ secrets: { A: { ...JWT, jsonKey: "a:b" } } }, "secrets.A.jsonKey must be a key without colons"],
        [{ secrets: { A: { ...JWT, arn: "jwt" } } }, "secrets.A.arn must be the ARN of a secret in Secrets Manager"],
        [{ healthCheckPath: "health" }, "healthCheckPath must begin with /"],
        [{ deregistrationDelay: 3601 }, "deregistrationDelay must be between 0 and 3600"],
        [{ loadBalancer: { idleTimeout: 0 } }, "loadBalancer.idleTimeout must be between 1 and 4000"],
        [{ loadBalancer: { accessLogPrefix: "/alb" } }, "loadBalancer.accessLogPrefix must not begin or end with / or contain AWSLogs"],
        [{ loadBalancer: { accessLogPrefix: "alb" } }, "loadBalancer.accessLogPrefix requires loadBalancer.accessLogBucket"],
        [
            { loadBalancer: { accessLogPrefix: "AWSLogs/x" } },
            "loadBalancer.accessLogPrefix must not begin or end with / or contain AWSLogs",
        ],
        [{ scaling: { minCapacity: -1 } }, "scaling.minCapacity must be between 0 and 5000"],
        [{ scaling: { minCapacity: 5, maxCapacity: 4 } }, "scaling.maxCapacity must be between scaling.minCapacity and 5000"],
        [{ desiredCount: 11 }, "desiredCount must be between scaling.minCapacity and scaling.maxCapacity"],
        [{ scaling: { cpuTarget: 0 } }, "scaling.cpuTarget must be between 1 and 100"],
        [{ scaling: { memoryTarget: 101 } }, "scaling.memoryTarget must be between 1 and 100"],
        [{ scaling: { requestsPerTarget: 0 } }, "scaling.requestsPerTarget must be 1 or more"],
        [{ scaling: { scaleOutCooldown: -1 } }, "scaling.scaleOutCooldown must be 0 or more"],
        [{ scaling: { scaleInCooldown: -1 } }, "scaling.scaleInCooldown must be 0 or more"],
        [
            { scaling: { schedules: { night: { schedule: "0 22 * * *", minCapacity: 1, maxCapacity: 2 } } } },
            "scaling.schedules.night.schedule must be cron(...), rate(...) or at(...)",
        ],
        [
            { scaling: { schedules: { night: { schedule: "cron(0 22 * * ? *)", minCapacity: 3, maxCapacity: 2 } } } },
            "scaling.schedules.night.maxCapacity must be between scaling.schedules.night.minCapacity and 5000",
        ],
        [{ deployment: { minimumHealthyPercent: 101 } }, "deployment.minimumHealthyPercent must be between 0 and 100"],
        [{ deployment: { maximumPercent: 100 } }, "deployment.maximumPercent must be between 101 and 200"],
        [{ spotPercent: 101 }, "spotPercent must be between 0 and 100"],
        [{ onDemandBase: -1 }, "onDemandBase must be between 0 and 5000"],
        [{ healthCheckGracePeriodSeconds: -1 }, "healthCheckGracePeriodSeconds must be 0 or more"],
    ];
    for (const [more, message] of cases) {
        it(`rejects ${JSON.stringify(more)}`, () => {
            expect(() => service(more)).to.throw(`FargateService "api": ${message}`);
        });
    }

    it("rejects a name that is invalid for a load balancer", () => {
        for (const name of ["a-name-of-many-letters", "under_score"]) {
            expect(() => new FargateService(name, args)).to.throw("name must be 1 to 20 letters, digits, and hyphens");
        }
    });

    it("takes only images for ECR whose repository has an ARN", async () => {
        const image = "123456789012.dkr.ecr.example.org/api:1";
        expect(ecrImage(image)).to.equal(undefined);
        expect(containers(await recorded({ image }))[0]).to.include({ image });
    });

    it("reports all problems at once", () => {
        expect(() => service({ spotPercent: 101, stopTimeout: 0 })).to.throw(/stopTimeout.*\n.*spotPercent/);
    });
});
