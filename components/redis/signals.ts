import * as pulumi from "@pulumi/pulumi";
import type { Signal } from "../shared/signals";

/** What is to be watched of each node; ElastiCache names them by the group and three digits. */
export function redisSignals(replicationGroupId: pulumi.Output<string>, nodes: number): Signal[] {
    return Array.from({ length: nodes }, (_, i) => nodeSignals(replicationGroupId, String(i + 1).padStart(3, "0"), nodes > 1)).flat();
}

function nodeSignals(group: pulumi.Output<string>, node: string, hasReplicas: boolean): Signal[] {
    const nodeMetrics = { namespace: "AWS/ElastiCache", dimensions: { CacheClusterId: pulumi.interpolate`${group}-${node}` } };
    const signals: Signal[] = [
        {
            ...nodeMetrics,
            name: `memory-${node}`,
            description:
                "The cache's memory is nearly full: keys will go, or writes fail. Look for keys that never expire, or take larger nodes.",
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
            description: "Keys go before they expire: the cache is too small for what is asked of it.",
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
            description: "The engine's one thread is busy, whatever the other processors do. Look for slow commands in the slow log.",
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
            description: "Connections come near the limit of 65000. Look for a client that opens one for each request.",
            severity: "ticket",
            metricName: "CurrConnections",
            statistic: "Maximum",
            comparison: "above",
            threshold: 50000,
        },
    ];
    const lag: Signal = {
        ...nodeMetrics,
        name: `replication-lag-${node}`,
        // The primary, whichever node it is, has no such metric.
        description: "A replica is seconds behind the primary: reads are stale, and a failover loses writes. Look at the write load.",
        severity: "ticket",
        metricName: "ReplicationLag",
        statistic: "Maximum",
        periods: 5,
        comparison: "above",
        threshold: 5,
    };
    return hasReplicas ? [...signals, lag] : signals;
}
