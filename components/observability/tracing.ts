import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../shared/policy";
import { accountOf, regionOf } from "../shared/surroundings";

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

/** The X-Ray group of an environment with insights, and how many of its service's requests are traced. 5 USD per million traces. */
export function tracing(parent: pulumi.Resource, name: string, environment: string, args: TracingArgs): aws.xray.Group {
    new aws.xray.SamplingRule(
        `${name}-sampling`,
        {
            ruleName: environment,
            priority: 1000,
            version: 1,
            serviceName: args.serviceName,
            fixedRate: args.samplingRate ?? 0.05,
            reservoirSize: args.reservoirPerSecond ?? 1,
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

/**
 * Sends all spans of the account's region to CloudWatch Logs, where Transaction Search finds them: a setting of the account and region, so
 * that one stack may own it. Spans are billed as logs (0.35 USD per GB and more).
 */
export function transactionSearch(parent: pulumi.Resource, name: string, args: TransactionSearchArgs): void {
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
                    Resource: [group("aws/spans"), group("/aws/application-signals/data")],
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
        { name: "Default", rule: { probabilistic: { desiredSamplingPercentage: args.indexedPercent ?? 1 } } },
        { parent },
    );
}
