import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, withDefaults } from "./arguments";

export interface LogArgs {
    /** KMS key of CloudWatch Logs; its policy must let `logs.<region>.amazonaws.com` use it. */
    logKeyArn: pulumi.Input<string>;
    /** Days to keep log events; one of the values that CloudWatch Logs takes. @default 30 */
    logRetentionDays?: number;
}

export const LOG_DEFAULTS = { logRetentionDays: 30 } satisfies Partial<LogArgs>;

/** Days that CloudWatch Logs can keep events (CreateLogGroup / PutRetentionPolicy, `retentionInDays`). */
export const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

/** The rule for what a component is told of its logs: AWS says no to other numbers of days, after half of the deployment. */
export function checkLogs(check: Check, args: Pick<LogArgs, "logRetentionDays">): void {
    const { logRetentionDays } = withDefaults(args, LOG_DEFAULTS);
    const offered = LOG_DAYS.some((days) => days === logRetentionDays);
    check(offered, "logRetentionDays", "must be a number of days that CloudWatch Logs takes, such as 30");
}

/** An encrypted log group with bounded retention. `logGroupName` only where AWS dictates it (`/aws/rds/...`). */
export function logGroup(
    name: string,
    args: LogArgs,
    opts: pulumi.CustomResourceOptions,
    logGroupName?: pulumi.Input<string>,
): aws.cloudwatch.LogGroup {
    const { logKeyArn: kmsKeyId, logRetentionDays: retentionInDays } = withDefaults(args, LOG_DEFAULTS);
    return new aws.cloudwatch.LogGroup(name, { name: logGroupName, kmsKeyId, retentionInDays }, opts);
}
