import type * as pulumi from "@pulumi/pulumi";
import { GIB, memoryOf } from "../internal/database";
import type { AlarmDefinition } from "../building-blocks/alarms";

/**
 * 80 % of the connections that RDS allows for each GiB: its default is LEAST(memory / 9531392 bytes, 5000), and some 12 % of the
 * nominal memory is not counted.
 */
const CONNECTIONS_PER_GIB = 79;
/** 80 % of RDS's highest default, which the largest classes reach. */
const CONNECTIONS_AT_MOST = 4000;

export interface DatabaseFacts {
    identifier: pulumi.Input<string>;
    instanceClass: string;
    /** GiB that the storage may grow to. */
    maxAllocatedStorage: number;
    /** True as long as the database follows another. */
    isReplica: boolean;
}

/** What is to be watched of a PostgreSQL instance; thresholds follow from its memory and storage. */
export function postgresAlarms({ identifier, instanceClass, maxAllocatedStorage, isReplica }: DatabaseFacts): AlarmDefinition[] {
    const memory = memoryOf(instanceClass);
    const instance = { namespace: "AWS/RDS", dimensions: { DBInstanceIdentifier: identifier } };
    const alarms: AlarmDefinition[] = [
        {
            ...instance,
            name: "cpu",
            description: "The database's processors are busy. Look for the top statements in Database Insights.",
            severity: "page",
            metricName: "CPUUtilization",
            statistic: "Average",
            periods: 10,
            comparison: "above",
            threshold: 85,
        },
        {
            ...instance,
            name: "free-storage",
            description:
                "Storage runs out although it grows by itself: its limit is reached, or an inactive replication slot keeps the log. Raise maxAllocatedStorage.",
            severity: "page",
            metricName: "FreeStorageSpace",
            statistic: "Minimum",
            period: 300,
            comparison: "below",
            threshold: Math.round(0.05 * maxAllocatedStorage * GIB),
        },
        {
            ...instance,
            name: "connections",
            description: "Connections come near the limit. Look for a pool that leaks, or for too many tasks.",
            severity: "page",
            metricName: "DatabaseConnections",
            statistic: "Maximum",
            comparison: "above",
            threshold: Math.min(CONNECTIONS_PER_GIB * memory, CONNECTIONS_AT_MOST),
        },
        {
            ...instance,
            name: "free-memory",
            description: "Memory is short: the instance will swap. Look for large sorts, or take a larger class.",
            severity: "ticket",
            metricName: "FreeableMemory",
            statistic: "Minimum",
            period: 300,
            comparison: "below",
            threshold: Math.round(0.05 * memory * GIB),
        },
        {
            ...instance,
            name: "disk-queue",
            description: "Reads and writes wait for the disk. Look for scans without an index, or provision more IOPS.",
            severity: "ticket",
            metricName: "DiskQueueDepth",
            statistic: "Average",
            period: 300,
            comparison: "above",
            threshold: 64,
        },
    ];
    return isReplica ? [...alarms, ...replicationAlarms(instance)] : alarms;
}

function replicationAlarms(instance: Pick<AlarmDefinition, "namespace" | "dimensions">): AlarmDefinition[] {
    return [
        {
            ...instance,
            name: "replica-lag",
            // A quiet source switches its log every five minutes, and the lag grows until then: 300 seconds are no fault.
            description: "The replica is behind: a failover now would lose this many seconds. Look at the source's write load.",
            severity: "page",
            metricName: "ReplicaLag",
            statistic: "Maximum",
            periods: 5,
            comparison: "above",
            threshold: 900,
            missingData: "breaching",
        },
        {
            ...instance,
            name: "replication-stopped",
            description: "Replication has stopped (lag -1): there is nothing to fail over to. See the replica's events in RDS.",
            severity: "page",
            metricName: "ReplicaLag",
            statistic: "Maximum",
            periods: 5,
            comparison: "below",
            threshold: 0,
        },
    ];
}
