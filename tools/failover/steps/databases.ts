/** Promotes the replicas in the new region. */
import { type Action, minutes, performAll, type Stages } from "../actions";
import { isoTime, type Journal, type ReplicaEntry } from "../journal";
import type { Lag } from "../ports";
import type { Place } from "../roles";
import type { Context, Scene } from "./context";

export const databaseStages = ({ to }: Pick<Scene, "to">): Stages => [
    to.description.databases.map(({ identifier }) => promotion(to, identifier)),
];

const promotion = ({ region }: Place, identifier: string): Action => ({
    text: `Promote the database ${identifier}`,
    irreversible: true,
    timeout: minutes(60),
    check: async () => {
        const state = await region.database(identifier);
        if (state === undefined) throw new Error("the instance doesn't exist");
        if (state.source !== undefined) return `${state.status}, still a replica`;
        return state.status === "available" || state.status;
    },
    act: async () => {
        const state = await region.database(identifier);
        if (state?.source !== undefined && state.status === "available") await region.promote(identifier);
    },
});

export async function databases(context: Context): Promise<void> {
    const { run, to, performer } = context;
    if (run.journal.planned) {
        await performAll([to.description.databases.map(({ identifier }) => catchUp(context, identifier))], performer);
        await run.save((journal) => {
            journal.caughtUp = true;
        });
    }
    await recordReplicas(context);
    await performAll(databaseStages(context), performer);
}

/**
 * The old region has written nothing since the end of the fence. The replica has all its transactions if the last one that it contains is from
 * after that: RDS writes one every few minutes, even without clients.
 */
function catchUp({ run, to: { region } }: Context, identifier: string): Action {
    return {
        text: `Wait until ${identifier} has all transactions`,
        timeout: minutes(20),
        check: async () => {
            if ((await region.database(identifier))?.source === undefined) return true;
            const fencedAt = Date.parse(run.journal.fence.doneAt ?? "");
            const lag = await region.replicaLag(identifier);
            if (lag === undefined) return "the metric ReplicaLag has no data";
            if (lag.seconds < 0) throw new Error("the replication has stopped. Nothing was promoted");
            return lag.at - lag.seconds * 1000 >= fencedAt || `it has those until ${replayedUntil(lag)}`;
        },
        act: () => Promise.resolve(),
    };
}

const replayedUntil = ({ at, seconds }: Lag) => isoTime(at - seconds * 1000);

/** Records how current the replicas are, before their promotion ends the metric. */
async function recordReplicas({ run, to, notify }: Context): Promise<void> {
    const { region, description } = to;
    const missing = description.databases.map((it) => it.identifier).filter((identifier) => !(identifier in run.journal.replicas));
    if (missing.length === 0) return;
    const entries: Journal["replicas"] = {};
    for (const identifier of missing) {
        const entry = await lagOf(to, identifier);
        entries[identifier] = entry;
        const until = entry.replayedUntil ?? "an unknown time";
        notify(`    ${identifier} contains the transactions until ${until}`);
    }
    await run.save((journal) => {
        journal.replicas = { ...journal.replicas, ...entries };
    });

    async function lagOf(place: Place, identifier: string): Promise<ReplicaEntry> {
        const isReplica = (await region.database(identifier))?.source !== undefined;
        // The promotion must not depend on a metric.
        const lag = isReplica ? await place.region.replicaLag(identifier).catch(() => undefined) : undefined;
        return lag === undefined || lag.seconds < 0 ? { seconds: null } : { seconds: lag.seconds, replayedUntil: replayedUntil(lag) };
    }
}

/** For the verification: all databases accept writes. */
export const writable = ({ region, description }: Place): Action[] =>
    description.databases.map(({ identifier }) => ({
        text: `Check that the database ${identifier} accepts writes`,
        check: async () => {
            const state = await region.database(identifier);
            return (state?.status === "available" && state.source === undefined) || (state?.status ?? "it doesn't exist");
        },
        act: () => Promise.resolve(),
    }));
