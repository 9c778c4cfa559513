/** Makes the databases of one region replicas of those in the other region. RDS can't turn an existing instance into a replica, so new instances replace them. */
import { type Action, minutes, performAll, type Stages } from "../actions";
import type { Journal } from "../journal";
import type { DatabaseState, Region } from "../ports";
import type { Place } from "../roles";
import type { Context } from "./context";
import { copyObjects } from "./objects";

/** RDS allows 63 characters in an identifier. */
const MAX_LENGTH = 63;
const RETIRED = "-retired-";
const NEXT = "-next";

export const shortened = (identifier: string, suffix: string): string =>
    `${identifier.slice(0, MAX_LENGTH - suffix.length).replace(/-+$/, "")}${suffix}`;

/** Name of a replica until it replaces the instance. */
export const nextOf = (identifier: string): string => shortened(identifier, NEXT);

/** Name of an instance that a replica has replaced: `ai-platform-prod-retired-20261201t013000z`. */
export const retiredOf = (identifier: string, { startedAt }: Pick<Journal, "startedAt">): string =>
    shortened(identifier, `${RETIRED}${startedAt.replace(/[-:]|\.\d+/g, "").toLowerCase()}`);

/** What the names of all replaced instances start with. */
export const retiredPrefix = (identifier: string): string => shortened(identifier, `${RETIRED}00000000t000000z`).replace(/0{8}t0{6}z$/, "");

export interface Pair {
    /** The instance to replace. */
    identifier: string;
    /** The instance to replicate, in the other region. */
    source: string;
}

/** Databases of both regions with the same logical name. */
const pairsOf = (target: Place, source: Place): Pair[] =>
    target.description.databases.flatMap(({ name, identifier }) => {
        const other = source.description.databases.find((it) => it.name === name);
        return other ? [{ identifier, source: other.identifier }] : [];
    });

/**
 * Creates a replica beside each instance, which continues to run, and gives the replica the instance's name. The name of the endpoint stays the
 * same, so neither secrets nor configuration change.
 */
export function standbyStages(target: Place, source: Place, journal: Pick<Journal, "startedAt">): Stages {
    const { region } = target;
    const all = pairsOf(target, source).map((pair) => {
        const next = nextOf(pair.identifier);
        const retired = retiredOf(pair.identifier, journal);
        const arn = async () => (await existing(source.region, pair.source)).arn;
        const isReplaced = async () => replicates(await region.database(pair.identifier), await arn());
        return [
            creation({ region, pair, next, arn, isReplaced }),
            {
                text: `Give ${next} the backup settings of ${pair.identifier}`,
                timeout: minutes(30),
                check: async () => {
                    if (await isReplaced()) return true;
                    const like = (await region.database(pair.identifier)) ? pair.identifier : retired;
                    const differences = await region.differences(next, like);
                    return differences.length === 0 || `${differences.join(", ")} differ`;
                },
                act: async () => region.align(next, (await region.database(pair.identifier)) ? pair.identifier : retired),
            },
            {
                text: `Rename ${pair.identifier} to ${retired}`,
                timeout: minutes(30),
                check: async () => {
                    const state = await region.database(pair.identifier);
                    if (replicates(state, await arn())) return true;
                    if (state !== undefined) return state.status;
                    const { status } = await existing(region, retired);
                    return status === "available" || status;
                },
                act: () => rename(region, pair.identifier, retired),
            },
            {
                text: `Rename ${next} to ${pair.identifier}`,
                timeout: minutes(30),
                check: async () => {
                    const state = await region.database(pair.identifier);
                    return (replicates(state, await arn()) && state?.status === "available") || (state?.status ?? "not renamed yet");
                },
                act: () => rename(region, next, pair.identifier),
            },
        ] satisfies Action[];
    });
    // The stages of all databases run at the same time.
    return [0, 1, 2, 3].map((stage) => all.flatMap((actions) => actions[stage] ?? []));
}

interface Creation {
    region: Region;
    pair: Pair;
    next: string;
    arn: () => Promise<string>;
    isReplaced: () => Promise<boolean>;
}

const creation = ({ region, pair, next, arn, isReplaced }: Creation): Action => ({
    text: `Create ${next} as a replica of ${pair.source}`,
    // The first copy of a large database takes hours.
    timeout: minutes(12 * 60),
    check: async () => {
        if (await isReplaced()) return true;
        const state = await region.database(next);
        if (state === undefined) return "it doesn't exist";
        if (!replicates(state, await arn())) throw new Error(`${next} exists, but isn't a replica of ${pair.source}: delete or rename it`);
        return state.status === "available" || state.status;
    },
    act: async () => {
        if ((await region.database(next)) !== undefined) return;
        await region.createReplica({ identifier: next, source: await arn(), like: pair.identifier });
    },
});

const replicates = (state: DatabaseState | undefined, source: string): boolean => state?.source === source;

async function existing(region: Region, identifier: string): Promise<DatabaseState> {
    const state = await region.database(identifier);
    if (!state) throw new Error(`database ${identifier} doesn't exist in ${region.name}`);
    return state;
}

/** Does nothing during another change, because RDS would reject the request. */
async function rename(region: Region, from: string, to: string): Promise<void> {
    if ((await region.database(from))?.status === "available") await region.renameDatabase(from, to);
}

/** While the old region still serves the traffic: replicas replace the instances of the new region, and most of the objects are copied. */
export async function standby(context: Context): Promise<void> {
    const { to, from, run, performer } = context;
    if (!from) return;
    const results = await Promise.allSettled([performAll(standbyStages(to, from, run.journal), performer), copyObjects(context)]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** After the traffic has moved: replicas replace the instances of the old region. */
export async function rebuild({ to, from, run, performer }: Context): Promise<void> {
    if (from) await performAll(standbyStages(from, to, run.journal), performer);
}

/** Reasons why a replica can't replace an instance. */
export async function standbyProblems(target: Place, source: Place): Promise<string[]> {
    const results = await Promise.all(
        pairsOf(target, source).map(async (pair) => {
            const [own, other] = await Promise.all([target.region.database(pair.identifier), source.region.database(pair.source)]);
            if (!other) return [`database ${pair.source} doesn't exist in ${source.region.name}`];
            if (replicates(own, other.arn)) return [];
            const { backupRetentionPeriod: days, status, source: replicated } = other;
            return [
                ...(own
                    ? []
                    : [`database ${pair.identifier} doesn't exist in ${target.region.name}, so a replica can't copy its settings`]),
                ...(replicated === undefined ? [] : [`database ${pair.source} is a replica of ${replicated}`]),
                ...(status === "available" ? [] : [`database ${pair.source} is ${status}`]),
                ...(days > 0 ? [] : [`database ${pair.source} keeps no backups, so it can't have a replica`]),
                ...(own?.replicas.length
                    ? [`database ${pair.identifier} has replicas, which can't follow another one: ${own.replicas.join(", ")}`]
                    : []),
            ];
        }),
    );
    return results.flat();
}
