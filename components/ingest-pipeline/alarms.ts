import type * as pulumi from "@pulumi/pulumi";
import { METRIC_NAMESPACE } from "../../functions/ingest/contract";
import type { AlarmDefinition } from "../building-blocks/alarms";

interface Pipeline {
    functionName: pulumi.Input<string>;
    /** Name of the dead-letter queue of the EventBridge rule. */
    deadLetterName: pulumi.Input<string>;
    /** Child components with alarms, by the prefix of the alarm names. */
    parts: Record<string, { alarms: AlarmDefinition[] }>;
}

/** Alarms of the pipeline and its child components. */
export function pipelineAlarms({ functionName, deadLetterName, parts }: Pipeline): AlarmDefinition[] {
    const failed: AlarmDefinition = {
        name: "failed",
        description: "Documents fail and are retried. Search for `message failed` in the function's log group.",
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
    const deadLetters: AlarmDefinition = {
        name: "undelivered",
        description: "EventBridge could not put events of new objects into the queue. Check the queue policy and the key policy.",
        severity: "page",
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: deadLetterName },
        statistic: "Maximum",
        period: 300,
        periods: 1,
        comparison: "above",
        threshold: 0,
    };
    const partAlarms = Object.entries(parts).flatMap(([part, { alarms }]) =>
        alarms.map((alarm) => ({ ...alarm, name: `${part}-${alarm.name}` })),
    );
    return [failed, deadLetters, ...partAlarms];
}
