import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, withDefaults } from "./arguments";

export interface LogArgs {
    /** KMS key for log groups. Its policy must allow `logs.<region>.amazonaws.com` to use it. */
    logKeyArn: pulumi.Input<string>;
    /** Days to keep log events. CloudWatch Logs supports 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, and more. @default 30 */
    logRetentionDays?: number;
}

export const LOG_DEFAULTS = { logRetentionDays: 30 } satisfies Partial<LogArgs>;

/** Values that CloudWatch Logs supports (PutRetentionPolicy, `retentionInDays`). */
export const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

/** Checks the retention of logs, which AWS would otherwise reject in the middle of a deployment. */
export function checkLogs(check: Check, args: Pick<LogArgs, "logRetentionDays">): void {
    const { logRetentionDays } = withDefaults(args, LOG_DEFAULTS);
    const offered = LOG_DAYS.some((days) => days === logRetentionDays);
    check(offered, "logRetentionDays", "must be a number of days that CloudWatch Logs supports, such as 30");
}

/** Arguments of an encrypted log group. Pass `name` only if AWS requires one (`/aws/rds/...`); by default, Pulumi generates it. */
export function logGroupArgs(args: LogArgs, name?: pulumi.Input<string>): aws.cloudwatch.LogGroupArgs {
    const { logKeyArn: kmsKeyId, logRetentionDays: retentionInDays } = withDefaults(args, LOG_DEFAULTS);
    return { name, kmsKeyId, retentionInDays };
}
