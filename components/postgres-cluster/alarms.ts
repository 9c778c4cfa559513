import type * as pulumi from "@pulumi/pulumi";
import { GIB, memoryOf } from "../internal/database";
import type { AlarmDefinition } from "../building-blocks/alarms";

/**
 * 80% of the connections that RDS allows per GiB. The default of `max_connections` is LEAST(memory / 9531392 bytes, 5000), where memory
 * is about 12% less than the nominal memory.
 */
const CONNECTIONS_PER_GIB = 79;
/** 80% of the maximum default of `max_connections`. */
const CONNECTIONS_AT_MOST = 4000;

export interface PostgresAlarmsArgs {
    identifier: pulumi.Input<string>;
    instanceClass: string;
    /** Initial storage, in GiB. */
    allocatedStorage: number;
    /** True for a replica, also after its promotion, when it reports no lag. */
    isReplica: boolean;
}

/** Alarms of a PostgreSQL instance. Thresholds depend on its memory and storage. */
export function postgresAlarms({ identifier, instanceClass, allocatedStorage, isReplica }: PostgresAlarmsArgs): AlarmDefinition[] {
    const memory = memoryOf(instanceClass);
    const instance = { namespace: "AWS/RDS", dimensions: { DBInstanceIdentifier: identifier } };
    const alarms: AlarmDefinition[] = [
        {
            ...instance,
            name: "cpu",
            description: "CPU utilization is high. Check the top SQL statements in Database Insights.",
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
                "Storage is almost full, and autoscaling didn't increase it. Increase maxAllocatedStorage, and look for inactive replication slots that retain WAL.",
            severity: "page",
            metricName: "FreeStorageSpace",
            statistic: "Minimum",
            period: 300,
            comparison: "below",
            // RDS increases the storage when less than 10% of it is free, so this alarm is on only if that didn't happen.
            threshold: Math.round(0.05 * allocatedStorage * GIB),
        },
        {
            ...instance,
            name: "connections",
            description: "Connections are close to the limit. Look for connection leaks or too many tasks.",
            severity: "page",
            metricName: "DatabaseConnections",
            statistic: "Maximum",
            comparison: "above",
            threshold: Math.min(CONNECTIONS_PER_GIB * memory, CONNECTIONS_AT_MOST),
        },
        {
            ...instance,
            name: "free-memory",
            description: "Free memory is low, and the instance might swap. Look for large sorts, or use a larger instance class.",
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
            description: "I/O requests are queueing. Look for queries without an index, or provision more IOPS.",
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

/** Alarms of a read replica. Nothing fails over to it, so lag is a ticket. Names start with that of the replica: `reports-cpu`. */
export const readReplicaAlarms = (name: string, args: Omit<PostgresAlarmsArgs, "isReplica">): AlarmDefinition[] =>
    postgresAlarms({ ...args, isReplica: true }).map((alarm): AlarmDefinition => {
        const description = STALE[alarm.name];
        return { ...alarm, ...(description ? { severity: "ticket", description } : {}), name: `${name}-${alarm.name}` };
    });

const STALE: Partial<Record<string, string>> = {
    "replica-lag":
        "The read replica lags behind its source, so its readers see stale data. Look for long queries, or use a larger instance class.",
    "replication-stopped": "Replication has stopped (lag -1). Check the RDS events of the replica, and recreate it if it doesn't recover.",
};

function replicationAlarms(instance: Pick<AlarmDefinition, "namespace" | "dimensions">): AlarmDefinition[] {
    return [
        {
            ...instance,
            name: "replica-lag",
            // An idle source switches its WAL segment every five minutes, so a lag of up to 300 seconds is normal.
            description:
                "The replica lags behind its source. A failover now would lose this many seconds of data. Check the write load of the source.",
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
            description: "Replication has stopped (lag -1), so a failover isn't possible. Check the RDS events of the replica.",
            severity: "page",
            metricName: "ReplicaLag",
            statistic: "Maximum",
            periods: 5,
            comparison: "below",
            threshold: 0,
        },
    ];
}
