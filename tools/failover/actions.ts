import { ExitError } from "../command";
import { isTransient, lineOf } from "./errors";
import { type Clock, isUnreachable } from "./ports";

/** A change and the check for it, so that the change can be repeated after an interruption. */
export interface Action {
    /** For the plan: `Promote the database ai-platform-dr`. */
    text: string;
    /** Whether it can't be undone. */
    irreversible?: boolean;
    /** Returns true if there's nothing to do, or else what is missing. */
    check: () => Promise<true | string>;
    act: () => Promise<void>;
    /** How long to wait until it's done, in milliseconds. @default two minutes */
    timeout?: number;
}

/** Actions that run at the same time, after those of the previous stage. */
export type Stages = Action[][];

export interface Performer {
    clock: Clock;
    /** Prints a line of progress. */
    notify: (line: string) => void;
    /** Called before each change. Throws if the change must not be made. */
    guard: () => Promise<void>;
    /** How many failures in a row to tolerate. @default 5 */
    patience?: number;
}

const POLL = 5000;
/** Time after which a request without effect is sent again. */
const REPEAT = 60_000;
const TIMEOUT = 120_000;

export const minutes = (count: number): number => count * 60_000;

export async function performAll(stages: Stages, performer: Performer): Promise<void> {
    for (const stage of stages) {
        const results = await Promise.allSettled(stage.map((action) => perform(action, performer)));
        const failed = results.find((result) => result.status === "rejected");
        if (failed) throw failed.reason;
    }
}

/**
 * Checks whether the change is necessary, makes it, and waits until it's done.
 *
 * @throws Error if it isn't done in time, or if AWS rejects it
 */
export async function perform(action: Action, performer: Performer): Promise<void> {
    const { clock, notify, guard, patience = 5 } = performer;
    const { text, timeout = TIMEOUT } = action;
    const start = clock.now();
    let actedAt: number | undefined;
    let shown = "";
    let failures = 0;
    for (;;) {
        let state: true | string;
        try {
            state = await action.check();
            if (state === true) return;
            if (actedAt === undefined || clock.now() - actedAt >= REPEAT) {
                await guard();
                const isFirst = actedAt === undefined;
                actedAt = clock.now();
                await action.act();
                failures = 0;
                // Most changes take effect immediately.
                if (isFirst) continue;
            }
        } catch (error) {
            if (!(isTransient(error) || isUnreachable(error)) || failures++ >= patience) throw withText(text, error);
            state = lineOf(error);
            actedAt = undefined;
        }
        if (clock.now() - start >= timeout) throw new Error(`${text}: ${state}, after ${Math.round(timeout / 1000)} seconds`);
        if (state !== shown) notify(`    ${text}: ${state}`);
        shown = state;
        await guard();
        await clock.sleep(POLL);
    }
}

function withText(text: string, error: unknown): unknown {
    // Callers must still be able to check the type of the error.
    if (error instanceof Error && !(error instanceof ExitError) && !error.message.startsWith(text))
        error.message = `${text}: ${error.message}`;
    return error;
}
