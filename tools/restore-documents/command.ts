import { type Command, ExitError, type Io, type Result } from "../command";
import { performAll, type Stages } from "../failover/actions";
import { confirm, interruptible, type Services as FailoverServices } from "../failover/command";
import { Interrupted, lineOf, Refused } from "../failover/errors";
import { isoTime } from "../failover/journal";
import type { Clock } from "../failover/ports";
import { parseRestoreArguments, type RestoreArguments, USAGE } from "./arguments";
import { deletionsIn, deletionStages } from "./cleanup";
import type { Documents } from "./ports";
import { checkAccount, prepare, type Prepared } from "./prepare";
import { restoreStages } from "./stages";
import { type Target, targetOf } from "./target";

/** The surroundings of the command. */
export interface Services extends Pick<FailoverServices, "clock" | "ask" | "onInterrupt" | "exit"> {
    documents: (region: string, profile?: string) => Documents;
}

interface Session {
    args: RestoreArguments;
    target: Target;
    documents: Documents;
    services: Pick<Services, "ask">;
    clock: Clock;
    notify: Io["notify"];
    guard: () => Promise<void>;
}

export interface Report {
    stack: string;
    region: string;
    cluster: string;
    dryRun: boolean;
    /** ARN of the recovery point. */
    point: string;
    /** Time of the recovery point. Missing if it has expired meanwhile. */
    pointCreatedAt?: string;
    /** Age of the recovery point when the restore started: documents of this time are lost. */
    ageSeconds?: number;
    startedAt: string;
    /** Duration of the restore, with interruptions. */
    seconds?: number;
    /** Name of the old cluster. */
    replaced: string;
}

/** `npm run restore-documents`: fills the document database from a recovery point. */
export const restoreDocumentsCommand = (services: Services): Command => ({
    usageCode: 2,
    async run(argv, { directory, notify }) {
        const args = parseRestoreArguments(argv);
        if (args.help) return { text: USAGE, code: 0 };
        const target = readTarget(args.stack, directory);
        const { state, clock, end } = interruptible(services);
        const guard = () =>
            state.isInterrupted
                ? Promise.reject(new Interrupted("interrupted. Run the same command again to continue"))
                : Promise.resolve();
        const documents = services.documents(target.region, args.profile);
        const session = { args, target, documents, services, clock, notify, guard };
        try {
            return await (args.cleanup ? cleanup(session) : restore(session));
        } finally {
            end();
        }
    },
});

/** A stack without a file is a wrong argument. */
function readTarget(stack: string, directory: string): Target {
    try {
        return targetOf(stack, directory);
    } catch (error) {
        throw new ExitError(lineOf(error), 2);
    }
}

/** Before the first change, all errors are reasons not to start. */
async function orRefused<T>(find: () => Promise<T>): Promise<T> {
    try {
        return await find();
    } catch (error) {
        throw error instanceof ExitError ? error : new Refused(`${lineOf(error)}. Nothing was changed`);
    }
}

async function restore(session: Session): Promise<Result> {
    const { args, target, documents, services, clock, notify } = session;
    const prepared = await orRefused(() => prepare(documents, target, clock.now(), args.point));
    const report = reportOf(session, prepared);
    const result = (text: string, more: Partial<Report> = {}): Result => ({
        text: args.json ? JSON.stringify({ ...report, ...more }, null, 4) : text,
        code: 0,
    });
    if (prepared.isComplete) return result(`${target.identifier} was already restored from ${report.point}`);
    if (prepared.isContinued) notify(`Continues the restore that was started at ${report.startedAt}`);
    notify(describePoint(report));
    const stages = restoreStages(prepared.plan);
    print(stages, notify);
    if (args.dryRun) return result("Nothing was changed: dry run");
    await confirm({ args, services }, target.environment, `${report.replaced} keeps the documents that ${target.identifier} has now. `);
    await perform(session, stages);
    const seconds = Math.round((clock.now() - Date.parse(report.startedAt)) / 1000);
    const text = [
        `${target.identifier} contains the documents of ${report.pointCreatedAt ?? report.point}, after ${duration(seconds)}`,
        `The old cluster is ${report.replaced}. When you don't need it, run: npm run restore-documents -- ${target.stack} --cleanup`,
    ].join("\n");
    return result(text, { seconds });
}

function reportOf({ args, target }: Session, { plan: { names, restore }, point }: Prepared): Report {
    return {
        ...{ stack: target.stack, region: target.region, cluster: target.identifier, dryRun: args.dryRun, point: restore.point },
        ...(point && {
            pointCreatedAt: isoTime(point.createdAt),
            ageSeconds: Math.round((Date.parse(restore.startedAt) - point.createdAt) / 1000),
        }),
        ...{ startedAt: restore.startedAt, replaced: names.retired },
    };
}

function describePoint({ point, pointCreatedAt, ageSeconds }: Report): string {
    if (pointCreatedAt === undefined || ageSeconds === undefined) return `Recovery point ${point}`;
    return `Recovery point ${point} of ${pointCreatedAt}, ${duration(ageSeconds)} old: documents that were written later aren't in it`;
}

/** Such as `2 h 5 min`. */
function duration(seconds: number): string {
    const minutes = Math.round(seconds / 60);
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const print = (stages: Stages, notify: Io["notify"]): void => {
    for (const { text, irreversible } of stages.flat()) notify(`    ${text}${irreversible ? " (can't be undone)" : ""}`);
};

/** After a change, DocumentDB rejects others for a while, although the cluster is available. */
const PATIENCE = 24;

async function perform({ clock, notify, guard }: Session, stages: Stages): Promise<void> {
    try {
        await performAll(stages, { clock, notify, guard, patience: PATIENCE });
    } catch (error) {
        if (error instanceof ExitError) throw error;
        throw new ExitError(`${lineOf(error)}. When the cause is fixed, run the same command again: it continues`, 1);
    }
}

async function cleanup(session: Session): Promise<Result> {
    const { args, target, documents, services, notify } = session;
    const deletions = await orRefused(async () => {
        await checkAccount(documents, target);
        return deletionsIn(documents, target.identifier);
    });
    const stages = deletionStages(documents, deletions);
    print(stages, notify);
    const result = (text: string): Result => ({
        text: args.json ? JSON.stringify({ dryRun: args.dryRun, deleted: deletions }, null, 4) : text,
        code: 0,
    });
    if (deletions.length === 0) return result("No cluster was replaced");
    if (args.dryRun) return result("Nothing was changed: dry run");
    await confirm({ args, services }, target.environment, "The deletion can't be undone, except from the snapshots. ");
    await perform(session, stages);
    return result(`DocumentDB is deleting ${deletions.map(({ identifier }) => identifier).join(", ")}`);
}
