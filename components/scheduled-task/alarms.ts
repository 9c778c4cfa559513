import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** Dimensions of the metrics of a scheduled task. */
export interface AlarmSource {
    /** Rule that matches failed runs. */
    ruleName: pulumi.Input<string>;
    scheduleGroupName: pulumi.Input<string>;
}

/** Alarms for runs that failed, and for runs that never started. Days without a run report no metric. */
export function scheduledTaskAlarms({ ruleName, scheduleGroupName }: AlarmSource): AlarmDefinition[] {
    return [
        {
            name: "failed-runs",
            description:
                "A run stopped with an exit code other than 0, or its task couldn't start. See the message in the queue of failed runs, and the log group.",
            severity: "ticket",
            namespace: "AWS/Events",
            metricName: "TriggeredRules",
            dimensions: { RuleName: ruleName },
            statistic: "Sum",
            period: 300,
            periods: 1,
            comparison: "above",
            threshold: 0,
        },
        {
            name: "missed-runs",
            description:
                "A run didn't start in time, despite retries. See the message in the queue of failed runs, and check the Fargate capacity.",
            severity: "ticket",
            namespace: "AWS/Scheduler",
            metricName: "InvocationDroppedCount",
            dimensions: { ScheduleGroup: scheduleGroupName },
            statistic: "Sum",
            period: 300,
            periods: 1,
            comparison: "above",
            threshold: 0,
        },
    ];
}
