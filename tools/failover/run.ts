import { Interrupted, Refused } from "./errors";
import { CURRENT, type CurrentRun, currentRunOf, isoTime, type Journal, rtoSeconds, type StepName } from "./journal";
import type { Change, Clock, Item, Table } from "./ports";

/** Time without a renewal after which another process can take over the run. In milliseconds. */
export const LEASE = 60_000;
const HEARTBEAT = 15_000;

export interface RunContext {
    table: Table;
    clock: Clock;
    /** Unique for each process. */
    holder: string;
    isInterrupted: () => boolean;
}

/** @throws Refused if another run holds the lock */
export function refuseHeld(current: CurrentRun | undefined, now: number): void {
    if (current !== undefined && current.leaseUntil > now) throw new Refused(heldBy(current));
}

const heldBy = ({ holder, since, leaseUntil, journal }: CurrentRun): string =>
    `another run holds the lock: ${holder}, since ${since} (${journal.id}). If it was killed, its lock expires at ${isoTime(leaseUntil)}; --resume waits until then`;

/**
 * Waits until the lock of a run that was killed has expired.
 *
 * @throws Refused if the other run still renews it
 */
export async function waitForLease({ table, clock }: RunContext, current: CurrentRun): Promise<CurrentRun | undefined> {
    let latest: CurrentRun | undefined = current;
    while (latest && latest.leaseUntil > clock.now()) {
        if (latest.version !== current.version) throw new Refused(heldBy(latest));
        await clock.sleep(Math.min(5000, latest.leaseUntil - clock.now() + 1));
        latest = currentRunOf(await table.get(CURRENT));
    }
    return latest;
}

/** The journal of this run, and the lock on it. Each write renews the lock. */
export class Run {
    private version: number;
    private leaseUntil = 0;
    private lost?: Error;
    private writes: Promise<unknown> = Promise.resolve();
    private stopHeartbeat = (): void => undefined;

    private constructor(
        private readonly context: RunContext,
        readonly journal: Journal,
        private readonly since: string,
        version: number,
    ) {
        this.version = version;
    }

    /**
     * Takes the lock.
     *
     * @param current the item `run/current`, as the caller has read it
     * @param others items to write at the same time
     * @throws Refused if another run took the lock first
     */
    static async acquire(context: RunContext, journal: Journal, current: CurrentRun | undefined, others: Change[] = []): Promise<Run> {
        const { table, clock } = context;
        // Versions don't start at 0: a process that was suspended must not mistake the item of a later run for its own.
        const run = new Run(context, journal, isoTime(clock.now()), current?.version ?? clock.now());
        const own = { put: run.item(clock.now() + LEASE), expected: current?.version ?? ("none" as const) };
        if (!(await table.write([own, ...others]))) {
            const other = currentRunOf(await table.get(CURRENT));
            throw new Refused(other ? heldBy(other) : "another run took the lock first, and has finished");
        }
        run.version++;
        run.leaseUntil = clock.now() + LEASE;
        // A failed renewal is repeated, and `guard` detects a lost lock.
        run.stopHeartbeat = clock.every(HEARTBEAT, () => run.save().catch(() => undefined));
        return run;
    }

    /**
     * Must be called before each change.
     *
     * @throws Interrupted
     * @throws Error if another run took over
     */
    async guard(): Promise<void> {
        if (this.context.isInterrupted()) throw new Interrupted();
        if (this.lost) throw this.lost;
        if (this.context.clock.now() >= this.leaseUntil) await this.save();
    }

    /** Changes the journal, and writes it together with other items. */
    save(change: (journal: Journal) => void = () => undefined, others: Change[] = []): Promise<void> {
        return this.next(async () => {
            change(this.journal);
            const leaseUntil = this.context.clock.now() + LEASE;
            await this.write(() => [{ put: this.item(leaseUntil), expected: this.version }, ...others]);
            this.version++;
            this.leaseUntil = leaseUntil;
        });
    }

    async start(step: StepName, startedAt = this.context.clock.now()): Promise<void> {
        await this.save(({ steps }) => {
            steps[step] ??= { status: "running", startedAt: isoTime(startedAt) };
        });
    }

    async end(step: StepName, change: (journal: Journal) => void = () => undefined): Promise<void> {
        await this.save((journal) => {
            const { startedAt = isoTime(this.context.clock.now()) } = journal.steps[step] ?? {};
            const endedAt = isoTime(this.context.clock.now());
            const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
            journal.steps[step] = { status: "done", startedAt, endedAt, seconds };
            change(journal);
        });
    }

    /** Ends the process's work, but keeps the journal as the current one, so that the same command continues the run. */
    async release(): Promise<void> {
        this.stopHeartbeat();
        if (this.lost) return;
        await this.next(async () => {
            await this.write(() => [{ put: this.item(0), expected: this.version }]);
            this.version++;
        });
    }

    /** Moves the journal to the finished runs. */
    async finish(): Promise<void> {
        this.stopHeartbeat();
        const { id } = this.journal;
        const done: Item = { id, journal: JSON.stringify(this.journal), rtoSeconds: rtoSeconds(this.journal) };
        await this.next(() => this.write(() => [{ delete: CURRENT, expected: this.version }, { put: done }]));
    }

    private item(leaseUntil: number): Item {
        const { holder } = this.context;
        return { id: CURRENT, version: this.version + 1, holder, since: this.since, leaseUntil, journal: JSON.stringify(this.journal) };
    }

    /** One write after the other, because each expects the version of the previous one. */
    private next<T>(write: () => Promise<T>): Promise<T> {
        const result = this.writes.then(() => {
            if (this.lost) throw this.lost;
            return write();
        });
        this.writes = result.catch(() => undefined);
        return result;
    }

    private async write(changes: () => Change[]): Promise<void> {
        const { table, holder } = this.context;
        if (await table.write(changes())) return;
        // A previous write may have succeeded even though its response was lost.
        const current = currentRunOf(await table.get(CURRENT));
        if (current?.holder === holder && current.version !== this.version) {
            this.version = current.version;
            if (await table.write(changes())) return;
        }
        this.lost = new Refused(`the lock was lost: ${current ? heldBy(current) : "the run was finished by another process"}`);
        throw this.lost;
    }
}
