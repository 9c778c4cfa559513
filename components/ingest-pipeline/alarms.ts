import type * as pulumi from "@pulumi/pulumi";
import { METRIC_NAMESPACE } from "../../functions/ingest/contract";
import type { AlarmDefinition } from "../building-blocks/alarms";

interface Pipeline {
    functionName: pulumi.Input<string>;
    /** Queue of what EventBridge could not deliver. */
    undeliveredName: pulumi.Input<string>;
    /** What the pipeline is made of and watches itself, by the prefix of its alarms' names. */
    parts: Record<string, { alarms: AlarmDefinition[] }>;
}

/** The pipeline's own alarms, and those of its parts. */
export function pipelineAlarms({ functionName, undeliveredName, parts }: Pipeline): AlarmDefinition[] {
    const failed: AlarmDefinition = {
        name: "failed",
        description: "Documents fail and are tried again: look for `message failed` in the function's log group.",
        severity: "ticket",
        namespace: METRIC_NAMESPACE,
        metricName: "Failed",
        dimensions: { FunctionName: functionName },
        statistic: "Sum",
        period: 300,
        periods: 2,
        comparison: "above",
        threshold: 5,
    };
    const undelivered: AlarmDefinition = {
        name: "undelivered",
        description: "EventBridge could not put events of new objects into the queue: compare the queue's and the key's policies.",
        severity: "page",
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: undeliveredName },
        statistic: "Maximum",
        period: 300,
        periods: 1,
        comparison: "above",
        threshold: 0,
    };
    const ofParts = Object.entries(parts).flatMap(([part, { alarms }]) =>
        alarms.map((alarm) => ({ ...alarm, name: `${part}-${alarm.name}` })),
    );
    return [failed, undelivered, ...ofParts];
}
