import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, withDefaults } from "../building-blocks/arguments";
import { policyDocument } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";

export interface TracingArgs {
    /** The service's name in its traces, `OTEL_SERVICE_NAME`. */
    serviceName: string;
    /** Share of requests that are traced beyond the reservoir, 0 to 1. @default 0.05 */
    samplingRate?: number;
    /** Requests a second that are traced in any case. @default 1 */
    reservoirPerSecond?: number;
    /** X-Ray's search expression for the group. @default the service's traces */
    filterExpression?: string;
}

const TRACING_DEFAULTS = { samplingRate: 0.05, reservoirPerSecond: 1 } satisfies Partial<TracingArgs>;

/** Checks the arguments under their key `tracing`. */
export function checkTracing(check: Check, args: TracingArgs): void {
    const { samplingRate, reservoirPerSecond } = withDefaults(args, TRACING_DEFAULTS);
    check(samplingRate >= 0 && samplingRate <= 1, "tracing.samplingRate", "must be between 0 and 1");
    check(Number.isInteger(reservoirPerSecond) && reservoirPerSecond >= 0, "tracing.reservoirPerSecond", "must be 0 or more");
}

/** The X-Ray group of an environment with insights, and how many of its service's requests are traced. 5 USD per million traces. */
export function tracing(parent: pulumi.Resource, name: string, environment: string, given: TracingArgs): aws.xray.Group {
    const args = withDefaults(given, TRACING_DEFAULTS);
    new aws.xray.SamplingRule(
        `${name}-sampling`,
        {
            ruleName: environment,
            priority: 1000,
            version: 1,
            serviceName: args.serviceName,
            fixedRate: args.samplingRate,
            reservoirSize: args.reservoirPerSecond,
            serviceType: "*",
            host: "*",
            httpMethod: "*",
            urlPath: "*",
            resourceArn: "*",
        },
        { parent },
    );
    return new aws.xray.Group(
        `${name}-traces`,
        {
            groupName: environment,
            filterExpression: args.filterExpression ?? `service("${args.serviceName}")`,
            insightsConfiguration: { insightsEnabled: true, notificationsEnabled: true },
        },
        { parent },
    );
}

export interface TransactionSearchArgs {
    /** Share of spans that X-Ray indexes as traces, in percent; all of them are searchable as logs. @default 1 */
    indexedPercent?: number;
}

const SEARCH_DEFAULTS = { indexedPercent: 1 } satisfies TransactionSearchArgs;

/** Checks the arguments under their key `transactionSearch`. */
export function checkTransactionSearch(check: Check, args: TransactionSearchArgs): void {
    const { indexedPercent } = withDefaults(args, SEARCH_DEFAULTS);
    check(indexedPercent >= 0 && indexedPercent <= 100, "transactionSearch.indexedPercent", "must be between 0 and 100");
}

/**
 * Sends all spans of the account's region to CloudWatch Logs, where Transaction Search finds them: a setting of the account and region, so
 * that one stack may own it. Spans are billed as logs (0.35 USD per GB and more).
 */
export function transactionSearch(parent: pulumi.Resource, name: string, args: TransactionSearchArgs): void {
    const { indexedPercent } = withDefaults(args, SEARCH_DEFAULTS);
    const [account, region] = [accountOf(parent), regionOf(parent)];
    const group = (path: string) => pulumi.interpolate`arn:aws:logs:${region}:${account}:log-group:${path}:*`;
    const policy = new aws.cloudwatch.LogResourcePolicy(
        `${name}-spans`,
        {
            policyName: `${name}-spans`,
            policyDocument: policyDocument([
                {
                    Sid: "SpansFromXRay",
                    Effect: "Allow",
                    Principal: { Service: "xray.amazonaws.com" },
                    Action: "logs:PutLogEvents",
                    Resource: [group("aws/spans"), group("/aws/application-definitions/data")],
                    Condition: {
                        StringEquals: { "aws:SourceAccount": account },
                        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:xray:${region}:${account}:*` },
                    },
                },
            ]),
        },
        { parent },
    );
    // X-Ray writes a test event before it accepts the destination.
    new aws.xray.TraceSegmentDestination(`${name}-spans`, { destination: "CloudWatchLogs" }, { parent, dependsOn: [policy] });
    new aws.xray.IndexingRule(
        `${name}-indexing`,
        { name: "Default", rule: { probabilistic: { desiredSamplingPercentage: indexedPercent } } },
        { parent },
    );
}
