import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

interface Hub {
    busName: pulumi.Input<string>;
    /** Physical names of the rules, by route. */
    ruleNames: Record<string, pulumi.Input<string>>;
    deadLetterQueueName: pulumi.Input<string>;
    /** What the hub is made of and watches itself, by the prefix of its alarms' names. */
    parts: Record<string, { alarms: AlarmDefinition[] } | undefined>;
}

/** What is watched of a hub: its parts' alarms, what its rules could not deliver, and what ended in the dead-letter queue of its targets. */
export function hubAlarms({ busName, ruleNames, deadLetterQueueName, parts }: Hub): AlarmDefinition[] {
    const ofParts = Object.entries(parts).flatMap(([part, watched]) =>
        (watched?.alarms ?? []).map((alarm) => ({ ...alarm, name: `${part}-${alarm.name}` })),
    );
    const ofRules = Object.entries(ruleNames).map(([route, ruleName]) => failedInvocations(route, busName, ruleName));
    return [...ofParts, undelivered(deadLetterQueueName), ...ofRules];
}

const undelivered = (queueName: pulumi.Input<string>): AlarmDefinition => ({
    name: "undelivered",
    description: "Targets did not take events in a day: see the message's ERROR_CODE, mend the cause, then send the events again.",
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
    description: `The rule ${route} failed to deliver events for good: see the policies of its targets, its role and the key's policy.`,
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
