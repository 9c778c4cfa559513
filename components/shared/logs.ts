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
