import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ScheduledTask, type ScheduledTaskArgs } from "../../components";
import { parseJson, parsePolicy, record, resolve } from "../../components/testing";
import { cluster, keys, placement } from "../support/minimal";

const args: ScheduledTaskArgs = {
    ...keys,
    ...placement,
    cluster,
    image: "registry.example.org/shop:1",
    schedule: "cron(0 3 * * ? *)",
    tracing: false,
};
const job = (more: Partial<ScheduledTaskArgs> = {}) => new ScheduledTask("nightly", { ...args, ...more });
const recorded = (more: Partial<ScheduledTaskArgs> = {}) => record(() => job(more));
const statementsOf = (policy: unknown) => parsePolicy(policy).Statement;

describe("ScheduledTask", () => {
    it("runs its task in the cluster and in private subnets, without a public address", async () => {
        const recording = await recorded({ timezone: "Europe/Zurich" });
        const { inputs } = recording.one(aws.scheduler.Schedule);
        expect(inputs).to.deep.include({
            scheduleExpression: "cron(0 3 * * ? *)",
            scheduleExpressionTimezone: "Europe/Zurich",
            flexibleTimeWindow: { mode: "OFF" },
            state: "ENABLED",
            groupName: recording.one(aws.scheduler.ScheduleGroup).outputs.name,
        });
        const { target } = inputs;
        expect(target.arn).to.equal(cluster.clusterArn);
        expect(target.ecsParameters).to.deep.include({
            taskDefinitionArn: recording.one(aws.ecs.TaskDefinition).outputs.arn,
            taskCount: 1,
            launchType: "FARGATE",
            propagateTags: "TASK_DEFINITION",
        });
        expect(target.ecsParameters?.networkConfiguration).to.deep.equal({
            subnets: placement.subnetIds,
            securityGroups: [recording.one(aws.ec2.SecurityGroup).id],
            assignPublicIp: false,
        });
        expect(target.retryPolicy).to.deep.equal({ maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 });
    });

    it("can be off", async () => {
        expect((await recorded({ enabled: false })).one(aws.scheduler.Schedule).inputs.state).to.equal("DISABLED");
    });

    it("lets the scheduler of its own group run exactly this task, pass its roles, and report what it can't start", async () => {
        const recording = await recorded();
        const role = recording.one(aws.iam.Role, "nightly-scheduler");
        expect(recording.one(aws.scheduler.Schedule).inputs.target.roleArn).to.equal(role.outputs.arn);
        const [trust] = statementsOf(role.inputs.assumeRolePolicy);
        expect(trust?.Principal).to.deep.equal(["scheduler.amazonaws.com"]);
        expect(trust?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012", "aws:SourceArn": recording.one(aws.scheduler.ScheduleGroup).outputs.arn },
        });
        const queue = recording.one(aws.sqs.Queue).outputs.arn;
        const statements = statementsOf(recording.one(aws.iam.RolePolicy, "nightly-scheduler-run").inputs.policy);
        const definition = String(recording.one(aws.ecs.TaskDefinition).outputs.arn).replace(/:\d+$/, "");
        expect(statements.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["ecs:RunTask"], [`${definition}:*`]],
            [["ecs:TagResource"], [`${cluster.clusterArn.replace(":cluster/", ":task/")}/*`]],
            [["iam:PassRole"], ["nightly-execution", "nightly-task"].map((name) => recording.one(aws.iam.Role, name).outputs.arn)],
            [["sqs:SendMessage"], [queue]],
            [["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [keys.kmsKeyArn]],
        ]);
        expect(statements[0]?.Condition).to.deep.equal({ ArnEquals: { "ecs:cluster": cluster.clusterArn } });
        expect(statements[1]?.Condition).to.deep.equal({ StringEquals: { "ecs:CreateAction": "RunTask" } });
        expect(statements[2]?.Condition).to.deep.equal({ StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } });
    });

    it("keeps failed and missed runs in an encrypted queue, which accepts only its own rule and the scheduler", async () => {
        const recording = await recorded();
        const queue = recording.one(aws.sqs.Queue);
        expect(queue.inputs).to.include({ kmsMasterKeyId: keys.kmsKeyArn, messageRetentionSeconds: 1_209_600 });
        expect(recording.one(aws.scheduler.Schedule).inputs.target.deadLetterConfig).to.deep.equal({ arn: queue.outputs.arn });
        const rule = recording.one(aws.cloudwatch.EventRule);
        const senders = statementsOf(recording.one(aws.sqs.QueuePolicy).inputs.policy).filter(({ Effect }) => Effect === "Allow");
        expect(JSON.stringify(senders)).to.contain(String(rule.outputs.arn));
        expect(senders.flatMap(({ Action }) => Action)).to.deep.equal(["sqs:SendMessage"]);
        expect(recording.one(aws.cloudwatch.EventTarget).inputs.arn).to.equal(queue.outputs.arn);
        const { detail } = parseJson<{ detail: { lastStatus: string[]; $or: object[]; taskDefinitionArn: { prefix: string }[] } }>(
            rule.inputs.eventPattern,
        );
        expect(detail.lastStatus).to.deep.equal(["STOPPED"]);
        // The collector stops with another code than 0 when the application ends.
        expect(detail.$or).to.deep.equal([
            { containers: { name: ["nightly"], exitCode: [{ "anything-but": 0 }] } },
            { stopCode: ["TaskFailedToStart"] },
        ]);
        expect(detail.taskDefinitionArn[0]?.prefix).to.match(/task-definition\/it-nightly:$/);
    });

    it("has alarms on failed and on missed runs of its own", async () => {
        const recording = await record(() => ({ alarms: job().alarms }));
        const alarms = (await resolve(recording.outputs.alarms)) as ScheduledTask["alarms"];
        expect(alarms.map(({ name, metricName, dimensions }) => [name, metricName, dimensions])).to.deep.equal([
            ["failed-runs", "TriggeredRules", { RuleName: recording.one(aws.cloudwatch.EventRule).outputs.name }],
            ["missed-runs", "InvocationDroppedCount", { ScheduleGroup: recording.one(aws.scheduler.ScheduleGroup).outputs.name }],
        ]);
        for (const alarm of alarms) expect(alarm).to.include({ comparison: "above", threshold: 0, statistic: "Sum" });
    });

    const cases: [Partial<ScheduledTaskArgs>, string][] = [
        [{ schedule: "0 3 * * *" }, "schedule must be cron(...) with six fields, rate(...), or at(...), such as cron(0 3 * * ? *)"],
        [{ schedule: "cron(0 3 * * ?)" }, "schedule must be cron(...) with six fields"],
        [{ timezone: "Zurich" }, "timezone must be the IANA name of a time zone, such as Europe/Zurich"],
        [{ maximumRetryAttempts: 186 }, "maximumRetryAttempts must be between 0 and 185"],
        [{ maximumEventAgeInSeconds: 59 }, "maximumEventAgeInSeconds must be between 60 and 86400 seconds"],
        [{ cpu: 256, memory: 4096 }, "memory must be one of 512, 1024, 2048 MiB with 256 CPU units"],
    ];
    for (const [more, message] of cases) {
        it(`rejects ${JSON.stringify(more)}`, () => {
            expect(() => job(more)).to.throw(`ScheduledTask "nightly": ${message}`);
        });
    }
});
