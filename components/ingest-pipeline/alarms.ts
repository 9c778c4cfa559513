import type * as pulumi from "@pulumi/pulumi";
import { METRIC_NAMESPACE } from "../../functions/ingest/contract";
import type { AlarmDefinition } from "../building-blocks/alarms";

interface Pipeline {
    functionName: pulumi.Input<string>;
    /** Name of the dead-letter queue of the EventBridge rule. */
    deadLetterName: pulumi.Input<string>;
    /** Seconds from one delivery of a failed message to the next: the queue's visibility timeout. */
    retrySeconds: number;
    /** Child components with alarms. */
    parts: Record<"queue" | "function", { alarms: AlarmDefinition[] }>;
}

/** SQS excludes a message from the age of its queue after three receives, so one failing message can reach this age in visibility timeouts. */
const RECEIVES_IN_AGE = 3;

/** Alarms of the pipeline and its child components. */
export function pipelineAlarms({ functionName, deadLetterName, retrySeconds, parts }: Pipeline): AlarmDefinition[] {
    const partAlarms = Object.entries(parts).flatMap(([part, { alarms }]) =>
        alarms.map((alarm) => adapted({ ...alarm, name: `${part}-${alarm.name}` }, retrySeconds)),
    );
    return [...documentAlarms(functionName), undelivered(deadLetterName), ...partAlarms];
}

/** Adapts alarms of the queue, so that a single document that always fails opens a ticket, but doesn't page. */
function adapted(alarm: AlarmDefinition, retrySeconds: number): AlarmDefinition {
    if (alarm.name === "queue-dead-letters") {
        const description =
            "Documents could not be processed. Their entries in the document database contain the reason. Fix the cause, then redrive.";
        return { ...alarm, description, severity: "ticket" };
    }
    if (alarm.name !== "queue-age") return alarm;
    const threshold = Math.max(alarm.threshold, RECEIVES_IN_AGE * retrySeconds);
    const description = `The oldest message is more than ${Math.round(threshold / 60)} minutes old (unit: s). The consumer is stopped, failing, or too slow.`;
    return { ...alarm, description, threshold };
}

/** The function publishes these metrics with each batch. Powertools defines the name of their dimension. */
function documentAlarms(functionName: pulumi.Input<string>): AlarmDefinition[] {
    const metric = {
        namespace: METRIC_NAMESPACE,
        dimensions: { service: functionName },
        statistic: "Sum",
        comparison: "above" as const,
        periods: 1,
    };
    return [
        {
            ...metric,
            name: "failing",
            description:
                "More than this percentage of deliveries fail, even after retries. Search for `message failed` in the function's log group.",
            severity: "page",
            metricName: "Failed",
            rateOf: "Received",
            period: 900,
            threshold: 50,
        },
        {
            ...metric,
            name: "failed-retries",
            description: "Documents failed again at a later delivery. Search for `message failed` in the function's log group.",
            severity: "ticket",
            metricName: "FailedRetries",
            period: 300,
            threshold: 0,
        },
        {
            ...metric,
            name: "rejected",
            description:
                "More than this percentage of documents are recorded without an analysis. Search for the `outcome` of `object processed` in the log group.",
            severity: "ticket",
            metricName: "Rejected",
            rateOf: "Received",
            period: 3600,
            threshold: 25,
        },
    ];
}

const undelivered = (queueName: pulumi.Input<string>): AlarmDefinition => ({
    name: "undelivered",
    description: "EventBridge could not put events of new objects into the queue. Check the queue policy and the key policy.",
    severity: "page",
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: queueName },
    statistic: "Maximum",
    period: 300,
    periods: 1,
    comparison: "above",
    threshold: 0,
});
