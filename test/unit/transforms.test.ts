import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as components from "../../components";
import {
    ai,
    arn,
    cluster,
    database,
    databaseUsers,
    endpoint,
    gateway,
    exec,
    job,
    task,
    keys,
    monitor,
    network,
    pipeline,
    placement,
    postgres,
    restoreTests,
    service,
    stream,
} from "../support/minimal";
import { untransformable } from "../support/transforms";

const recovery = { region: "us-west-2", kmsKeyArn: keys.kmsKeyArn };
const source = { repositoryId: "acme/api", branch: "main" };
const domain = { apiName: "api.example.com", regionalName: "api-1.example.com", zoneId: "Z1" };

/** Components with as many resources, grants, and connections as their arguments allow. */
const created: Record<string, (transform: never) => unknown> = {
    AiServices: (transform) => new components.AiServices("it", { ...ai, endpoint, invocationLogging: {}, transform }),
    ApiGateway: (transform) =>
        new components.ApiGateway("it", {
            ...gateway,
            manageAccountLogging: true,
            domain: { ...domain, failover: "PRIMARY", switch: { healthCheckOf: "api-2.example.com" } },
            transform,
        }),
    Backups: (transform) =>
        new components.Backups("it", {
            ...keys,
            vaultName: "it",
            plans: { it: { resources: [arn("rds", "db:it")] } },
            recovery,
            refuseDeletion: true,
            vaultLock: { minRetentionDays: 7 },
            transform,
        }),
    DataLake: (transform) =>
        new components.DataLake("it", {
            ...keys,
            databaseName: "it",
            raw: { bucketName: "it-raw", replicaBucketName: "it-raw-2", archiveDays: { archive: 90 } },
            curated: { bucketName: "it-curated", replicaBucketName: "it-curated-2" },
            recovery,
            accessLogBucket: "logs",
            transform,
        }),
    Delivery: (transform) =>
        new components.Delivery("it", {
            ...keys,
            site: { source, bucketName: "site", distributionId: "E1", outputDirectory: "dist" },
            transform,
        }),
    DatabaseUsers: (transform) => {
        const users = new components.DatabaseUsers("it", { ...databaseUsers, recovery, transform });
        users.grantRead({ logicalName: "reader", roleName: pulumi.output("reader") }, "web");
    },
    DocumentCluster: (transform) => new components.DocumentCluster("it", { ...database, transform }),
    Edge: (transform) =>
        new components.Edge("it", {
            bucketName: "it-site",
            usEast1LogKeyArn: keys.logKeyArn,
            domain: { name: "app.example.com", zoneId: "Z1" },
            apiOrigin: { domainName: "api.example.com" },
            serviceDomains: { reports: { name: "reports.example.com", zoneId: "Z1", pathPrefix: "/api/reports" } },
            recovery: { region: "us-west-2", bucketName: "it-site-2" },
            accessLogBucket: "logs",
            transform,
        }),
    EncryptionKey: (transform) =>
        new components.EncryptionKey("it", { alias: "it", description: "It", replicaRegions: ["us-west-2"], transform }),
    EventHub: (transform) => {
        const routes = { everything: { detailTypes: [], to: ["stream" as const, "queue" as const, "notifications" as const] } };
        const hub = new components.EventHub("it", { ...keys, stream, routes, transform });
        hub.subscribe("ops", { protocol: "email", endpoint: "ops@example.com" });
    },
    "EventHub, with schema discovery": (transform) =>
        new components.EventHub("it", { ...keys, routes: {}, encryptBus: false, schemaDiscovery: true, transform }),
    FargateCluster: (transform) => new components.FargateCluster("it", { ...keys, transform }),
    InternalLoadBalancer: (transform) => {
        const balancer = new components.InternalLoadBalancer("it", { ...placement, transform });
        balancer.allowFrom({ logicalName: "client", securityGroupId: pulumi.output("sg-1") });
    },
    FargateTask: (transform) => new components.FargateTask("it", { ...service, cluster, transform }),
    TaskRun: (transform) => {
        const run = new components.TaskRun("it", { ...keys, task, transform });
        run.grantInvoke({ logicalName: "build", roleName: run.functionName });
    },
    RecoveryMonitor: (transform) => new components.RecoveryMonitor("it", { ...monitor, transform }),
    RestoreTests: (transform) => new components.RestoreTests("it", { ...restoreTests, transform }),
    PortForwarding: (transform) => new components.PortForwarding("it", { ...keys, ...placement, cluster: { ...cluster, exec }, transform }),
    ScheduledTask: (transform) => new components.ScheduledTask("it", { ...job, transform }),
    FargateService: (transform) => {
        const scaling = { schedules: { night: { schedule: "cron(0 20 * * ? *)", minCapacity: 1, maxCapacity: 2 } } };
        const args = { ...service, scaling, enableExecuteCommand: true, readonlyRootFilesystem: false };
        new components.FargateService("it", { ...args, transform });
    },
    Identity: (transform) => {
        const login = { domainName: "login.example.com", zoneId: "Z1" };
        const groups = { admins: { description: "Administrators" } };
        const identity = new components.Identity("it", { domain: login, groups, transform });
        identity.addSpaClient("site", { callbackUrls: ["https://a.example.com/cb"], logoutUrls: ["https://a.example.com/"] });
    },
    ImageRepository: (transform) =>
        new components.ImageRepository("it", {
            repositoryName: "it/api",
            ...keys,
            recovery,
            manageRegistry: true,
            pullPrincipals: [arn("iam", "root")],
            transform,
        }),
    IngestPipeline: (transform) => new components.IngestPipeline("it", { ...pipeline, transform }),
    LogBucket: (transform) => new components.LogBucket("it", { transform }),
    Observability: (transform) =>
        new components.Observability("observability", {
            ...keys,
            environment: "it",
            region: "us-east-1",
            monitored: [new components.RedisCluster("cache", { ...keys, ...placement, secretName: "it", transform })],
            alertEmails: ["ops@example.com"],
            pagingWebhooks: { pager: "https://pager.example.com" },
            tracing: { serviceName: "api" },
            transactionSearch: {},
            budget: { limitAmount: 10 },
            costAnomalies: { minimumUsd: 10 },
            transform,
        }),
    PostgresCluster: (transform) =>
        new components.PostgresCluster("it", { ...postgres, recovery: { ...recovery, continuousBackups: true }, transform }),
    RedisCluster: (transform) => new components.RedisCluster("it", { ...keys, ...placement, secretName: "it", transform }),
    ReplicatedBucket: (transform) =>
        new components.ReplicatedBucket("it", { ...keys, bucketName: "it-raw", replicaBucketName: "it-raw-2", recovery, transform }),
    ReplicatedSecret: (transform) =>
        new components.ReplicatedSecret("it", { ...keys, secretName: "it", description: "It", value: "x", recovery, transform }),
    Vpc: (transform) =>
        new components.Vpc("it", { ...network, natGateways: "one-per-zone", interfaceEndpoints: ["ecr.api", "logs"], transform }),
    VpcFunction: (transform) =>
        new components.VpcFunction("it", {
            ...keys,
            placement,
            entry: path.resolve("functions/ingest/index.ts"),
            description: "It",
            transform,
        }),
    WorkQueue: (transform) => {
        const queue = new components.WorkQueue("it", { ...keys, transform });
        const worker = { logicalName: "worker", roleName: queue.queueName };
        queue.grantConsume(worker);
        queue.grantSend(worker);
    },
};

describe("every resource can be transformed", () => {
    for (const [name, create] of Object.entries(created)) {
        it(name, async () => {
            expect(await untransformable(create)).to.deep.equal([]);
        });
    }

    it("reports a resource that can't be transformed", async () => {
        const args = { ...keys, secretName: "it/secret", description: "it", value: "x" };
        expect(await untransformable(() => new components.ReplicatedSecret("it", args))).to.deep.equal([
            "aws:secretsmanager/secret:Secret it-secret",
            "aws:secretsmanager/secretVersion:SecretVersion it-version",
        ]);
    });
});
