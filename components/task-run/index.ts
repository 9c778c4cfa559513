import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, type Resolved, type TaskRunArgs, type TaskRunParts, validated } from "./args";
import { bundle, ownFile } from "../../functions/bundle";
import { withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, ServiceRole, type Statement, useKeyVia, writeLogs } from "../building-blocks/iam";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { regionOf } from "../building-blocks/provider";
import type { RunnableTask } from "../fargate-task";
import { archive, TRACING } from "../internal/function-code";

export type { TaskRunArgs, TaskRunParts };

/**
 * Runs a `FargateTask` to its end when its task definition changes, such as a migration of a database: a function starts the task and waits until it
 * has stopped. If the container doesn't exit with 0, the update fails, and resources that depend on `run` aren't updated. The next update runs the
 * task again.
 *
 * The task must be idempotent: it also runs when only its environment changes, and again after a failure. If a task of the same revision is still running,
 * the function waits for that one instead of starting a second one. Tasks of other revisions must end first. The function connects to no network, and
 * can start only this task.
 *
 * A run costs the task, and at most 0.01 USD for the function.
 */
export class TaskRun extends pulumi.ComponentResource {
    readonly logicalName: string;
    readonly task: RunnableTask;
    readonly functionName: pulumi.Output<string>;
    readonly functionArn: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;
    /** The run of the current task definition, for the `dependsOn` of other resources. Undefined with `runOnUpdate: false`. */
    readonly run?: aws.lambda.Invocation;

    readonly nodes: Nodes<TaskRunParts>;
    private readonly parts: PartFactory<TaskRunParts>;

    constructor(name: string, inputs: TaskRunArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:TaskRun", name, validated(name, args), opts);
        this.parts = new PartFactory<TaskRunParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.task = args.task;
        const logs = this.parts.create("logs", aws.cloudwatch.LogGroup, `${name}-logs`, logGroupArgs(args, "application"));
        forwardLogs(this.parts, `${name}-logs`, logs, args);
        const role = this.parts.create("role", ServiceRole, `${name}-role`, {
            service: "lambda.amazonaws.com",
            description: `Runs the task ${args.task.logicalName}`,
        });
        const permission = role.allow("run", this.statements(args, logs));
        const runner = this.createFunction(args, { role, logs, permission });
        this.functionName = runner.name;
        this.functionArn = runner.arn;
        this.logGroupName = logs.name;
        if (args.runOnUpdate) this.run = this.createInvocation(args, runner);
        this.registerOutputs({ functionName: this.functionName });
    }

    /** Lets a role run revisions of the task, by invoking the function with `{"taskDefinition": "<ARN>"}`. */
    grantInvoke(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "invoke", [
            { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: this.functionArn },
        ]);
    }

    private statements({ task, kmsKeyArn }: Resolved, logs: aws.cloudwatch.LogGroup): Statement[] {
        return [
            ...task.runStatements,
            {
                Effect: "Allow",
                Action: "ecs:ListTasks",
                // ListTasks supports only container instances, which Fargate doesn't use.
                Resource: "*",
                Condition: { ArnEquals: { "ecs:cluster": task.cluster.clusterArn } },
            },
            writeLogs(logs.arn),
            // X-Ray doesn't support resource-level permissions.
            { Effect: "Allow", Action: TRACING, Resource: "*" },
            useKeyVia("lambda", regionOf(this), kmsKeyArn, ["kms:Decrypt"]),
        ];
    }

    private createFunction(args: Resolved, { role, logs, permission }: FunctionParts): aws.lambda.Function {
        const { task, kmsKeyArn, timeout } = args;
        const { subnets, securityGroups } = task.network;
        const joined = (values: pulumi.Input<pulumi.Input<string>[]>) => pulumi.output(values).apply((known) => known.join(","));
        const functionArgs: aws.lambda.FunctionArgs = {
            description: `Runs the task ${task.logicalName} and waits for its end`,
            runtime: "nodejs24.x",
            architectures: ["arm64"],
            handler: "index.handler",
            code: pulumi.output(bundle(ownFile("functions", "task-runner", "index.ts"))).apply(archive),
            role: role.arn,
            memorySize: 256,
            // To stop the task and to report.
            timeout: timeout + 60,
            kmsKeyArn,
            environment: {
                variables: {
                    NODE_OPTIONS: "--enable-source-maps",
                    CLUSTER_ARN: task.cluster.clusterArn,
                    SUBNET_IDS: joined(subnets),
                    SECURITY_GROUP_IDS: joined(securityGroups),
                    CONTAINER_NAME: task.containerName,
                    LOG_GROUP_NAME: task.logGroupName,
                    TIMEOUT: String(timeout),
                },
            },
            tracingConfig: { mode: "Active" },
            loggingConfig: { logFormat: "JSON", logGroup: logs.name, applicationLogLevel: "INFO", systemLogLevel: "INFO" },
        };
        return this.parts.create("function", aws.lambda.Function, `${this.logicalName}-function`, functionArgs, {
            dependsOn: [permission],
        });
    }

    /** The invocation depends only on the task definition, so that a change of the function or of the network runs nothing. */
    private createInvocation({ task, runAfter }: Resolved, runner: aws.lambda.Function): aws.lambda.Invocation {
        const taskDefinition = task.taskDefinitionArn;
        return this.parts.create(
            "invocation",
            aws.lambda.Invocation,
            `${this.logicalName}-invocation`,
            { functionName: runner.name, input: pulumi.jsonStringify({ taskDefinition }), triggers: { taskDefinition } },
            { dependsOn: [...task.requirements, ...runAfter] },
        );
    }
}

interface FunctionParts {
    role: ServiceRole;
    logs: aws.cloudwatch.LogGroup;
    permission: aws.iam.RolePolicy;
}
