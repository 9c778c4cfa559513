import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Bounds, checkBetween, checked, type WithDefaults } from "../building-blocks/arguments";
import type { GrantParts, ServiceRole } from "../building-blocks/iam";
import { checkLogs, type LogArgs, type LogParts } from "../building-blocks/logs";
import type { Transforms } from "../building-blocks/parts";
import type { RunnableTask } from "../fargate-task";

export interface TaskRunArgs extends LogArgs {
    /** Task to run: a `FargateTask`. */
    task: RunnableTask;
    /** KMS key of the function's environment variables. */
    kmsKeyArn: pulumi.Input<string>;
    /**
     * Time limit of the task in seconds, including the time to start it, 60 to 840. After that, the task is stopped, and the
     * run fails. A Lambda function can run for at most 15 minutes. @default 840
     */
    timeout?: number;
    /** Runs the task when its task definition changes. If false, only other tools invoke the function. @default true */
    runOnUpdate?: boolean;
    /** Resources that must exist before the task runs, such as `database.allowFrom(task).ingressRule`, and grants. @default none */
    runAfter?: pulumi.Input<pulumi.Resource>[];
    transform?: Transforms<TaskRunParts>;
}

export interface TaskRunParts extends GrantParts, LogParts {
    logs: typeof aws.cloudwatch.LogGroup;
    role: typeof ServiceRole;
    function: typeof aws.lambda.Function;
    /** Missing with `runOnUpdate: false`. */
    invocation?: typeof aws.lambda.Invocation;
}

export const DEFAULTS = { timeout: 840, runOnUpdate: true, runAfter: [] } satisfies Partial<TaskRunArgs>;

/** Lowest and highest values. The function needs a minute to stop a task and to report. */
export const BOUNDS = { timeout: [60, 840] } as const satisfies Record<string, Bounds>;

export type Resolved = WithDefaults<TaskRunArgs, typeof DEFAULTS>;

export function validated(name: string, args: Resolved) {
    return checked("TaskRun", name, args, (check) => {
        checkBetween(check, "timeout", args.timeout, BOUNDS.timeout, " seconds");
        checkLogs(check, args);
    });
}
