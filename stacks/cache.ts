import * as z from "zod";
import { RedisCluster, type Network } from "../components";
import { BOUNDS, checkNode, DEFAULTS, ENGINES } from "../components/redis-cluster/args";
import { consistent } from "./config/checks";
import { applyImmediately, instanceClass, optionalSystem, version, whole } from "./config/values";
import { dataStoreArgs, type Platform } from "./context";

const keys = {
    enabled: optionalSystem("an ElastiCache cluster"),
    engine: z.enum(ENGINES).default(DEFAULTS.engine).describe("Valkey is the open-source successor of Redis OSS and costs 20% less."),
    nodeType: instanceClass("elasticache").default(DEFAULTS.nodeType).describe("Node type."),
    nodes: whole(BOUNDS.nodes)
        .default(DEFAULTS.nodes)
        .describe("Number of nodes: a primary and its replicas. Failover needs at least two."),
    tokenVersion: version()
        .default(DEFAULTS.tokenVersion)
        .describe("Increase by one to generate a new token. The previous token stays valid."),
    snapshotRetentionLimit: whole(BOUNDS.snapshotRetentionLimit, "days")
        .default(DEFAULTS.snapshotRetentionLimit)
        .describe("Days to keep daily snapshots."),
};

const section = (immediately: boolean) =>
    z
        .strictObject({ ...keys, applyImmediately: applyImmediately(immediately) })
        .prefault({})
        .superRefine(consistent(checkNode));

export const cacheSection = section(false);
export const drCacheSection = section(true);

export function createCache(platform: Platform, { network }: { network: Network }): RedisCluster | undefined {
    const { config, names, opts } = platform;
    const { enabled, ...cache } = config.cache;
    if (!enabled) return undefined;
    return new RedisCluster("cache", { ...dataStoreArgs(platform, network), ...cache, secretName: names.secret("cache") }, opts);
}
