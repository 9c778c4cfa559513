import type * as pulumi from "@pulumi/pulumi";
import { GIB, memoryOf } from "../internal/database";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** 80% of the connections per GiB, assuming a limit of 1700 for a db.r6g.large with 16 GiB. */
const CONNECTIONS_PER_GIB = 85;

/** Alarms of a DocumentDB cluster. Thresholds depend on the memory of the instances. */
export function documentAlarms(identifier: pulumi.Output<string>, instanceClass: string, instances: number): AlarmDefinition[] {
    const memory = memoryOf(instanceClass);
    const cluster = { namespace: "AWS/DocDB", dimensions: { DBClusterIdentifier: identifier } };
    const alarms: AlarmDefinition[] = [
        {
            ...cluster,
            name: "cpu",
            description: "CPU utilization of an instance is high. Look for operations without an index in the profiler log.",
            severity: "page",
            metricName: "CPUUtilization",
            statistic: "Maximum",
            periods: 10,
            comparison: "above",
            threshold: 85,
        },
        {
            ...cluster,
            name: "free-memory",
            description: "Free memory of an instance is low, and operations might be rejected. Use a larger instance class.",
            severity: "page",
            metricName: "FreeableMemory",
            statistic: "Minimum",
            period: 300,
            comparison: "below",
            threshold: Math.round(0.05 * memory * GIB),
        },
        {
            ...cluster,
            name: "free-local-storage",
            description:
                "Local storage of an instance, which contains logs and index builds but no data, is almost full. Use a larger instance class.",
            severity: "ticket",
            metricName: "FreeLocalStorage",
            statistic: "Minimum",
            period: 300,
            comparison: "below",
            threshold: 2 * GIB,
        },
        {
            ...cluster,
            name: "connections",
            description: "Connections to an instance are close to the limit. Look for connection leaks or too many tasks.",
            severity: "page",
            metricName: "DatabaseConnections",
            statistic: "Maximum",
            comparison: "above",
            threshold: CONNECTIONS_PER_GIB * memory,
        },
    ];
    const lag: AlarmDefinition = {
        ...cluster,
        name: "replica-lag",
        description: "A replica is more than this many milliseconds behind the primary, so reads are stale. Check the write load.",
        severity: "ticket",
        metricName: "DBClusterReplicaLagMaximum",
        statistic: "Maximum",
        periods: 5,
        comparison: "above",
        threshold: 5000,
    };
    return instances > 1 ? [...alarms, lag] : alarms;
}
