/** Makes the databases of one region replicas of those in the other region. RDS can't turn an existing instance into a replica, so new instances replace them. */
import { type Action, minutes, performAll, type Stages } from "../actions";
import type { Journal } from "../journal";
import type { DatabaseState, Region } from "../ports";
import type { Place } from "../roles";
import type { Context } from "./context";
import { isReady } from "../instances";
import { nextOf, retiredOf } from "../names";
import { copyObjects } from "./objects";
import { standbyTasks } from "./switch";

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
    const all = pairsOf(target, source).map((pair) => replacement(target.region, source.region, pair, retiredOf(pair.identifier, journal)));
    // The stages of all databases run at the same time.
    return [0, 1, 2, 3, 4].map((stage) => all.flatMap((actions) => actions[stage] ?? []));
}

function replacement(region: Region, sourceRegion: Region, { identifier, source }: Pair, retired: string): Action[] {
    const next = nextOf(identifier);
    const origin = () => existing(sourceRegion, source);
    const isReplaced = async () => replicates(await region.database(identifier), (await origin()).arn);
    /** The old instance, which may have its new name already. */
    const old = async () => ((await region.database(identifier)) ? identifier : retired);
    const rename = async (from: string, to: string) => {
        const state = await region.database(from);
        if (state && isReady(state)) await region.renameDatabase(from, to);
    };
    return [
        {
            text: `Create ${next} as a replica of ${source}`,
            // The first copy of a large database takes hours.
            timeout: minutes(24 * 60),
            check: async () => {
                if (await isReplaced()) return true;
                const state = await region.database(next);
                if (state === undefined) return "it doesn't exist";
                if (!replicates(state, (await origin()).arn))
                    throw new Error(`${next} exists, but isn't a replica of ${source}: delete or rename it`);
                return isReady(state) || state.status;
            },
            act: async () => {
                if ((await region.database(next)) !== undefined) return;
                const { arn, allocatedStorage } = await origin();
                await region.createReplica({ identifier: next, source: arn, allocatedStorage, like: identifier });
            },
        },
        {
            text: `Give ${next} the parameters and backup settings of ${identifier}`,
            // The first backup of a large database takes hours as well.
            timeout: HOURS,
            check: async () => {
                if (await isReplaced()) return true;
                const state = await existing(region, next);
                const differences = await region.differences(next, await old());
                return differences.length > 0 ? `${differences.join(", ")} differ` : isReady(state) || state.status;
            },
            act: async () => {
                if (isReady(await existing(region, next))) await region.align(next, await old());
            },
        },
        {
            text: `Reboot ${next} if its parameters require that`,
            timeout: HOURS,
            check: async () => {
                if (await isReplaced()) return true;
                const state = await existing(region, next);
                if (!isReady(state)) return state.status;
                return (await region.hasParameters(next)) || "its parameters don't apply yet";
            },
            act: async () => {
                if (isReady(await existing(region, next))) await region.reboot(next);
            },
        },
        {
            text: `Rename ${identifier} to ${retired}`,
            timeout: HOURS,
            check: async () => {
                const state = await region.database(identifier);
                if (replicates(state, (await origin()).arn)) return true;
                if (state !== undefined) return state.status;
                const renamed = await region.database(retired);
                return renamed ? isReady(renamed) || renamed.status : "neither name exists";
            },
            act: () => rename(identifier, retired),
        },
        {
            text: `Rename ${next} to ${identifier}`,
            timeout: HOURS,
            check: async () => {
                const state = await region.database(identifier);
                return state ? (replicates(state, (await origin()).arn) && isReady(state)) || state.status : "not renamed yet";
            },
            act: () => rename(next, identifier),
        },
    ];
}

const HOURS = minutes(6 * 60);

const replicates = (state: DatabaseState | undefined, source: string): boolean => state?.source === source;

async function existing(region: Region, identifier: string): Promise<DatabaseState> {
    const state = await region.database(identifier);
    if (!state) throw new Error(`database ${identifier} doesn't exist in ${region.name}`);
    return state;
}

/**
 * The standby can have been created long ago.
 *
 * @throws Error if a database isn't a replica of that of the other region, or if its replication has stopped
 */
export async function requireReplicas(to: Place, from: Place): Promise<void> {
    for (const { identifier, source } of pairsOf(to, from)) {
        const [state, { arn }] = await Promise.all([to.region.database(identifier), existing(from.region, source)]);
        if (!replicates(state, arn)) throw new Error(`database ${identifier} isn't a replica of ${source}`);
        const lag = await to.region.replicaLag(identifier);
        if (lag && lag.seconds < 0) throw new Error(`the replication to ${identifier} has stopped`);
    }
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
    if (from) await performAll([...standbyStages(from, to, run.journal), ...standbyTasks(from)], performer);
}

/** Reasons why replicas can't replace the instances of both regions. */
export async function standbyProblems(target: Place, source: Place): Promise<string[]> {
    const results = await Promise.all(pairsOf(target, source).map((pair) => problemsOf(target, source, pair)));
    const settings = [target, source].flatMap(({ description: { environment, databases } }) =>
        databases.flatMap(({ identifier, proxy, users }) => [
            ...(proxy ? [`${identifier} has a proxy, which can't follow another instance: turn database.proxy off in ${environment}`] : []),
            ...(users ? [`the logins of ${identifier} would be outdated: turn database.users off in ${environment}`] : []),
        ]),
    );
    return [...results.flat(), ...settings];
}

async function problemsOf(target: Place, source: Place, pair: Pair): Promise<string[]> {
    const [own, other] = await Promise.all([target.region.database(pair.identifier), source.region.database(pair.source)]);
    if (!other) return [`database ${pair.source} doesn't exist in ${source.region.name}`];
    if (replicates(own, other.arn)) return [];
    const { backupRetentionPeriod: days, status, source: replicated } = other;
    const left = [
        ...(await replicasOf(own, target.region, source.region)),
        ...(await replicasOf(other, source.region, target.region)).filter(
            (name) => ![nextOf(pair.identifier), pair.identifier].includes(name),
        ),
    ];
    return [
        ...(own ? [] : [`database ${pair.identifier} doesn't exist in ${target.region.name}, so a replica can't copy its settings`]),
        ...(replicated === undefined ? [] : [`database ${pair.source} is a replica of ${replicated}`]),
        ...(status === "available" ? [] : [`database ${pair.source} is ${status}`]),
        ...(days > 0 ? [] : [`database ${pair.source} keeps no backups, so it can't have a replica`]),
        ...(left.length > 0 ? [`replicas can't follow another instance: remove ${left.join(", ")}`] : []),
    ];
}

/** Identifiers of the replicas of an instance. Those in the other region are listed by ARN, for some time also after their promotion. */
export async function replicasOf(instance: DatabaseState | undefined, own: Region, other: Region): Promise<string[]> {
    const { replicas = [], arn } = instance ?? {};
    const found = await Promise.all(
        replicas.map(async (name) => {
            const identifier = name.split(":").at(-1) ?? name;
            const region = name.includes(":") ? other : own;
            const { source } = (await region.database(identifier)) ?? {};
            return source === undefined || (source.includes(":") && source !== arn) ? [] : [identifier];
        }),
    );
    return found.flat();
}
