import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../shared/arguments";
import { NODE_TYPE } from "../shared/database";
import { checkLogs, type LogArgs } from "../shared/logs";
import type { Placement } from "../shared/network";
import type { Transform } from "../shared/transform";
import { windowProblems } from "../shared/windows";

export interface RedisClusterArgs extends Placement, LogArgs {
    /** KMS key of the nodes' data, the snapshots and the connection secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret with the connection: `ai-platform/prod/cache`. */
    secretName: string;
    /** Days in which the deleted secret can be restored and its name is taken: 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** `valkey` speaks Redis's protocol at 80 % of the price; `redis` ends at 7.1, Redis's last open-source release. @default "valkey" */
    engine?: "valkey" | "redis";
    /** Major and minor version: 7.2 to 9.1 for Valkey, 7.0 or 7.1 for Redis. @default "8.1" for Valkey, "7.1" for Redis */
    engineVersion?: string;
    /** @default "cache.r6g.large" */
    nodeType?: string;
    /** Nodes, the primary included: 1 to 6. With one there is no failover, and the data goes with the node. @default 3 */
    nodes?: number;
    /** What goes when memory is full; `noeviction` refuses writes then. @default "allkeys-lru" */
    evictionPolicy?:
        | "allkeys-lru"
        | "allkeys-lfu"
        | "allkeys-random"
        | "volatile-lru"
        | "volatile-lfu"
        | "volatile-random"
        | "volatile-ttl"
        | "noeviction";
    /** A higher number makes a new token, in the cache and in the secret; the last one stays valid beside it. @default 1 */
    tokenVersion?: number;
    /** Days that daily snapshots are kept: 0 (none are taken) to 35. @default 7 */
    snapshotRetentionDays?: number;
    /** Daily, UTC, 60 minutes or longer. @default "03:00-04:00" */
    snapshotWindow?: string;
    /** Weekly, UTC, 60 minutes or longer, apart from `snapshotWindow`. @default "Sun:04:00-Sun:05:00" */
    maintenanceWindow?: string;
    /** Takes a last snapshot when the cache is deleted. @default true */
    finalSnapshot?: boolean;
    /** Makes changes at once that otherwise wait for the maintenance window. @default false */
    applyImmediately?: boolean;
    transform?: {
        replicationGroup?: Transform<aws.elasticache.ReplicationGroupArgs>;
        parameterGroup?: Transform<aws.elasticache.ParameterGroupArgs>;
    };
}

export const DEFAULTS = {
    engine: "valkey",
    nodeType: "cache.r6g.large",
    nodes: 3,
    evictionPolicy: "allkeys-lru",
    tokenVersion: 1,
    snapshotRetentionDays: 7,
    snapshotWindow: "03:00-04:00",
    maintenanceWindow: "Sun:04:00-Sun:05:00",
    finalSnapshot: true,
    applyImmediately: false,
} satisfies Partial<RedisClusterArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<RedisClusterArgs, typeof DEFAULTS>;

/** Versions that ElastiCache offers, by engine; Redis beyond 7.1 is not open source, and not offered. */
const VERSIONS = { valkey: ["7.2", "8.0", "8.1", "8.2", "9.0", "9.1"], redis: ["7.0", "7.1"] };
/** Families of nodes that AWS offers for Valkey only. */
const VALKEY_ONLY = /^cache\.(r8g|m8g|c8gn)\./;

/** Refuses what AWS would refuse; all at once. */
export function validated(name: string, args: Resolved) {
    return checked("RedisCluster", name, args, (check) => {
        const { engine, nodes, tokenVersion, snapshotRetentionDays, engineVersion } = args;
        const versions = VERSIONS[engine];
        check(
            engineVersion === undefined || versions.includes(engineVersion),
            "engineVersion",
            `must be one of ${versions.join(", ")} for ${engine}`,
        );
        checkNode(check, args);
        check(isBetween(nodes, 1, 6), "nodes", "must be between 1 and 6: a primary and up to 5 replicas");
        check(Number.isInteger(tokenVersion) && tokenVersion >= 1, "tokenVersion", "must be 1 or more");
        check(isBetween(snapshotRetentionDays, 0, 35), "snapshotRetentionDays", "must be between 0 and 35");
        const snapshot = { argument: "snapshotWindow", window: args.snapshotWindow };
        const maintenance = { argument: "maintenanceWindow", window: args.maintenanceWindow };
        for (const [argument, allowed] of windowProblems(snapshot, maintenance, 60)) check(false, argument, allowed);
        checkLogs(check, args);
    });
}

/** Whether AWS offers the type of node, and with the engine. */
export function checkNode(check: Check, args: Pick<RedisClusterArgs, "engine" | "nodeType">): void {
    const { engine, nodeType } = withDefaults(args, DEFAULTS);
    check(NODE_TYPE.test(nodeType), "nodeType", "must be a node type such as cache.r6g.large");
    check(engine === "valkey" || !VALKEY_ONLY.test(nodeType), "nodeType", "must not be r8g, m8g or c8gn with redis: these run Valkey only");
    check(!nodeType.includes(".r6gd."), "nodeType", "must not be r6gd, which needs data tiering");
}

/** The parameter group's family: `valkey8` for Valkey 8.1, `redis7` for Redis 7.1. */
export const familyOf = (engine: string, version: string): string => `${engine}${version.split(".")[0]}`;
