import { isObject } from "../../components/internal/unknown";
import type { Item, Table } from "./ports";

/** `standby` and `rebuild` create replicas of the databases, before and after the traffic moves. */
const STEPS = ["preflight", "standby", "fence", "objects", "capacity", "databases", "verify", "switch", "rebuild", "report"] as const;
export type StepName = (typeof STEPS)[number];

export type Direction = "failover" | "failback";

export interface StepEntry {
    status: "running" | "done";
    /** ISO time. */
    startedAt: string;
    /** ISO time. Missing while it runs. */
    endedAt?: string;
    /** From the first start to the end, including the time of interruptions. */
    seconds?: number;
}

/** Whether the old region is passive. `pending`: not completely. */
export interface Fence {
    status: "open" | "pending" | "done";
    /** Why the fence is pending. */
    reason?: string;
    /** ISO time after which the old region starts nothing and writes nothing. */
    doneAt?: string;
}

/** Objects of a bucket that were compared with its copy. */
export interface ObjectsEntry {
    /** Objects that were written since the time from which the buckets are compared. */
    compared: number;
    /** Those that were copied because S3 hadn't replicated them, and then verified. */
    copied: number;
}

/** How current a replica was before its promotion. */
export interface ReplicaEntry {
    /** Lag in seconds, or null if the metric has no data. */
    seconds: number | null;
    /** ISO time of the last transaction that it contains. */
    replayedUntil?: string;
}

/** State of a run. It contains everything that a process needs to continue the run. */
export interface Journal {
    format: 1;
    /** `run/<ISO time of the start>`. */
    id: string;
    /** ISO time of the start of the command. */
    startedAt: string;
    /** Determines which region becomes active: the recovery region in a failover, the primary region in a failback. */
    direction: Direction;
    planned: boolean;
    drill: boolean;
    /** ISO time. Objects written since then are compared in both regions. */
    objectsSince: string;
    /** ISO time since which an earlier failback can have copied objects before they changed. */
    doubtSince?: string;
    /** By the name of the bucket in the primary region. */
    objects: Record<string, ObjectsEntry>;
    /** Tasks to run, by the logical name of the service. */
    counts: Record<string, number>;
    fence: Fence;
    /** By identifier. */
    replicas: Record<string, ReplicaEntry>;
    /** Whether the replicas had all transactions of the old region. Only a planned run waits for this. */
    caughtUp?: boolean;
    /** ISO time from which the new region serves the traffic. */
    switchedAt?: string;
    warnings: string[];
    steps: Partial<Record<StepName, StepEntry>>;
}

export const CURRENT = "run/current";

/** The item `run/current`: the journal and the lock. */
export interface CurrentRun {
    version: number;
    holder: string;
    /** ISO time since which the holder has the lock. */
    since: string;
    /** Milliseconds since 1970. The holder renews the lock. After this time, another process can take over the run. 0: released. */
    leaseUntil: number;
    journal: Journal;
}

/** @throws Error if the item isn't a journal */
export function currentRunOf(item: Item | undefined): CurrentRun | undefined {
    if (item === undefined) return undefined;
    const { version, holder, since, leaseUntil } = item;
    if (typeof version !== "number" || typeof holder !== "string" || typeof since !== "string" || typeof leaseUntil !== "number")
        throw new Error(`item ${CURRENT} has no version, holder, since, or leaseUntil`);
    return { version, holder, since, leaseUntil, journal: journalOf(item) };
}

/** @throws Error if the item isn't a journal */
export function journalOf(item: Item): Journal {
    const journal: unknown = typeof item.journal === "string" ? JSON.parse(item.journal) : undefined;
    if (!isObject(journal) || journal.format !== 1) throw new Error(`item ${item.id}: the journal isn't of format 1`);
    return journal as unknown as Journal;
}

/** The journals of the runs that have ended, from the first to the last. */
export async function endedRuns(table: Table): Promise<Journal[]> {
    const items = (await table.list("run/")).filter(({ id }) => id !== CURRENT);
    return items.sort((a, b) => (a.id < b.id ? -1 : 1)).map(journalOf);
}

type Options = Pick<Journal, "direction" | "planned" | "drill" | "objectsSince" | "doubtSince" | "counts">;

export function newJournal(startedAt: number, options: Options): Journal {
    const time = isoTime(startedAt);
    const journal = { format: 1 as const, id: `run/${time}`, startedAt: time, ...options };
    return { ...journal, objects: {}, fence: { status: "open" }, replicas: {}, warnings: [], steps: {} };
}

/** The steps of a run, in order. */
export const stepsOf = ({ direction, planned }: Pick<Journal, "direction" | "planned">): StepName[] =>
    STEPS.filter((step) => {
        if (step === "standby" || step === "rebuild") return direction === "failback";
        // Only a planned run has `objects`, because the old region must respond.
        return step !== "objects" || planned;
    });

export const isDone = (journal: Journal, step: StepName): boolean => journal.steps[step]?.status === "done";

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** `planned failover (drill)`. A failback is always planned. */
export const kindOf = ({ direction, planned, drill }: Pick<Journal, "direction" | "planned" | "drill">): string =>
    `${planned && direction === "failover" ? "planned " : ""}${direction}${drill ? " (drill)" : ""}`;

/**
 * From the start of the command until the switch. A failback starts with the fence: before that, nothing is interrupted. Undefined before the
 * switch.
 */
export function rtoSeconds({ direction, startedAt, steps, switchedAt }: Journal): number | undefined {
    const start = direction === "failback" ? steps.fence?.startedAt : startedAt;
    return switchedAt === undefined || start === undefined ? undefined : (Date.parse(switchedAt) - Date.parse(start)) / 1000;
}

/** Undefined if it's unknown. */
export function rpoSeconds({ caughtUp, replicas }: Journal): number | undefined {
    const lags = Object.values(replicas).map(({ seconds }) => seconds);
    if (caughtUp === true) return 0;
    const known = lags.filter((seconds) => seconds !== null);
    return known.length === 0 || known.length < lags.length ? undefined : Math.max(...known);
}
