import type * as pulumi from "@pulumi/pulumi";
import { METRIC_NAMESPACE } from "../../functions/ingest/contract";
import type { Signal } from "../shared/signals";

interface Pipeline {
    functionName: pulumi.Input<string>;
    /** Queue of what EventBridge could not deliver. */
    undeliveredName: pulumi.Input<string>;
    /** What the pipeline is made of and watches itself, by the prefix of its signals' names. */
    parts: Record<string, { signals: Signal[] }>;
}

/** The pipeline's own signals, and those of its parts. */
export function pipelineSignals({ functionName, undeliveredName, parts }: Pipeline): Signal[] {
    const failed: Signal = {
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
    const undelivered: Signal = {
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
    const ofParts = Object.entries(parts).flatMap(([part, { signals }]) =>
        signals.map((signal) => ({ ...signal, name: `${part}-${signal.name}` })),
    );
    return [failed, undelivered, ...ofParts];
}
