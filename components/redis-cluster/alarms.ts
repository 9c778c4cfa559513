import * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** Alarms for each node. ElastiCache names nodes after the replication group, with a three-digit suffix. */
export function redisAlarms(replicationGroupId: pulumi.Output<string>, nodes: number): AlarmDefinition[] {
    return Array.from({ length: nodes }, (_, i) => nodeAlarms(replicationGroupId, String(i + 1).padStart(3, "0"), nodes > 1)).flat();
}

function nodeAlarms(group: pulumi.Output<string>, node: string, hasReplicas: boolean): AlarmDefinition[] {
    const nodeMetrics = { namespace: "AWS/ElastiCache", dimensions: { CacheClusterId: pulumi.interpolate`${group}-${node}` } };
    const alarms: AlarmDefinition[] = [
        {
            ...nodeMetrics,
            name: `memory-${node}`,
            description: "Cache memory is almost full. Keys are evicted or writes fail. Look for keys without expiry, or use larger nodes.",
            severity: "page",
            metricName: "DatabaseMemoryUsagePercentage",
            statistic: "Maximum",
            periods: 5,
            comparison: "above",
            threshold: 90,
        },
        {
            ...nodeMetrics,
            name: `evictions-${node}`,
            description: "Keys are evicted before they expire. The cache is too small for its workload.",
            severity: "ticket",
            metricName: "Evictions",
            statistic: "Sum",
            period: 300,
            comparison: "above",
            threshold: 1000,
        },
        {
            ...nodeMetrics,
            name: `engine-cpu-${node}`,
            description: "The single engine thread is busy, even if other CPU cores are idle. Look for slow commands in the slow log.",
            severity: "page",
            metricName: "EngineCPUUtilization",
            statistic: "Average",
            periods: 5,
            comparison: "above",
            threshold: 85,
        },
        {
            ...nodeMetrics,
            name: `connections-${node}`,
            description: "Connections are close to the limit of 65000. Look for clients that open a connection per request.",
            severity: "ticket",
            metricName: "CurrConnections",
            statistic: "Maximum",
            comparison: "above",
            threshold: 50000,
        },
    ];
    const lag: AlarmDefinition = {
        ...nodeMetrics,
        name: `replication-lag-${node}`,
        // The current primary doesn't report this metric.
        description: "A replica is seconds behind the primary. Reads are stale, and a failover loses writes. Check the write load.",
        severity: "ticket",
        metricName: "ReplicationLag",
        statistic: "Maximum",
        periods: 5,
        comparison: "above",
        threshold: 5,
    };
    return hasReplicas ? [...alarms, lag] : alarms;
}
