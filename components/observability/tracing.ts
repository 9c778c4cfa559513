import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, withDefaults } from "../building-blocks/arguments";
import { policyDocument } from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";
import { accountOf, regionOf } from "../building-blocks/provider";

export interface TracingParts {
    samplingRule?: typeof aws.xray.SamplingRule;
    traceGroup?: typeof aws.xray.Group;
    spanPolicy?: typeof aws.cloudwatch.LogResourcePolicy;
    spanDestination?: typeof aws.xray.TraceSegmentDestination;
    indexingRule?: typeof aws.xray.IndexingRule;
}

type Factory = PartFactory<TracingParts>;

export interface TracingArgs {
    /** Name of the service in its traces (`OTEL_SERVICE_NAME`). */
    serviceName: string;
    /** Proportion of requests to trace in addition to the reservoir, 0 to 1. @default 0.05 */
    samplingRate?: number;
    /** Number of requests per second that are always traced; 0 or more. @default 1 */
    reservoirPerSecond?: number;
    /** Filter expression of the X-Ray group. @default the traces of the service */
    filterExpression?: string;
}

const TRACING_DEFAULTS = { samplingRate: 0.05, reservoirPerSecond: 1 } satisfies Partial<TracingArgs>;

/** Checks the argument `tracing`. */
export function checkTracing(check: Check, args: TracingArgs): void {
    const { samplingRate, reservoirPerSecond } = withDefaults(args, TRACING_DEFAULTS);
    check(samplingRate >= 0 && samplingRate <= 1, "tracing.samplingRate", "must be between 0 and 1");
    checkBetween(check, "tracing.reservoirPerSecond", reservoirPerSecond, [0, Infinity]);
}

/** Creates a sampling rule and an X-Ray group with insights for a service. Traces cost 5 USD per million. */
export function tracing(parts: Factory, name: string, environment: string, inputs: TracingArgs): aws.xray.Group {
    const args = withDefaults(inputs, TRACING_DEFAULTS);
    parts.create("samplingRule", aws.xray.SamplingRule, `${name}-sampling`, {
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
    });
    return parts.create("traceGroup", aws.xray.Group, `${name}-traces`, {
        groupName: environment,
        filterExpression: args.filterExpression ?? `service("${args.serviceName}")`,
        insightsConfiguration: { insightsEnabled: true, notificationsEnabled: true },
    });
}

export interface TransactionSearchArgs {
    /** Percentage of spans that X-Ray indexes as traces, 0 to 100. All spans are searchable as logs. @default 1 */
    indexedPercent?: number;
}

const SEARCH_DEFAULTS = { indexedPercent: 1 } satisfies TransactionSearchArgs;

/** Checks the argument `transactionSearch`. */
export function checkTransactionSearch(check: Check, args: TransactionSearchArgs): void {
    const { indexedPercent } = withDefaults(args, SEARCH_DEFAULTS);
    check(indexedPercent >= 0 && indexedPercent <= 100, "transactionSearch.indexedPercent", "must be between 0 and 100");
}

/**
 * Turns on Transaction Search, which sends all spans to CloudWatch Logs. It's a setting of the account and region, so only one stack can
 * manage it. Spans are billed as logs (0.35 USD per GB and more).
 */
export function transactionSearch(parent: pulumi.Resource, parts: Factory, name: string, args: TransactionSearchArgs): void {
    const { indexedPercent } = withDefaults(args, SEARCH_DEFAULTS);
    const [account, region] = [accountOf(parent), regionOf(parent)];
    const group = (path: string) => pulumi.interpolate`arn:aws:logs:${region}:${account}:log-group:${path}:*`;
    const policy = parts.create("spanPolicy", aws.cloudwatch.LogResourcePolicy, `${name}-spans`, {
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
    });
    // X-Ray writes a test event before it accepts the destination.
    parts.create(
        "spanDestination",
        aws.xray.TraceSegmentDestination,
        `${name}-spans`,
        { destination: "CloudWatchLogs" },
        { dependsOn: [policy] },
    );
    parts.create("indexingRule", aws.xray.IndexingRule, `${name}-indexing`, {
        name: "Default",
        rule: { probabilistic: { desiredSamplingPercentage: indexedPercent } },
    });
}
