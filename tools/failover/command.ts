import { type Command, ExitError, type Io, type Result } from "../command";
import type { OnInterrupt } from "../interrupt";
import { ABANDONED, abandonedSince, restoreNames } from "./abandon";
import { deleteRetired, describeDeletions, retiredIn } from "./cleanup";
import { type FailoverArguments, parseFailoverArguments, USAGE } from "./arguments";
import { Interrupted, lineOf, Refused } from "./errors";
import { execute } from "./execute";
import { CURRENT, type CurrentRun, currentRunOf, type Direction, isDone, isoTime, type Journal, kindOf, newJournal } from "./journal";
import { type Location, locationOf } from "./location";
import { planOf, renderPlan } from "./plan";
import type { Change, Clock, HttpStatus, Item, Table } from "./ports";
import { refuseHeld, Run, type RunContext, waitForLease } from "./run";
import { renderStatus, statusOf } from "./status";
import type { RegionOf, Scene } from "./steps/context";
import { type Found, find, inspect, type Inspection, placesOf } from "./steps/preflight";
import { render, reportOf } from "./steps/report";

/** What the command depends on. */
export interface Services {
    table: (location: Location, profile?: string) => Table;
    region: (profile?: string) => RegionOf;
    httpStatus: HttpStatus;
    clock: Clock;
    /** Asks the user. Undefined if standard input isn't a terminal. The answer is undefined after Ctrl-C. */
    ask?: (question: string) => Promise<string | undefined>;
    onInterrupt: OnInterrupt;
    exit: (code: number) => void;
    /** Identifies this process, such as by host and process ID. */
    process: string;
}

interface Session {
    args: FailoverArguments;
    services: Services;
    notify: Io["notify"];
    state: { isInterrupted: boolean };
    startedAt: number;
    /** The command that starts a run. */
    command: (direction: Direction) => string;
    /** The command that continues a run. */
    again: (direction: Direction) => string;
}

interface Prepared {
    scene: Scene;
    found: Found;
    journal: Journal;
    current?: CurrentRun;
    inspection?: Inspection;
}

/** `npm run failover`: makes the recovery region active. */
export const failoverCommand = (services: Services): Command => ({
    usageCode: 2,
    async run(argv, { directory, notify }) {
        const startedAt = services.clock.now();
        const args = parseFailoverArguments(argv);
        if (args.help) return { text: USAGE, code: 0 };
        const location = args.place ?? placeOf(args.stack, directory);
        const command = (direction: Direction) =>
            args.place
                ? `node failover.cjs${direction === "failback" ? " --back" : ""} --table ${location.table} --region ${location.region}`
                : `npm run ${direction} -- ${args.stack}`;
        const again = (direction: Direction) => `${command(direction)} --resume`;
        const { state, clock, end } = interruptible(services);
        const session = { args, services: { ...services, clock }, notify, state, startedAt, command, again };
        try {
            return await runIn(session, location);
        } finally {
            end();
        }
    },
});

/** A stack for which no table can be found is an invalid argument. */
function placeOf(stack: string, directory: string): Location {
    try {
        return locationOf(stack, directory);
    } catch (error) {
        throw new ExitError(lineOf(error), 2);
    }
}

/** Ends all pauses after Ctrl-C, so that they don't delay the end. */
export function interruptible({ clock, onInterrupt, exit }: Pick<Services, "clock" | "onInterrupt" | "exit">) {
    const state = { isInterrupted: false };
    let wake = (): void => undefined;
    const interrupted = new Promise<void>((done) => {
        wake = done;
    });
    const end = onInterrupt(() => {
        if (state.isInterrupted) exit(130);
        state.isInterrupted = true;
        wake();
    });
    const sleep = (milliseconds: number) => Promise.race([clock.sleep(milliseconds), interrupted]);
    return { state, end, clock: { now: () => clock.now(), every: clock.every.bind(clock), sleep } satisfies Clock };
}

async function runIn(session: Session, location: Location): Promise<Result> {
    const { args, services, notify } = session;
    const table = services.table(location, args.profile);
    let prepared: Prepared;
    try {
        const found = await find(table, location.region, services.region(args.profile));
        if (args.status) return await status(session, table, found);
        if (args.cleanup) return await cleanup(session, found);
        if (args.abandon) return await abandon(session, table, found);
        prepared = await prepare(session, table, found);
    } catch (error) {
        // Before the first change, any error is a reason not to start.
        throw error instanceof ExitError ? error : new Refused(lineOf(error));
    }
    const { scene, journal, inspection } = prepared;
    const plan = await planOf(scene, journal, args.dryRun);
    if (prepared.current) notify(`Continuing ${journal.id}`);
    for (const line of renderPlan(scene, journal, plan, inspection?.countsFrom)) notify(line);
    for (const warning of inspection?.warnings ?? []) notify(`Note: ${warning}`);
    const problems = inspection?.problems ?? [];
    if (args.dryRun) {
        for (const problem of problems) notify(`Problem: ${problem}`);
        const result = { planned: journal.planned, counts: journal.counts, plan, problems, warnings: inspection?.warnings ?? [] };
        const summary = problems.length === 0 ? "Nothing was changed: dry run" : `The ${args.direction} would be refused`;
        return { text: args.json ? JSON.stringify(result, null, 4) : summary, code: problems.length === 0 ? 0 : 3 };
    }
    if (problems.length > 0) throw new Refused(`${problems.join("; ")}. Nothing was changed`);
    const effect = journal.direction === "failover" ? "The promotion of a database can't be undone. " : "";
    if (!isDone(journal, "switch")) await confirm(session, scene.to.description.environment, effect);
    return start(session, prepared);
}

async function status({ args, services, again }: Session, table: Table, found: Found): Promise<Result> {
    const result = await statusOf(table, found, services.clock.now());
    return {
        text: args.json ? JSON.stringify(result, null, 4) : renderStatus(result, found, again(result.run?.direction ?? "failover")),
        code: 0,
    };
}

/** Ends a failback that can't continue. A failover can start then. */
async function abandon(session: Session, table: Table, found: Found): Promise<Result> {
    const { args, services } = session;
    const { current, failover } = found;
    if (current?.journal.direction !== "failback") throw new Refused("there is no failback to abandon. Nothing was changed");
    const held = await waitForLease(contextOf(session, table, found), current);
    if (!held) throw new Refused("the failback has ended in the meantime. Nothing was changed");
    const { journal } = held;
    // From then on, consumers and jobs write in the primary region.
    const { startedAt } = journal.steps.verify ?? {};
    const loss = startedAt === undefined ? "" : `What was written since ${startedAt} isn't in the recovery region. `;
    await confirm({ args, services }, failover.to.description.environment, loss);
    const renamed = await restoreNames([failover.to, ...(failover.from ? [failover.from] : [])], journal);
    for (const names of renamed) session.notify(`Renamed ${names}`);
    const warnings = [...journal.warnings, ABANDONED];
    const ended: Item = { id: journal.id, journal: JSON.stringify({ ...journal, warnings }) };
    if (!(await table.write([{ delete: CURRENT, expected: held.version }, { put: ended }])))
        throw new Refused("the failback was continued in the meantime. Nothing was changed");
    // Before the fence, dr has never stopped to be active.
    const next = found.role.active === "dr" ? null : session.command("failover");
    const advice = next === null ? "The recovery region is still active" : `To make the recovery region active, run \`${next}\``;
    return {
        text: args.json ? JSON.stringify({ abandoned: journal.id, next }, null, 4) : `${journal.id} is abandoned. ${advice}`,
        code: 0,
    };
}

async function cleanup({ args, services, notify, state }: Session, found: Found): Promise<Result> {
    if (found.current) throw new Refused(`${found.current.journal.id} isn't complete. Nothing was changed`);
    const retired = await retiredIn(found);
    for (const line of describeDeletions(retired)) notify(line);
    const deleted = retired.map(({ place, identifier, snapshot }) => ({ region: place.region.name, identifier, snapshot }));
    const summary = (text: string): Result => ({
        text: args.json ? JSON.stringify({ dryRun: args.dryRun, deleted }, null, 4) : text,
        code: 0,
    });
    if (retired.length === 0) return summary("No instance was replaced");
    if (args.dryRun) return summary("Nothing was changed: dry run");
    await confirm(
        { args, services },
        found.failover.to.description.environment,
        "The deletion can't be undone, except from the snapshots. ",
    );
    const guard = () => (state.isInterrupted ? Promise.reject(new Interrupted()) : Promise.resolve());
    try {
        await deleteRetired(retired, { clock: services.clock, notify, guard });
    } catch (error) {
        throw error instanceof ExitError ? error : new ExitError(lineOf(error), 1);
    }
    return summary(`RDS is deleting ${retired.map(({ identifier }) => identifier).join(", ")}`);
}

/** Reads the table, and decides whether to start a run or continue one. */
async function prepare(session: Session, table: Table, found: Found): Promise<Prepared> {
    const { args, services, notify, startedAt, again } = session;
    const { clock, httpStatus } = services;
    const { direction, planned, drill } = args;
    if (direction === "failback" && !found.failback) throw new Refused("item stack/primary is missing: update the primary stack first");
    const scene = { table, clock, httpStatus, notify, ...placesOf(found, direction) };
    let { current } = found;
    if (current && current.journal.direction !== direction)
        throw new Refused(
            `${current.journal.id} is a ${kindOf(current.journal)} that isn't complete: continue it with \`${again(current.journal.direction)}\``,
        );
    if (args.resume && current) current = await waitForLease(contextOf(session, table, found), current);
    else if (!args.dryRun) refuseHeld(current, clock.now());
    if (current) return { scene, found, current, journal: continued(current.journal, args, found) };
    if (args.resume) throw new Refused("there is no run to continue. Nothing was changed");
    if (args.unplanned) throw new Refused("there is no planned run to continue: omit --unplanned");
    const inspection = await inspect(scene, found, { direction, planned });
    const journal = newJournal(startedAt, {
        ...{ direction, planned, drill, counts: inspection.counts },
        objectsSince: objectsSince(args, found, startedAt),
        doubtSince: direction === "failback" ? await abandonedSince(table, found.role.since) : undefined,
    });
    const seconds = (clock.now() - startedAt) / 1000;
    journal.steps.preflight = { status: "done", startedAt: journal.startedAt, endedAt: isoTime(clock.now()), seconds };
    return { scene, found, journal, inspection };
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** A failback copies what was written since the failover. Before a planned failover, S3 has replicated everything except the latest objects. */
function objectsSince({ direction }: FailoverArguments, { role }: Found, startedAt: number): string {
    const failedOver = Date.parse(role.since ?? "");
    return isoTime(direction === "failback" && !Number.isNaN(failedOver) ? failedOver - HOUR : startedAt - DAY);
}

/** The journal of a run that another process started. */
function continued(journal: Journal, args: FailoverArguments, { role }: Found): Journal {
    if (isDone(journal, "fence") && role.run !== journal.id)
        throw new Refused(
            `the roles changed after ${journal.id}: ${role.active} is active, since ${role.since ?? "the start"} (${role.run ?? "no run"})`,
        );
    if (args.planned && args.direction === "failover" && !journal.planned)
        throw new Refused(`${journal.id} isn't a planned failover: continue it without --planned`);
    if (!args.unplanned || !journal.planned) return journal;
    return { ...journal, planned: false, warnings: [...journal.warnings, `a ${kindOf(journal)} was continued without the old region`] };
}

/** @throws Refused unless the user types the name of the environment */
export async function confirm(
    { args, services: { ask } }: { args: Pick<FailoverArguments, "yes">; services: Pick<Services, "ask"> },
    environment: string,
    effect: string,
): Promise<void> {
    if (args.yes) return;
    if (!ask) throw new Refused("standard input isn't a terminal: pass --yes to confirm. Nothing was changed");
    const answer = await ask(`${effect}Type ${environment} to continue: `);
    if (answer === undefined) throw new Interrupted("interrupted. Run the same command again to continue");
    if (answer.trim() !== environment) throw new Refused("not confirmed. Nothing was changed");
}

const contextOf = ({ services, state }: Session, table: Table, { caller }: Found): RunContext => ({
    table,
    clock: services.clock,
    holder: `${caller} (${services.process})`,
    isInterrupted: () => state.isInterrupted,
});

async function start(session: Session, prepared: Prepared): Promise<Result> {
    const { args, services, notify } = session;
    const again = session.again(args.direction);
    const { scene, found, journal, inspection } = prepared;
    const runContext = contextOf(session, scene.table, found);
    // Another run may have started before the user confirmed. Its journal must not be overwritten.
    const current = prepared.current ?? currentRunOf(await scene.table.get(CURRENT));
    if (current && !prepared.current)
        throw new Refused(`another run has started in the meantime: ${current.holder}. Run the same command again`);
    const run = await Run.acquire(runContext, journal, current, measuredIn(inspection, services.clock));
    const performer = { clock: services.clock, notify, guard: () => run.guard() };
    try {
        await execute({ ...scene, run, performer });
        if (journal.fence.status === "done") await run.finish();
        else await run.release();
        const result = reportOf(journal, scene.to);
        return { text: args.json ? JSON.stringify(result, null, 4) : render(result, scene.to, again), code: 0 };
    } catch (error) {
        // If this also fails, the lock expires.
        await run.release().catch(() => undefined);
        const code = error instanceof ExitError ? error.code : 1;
        const message = `${lineOf(error)}${code === 1 ? `. The journal is kept: fix the cause, and then run \`${again}\`` : ""}`;
        if (!args.json) throw new ExitError(message, code);
        notify(`error: ${message}`);
        return { text: JSON.stringify({ ...reportOf(journal, scene.to), error: lineOf(error) }, null, 4), code };
    }
}

/** The measured counts, for a later failover in which the old region doesn't respond. */
const measuredIn = (inspection: Inspection | undefined, clock: Clock): Change[] =>
    inspection?.measured ? [{ put: { id: "capacity", services: inspection.measured, at: isoTime(clock.now()) } }] : [];
