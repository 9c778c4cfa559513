import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { type Check, checkBetween, checked, checkOneOf, POSITIVE, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { NODE_TYPE } from "../internal/database";
import { checkLogs, type LogArgs, type LogParts } from "../building-blocks/logs";
import type { Each, Transforms } from "../building-blocks/parts";
import type { ConnectionParts } from "../building-blocks/security-groups";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";
import type { ReplicatedSecret } from "../replicated-secret";
import { checkWindowPair } from "../internal/windows";

export interface RedisClusterArgs extends VpcPlacementArgs, LogArgs {
    /** KMS key that encrypts the nodes' data, the snapshots, and the connection secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret that contains the connection: `ai-platform/prod/cache`. */
    secretName: string;
    /** Days during which the deleted secret can be restored; its name can't be reused until they have passed. 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** `valkey` is compatible with Redis OSS at 80% of the price; `redis` ends at 7.1, the last open-source release. @default "valkey" */
    engine?: "valkey" | "redis";
    /** Major and minor version: 7.2 to 9.1 for Valkey, 7.0 or 7.1 for Redis. @default "8.1" for Valkey, "7.1" for Redis */
    engineVersion?: string;
    /** @default "cache.r6g.large" */
    nodeType?: string;
    /**
     * Number of nodes including the primary, 1 to 6. A single node has no failover, and its data is lost with it. AWS calls this
     * `numCacheClusters`, although it creates one replication group. @default 3
     */
    nodes?: number;
    /** Which keys are evicted when memory is full; `noeviction` rejects writes instead. @default "allkeys-lru" */
    evictionPolicy?:
        | "allkeys-lru"
        | "allkeys-lfu"
        | "allkeys-random"
        | "volatile-lru"
        | "volatile-lfu"
        | "volatile-random"
        | "volatile-ttl"
        | "noeviction";
    /** Increase to generate a new token, in the cache and in the secret. The previous token stays valid. @default 1 */
    tokenVersion?: number;
    /** Days to keep daily snapshots: 0 (no snapshots) to 35. @default 7 */
    snapshotRetentionLimit?: number;
    /** Daily window for snapshots, in UTC, at least 60 minutes. @default "03:00-04:00" */
    snapshotWindow?: string;
    /** Weekly maintenance window, in UTC, at least 60 minutes, without overlapping `snapshotWindow`. @default "sun:04:00-sun:05:00" */
    maintenanceWindow?: string;
    /** Skips the final snapshot when the cache is deleted. AWS has no such property: without `finalSnapshotIdentifier`, it takes no snapshot. @default false */
    skipFinalSnapshot?: boolean;
    /**
     * Applies changes immediately instead of in the maintenance window. Required to change `engine` to `valkey`, the major version, or `nodes` to 1
     * on an existing cache: an update deletes the previous parameter group and the replicas, which AWS rejects while a pending change keeps them
     * in use. @default false
     */
    applyImmediately?: boolean;
    transform?: Transforms<RedisClusterParts>;
}

export interface RedisClusterParts extends ConnectionParts, LogParts {
    securityGroup: typeof aws.ec2.SecurityGroup;
    token: typeof random.RandomPassword;
    finalSnapshotSuffix: typeof random.RandomId;
    subnetGroup: typeof aws.elasticache.SubnetGroup;
    parameterGroup: typeof aws.elasticache.ParameterGroup;
    replicationGroup: typeof aws.elasticache.ReplicationGroup;
    /** `engine-log` and `slow-log`. */
    logs: Each<typeof aws.cloudwatch.LogGroup>;
    connectionSecret: typeof ReplicatedSecret;
}

export const DEFAULTS = {
    engine: "valkey",
    nodeType: "cache.r6g.large",
    nodes: 3,
    evictionPolicy: "allkeys-lru",
    tokenVersion: 1,
    snapshotRetentionLimit: 7,
    snapshotWindow: "03:00-04:00",
    maintenanceWindow: "sun:04:00-sun:05:00",
    skipFinalSnapshot: false,
    applyImmediately: false,
} satisfies Partial<RedisClusterArgs>;

/** Lowest and highest values. */
export const BOUNDS = { nodes: [1, 6], snapshotRetentionLimit: [0, 35], tokenVersion: POSITIVE } as const;
export const ENGINES = ["valkey", "redis"] as const satisfies RedisClusterArgs["engine"][];

/** The arguments, completed with defaults. */
export type Resolved = WithDefaults<RedisClusterArgs, typeof DEFAULTS>;

/** Versions that ElastiCache offers, by engine. Redis after 7.1 is not open source and not available. */
const VERSIONS = { valkey: ["7.2", "8.0", "8.1", "8.2", "9.0", "9.1"], redis: ["7.0", "7.1"] };
/** Node families that support Valkey only. */
const VALKEY_ONLY = /^cache\.(r8g|m8g|c8gn)\./;

/** Checks the arguments and reports all problems at once. */
export function validated(name: string, args: Resolved) {
    return checked("RedisCluster", name, args, (check) => {
        checkPlacement(check, args);
        const { engine, nodes, tokenVersion, snapshotRetentionLimit, engineVersion } = args;
        checkOneOf(check, "engine", engine, ENGINES);
        // JavaScript programs can pass another engine.
        const versions = new Map(Object.entries(VERSIONS)).get(engine) ?? [];
        check(
            engineVersion === undefined || versions.includes(engineVersion),
            "engineVersion",
            `must be one of ${versions.join(", ")} for ${engine}`,
        );
        checkNode(check, args);
        checkBetween(check, "nodes", nodes, BOUNDS.nodes, ": a primary and up to 5 replicas");
        checkBetween(check, "tokenVersion", tokenVersion, BOUNDS.tokenVersion);
        checkBetween(check, "snapshotRetentionLimit", snapshotRetentionLimit, BOUNDS.snapshotRetentionLimit);
        checkWindowPair(check, args, 60);
        checkLogs(check, args);
    });
}

/** Checks that ElastiCache offers the node type for the engine. */
export function checkNode(check: Check, args: Pick<RedisClusterArgs, "engine" | "nodeType">): void {
    const { engine, nodeType } = withDefaults(args, DEFAULTS);
    check(NODE_TYPE.test(nodeType), "nodeType", "must be a node type such as cache.r6g.large");
    check(
        engine === "valkey" || !VALKEY_ONLY.test(nodeType),
        "nodeType",
        "must not be r8g, m8g, or c8gn with redis: these families support Valkey only",
    );
    check(!nodeType.includes(".r6gd."), "nodeType", "must not be r6gd, which requires data tiering");
}

/** The parameter group family: `valkey8` for Valkey 8.1, `redis7` for Redis 7.1. */
export const familyOf = (engine: string, version: string): string => `${engine}${version.split(".")[0]}`;
