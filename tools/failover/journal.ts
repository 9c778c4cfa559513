import { isObject } from "../../components/internal/unknown";
import type { Item } from "./ports";

export const STEPS = ["preflight", "fence", "capacity", "databases", "verify", "switch", "report"] as const;
export type StepName = (typeof STEPS)[number];

export interface StepEntry {
    status: "running" | "done";
    /** ISO time. */
    startedAt: string;
    /** ISO time. Missing while it runs. */
    endedAt?: string;
    /** From the first start to the end, including the time between an interruption and its continuation. */
    seconds?: number;
}

/** Whether the old region is passive. `pending`: not all of it, for the reason given. */
export interface Fence {
    status: "open" | "pending" | "done";
    /** Why it's pending. */
    reason?: string;
    /** ISO time from which the old region starts and writes nothing. */
    doneAt?: string;
}

/** How far a replica was, before its promotion. */
export interface ReplicaEntry {
    /** Lag in seconds, or null if the metric has no data. */
    seconds: number | null;
    /** ISO time of the last transaction that it contains. */
    replayedUntil?: string;
}

/** State of a switch. Whoever continues it needs nothing else. */
export interface Journal {
    format: 1;
    /** `run/<ISO time of the start>`. */
    id: string;
    /** ISO time of the start of the command. */
    startedAt: string;
    planned: boolean;
    drill: boolean;
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
    /** ISO time since which the holder has it. */
    since: string;
    /** Milliseconds since 1970. The holder renews it; after this time, another run may take over. 0: released. */
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

export function newJournal(startedAt: number, options: { planned: boolean; drill: boolean }): Journal {
    const time = isoTime(startedAt);
    const { planned, drill } = options;
    const journal = { format: 1 as const, id: `run/${time}`, startedAt: time, planned, drill };
    return { ...journal, counts: {}, fence: { status: "open" }, replicas: {}, warnings: [], steps: {} };
}

export const isDone = (journal: Journal, step: StepName): boolean => journal.steps[step]?.status === "done";

export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** From the start of the command until the switch. Undefined before it. */
export const rtoSeconds = ({ startedAt, switchedAt }: Journal): number | undefined =>
    switchedAt === undefined ? undefined : (Date.parse(switchedAt) - Date.parse(startedAt)) / 1000;

/** Undefined if it's unknown. */
export function rpoSeconds({ caughtUp, replicas }: Journal): number | undefined {
    const lags = Object.values(replicas).map(({ seconds }) => seconds);
    if (caughtUp === true) return 0;
    const known = lags.filter((seconds) => seconds !== null);
    return known.length === 0 || known.length < lags.length ? undefined : Math.max(...known);
}
