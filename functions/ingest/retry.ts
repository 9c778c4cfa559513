import { isRetryable } from "./errors";

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
