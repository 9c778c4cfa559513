import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

interface Hub {
    busName: pulumi.Input<string>;
    /** Physical names of the rules, by route. */
    ruleNames: Record<string, pulumi.Input<string>>;
    deadLetterQueueName: pulumi.Input<string>;
    /** Child components with alarms of their own, by the prefix of their alarms' names. */
    parts: Record<string, { alarms: AlarmDefinition[] } | undefined>;
}

/** Alarms of the hub: those of its child components, failed invocations of its rules, and the dead-letter queue of its targets. */
export function hubAlarms({ busName, ruleNames, deadLetterQueueName, parts }: Hub): AlarmDefinition[] {
    const ofParts = Object.entries(parts).flatMap(([part, watched]) =>
        (watched?.alarms ?? []).map((alarm) => ({ ...alarm, name: `${part}-${alarm.name}` })),
    );
    const ofRules = Object.entries(ruleNames).map(([route, ruleName]) => failedInvocations(route, busName, ruleName));
    return [...ofParts, undelivered(deadLetterQueueName), ...ofRules];
}

const undelivered = (queueName: pulumi.Input<string>): AlarmDefinition => ({
    name: "undelivered",
    description:
        "EventBridge could not deliver events to a target. See the ERROR_CODE attribute of a message, fix the cause, then send the events again.",
    severity: "page",
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: queueName },
    statistic: "Maximum",
    periods: 1,
    comparison: "above",
    threshold: 0,
});

const failedInvocations = (route: string, busName: pulumi.Input<string>, ruleName: pulumi.Input<string>): AlarmDefinition => ({
    name: `${route}-failed`,
    description: `The rule ${route} permanently failed to deliver events. Check the policies of its targets, its role, and the key policy.`,
    severity: "ticket",
    namespace: "AWS/Events",
    metricName: "FailedInvocations",
    dimensions: { EventBusName: busName, RuleName: ruleName },
    statistic: "Sum",
    period: 300,
    periods: 1,
    comparison: "above",
    threshold: 0,
});
