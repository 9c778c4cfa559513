import * as pulumi from "@pulumi/pulumi";
import type { RunnableTask } from "../../components";

/** Minimal arguments of each component, for tests that create all of them. */

export const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
export const keys = { kmsKeyArn: arn("kms", "key/mrk-data"), logKeyArn: arn("kms", "key/mrk-logs") };
export const placement = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };
export const stream = { bucketArn: "arn:aws:s3:::raw" };

const nothing = () => undefined as never;
/** Has all grant methods, which do nothing. */
const nobody = { grantRead: nothing, grantWrite: nothing, grantPublish: nothing, grantInvoke: nothing, allowFrom: nothing };
const third = (n: number) => [`10.0.${n}.0/24`, `10.0.${n + 1}.0/24`];

export const database = { ...keys, ...placement, identifier: "it", secretName: "it" };
export const postgres = { ...database, dbName: "app", username: "app" };

/** Users of a database that isn't part of the recording. */
export const databaseUsers = {
    ...keys,
    placement,
    database: {
        allowFrom: nothing,
        connectionSecret: {
            arn: pulumi.output(arn("secretsmanager", "secret:it-AbCdEf")),
            versionId: pulumi.output("1"),
            grantRead: nothing,
        },
        dbName: "app",
        endpoint: pulumi.output("it.example.com"),
        port: 5432,
        resourceId: pulumi.output("db-IT"),
    },
    secretPrefix: "it/users",
    users: { web: { service: { clusterName: "it", serviceName: "web" } } },
};

/** A cluster of another stack. */
export const cluster = { clusterName: "it", clusterArn: arn("ecs", "cluster/it") };
/** For tasks with ECS Exec. */
export const exec = { logGroupArn: arn("logs", "log-group:exec"), kmsKeyArn: keys.kmsKeyArn };
export const service = { ...keys, ...placement, cluster: { kmsKeyArn: keys.kmsKeyArn }, image: "nginx" };

export const job = { ...keys, ...placement, cluster, image: "nginx", schedule: "rate(1 day)" };

/** A task of another component, for a run. */
export const task: RunnableTask = {
    logicalName: "task",
    cluster,
    network: { subnets: placement.subnetIds, securityGroups: [pulumi.output("sg-1")], assignPublicIp: false },
    taskDefinitionArn: pulumi.output(arn("ecs", "task-definition/task:1")),
    taskDefinitionFamily: pulumi.output("task"),
    familyArn: pulumi.output(arn("ecs", "task-definition/task")),
    taskRoleArn: pulumi.output("arn:aws:iam::123456789012:role/task"),
    executionRoleArn: pulumi.output("arn:aws:iam::123456789012:role/execution"),
    containerName: "task",
    logGroupName: pulumi.output("task-logs"),
    runStatements: [],
    requirements: [],
};

export const restoreTests = {
    kmsKeyArn: keys.kmsKeyArn,
    ...placement,
    planName: "it",
    vaultArn: "arn:aws:backup:us-east-1:123456789012:backup-vault:it",
    resourceTypes: ["RDS" as const, "DocumentDB" as const],
};

export const monitor = {
    ...keys,
    environment: "it",
    tableName: "it-recovery",
    clusters: [
        { region: "us-east-1", clusterName: "it" },
        { region: "us-west-2", clusterName: "it-dr" },
    ],
    replicas: ["it"],
};

export const network = {
    ...keys,
    cidrBlock: "10.0.0.0/16",
    availabilityZoneNames: ["us-east-1a", "us-east-1b"],
    subnets: { public: third(1), private: third(3), data: third(5) },
};

export const gateway = {
    ...keys,
    ...placement,
    stageName: "prod",
    backend: { arn: arn("elasticloadbalancing", "loadbalancer/app/a/1"), dnsName: "a.example.com", listenerPort: 80 },
    authorizer: { userPoolArns: [arn("cognito-idp", "userpool/us-east-1_A")], scopes: ["api/read"] },
};

export const ai = { ...keys, guardrailKeyArn: keys.kmsKeyArn, models: ["amazon.nova-lite-v1:0"] };
export const endpoint = {
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1",
    modelDataUrl: "s3://models/rank/model.tar.gz",
};

export const pipeline = {
    ...keys,
    placement,
    raw: { ...nobody, bucketName: pulumi.output("raw") },
    curated: { ...nobody, bucketName: pulumi.output("curated") },
    ai: { ...nobody, models: ["m"], guardrailId: pulumi.output("g"), guardrailVersion: pulumi.output("1") },
    bus: { ...nobody, busName: "bus" },
    documents: { ...nobody, connectionSecret: { arn: pulumi.output(arn("secretsmanager", "secret:s-AbCdEf")), ...keys } },
};

export const existing = {
    vpcId: `vpc-${"0".repeat(17)}`,
    privateSubnetIds: ["1", "2"].map((digit) => `subnet-${digit.repeat(17)}`),
    dataSubnetIds: ["4", "5"].map((digit) => `subnet-${digit.repeat(17)}`),
};
