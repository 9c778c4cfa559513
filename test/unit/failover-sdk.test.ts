import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { USAGE } from "../../tools/failover/arguments";
import { isTransient } from "../../tools/failover/errors";
import { type Item, isUnreachable } from "../../tools/failover/ports";
import { httpStatus, sdk, sdkRegion } from "../../tools/failover/sdk";
import { clientsOf } from "../../tools/failover/sdk/clients";
import { read } from "../support/samples";
import { type Answers, answering, type Request } from "../support/preflight";

const REGION = "us-west-2";
const NAME = { cluster: "ai-platform-dr", service: "ai-platform-dr-api" };

interface Sent extends Request {
    input: Record<string, unknown>;
}

/** All requests of these tests, for the test of the policy. */
const all: Request[] = [];

/** The tool's view of a region and a table, whose requests are answered and recorded. */
function stubbed(answers: Answers = {}) {
    const sent: Sent[] = [];
    const parts = sdk((client) => {
        const requests: Request[] = [];
        const recorded = Object.fromEntries(
            [...COMMANDS, ...Object.keys(answers)].map((command) => [
                command,
                (input: Record<string, unknown>) => {
                    const request = requests.at(-1)!;
                    sent.push({ ...request, input });
                    all.push(request);
                    const answer = answers[command] ?? {};
                    return typeof answer === "function" ? (answer as (input: object) => object)(input) : answer;
                },
            ]),
        );
        answering(client, recorded, requests);
    });
    const of = (command: string) => sent.filter((it) => it.command === command).map(({ input }) => input);
    return { region: parts.region()(REGION, { patient: true }), table: parts.table({ table: "recovery", region: REGION }), sent, of };
}

/** Requests without an answer of interest. */
const COMMANDS = [
    ...["DeregisterScalableTarget", "RegisterScalableTarget", "PutScheduledAction", "DescribeScheduledActions"],
    ...["UpdateService", "StopTask", "UpdateSchedule", "UpdateEventSourceMapping", "EnableRule", "DisableRule", "UpdateStage"],
    ...["EnableAlarmActions", "DisableAlarmActions", "PutMetricData", "PromoteReadReplica", "DescribeDBInstances", "TransactWriteItems"],
    ...["CreateDBInstanceReadReplica", "ModifyDBInstance", "DeleteDBInstance", "RebootDBInstance", "CopyObject"],
];

const SCALABLE = {
    ServiceNamespace: "ecs",
    ResourceId: "service/ai-platform-dr/ai-platform-dr-api",
    ScalableDimension: "ecs:service:DesiredCount",
};

describe("the requests of npm run failover", () => {
    it("set the limits of a service and of its scheduled actions, whose times are kept", async () => {
        const EndTime = new Date("2027-01-01T00:00:00Z");
        const { region, of } = stubbed({
            DescribeScheduledActions: {
                ScheduledActions: [{ ScheduledActionName: "night-0", EndTime, ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 2 } }],
            },
            DescribeScalableTargets: { ScalableTargets: [{ MinCapacity: 0, MaxCapacity: 3 }] },
        });
        await region.setScalableTarget(NAME, { minCapacity: 2, maxCapacity: 6 });
        expect(of("RegisterScalableTarget")).to.deep.equal([{ ...SCALABLE, MinCapacity: 2, MaxCapacity: 6 }]);
        const night = { schedule: "cron(0 22 * * ? *)", timezone: "Europe/Berlin", minCapacity: 0, maxCapacity: 0 };
        await region.setScheduledAction(NAME, "night-0", night);
        expect(of("PutScheduledAction")).to.deep.equal([
            {
                ...SCALABLE,
                ScheduledActionName: "night-0",
                Schedule: night.schedule,
                Timezone: night.timezone,
                EndTime,
                ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 },
            },
        ]);
        expect(await region.scheduledActions(NAME)).to.deep.equal({ "night-0": { minCapacity: 1, maxCapacity: 2 } });
        expect(await region.scalableTarget(NAME)).to.deep.equal({ minCapacity: 0, maxCapacity: 3 });
    });

    it("read and set the number of tasks", async () => {
        const deployments = [
            { status: "ACTIVE", rolloutState: "FAILED" },
            { status: "PRIMARY", rolloutState: "IN_PROGRESS", rolloutStateReason: "in progress" },
        ];
        const { region, of } = stubbed({
            DescribeServices: { services: [{ status: "ACTIVE", desiredCount: 4, runningCount: 3, deployments }] },
        });
        expect(await region.service(NAME)).to.deep.equal({ desired: 4, running: 3, rollout: "IN_PROGRESS", reason: "in progress" });
        await region.setDesiredCount(NAME, 0);
        expect(of("UpdateService")).to.deep.equal([{ ...NAME, desiredCount: 0 }]);
        const deleted = stubbed({ DescribeServices: { services: [{ status: "INACTIVE" }] } });
        expect(await deleted.region.service(NAME)).to.equal(undefined);
    });

    it("find the highest number of tasks of a day, with and without Container Insights", async () => {
        const answer = (insights: number[], samples: number[]) => ({
            GetMetricData: {
                MetricDataResults: [
                    { Id: "insights", Values: insights },
                    { Id: "samples", Values: samples },
                ],
            },
        });
        const { region, of } = stubbed(answer([2, 5, 3], [9]));
        expect(await region.peakCount(NAME)).to.equal(5);
        expect(await stubbed(answer([], [1, 4])).region.peakCount(NAME)).to.equal(4);
        expect(await stubbed(answer([], [])).region.peakCount(NAME)).to.equal(undefined);
        const [{ StartTime, EndTime }] = of("GetMetricData") as [{ StartTime: Date; EndTime: Date }];
        expect(EndTime.getTime() - StartTime.getTime()).to.equal(86_400_000);
        expect(JSON.stringify(of("GetMetricData")[0])).to.contain('"ECS/ContainerInsights","MetricName":"RunningTaskCount"');
    });

    it("stop tasks that don't belong to a service", async () => {
        const { region, of } = stubbed({
            ListTasks: ({ nextToken }) => (nextToken === undefined ? { taskArns: ["a", "b"], nextToken: "2" } : { taskArns: ["c"] }),
            DescribeTasks: ({ tasks }) => ({
                tasks: (tasks as string[]).map((taskArn) => ({ taskArn, group: taskArn === "a" ? "service:api" : "family:nightly" })),
            }),
        });
        expect(await region.otherTasks("ai-platform-dr")).to.deep.equal(["b", "c"]);
        await region.stopTask("ai-platform-dr", "b");
        expect(of("StopTask")[0]).to.deep.include({ cluster: "ai-platform-dr", task: "b" });
    });

    it("change only the state of a schedule", async () => {
        const schedule = {
            ScheduleExpression: "cron(0 3 * * ? *)",
            ScheduleExpressionTimezone: "Europe/Berlin",
            FlexibleTimeWindow: { Mode: "OFF" },
            Target: {
                Arn: "arn:ecs",
                RoleArn: "arn:role",
                EcsParameters: { TaskDefinitionArn: "arn:task" },
                RetryPolicy: { MaximumRetryAttempts: 2 },
            },
            StartDate: new Date(0),
            EndDate: new Date(1),
            Description: "Nightly",
            KmsKeyArn: "arn:key",
            ActionAfterCompletion: "NONE",
        };
        const job = { group: "ai-platform-dr", name: "nightly" };
        const read = {
            Arn: "arn:schedule",
            GroupName: job.group,
            Name: job.name,
            CreationDate: new Date(2),
            LastModificationDate: new Date(3),
        };
        const { region, of } = stubbed({ GetSchedule: { ...schedule, ...read, State: "DISABLED" } });
        expect(await region.isJobEnabled(job)).to.equal(false);
        await region.setJob(job, true);
        expect(of("UpdateSchedule")).to.deep.equal([{ ...schedule, GroupName: job.group, Name: job.name, State: "ENABLED" }]);
    });

    it("enable and disable event source mappings and rules", async () => {
        const { region, of } = stubbed({ GetEventSourceMapping: { State: "Disabled" }, DescribeRule: { State: "ENABLED" } });
        expect(await region.consumer("uuid")).to.equal("Disabled");
        await region.setConsumer("uuid", true);
        expect(of("UpdateEventSourceMapping")).to.deep.equal([{ UUID: "uuid", Enabled: true }]);
        const rule = { name: "orders", bus: "ai-platform-dr" };
        expect(await region.isRuleEnabled(rule)).to.equal(true);
        await region.setRule(rule, true);
        await region.setRule({ name: "daily" }, false);
        expect(of("EnableRule")).to.deep.equal([{ Name: "orders", EventBusName: "ai-platform-dr" }]);
        expect(of("DisableRule")).to.deep.equal([{ Name: "daily", EventBusName: undefined }]);
    });

    it("change one variable of the stage", async () => {
        const variable = { restApiId: "rest", stageName: "live", variable: "failoverActive" };
        const { region, of } = stubbed({ GetStage: { variables: { failoverActive: "false", other: "x" } } });
        expect(await region.stageVariable(variable)).to.equal("false");
        await region.setStageVariable(variable, "true");
        expect(of("UpdateStage")).to.deep.equal([
            {
                restApiId: "rest",
                stageName: "live",
                patchOperations: [{ op: "replace", path: "/variables/failoverActive", value: "true" }],
            },
        ]);
    });

    it("enable and disable the actions of more alarms than fit into one request", async () => {
        const names = Array.from({ length: 130 }, (_, i) => `alarm-${i}`);
        const { region, of } = stubbed({
            DescribeAlarms: ({ AlarmNames }) => ({
                MetricAlarms: (AlarmNames as string[]).map((AlarmName) => ({ AlarmName, ActionsEnabled: AlarmName === "alarm-129" })),
            }),
        });
        const found = await region.alarmActions(names);
        expect([Object.keys(found).length, found["alarm-0"], found["alarm-129"]]).to.deep.equal([130, false, true]);
        await region.setAlarmActions(names, true);
        await region.setAlarmActions(["alarm-1"], false);
        expect(of("EnableAlarmActions")).to.deep.equal([{ AlarmNames: names.slice(0, 100) }, { AlarmNames: names.slice(100) }]);
        expect(of("DisableAlarmActions")).to.deep.equal([{ AlarmNames: ["alarm-1"] }]);
    });

    it("promote a replica with the backup settings that it has", async () => {
        const instance = { DBInstanceStatus: "available", BackupRetentionPeriod: 14, PreferredBackupWindow: "03:00-04:00" };
        const { region, of } = stubbed({
            DescribeDBInstances: { DBInstances: [{ ...instance, ReadReplicaSourceDBInstanceIdentifier: "arn:source" }] },
        });
        expect(await region.database("ai-platform-dr")).to.deep.include({ status: "available", source: "arn:source" });
        await region.promote("ai-platform-dr");
        expect(of("PromoteReadReplica")).to.deep.equal([
            { DBInstanceIdentifier: "ai-platform-dr", BackupRetentionPeriod: 14, PreferredBackupWindow: "03:00-04:00" },
        ]);
        const promoted = stubbed({ DescribeDBInstances: { DBInstances: [instance] } });
        expect(await promoted.region.database("ai-platform-dr")).not.to.have.property("source");
        const started = stubbed({ PromoteReadReplica: "InvalidDBInstanceStateFault" });
        await started.region.promote("ai-platform-dr");
        const missing = stubbed({ DescribeDBInstances: "DBInstanceNotFoundFault" });
        expect(await missing.region.database("ai-platform-dr")).to.equal(undefined);
    });

    const SETTINGS = {
        DBInstanceClass: "db.r6g.large",
        MultiAZ: true,
        KmsKeyId: "arn:key",
        StorageType: "gp3",
        MonitoringInterval: 60,
        MonitoringRoleArn: "arn:role",
        DeletionProtection: true,
        PerformanceInsightsRetentionPeriod: 465,
    };
    const LIKE = {
        ...SETTINGS,
        AllocatedStorage: 100,
        Iops: 3000,
        StorageThroughput: 125,
        Endpoint: { Port: 5432 },
        DBSubnetGroup: { DBSubnetGroupName: "subnets" },
        VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-1" }],
        DBParameterGroups: [{ DBParameterGroupName: "parameters" }],
        IAMDatabaseAuthenticationEnabled: true,
        EnabledCloudwatchLogsExports: ["postgresql"],
        TagList: [
            { Key: "Project", Value: "ai-platform" },
            { Key: "aws:cloudformation:stack-name", Value: "x" },
        ],
        DatabaseInsightsMode: "advanced",
        BackupRetentionPeriod: 14,
        PreferredBackupWindow: "03:00-04:00",
        PreferredMaintenanceWindow: "sun:05:00-sun:06:00",
    };
    const answers = (more: object = {}) => ({
        DescribeDBInstances: ({ DBInstanceIdentifier: id }: Record<string, unknown>) => ({
            DBInstances: [id === "new" ? { BackupRetentionPeriod: 14, PreferredBackupWindow: "08:00-09:00" } : { ...LIKE, ...more }],
        }),
    });
    const replica = { identifier: "new", source: "arn:aws:rds:us-east-1:1:db:source", like: "old", allocatedStorage: 100 };

    it("replace an instance by an encrypted replica with the same settings, in the same network, and with the same tags", async () => {
        const { region, of } = stubbed(answers());
        await region.createReplica(replica);
        const [request] = of("CreateDBInstanceReadReplica");
        expect(request).to.deep.include({
            ...SETTINGS,
            DBInstanceIdentifier: "new",
            SourceDBInstanceIdentifier: replica.source,
            Port: 5432,
            DBSubnetGroupName: "subnets",
            PubliclyAccessible: false,
            VpcSecurityGroupIds: ["sg-1"],
            EnableIAMDatabaseAuthentication: true,
            EnableCloudwatchLogsExports: ["postgresql"],
            Tags: [{ Key: "Project", Value: "ai-platform" }],
        });
        // RDS rejects the first two for small gp3 volumes, and the others in this request.
        expect(request).not.to.have.any.keys("Iops", "StorageThroughput", "DBParameterGroupName", "DatabaseInsightsMode");
    });

    it("set IOPS, throughput, and the limit of the storage only where RDS accepts them, for the size of the source", async () => {
        const created = async (settings: object, allocatedStorage: number) => {
            const { region, of } = stubbed(answers({ MaxAllocatedStorage: 500, ...settings }));
            await region.createReplica({ ...replica, allocatedStorage });
            const { Iops, StorageThroughput, MaxAllocatedStorage } = of("CreateDBInstanceReadReplica")[0] ?? {};
            return [Iops, StorageThroughput, MaxAllocatedStorage];
        };
        expect(await created({}, 100)).to.deep.equal([undefined, undefined, 500]);
        expect(await created({}, 400)).to.deep.equal([3000, 125, 500]);
        expect(await created({ AllocatedStorage: 400 }, 100)).to.deep.equal([undefined, undefined, 500]);
        expect(await created({ StorageType: "io2" }, 100)).to.deep.equal([3000, undefined, 500]);
        expect(await created({}, 500)).to.deep.equal([3000, 125, undefined]);
    });

    it("give a replica the settings that only an existing instance can have", async () => {
        const { region, of } = stubbed(answers());
        expect(await region.differences("new", "old")).to.deep.equal([
            ...["DBParameterGroupName", "PreferredBackupWindow", "PreferredMaintenanceWindow"],
            ...["DatabaseInsightsMode", "PerformanceInsightsRetentionPeriod"],
        ]);
        expect(await region.differences("old", "old")).to.deep.equal([]);
        // What the old instance doesn't have can't be set.
        const without = stubbed(answers({ DatabaseInsightsMode: undefined, PerformanceInsightsRetentionPeriod: undefined }));
        expect(await without.region.differences("new", "old")).to.deep.equal([
            ...["DBParameterGroupName", "PreferredBackupWindow", "PreferredMaintenanceWindow"],
        ]);
        await region.align("new", "old");
        await region.renameDatabase("new", "old");
        expect(of("ModifyDBInstance")).to.deep.equal([
            {
                DBInstanceIdentifier: "new",
                ApplyImmediately: true,
                DBParameterGroupName: "parameters",
                BackupRetentionPeriod: 14,
                PreferredBackupWindow: "03:00-04:00",
                PreferredMaintenanceWindow: "sun:05:00-sun:06:00",
                DatabaseInsightsMode: "advanced",
                PerformanceInsightsRetentionPeriod: 465,
            },
            { DBInstanceIdentifier: "new", NewDBInstanceIdentifier: "old", ApplyImmediately: true },
        ]);
    });

    it("reboot a replica if its parameters require that", async () => {
        const withStatus = (ParameterApplyStatus: string) =>
            stubbed({ DescribeDBInstances: { DBInstances: [{ DBParameterGroups: [{ ParameterApplyStatus }] }] } });
        expect(await withStatus("pending-reboot").region.hasParameters("new")).to.equal(false);
        expect(await withStatus("in-sync").region.hasParameters("new")).to.equal(true);
        const { region, of } = stubbed();
        await region.reboot("new");
        expect(of("RebootDBInstance")).to.deep.equal([{ DBInstanceIdentifier: "new" }]);
    });

    it("delete an instance with a snapshot, in the attempt after the end of its protection", async () => {
        const { region, sent } = stubbed(answers());
        await region.deleteDatabase("old", "old-final");
        expect(sent.map(({ command }) => command)).to.deep.equal(["DescribeDBInstances", "ModifyDBInstance"]);
        const unprotected = stubbed(answers({ DeletionProtection: false }));
        await unprotected.region.deleteDatabase("old", "old-final");
        expect(unprotected.of("ModifyDBInstance")).to.be.empty;
        expect(unprotected.of("DeleteDBInstance")).to.deep.equal([
            { DBInstanceIdentifier: "old", FinalDBSnapshotIdentifier: "old-final", DeleteAutomatedBackups: false },
        ]);
    });

    it("list instances from all pages", async () => {
        const { region } = stubbed({
            DescribeDBInstances: ({ Marker }) =>
                Marker === undefined
                    ? { DBInstances: [{ DBInstanceIdentifier: "a-retired-1" }, { DBInstanceIdentifier: "b" }], Marker: "2" }
                    : { DBInstances: [{ DBInstanceIdentifier: "a-retired-2" }] },
        });
        expect(await region.databases()).to.deep.equal(["a-retired-1", "b", "a-retired-2"]);
    });

    it("list, compare, and copy objects", async () => {
        const at = new Date("2026-11-30T12:00:00Z");
        const { region, of } = stubbed({
            ListObjectsV2: ({ ContinuationToken }) =>
                ContinuationToken === undefined
                    ? { Contents: [{ Key: "a+%2B%C3%BC", Size: 1, LastModified: at }], IsTruncated: true, NextContinuationToken: "2" }
                    : { Contents: [{ Key: "b", Size: 2, LastModified: at }] },
            HeadObject: ({ Key }) => ({
                ContentLength: 7,
                ETag: '"etag"',
                ChecksumCRC64NVME: "sum",
                ChecksumType: Key === "parts" ? "COMPOSITE" : "FULL_OBJECT",
                ReplicationStatus: "PENDING",
            }),
        });
        const listed = [];
        for await (const object of region.objects("bucket")) listed.push(object);
        expect(listed).to.deep.equal([
            { key: "a +ü", size: 1, modifiedAt: at.getTime() },
            { key: "b", size: 2, modifiedAt: at.getTime() },
        ]);
        expect(await region.object("bucket", "a")).to.deep.equal({
            size: 7,
            etag: '"etag"',
            checksums: { ChecksumCRC64NVME: "sum" },
            isPending: true,
        });
        expect((await region.object("bucket", "parts"))?.checksums).to.deep.equal({});
        expect(await region.copyObject("from", "to", { key: "folder/ü +.json", etag: "e" })).to.equal(true);
        expect(of("CopyObject")).to.deep.equal([
            { Bucket: "to", Key: "folder/ü +.json", CopySource: "from/folder/%C3%BC%20%2B.json", CopySourceIfMatch: "e" },
        ]);
        const changed = stubbed({ CopyObject: "PreconditionFailed" });
        expect(await changed.region.copyObject("from", "to", { key: "a", etag: "e" })).to.equal(false);
        const missing = stubbed({ HeadObject: "NotFound" });
        expect(await missing.region.object("bucket", "a")).to.equal(undefined);
    });

    it("read the last data point of the replica lag, and publish metrics", async () => {
        const at = new Date("2026-11-30T12:00:00Z");
        const { region, of } = stubbed({ GetMetricData: { MetricDataResults: [{ Timestamps: [at, new Date(0)], Values: [3, 99] }] } });
        expect(await region.replicaLag("ai-platform-dr")).to.deep.equal({ seconds: 3, at: at.getTime() });
        expect(of("GetMetricData")[0]).to.include({ ScanBy: "TimestampDescending" });
        expect(await stubbed({ GetMetricData: {} }).region.replicaLag("ai-platform-dr")).to.equal(undefined);
        await region.publish([{ name: "RtoSeconds", value: 600, unit: "Seconds", dimensions: { Environment: "dr" } }]);
        await region.publish([]);
        expect(of("PutMetricData")).to.deep.equal([
            {
                Namespace: "Recovery",
                MetricData: [{ MetricName: "RtoSeconds", Value: 600, Unit: "Seconds", Dimensions: [{ Name: "Environment", Value: "dr" }] }],
            },
        ]);
    });

    it("write items of the table atomically and conditionally", async () => {
        const { table, of } = stubbed({ GetItem: ({ Key }) => ({ Item: { ...(Key as object), version: { N: "3" } } }) });
        const current: Item = { id: "run/current", version: 4, holder: "me" };
        const changes = [{ put: current, expected: 3 }, { put: { id: "capacity", services: { api: 2 }, on: true } }, { delete: "x" }];
        expect(await table.write(changes)).to.equal(true);
        await table.write([{ put: current, expected: "none" }]);
        const requests = of("TransactWriteItems").map(({ TransactItems }) => TransactItems);
        const Item = { id: { S: "run/current" }, version: { N: "4" }, holder: { S: "me" } };
        const TableName = "recovery";
        const condition = { ConditionExpression: "version = :version", ExpressionAttributeValues: { ":version": { N: "3" } } };
        expect(requests).to.deep.equal([
            [
                { Put: { TableName, Item, ...condition } },
                { Put: { TableName, Item: { id: { S: "capacity" }, services: { M: { api: { N: "2" } } }, on: { BOOL: true } } } },
                { Delete: { TableName, Key: { id: { S: "x" } } } },
            ],
            [{ Put: { TableName, Item, ConditionExpression: "attribute_not_exists(id)" } }],
        ]);
        expect(await table.get("role")).to.deep.equal({ id: "role", version: 3 });
        expect(of("GetItem")).to.deep.equal([{ TableName, Key: { id: { S: "role" } }, ConsistentRead: true }]);
    });

    it("tell a condition that isn't met from another failure", async () => {
        const failing = (Code: string) =>
            stubbed({
                TransactWriteItems: Object.assign(new Error("canceled"), {
                    name: "TransactionCanceledException",
                    CancellationReasons: [{ Code: "None" }, { Code }],
                }),
            }).table.write([{ delete: "x" }]);
        expect(await failing("ConditionalCheckFailed")).to.equal(false);
        const failure = await failing("ThrottlingError").catch((error: unknown) => error);
        expect(failure).to.be.an("error");
    });

    it("list the finished runs", async () => {
        const journal = { M: { nested: { BOOL: false }, text: { S: "x" } } };
        const { table } = stubbed({
            Scan: ({ ExclusiveStartKey }) =>
                ExclusiveStartKey === undefined
                    ? { Items: [{ id: { S: "run/1" }, journal }], LastEvaluatedKey: { id: { S: "run/1" } } }
                    : { Items: [{ id: { S: "run/2" } }] },
        });
        expect(await table.list("run/")).to.deep.equal([{ id: "run/1", journal: { nested: false, text: "x" } }, { id: "run/2" }]);
    });

    it("name the caller", async () => {
        const { region } = stubbed({ GetCallerIdentity: { Account: "111122223333", Arn: "arn:caller" } });
        expect(await region.caller()).to.deep.equal({ account: "111122223333", arn: "arn:caller" });
    });

    it("are all allowed by the policy in docs/recovery.md, which allows nothing else", () => {
        const [, json = "{}"] = /```json\n([\s\S]*?)```/.exec(read("docs/recovery.md")) ?? [];
        const { Statement } = JSON.parse(json) as { Statement: { Action: string | string[]; Resource: string }[] };
        const allowed = Statement.flatMap(({ Action }) => Action).filter((action) => !/^(kms:|iam:PassRole)/.test(action));
        const renamed: Record<string, string[]> = {
            "dynamodb:TransactWriteItems": ["dynamodb:PutItem", "dynamodb:DeleteItem"],
            UpdateStage: ["apigateway:PATCH"],
            CreateDBInstanceReadReplica: ["rds:CreateDBInstanceReadReplica", "rds:AddTagsToResource"],
            ListObjectsV2: ["s3:ListBucket"],
            HeadObject: ["s3:GetObject"],
            CopyObject: ["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"],
            // It needs no permission.
            "sts:GetCallerIdentity": [],
        };
        const used = all.flatMap(({ action, command }) => renamed[action] ?? renamed[command] ?? [action]);
        expect([...new Set(used)].sort()).to.deep.equal([...new Set(allowed)].sort());
    });
});

describe("errors of AWS", () => {
    const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });

    it("mean that a region doesn't respond, that the request can be repeated, or neither", () => {
        const kinds = (error: unknown) => [isUnreachable(error), isTransient(error)];
        expect(kinds(named("TimeoutError"))).to.deep.equal([true, false]);
        expect(kinds(named("Error", { code: "ECONNREFUSED" }))).to.deep.equal([true, false]);
        expect(kinds(named("Error", { $metadata: { httpStatusCode: 503 } }))[0]).to.equal(true);
        expect(kinds(named("ThrottlingException", { $metadata: { httpStatusCode: 400 } }))).to.deep.equal([false, true]);
        expect(kinds(named("AccessDeniedException", { $metadata: { httpStatusCode: 403 } }))).to.deep.equal([false, false]);
    });

    it("come from a region that accepts connections but doesn't answer", async () => {
        const server = createServer(() => undefined);
        await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
        const { port } = server.address() as AddressInfo;
        const saved = { ...process.env };
        Object.assign(process.env, { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y", AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
        try {
            const region = sdkRegion(REGION, clientsOf({ region: REGION, patient: false, requestTimeout: 20 }));
            const error: unknown = await region.caller().catch((reason: unknown) => reason);
            expect(isUnreachable(error), String(error)).to.equal(true);
        } finally {
            process.env = saved;
            server.closeAllConnections();
            server.close();
        }
    });

    it("are the missing response of a health check", async () => {
        const server = createServer((_, response) => response.writeHead(503).end());
        await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
        expect(await httpStatus(url)).to.equal(503);
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
        expect(await httpStatus(url)).to.equal(undefined);
    });
});

describe("npm run failover:bundle", () => {
    it("writes one file that starts without node_modules", function () {
        this.timeout(120_000);
        const folder = mkdtempSync(path.join(tmpdir(), "failover-"));
        try {
            const file = path.join(folder, "failover.cjs");
            execFileSync(process.execPath, ["tools/failover-bundle.cjs", file], { stdio: "pipe" });
            const start = (...args: string[]) =>
                execFileSync(process.execPath, [file, ...args], { cwd: folder, encoding: "utf8", env: {} });
            expect(start("--help")).to.equal(`${USAGE}\n`);
            expect(statSync(file).size).to.be.below(5e6);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});
