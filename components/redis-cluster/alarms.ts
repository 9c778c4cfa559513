import * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import type { RedisClusterArgs } from "./args";

export interface RedisAlarmsArgs {
    replicationGroupId: pulumi.Output<string>;
    nodes: number;
    evictionPolicy: NonNullable<RedisClusterArgs["evictionPolicy"]>;
}

type NodeMetrics = Pick<AlarmDefinition, "namespace" | "dimensions">;

/** Alarms for each node. ElastiCache names nodes after the replication group, with a three-digit suffix. */
export function redisAlarms({ replicationGroupId, nodes, evictionPolicy }: RedisAlarmsArgs): AlarmDefinition[] {
    return Array.from({ length: nodes }, (_, i) => String(i + 1).padStart(3, "0")).flatMap((node) => {
        const metrics = { namespace: "AWS/ElastiCache", dimensions: { CacheClusterId: pulumi.interpolate`${replicationGroupId}-${node}` } };
        const alarms = [...memoryAlarms(metrics, node, evictionPolicy), ...engineAlarms(metrics, node)];
        return nodes > 1 ? [...alarms, replicationLag(metrics, node)] : alarms;
    });
}

/**
 * With `allkeys-*`, a busy cache is full and evicts keys all the time, so only the hit rate shows whether it's too small. With the other
 * policies, writes fail when nothing can be evicted (ElastiCache User Guide, "Which Metrics Should I Monitor?" and "Metrics for Valkey and
 * Redis OSS").
 */
function memoryAlarms(metrics: NodeMetrics, node: string, evictionPolicy: RedisAlarmsArgs["evictionPolicy"]): AlarmDefinition[] {
    if (evictionPolicy.startsWith("allkeys-")) return [hitRate(metrics, node)];
    return evictionPolicy === "noeviction" ? [memory(metrics, node)] : [memory(metrics, node), evictions(metrics, node)];
}

const hitRate = (metrics: NodeMetrics, node: string): AlarmDefinition => ({
    ...metrics,
    name: `hit-rate-${node}`,
    description:
        "Fewer than this percentage of lookups find their key. If the node also evicts keys (Evictions), the cache is too small: use larger nodes.",
    severity: "ticket",
    metricName: "CacheHits",
    // Not CacheHitRate, which isn't meaningful on a node with few lookups, such as a replica without readers.
    complement: "CacheMisses",
    minimumWhole: 3000,
    statistic: "Sum",
    period: 300,
    // An hour, so that an empty cache can fill up.
    periods: 12,
    comparison: "below",
    // AWS: below about 0.8, a significant number of keys are evicted, expired, or don't exist.
    threshold: 80,
});

const memory = (metrics: NodeMetrics, node: string): AlarmDefinition => ({
    ...metrics,
    name: `memory-${node}`,
    description: "Cache memory is almost full, and writes will fail. Look for keys without expiry, or use larger nodes.",
    severity: "page",
    metricName: "DatabaseMemoryUsagePercentage",
    statistic: "Maximum",
    periods: 5,
    comparison: "above",
    threshold: 90,
});

const evictions = (metrics: NodeMetrics, node: string): AlarmDefinition => ({
    ...metrics,
    name: `evictions-${node}`,
    description: "Keys are evicted before they expire. The cache is too small for its workload.",
    severity: "ticket",
    metricName: "Evictions",
    statistic: "Sum",
    period: 300,
    comparison: "above",
    threshold: 1000,
});

const engineAlarms = (metrics: NodeMetrics, node: string): AlarmDefinition[] => [
    {
        ...metrics,
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
        ...metrics,
        name: `connections-${node}`,
        description: "Connections are close to the limit of 65000. Look for clients that open a connection per request.",
        severity: "ticket",
        metricName: "CurrConnections",
        statistic: "Maximum",
        comparison: "above",
        threshold: 50000,
    },
];

const replicationLag = (metrics: NodeMetrics, node: string): AlarmDefinition => ({
    ...metrics,
    name: `replication-lag-${node}`,
    // The current primary doesn't report this metric.
    description: "A replica is seconds behind the primary. Reads are stale, and a failover loses writes. Check the write load.",
    severity: "ticket",
    metricName: "ReplicationLag",
    statistic: "Maximum",
    periods: 5,
    comparison: "above",
    threshold: 5,
});
