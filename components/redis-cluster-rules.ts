import * as pulumi from "@pulumi/pulumi";
import type { RedisClusterArgs } from "./redis-cluster";
import { type Check, checked, isBetween } from "./shared/arguments";
import { NODE_TYPE } from "./shared/database";
import { checkLogs } from "./shared/logs";
import type { Signal } from "./shared/signals";
import { windowProblems } from "./shared/windows";

/** Versions that ElastiCache offers, by engine; Redis beyond 7.1 is not open source, and not offered. */
const VERSIONS = { valkey: ["7.2", "8.0", "8.1", "8.2", "9.0", "9.1"], redis: ["7.0", "7.1"] };
/** Families of nodes that AWS offers for Valkey only. */
const VALKEY_ONLY = /^cache\.(r8g|m8g|c8gn)\./;

/** Refuses what AWS would refuse; all at once. */
export function validated(name: string, args: RedisClusterArgs) {
    return checked("RedisCluster", name, args, (check) => {
        const { engine = "valkey", nodes = 3, tokenVersion = 1, snapshotRetentionDays = 7 } = args;
        const versions = VERSIONS[engine];
        const { engineVersion } = args;
        check(
            engineVersion === undefined || versions.includes(engineVersion),
            "engineVersion",
            `must be one of ${versions.join(", ")} for ${engine}`,
        );
        checkNode(check, args);
        check(isBetween(nodes, 1, 6), "nodes", "must be between 1 and 6: a primary and up to 5 replicas");
        check(Number.isInteger(tokenVersion) && tokenVersion >= 1, "tokenVersion", "must be 1 or more");
        check(isBetween(snapshotRetentionDays, 0, 35), "snapshotRetentionDays", "must be between 0 and 35");
        const snapshot = { argument: "snapshotWindow", window: args.snapshotWindow ?? "03:00-04:00" };
        const maintenance = { argument: "maintenanceWindow", window: args.maintenanceWindow ?? "Sun:04:00-Sun:05:00" };
        for (const [argument, allowed] of windowProblems(snapshot, maintenance, 60)) check(false, argument, allowed);
        checkLogs(check, args);
    });
}

/** Whether AWS offers the type of node, and with the engine. */
export function checkNode(check: Check, args: Partial<RedisClusterArgs>): void {
    const { engine = "valkey", nodeType = "cache.r6g.large" } = args;
    check(NODE_TYPE.test(nodeType), "nodeType", "must be a node type such as cache.r6g.large");
    check(engine === "valkey" || !VALKEY_ONLY.test(nodeType), "nodeType", "must not be r8g, m8g or c8gn with redis: these run Valkey only");
    check(!nodeType.includes(".r6gd."), "nodeType", "must not be r6gd, which needs data tiering");
}

/** The parameter group's family: `valkey8` for Valkey 8.1, `redis7` for Redis 7.1. */
export const familyOf = (engine: string, version: string): string => `${engine}${version.split(".")[0]}`;

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
