import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, withDefaults } from "./arguments";
import type { Each, PartFactory } from "./parts";

/** Types of logs, which can have different retention periods, and what they contain. */
export const LOG_TYPES = {
    access: "the API's access log, and the access logs of the load balancer, the site, and the lake in buckets",
    application: "logs of containers, functions, model endpoints, and delivery streams",
    audit: "logs of ECS Exec sessions, audit events of document clusters, and model invocations",
    build: "build logs of pipelines",
    database: "logs of PostgreSQL, of slow DocumentDB operations, and of the cache and its slow commands",
    firewall: "logs of requests that AWS WAF blocks or counts",
    network: "flow logs of the VPC",
} as const;
export type LogType = keyof typeof LOG_TYPES;

export interface LogArgs {
    /** KMS key for log groups. Its policy must allow `logs.<region>.amazonaws.com` to use it. */
    logKeyArn: pulumi.Input<string>;
    /** Days to keep log events. CloudWatch Logs supports 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, and more. @default 30 */
    logRetentionDays?: number;
    /** Days to keep log events by type: `{ audit: 365, network: 14 }`. Types without an entry use `logRetentionDays`. @default none */
    logRetention?: Partial<Record<LogType, number>>;
    /**
     * Destination that receives all log events, usually in a log account: `arn:aws:logs:us-east-1:123456789012:destination:central`.
     * It must be in the region of the log groups, and its policy must allow the account. @default none
     */
    logDestinationArn?: pulumi.Input<string>;
}

/** Parts of a component that calls `forwardLogs`. */
export interface LogParts {
    /** Subscriptions to log groups, by the logical name of the log group. */
    logSubscriptions?: Each<typeof aws.cloudwatch.LogSubscriptionFilter>;
}

export const LOG_DEFAULTS = { logRetentionDays: 30 } satisfies Partial<LogArgs>;

/** Values that CloudWatch Logs supports (PutRetentionPolicy, `retentionInDays`). */
export const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

/** Destinations of CloudWatch Logs. Streams have other ARNs, and need a role. Source: CloudWatch Logs API Reference, `PutDestination`. */
export const LOG_DESTINATION = /^arn:aws:logs:[a-z0-9-]+:\d{12}:destination:[^:*]{1,512}$/;
export const LOG_DESTINATION_RULE =
    "the ARN of a CloudWatch Logs destination, such as arn:aws:logs:us-east-1:123456789012:destination:central";

/** Checks the retention and the destination of logs, which AWS would otherwise reject in the middle of a deployment. */
export function checkLogs(check: Check, args: Omit<LogArgs, "logKeyArn">): void {
    const { logRetentionDays, logRetention = {}, logDestinationArn } = withDefaults(args, LOG_DEFAULTS);
    const isOffered = (days: number) => LOG_DAYS.some((it) => it === days);
    check(isOffered(logRetentionDays), "logRetentionDays", "must be a number of days that CloudWatch Logs supports, such as 30");
    for (const [type, days] of Object.entries(logRetention)) {
        check(type in LOG_TYPES, `logRetention.${type}`, `must be one of ${Object.keys(LOG_TYPES).join(", ")}`);
        check(isOffered(days), `logRetention.${type}`, "must be a number of days that CloudWatch Logs supports, such as 30");
    }
    const isDestination = typeof logDestinationArn !== "string" || LOG_DESTINATION.test(logDestinationArn);
    check(isDestination, "logDestinationArn", `must be ${LOG_DESTINATION_RULE}`);
}

/** The arguments of `args` that concern logs, for a component that passes them on. */
export const logArgsOf = ({ logKeyArn, logRetentionDays, logRetention, logDestinationArn }: LogArgs): LogArgs => ({
    logKeyArn,
    logRetentionDays,
    logRetention,
    logDestinationArn,
});

/**
 * Arguments of an encrypted log group. Pass `name` only if AWS requires one (`/aws/rds/...`); by default, Pulumi generates it. Call
 * `forwardLogs` for the log group as well.
 */
export function logGroupArgs(args: LogArgs, type: LogType, name?: pulumi.Input<string>): aws.cloudwatch.LogGroupArgs {
    const { logKeyArn: kmsKeyId, logRetentionDays, logRetention } = withDefaults(args, LOG_DEFAULTS);
    return { name, kmsKeyId, retentionInDays: logRetention?.[type] ?? logRetentionDays };
}

/**
 * Sends the events of a log group to `logDestinationArn`, if there is one. CloudWatch Logs decrypts them first. A log group can have two
 * subscriptions, and a changed destination uses both for a moment, because the new one is created before the previous one is deleted.
 *
 * @param name logical name of the log group
 */
export function forwardLogs(
    parts: PartFactory<LogParts>,
    name: string,
    logGroup: aws.cloudwatch.LogGroup,
    { logDestinationArn, region }: Pick<LogArgs, "logDestinationArn"> & { region?: string },
): void {
    if (logDestinationArn === undefined) return;
    parts.createEach("logSubscriptions", name, aws.cloudwatch.LogSubscriptionFilter, `${name}-subscription`, {
        region,
        logGroup: logGroup.name,
        destinationArn: logDestinationArn,
        // Everything.
        filterPattern: "",
    });
}
