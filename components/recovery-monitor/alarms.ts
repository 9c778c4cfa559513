import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition, MetricGraph } from "../building-blocks/alarms";
import type { Resolved } from "./args";

const HOUR = 3600;
const DAY = 24 * HOUR;
/** A weekly test, and a day until it's completed. An alarm on a metric of AWS Backup can't cover more than 7 days. */
const RESTORE_TEST_DAYS = 8;

export function recoveryAlarms(
    { environment, drillAgeDays, rtoMinutes, rpoSeconds, restoreTests }: Resolved,
    functionName: pulumi.Output<string>,
): AlarmDefinition[] {
    const metric = { namespace: "Recovery", dimensions: { Environment: environment }, severity: "ticket" as const };
    // Two values per period, so that a run that's a few seconds late doesn't end the alarm.
    const ofAge = { ...metric, statistic: "Maximum", period: 2 * HOUR, periods: 1, comparison: "above" as const };
    // A run publishes one value, which keeps the alarm active for about a day.
    const ofRun = { ...metric, statistic: "Maximum", period: DAY, periods: 1, comparison: "above" as const };
    const ofFunction = { namespace: "AWS/Lambda", dimensions: { FunctionName: functionName }, severity: "ticket" as const };
    return [
        {
            ...ofAge,
            name: "drill-age",
            description: "Neither a drill nor a failover has switched the traffic for too long (s). Plan a drill: see docs/recovery.md.",
            metricName: "LastDrillAge",
            threshold: drillAgeDays * DAY,
        },
        ...(restoreTests
            ? [
                  {
                      ...ofAge,
                      name: "restore-test-age",
                      description:
                          "No restore test passed in 8 days (s). See the restore jobs in AWS Backup, and whether copies of backups still arrive: see docs/operations.md.",
                      metricName: "LastRestoreTestAge",
                      threshold: RESTORE_TEST_DAYS * DAY,
                  },
              ]
            : []),
        {
            ...ofRun,
            name: "rto",
            description: "The last failover or drill took longer than the objective (s). Compare the times of the steps in its report.",
            metricName: "RtoSeconds",
            threshold: rtoMinutes * 60,
        },
        {
            ...ofRun,
            name: "rpo",
            description: "The last failover or drill lost more than the objective (s). See the replica lag before it.",
            metricName: "RpoSeconds",
            threshold: rpoSeconds,
        },
        {
            ...ofFunction,
            name: "errors",
            description:
                "The function can't record the task counts or publish the age of the last drill: a region doesn't respond, or a permission is missing. Search its log group for ERROR.",
            metricName: "Errors",
            statistic: "Sum",
            period: HOUR,
            periods: 2,
            comparison: "above",
            threshold: 0,
        },
        {
            ...ofFunction,
            name: "missed-runs",
            description: "The function hasn't run for three hours. Check that its schedule exists and is enabled, and its role.",
            metricName: "Invocations",
            statistic: "Sum",
            period: HOUR,
            periods: 3,
            comparison: "below",
            threshold: 1,
            missingData: "breaching",
        },
    ];
}

/** Beside the alarms, because a failover loses as much as the replicas lag. */
export const lagGraphs = ({ replicas }: Resolved): MetricGraph[] =>
    replicas.map((identifier) => ({
        title: "replica lag",
        namespace: "AWS/RDS",
        metricName: "ReplicaLag",
        dimensions: { DBInstanceIdentifier: identifier },
        statistic: "Maximum",
    }));
