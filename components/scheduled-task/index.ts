import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { scheduledTaskAlarms } from "./alarms";
import { DEFAULTS, type Resolved, type ScheduledTaskArgs, type ScheduledTaskParts, validated } from "./args";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { withDefaults } from "../building-blocks/arguments";
import { type Grantee, KMS_ENCRYPT, ServiceRole, useKeyVia } from "../building-blocks/iam";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { accountOf, regionOf } from "../building-blocks/provider";
import type { Connectable } from "../building-blocks/security-groups";
import { runStatements } from "../fargate-task/roles";
import { createTask, type Task } from "../fargate-task/task";
import { allowDeadLetters, createDeadLetterQueue } from "../internal/dead-letter-queue";

export type { ScheduledTaskArgs, ScheduledTaskParts };

/**
 * A container that runs on a schedule, as a Fargate task: EventBridge Scheduler starts it. A queue keeps the events of runs that failed or couldn't
 * start, for 14 days, and alarms report them.
 *
 * A run that fails isn't repeated, and runs can overlap if one takes longer than the schedule's interval. The task can connect to HTTPS endpoints, and to components whose `allowFrom` gets it. Nothing can connect to it. Grants go to the task role.
 *
 * A run with 1 vCPU and 2 GiB on ARM64 costs 0.04 USD an hour. The first 14 million starts a month are free.
 */
export class ScheduledTask extends pulumi.ComponentResource implements Grantee, Connectable, Monitored {
    readonly logicalName: string;
    readonly title: string;
    /** Name of the task role, which receives grants. */
    readonly roleName: pulumi.Output<string>;
    readonly taskRoleArn: pulumi.Output<string>;
    readonly executionRoleArn: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;
    readonly taskDefinitionArn: pulumi.Output<string>;
    readonly taskDefinitionFamily: pulumi.Output<string>;
    readonly containerName: string;
    readonly logGroupName: pulumi.Output<string>;
    /** Queue with the events of failed and missed runs. */
    readonly failures: { arn: pulumi.Output<string>; url: pulumi.Output<string> };
    private readonly ruleName: pulumi.Output<string>;
    private readonly scheduleGroupName: pulumi.Output<string>;

    readonly nodes: Nodes<ScheduledTaskParts>;
    private readonly parts: PartFactory<ScheduledTaskParts>;

    constructor(name: string, inputs: ScheduledTaskArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, { ...DEFAULTS, containerName: name });
        super("ai-platform:components:ScheduledTask", name, validated(name, args), opts);
        this.parts = new PartFactory<ScheduledTaskParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Job ${name}`;
        this.containerName = args.containerName;
        const owner = { title: `ScheduledTask "${name}"`, component: this, isExposed: false };
        const task = createTask(name, args, args.cluster, owner, this.parts);
        const rule = this.createFailureRule(args, task);
        const failures = this.createFailures(args, rule);
        const group = this.parts.create("scheduleGroup", aws.scheduler.ScheduleGroup, `${name}-schedules`, {});
        this.createSchedule(args, task, group, failures);

        this.roleName = task.roleName;
        this.taskRoleArn = task.role.arn;
        this.executionRoleArn = task.execution.arn;
        this.securityGroupId = task.securityGroupId;
        this.taskDefinitionArn = task.definition.arn;
        this.taskDefinitionFamily = task.definition.family;
        this.logGroupName = task.logs.name;
        this.failures = { arn: failures.arn, url: failures.url };
        this.ruleName = rule.name;
        this.scheduleGroupName = group.name;
        this.registerOutputs({ taskDefinitionArn: this.taskDefinitionArn });
    }

    get alarms(): AlarmDefinition[] {
        return scheduledTaskAlarms({ ruleName: this.ruleName, scheduleGroupName: this.scheduleGroupName });
    }

    /** Matches runs of this task, scheduled or not, whose container failed or whose task didn't start. Sidecars are ignored. */
    private createFailureRule({ cluster, containerName }: Resolved, { familyArn }: Task): aws.cloudwatch.EventRule {
        const pattern = {
            source: ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            detail: {
                clusterArn: [cluster.clusterArn],
                lastStatus: ["STOPPED"],
                taskDefinitionArn: [{ prefix: pulumi.interpolate`${familyArn}:` }],
                $or: [{ containers: { name: [containerName], exitCode: [{ "anything-but": 0 }] } }, { stopCode: ["TaskFailedToStart"] }],
            },
        };
        return this.parts.create("failureRule", aws.cloudwatch.EventRule, `${this.logicalName}-failed`, {
            description: `Failed runs of ${this.logicalName}`,
            eventPattern: pulumi.jsonStringify(pattern),
        });
    }

    private createFailures({ kmsKeyArn }: Resolved, rule: aws.cloudwatch.EventRule): aws.sqs.Queue {
        const name = `${this.logicalName}-failures`;
        const queue = createDeadLetterQueue(name, { kmsKeyArn }, this.parts);
        const policy = allowDeadLetters(name, queue, this.parts, [rule.arn]);
        const args = { rule: rule.name, targetId: "failures", arn: queue.arn };
        this.parts.create("failureTarget", aws.cloudwatch.EventTarget, name, args, { dependsOn: [policy] });
        return queue;
    }

    private createSchedule(args: Resolved, task: Task, group: aws.scheduler.ScheduleGroup, failures: aws.sqs.Queue): void {
        const name = `${this.logicalName}-schedule`;
        const role = this.parts.create("schedulerRole", ServiceRole, `${this.logicalName}-scheduler`, {
            service: "scheduler.amazonaws.com",
            description: `Starts the runs of ${this.logicalName}`,
            condition: { StringEquals: { "aws:SourceAccount": accountOf(this), "aws:SourceArn": group.arn } },
        });
        const permission = role.allow("run", [
            ...runStatements(task, args.cluster),
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: failures.arn },
            useKeyVia("sqs", regionOf(this), args.kmsKeyArn, KMS_ENCRYPT),
        ]);
        const { capacityProviders } = args.cluster;
        this.parts.create(
            "schedule",
            aws.scheduler.Schedule,
            name,
            {
                groupName: group.name,
                description: `Runs ${this.logicalName}`,
                scheduleExpression: args.schedule,
                scheduleExpressionTimezone: args.timezone,
                flexibleTimeWindow: { mode: "OFF" },
                state: args.enabled ? "ENABLED" : "DISABLED",
                target: {
                    arn: args.cluster.clusterArn,
                    roleArn: role.arn,
                    deadLetterConfig: { arn: failures.arn },
                    retryPolicy: {
                        maximumRetryAttempts: args.maximumRetryAttempts,
                        maximumEventAgeInSeconds: args.maximumEventAgeInSeconds,
                    },
                    ecsParameters: {
                        taskDefinitionArn: task.definition.arn,
                        taskCount: 1,
                        launchType: "FARGATE",
                        networkConfiguration: task.network,
                        // The tags of the task definition, which has those of the provider.
                        propagateTags: "TASK_DEFINITION",
                        enableEcsManagedTags: true,
                        enableExecuteCommand: args.enableExecuteCommand,
                    },
                },
            },
            { dependsOn: [permission, task.mayStart, ...(capacityProviders ? [capacityProviders] : [])] },
        );
    }
}
