/** What names and tags tell about a restore. There is no journal: a restore that was interrupted is found by them. */
import { isoTime } from "../failover/journal";
import { Refused } from "../failover/errors";
import { nextOf, retiredOf, retiredPrefix } from "../failover/names";
import type { Cluster, Documents, Tags } from "./ports";

/** Tags of the new cluster until it's complete. Without them, it has the same tags as the old one, so that the stack has no changes. */
const MARKS = {
    point: "restore-documents:point",
    startedAt: "restore-documents:started-at",
    logExports: "restore-documents:log-exports",
} as const;

/** Tags of the old cluster, which the stack doesn't manage anymore. */
const REPLACED = { by: "restore-documents:replaced-by", with: "restore-documents:replaced-with" } as const;

export const MARK_KEYS: string[] = Object.values(MARKS);

export interface Restore {
    /** ARN of the recovery point. */
    point: string;
    /** ISO time. */
    startedAt: string;
    /** Types of logs that the old cluster exports, and the new one from the moment when it has its name. */
    logExports: string[];
}

export const newRestore = (point: string, now: number, { logExports }: Cluster): Restore => ({
    ...{ point, startedAt: isoTime(now), logExports },
});

export const marksOf = ({ point, startedAt, logExports }: Restore): Tags => ({
    [MARKS.point]: point,
    [MARKS.startedAt]: startedAt,
    // RDS allows no commas in tags.
    [MARKS.logExports]: logExports.join(" "),
});

export function restoreIn(tags: Tags): Restore | undefined {
    const { [MARKS.point]: point, [MARKS.startedAt]: startedAt, [MARKS.logExports]: logs = "" } = tags;
    if (point === undefined || startedAt === undefined) return undefined;
    return { point, startedAt, logExports: logs.split(" ").filter((type) => type !== "") };
}

export const replacementTags = (restored: Cluster, { point }: Restore): Tags => ({
    [REPLACED.by]: restored.resourceId,
    [REPLACED.with]: point,
});

/** The restore that was started and isn't complete. */
export async function unfinishedIn(documents: Documents, identifier: string): Promise<Restore | undefined> {
    const next = await documents.cluster(nextOf(identifier));
    const found = next ?? (await documents.cluster(identifier));
    const restore = found && restoreIn(await documents.tags(found.arn));
    if (next && !restore)
        throw new Refused(`${next.identifier} exists, but this command didn't create it: delete or rename it. Nothing was changed`);
    return restore;
}

/** A cluster that this command has replaced. */
export interface Retired {
    cluster: Cluster;
    /** Resource ID of the cluster that replaced it. */
    by: string;
    /** ARN of the recovery point that the other cluster was restored from. */
    point: string;
}

export async function retiredIn(documents: Documents, identifier: string): Promise<Retired[]> {
    const names = await documents.clusters(retiredPrefix(identifier));
    const found = await Promise.all(
        names.map(async (name) => {
            const cluster = await documents.cluster(name);
            const { [REPLACED.by]: by, [REPLACED.with]: point } = cluster ? await documents.tags(cluster.arn) : {};
            return cluster && by !== undefined && point !== undefined ? [{ cluster, by, point }] : [];
        }),
    );
    return found.flat();
}

/** Names of a cluster during a restore. */
export interface Names {
    identifier: string;
    /** Of the new cluster, until it replaces the old one. */
    next: string;
    /** Of the old cluster afterward. */
    retired: string;
}

export const namesIn = (identifier: string, restore: Restore): Names => ({
    identifier,
    next: nextOf(identifier),
    retired: retiredOf(identifier, restore),
});

export interface Clusters {
    /** The new cluster, under its temporary or its final name. */
    restored?: Cluster;
    /** The old cluster, under its original or its new name. */
    replaced?: Cluster;
    /** The new cluster has its final name. */
    isExchanged: boolean;
}

export async function clustersOf(documents: Documents, { identifier, next: nextName, retired }: Names): Promise<Clusters> {
    const [named, next] = await Promise.all([documents.cluster(identifier), documents.cluster(nextName)]);
    const isExchanged = named !== undefined && restoreIn(await documents.tags(named.arn)) !== undefined;
    const replaced = named && !isExchanged ? named : await documents.cluster(retired);
    return { restored: next ?? (isExchanged ? named : undefined), replaced, isExchanged };
}

const SUFFIX = nextOf("");

/** Original names of the instances, whichever of them are renamed already. */
export function instancesIn({ restored, replaced }: Clusters, restore: Restore): string[] {
    // The name of an instance of the new cluster is the original one, followed by the suffix until it's renamed.
    const known = (restored?.members ?? []).map((name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name));
    const retired = new Set(known.map((name) => retiredOf(name, restore)));
    return [...new Set([...known, ...(replaced?.members ?? []).filter((name) => !retired.has(name))])].sort();
}

/** Names whose temporary name can't be told from another one. */
export const ambiguousNames = ({ identifier, members }: Cluster): string[] =>
    [identifier, ...members].filter((name) => name.endsWith(SUFFIX) || nextOf(name) !== `${name}${SUFFIX}`);
