import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Days that CloudWatch Logs keeps events, where a component is told nothing else. */
export const LOG_RETENTION_DAYS = 30;

export interface LogArgs {
    /** KMS key of CloudWatch Logs; its policy must let `logs.<region>.amazonaws.com` use it. */
    logKeyArn: pulumi.Input<string>;
    /** Days to keep log events; one of the values that CloudWatch Logs takes. @default 30 */
    logRetentionDays?: number;
}

/** The days that CloudWatch Logs takes (`PutRetentionPolicy`). */
const RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** True where CloudWatch Logs takes the number of days, or where none is given. */
export const isLogRetention = (days: number | undefined): boolean => days === undefined || RETENTIONS.includes(days);

/** An encrypted log group with bounded retention. `logGroupName` only where AWS dictates it (`/aws/rds/...`). */
export function logGroup(
    name: string,
    args: LogArgs,
    opts: pulumi.CustomResourceOptions,
    logGroupName?: pulumi.Input<string>,
): aws.cloudwatch.LogGroup {
    return new aws.cloudwatch.LogGroup(
        name,
        { name: logGroupName, kmsKeyId: args.logKeyArn, retentionInDays: args.logRetentionDays ?? LOG_RETENTION_DAYS },
        opts,
    );
}
