import { IngestError, isRetryable } from "./errors";

/** Time and randomness, replaceable in tests. */
export interface Clock {
    /** Milliseconds since 1970. */
    now(): number;
    /** Resolves after the delay. */
    sleep(milliseconds: number): Promise<void>;
    /** Random number from 0 to 1. */
    random(): number;
}

export const systemClock: Clock = {
    now: Date.now,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    random: Math.random,
};

const MAX_ATTEMPTS = 6;
const BASE_DELAY = 500;
const MAX_DELAY = 8000;

/**
 * Calls `work` up to six times if it fails with a retryable error. Uses exponential backoff from 0.5 to 8 seconds with full jitter, so that
 * functions that were throttled at the same time don't retry at the same time.
 *
 * @param deadline milliseconds since 1970 after which no new attempt starts
 * @throws the last error
 */
export async function retrying<T>(work: () => Promise<T>, clock: Clock, deadline: number, onRetry: (error: unknown) => void): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await work();
        } catch (error) {
            const delay = clock.random() * Math.min(MAX_DELAY, BASE_DELAY * 2 ** (attempt - 1));
            if (attempt === MAX_ATTEMPTS || !isRetryable(error) || clock.now() + delay >= deadline) throw error;
            onRetry(error);
            await clock.sleep(delay);
        }
    }
}

/**
 * Calls `work` with a time limit. It returns at the limit, even if the operation ignores its signal.
 *
 * @param outer aborts the call early, such as at the deadline of the invocation
 * @throws IngestError `AttemptTimeout` at the limit, `DeadlineExceeded` if `outer` aborts
 */
export async function limited<T>(work: (signal: AbortSignal) => Promise<T>, milliseconds: number, outer?: AbortSignal): Promise<T> {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let onOuter: (() => void) | undefined;
    const stopped = new Promise<never>((_, reject) => {
        const stop = (error: IngestError) => {
            reject(error);
            controller.abort();
        };
        timer = setTimeout(() => {
            stop(new IngestError("AttemptTimeout", `no response within ${milliseconds} ms`));
        }, milliseconds);
        onOuter = () => {
            stop(new IngestError("DeadlineExceeded", "the invocation ran out of time"));
        };
        if (outer?.aborted) onOuter();
        else outer?.addEventListener("abort", onOuter);
    });
    try {
        // If the budget is used up, the call doesn't start.
        return await Promise.race([stopped, controller.signal.aborted ? stopped : work(controller.signal)]);
    } finally {
        clearTimeout(timer);
        if (onOuter) outer?.removeEventListener("abort", onOuter);
    }
}
