import type * as pulumi from "@pulumi/pulumi";
import { GIB, memoryOf } from "../internal/database";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** 80 % of the connections that an instance is taken to allow for each GiB: 1700 for the 16 GiB of a db.r6g.large. */
const CONNECTIONS_PER_GIB = 85;

/** What is to be watched of a DocumentDB cluster; thresholds follow from the instances' memory. */
export function documentAlarms(identifier: pulumi.Output<string>, instanceClass: string, instances: number): AlarmDefinition[] {
    const memory = memoryOf(instanceClass);
    const cluster = { namespace: "AWS/DocDB", dimensions: { DBClusterIdentifier: identifier } };
    const alarms: AlarmDefinition[] = [
        {
            ...cluster,
            name: "cpu",
            description: "An instance's processors are busy. Look for operations without an index in the profiler's log.",
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
            description: "An instance is short of memory and will refuse work. Take a larger class.",
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
                "An instance's own disk, for logs and index builds, runs out: it grows with the class only. The data is elsewhere.",
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
            description: "Connections to an instance come near the limit. Look for a pool that leaks, or for too many tasks.",
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
        description: "A replica is behind the primary, in milliseconds: reads are stale. Look at the write load.",
        severity: "ticket",
        metricName: "DBClusterReplicaLagMaximum",
        statistic: "Maximum",
        periods: 5,
        comparison: "above",
        threshold: 5000,
    };
    return instances > 1 ? [...alarms, lag] : alarms;
}
