import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { lagGraphs, recoveryAlarms } from "./alarms";
import { DEFAULTS, type RecoveryMonitorArgs, type RecoveryMonitorParts, type Resolved, validated } from "./args";
import { bundle, ownFile } from "../../functions/bundle";
import type { AlarmDefinition, MetricGraph, Monitored } from "../building-blocks/alarms";
import { withDefaults } from "../building-blocks/arguments";
import { ServiceRole, type Statement, useKeyVia, writeLogs } from "../building-blocks/iam";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { accountOf, regionOf } from "../building-blocks/provider";
import { archive, TRACING } from "../internal/function-code";

export type { MonitoredCluster, MonitoredRestoreTests, RecoveryMonitorArgs, RecoveryMonitorParts } from "./args";

/**
 * Watches whether a failover would succeed. Once an hour, a function in the recovery region records the highest number of tasks that each service of the
 * active stack ran in the last 24 hours, in a `RecoveryTable`. A failover starts as many tasks if the other region doesn't respond. The function also
 * publishes `LastDrillAge`: the seconds since a drill or a failover last switched the traffic, or since the table was created. With `restoreTests`, it also
 * publishes `LastRestoreTestAge`: the seconds since a restore test passed, or since the plan was created.
 *
 * Alarms compare this age, and the `RtoSeconds` and `RpoSeconds` that `npm run failover` publishes, with objectives. The function isn't in a VPC.
 *
 * Costs 0.90 USD a month for the metrics, 0.30 USD more with `restoreTests`, and less than 0.05 USD for the requests of a service.
 */
export class RecoveryMonitor extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Recovery";
    readonly functionName: pulumi.Output<string>;
    readonly functionArn: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;
    readonly alarms: AlarmDefinition[];
    readonly graphs: MetricGraph[];

    readonly nodes: Nodes<RecoveryMonitorParts>;
    private readonly parts: PartFactory<RecoveryMonitorParts>;

    constructor(name: string, inputs: RecoveryMonitorArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:RecoveryMonitor", name, validated(name, args), opts);
        this.parts = new PartFactory<RecoveryMonitorParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        const logs = this.parts.create("logs", aws.cloudwatch.LogGroup, `${name}-logs`, logGroupArgs(args, "application"));
        forwardLogs(this.parts, `${name}-logs`, logs, args);
        const role = this.parts.create("role", ServiceRole, `${name}-role`, {
            service: "lambda.amazonaws.com",
            description: "Watches the readiness for a failover",
        });
        const permission = role.allow("watch", this.statements(args, logs));
        const lambda = this.createFunction(args, { role, logs, permission });
        this.createSchedule(lambda);
        this.functionName = lambda.name;
        this.functionArn = lambda.arn;
        this.logGroupName = logs.name;
        this.alarms = recoveryAlarms(args, this.functionName);
        this.graphs = lagGraphs(args);
        this.registerOutputs({ functionName: this.functionName });
    }

    private statements({ tableName, kmsKeyArn, clusters, restoreTests }: Resolved, logs: aws.cloudwatch.LogGroup): Statement[] {
        const [region, account] = [regionOf(this), accountOf(this)];
        const table = pulumi.interpolate`arn:aws:dynamodb:${region}:${account}:table/${tableName}`;
        return [
            { Effect: "Allow", Action: ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Scan"], Resource: table },
            {
                Effect: "Allow",
                Action: "dynamodb:PutItem",
                Resource: table,
                // `ForAllValues` alone is also true for a request without the key.
                Condition: {
                    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["capacity"] },
                    Null: { "dynamodb:LeadingKeys": "false" },
                },
            },
            useKeyVia("dynamodb", region, kmsKeyArn, ["kms:Decrypt"]),
            {
                Effect: "Allow",
                Action: "ecs:DescribeServices",
                Resource: clusters.map((it) => pulumi.interpolate`arn:aws:ecs:${it.region}:${account}:service/${it.clusterName}/*`),
            },
            {
                Effect: "Allow",
                Action: "cloudwatch:GetMetricStatistics",
                // CloudWatch doesn't support resource-level permissions for this action.
                Resource: "*",
                Condition: { StringEquals: { "aws:RequestedRegion": [...new Set(clusters.map((it) => it.region))] } },
            },
            ...(restoreTests ? readTests(restoreTests.planArn, region) : []),
            writeLogs(logs.arn),
            // X-Ray doesn't support resource-level permissions.
            { Effect: "Allow", Action: TRACING, Resource: "*" },
            useKeyVia("lambda", region, kmsKeyArn, ["kms:Decrypt"]),
        ];
    }

    private createFunction(args: Resolved, { role, logs, permission }: FunctionParts): aws.lambda.Function {
        const functionArgs: aws.lambda.FunctionArgs = {
            description: "Records the task counts of the active stack, and publishes the age of the last drill",
            runtime: "nodejs24.x",
            architectures: ["arm64"],
            handler: "index.handler",
            code: pulumi.output(bundle(ownFile("functions", "recovery-monitor", "index.ts"))).apply(archive),
            role: role.arn,
            memorySize: 256,
            // A region that doesn't respond takes half a minute.
            timeout: 120,
            kmsKeyArn: args.kmsKeyArn,
            environment: {
                variables: {
                    NODE_OPTIONS: "--enable-source-maps",
                    TABLE_NAME: args.tableName,
                    ENVIRONMENT: args.environment,
                    ...(args.restoreTests && {
                        RESTORE_TESTING_PLAN: args.restoreTests.planName,
                        RESTORE_TESTING_TYPES: args.restoreTests.resourceTypes.join(","),
                    }),
                },
            },
            tracingConfig: { mode: "Active" },
            loggingConfig: { logFormat: "JSON", logGroup: logs.name, applicationLogLevel: "INFO", systemLogLevel: "INFO" },
        };
        return this.parts.create("function", aws.lambda.Function, `${this.logicalName}-function`, functionArgs, {
            dependsOn: [permission],
        });
    }

    /** Starts with its creation (EventBridge Scheduler User Guide, "Schedule types"), so that the counts are known at once. */
    private createSchedule(lambda: aws.lambda.Function): void {
        const name = this.logicalName;
        const group = this.parts.create("scheduleGroup", aws.scheduler.ScheduleGroup, `${name}-schedules`, {});
        const role = this.parts.create("schedulerRole", ServiceRole, `${name}-scheduler`, {
            service: "scheduler.amazonaws.com",
            description: `Invokes ${name}`,
            condition: { StringEquals: { "aws:SourceAccount": accountOf(this), "aws:SourceArn": group.arn } },
        });
        const permission = role.allow("invoke", [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: lambda.arn }]);
        this.parts.create(
            "schedule",
            aws.scheduler.Schedule,
            `${name}-schedule`,
            {
                groupName: group.name,
                description: `Invokes ${name}`,
                scheduleExpression: "rate(1 hour)",
                flexibleTimeWindow: { mode: "OFF" },
                target: {
                    arn: lambda.arn,
                    roleArn: role.arn,
                    // The next run replaces one that is late.
                    retryPolicy: { maximumEventAgeInSeconds: 1800, maximumRetryAttempts: 3 },
                },
            },
            { dependsOn: [permission] },
        );
    }
}

const readTests = (planArn: pulumi.Input<string>, region: pulumi.Input<string>): Statement[] => [
    { Effect: "Allow", Action: "backup:GetRestoreTestingPlan", Resource: planArn },
    {
        Effect: "Allow",
        Action: "backup:ListRestoreJobs",
        // AWS Backup doesn't support resource-level permissions for this action.
        Resource: "*",
        Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
];

interface FunctionParts {
    role: ServiceRole;
    logs: aws.cloudwatch.LogGroup;
    permission: aws.iam.RolePolicy;
}
