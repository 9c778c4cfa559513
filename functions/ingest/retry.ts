import { isRetryable } from "./errors";

/** The passing of time, so that tests need not wait. */
export interface Clock {
    /** Milliseconds since 1970. */
    now(): number;
    /** Resolves after so many milliseconds. */
    sleep(milliseconds: number): Promise<void>;
    /** From 0 to 1. */
    random(): number;
}

export const systemClock: Clock = {
    now: Date.now,
    sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
    random: Math.random,
};

const ATTEMPTS = 6;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 8000;

/**
 * Tries work up to six times while its error is one that passes, waiting between tries for a random part of 0.5, 1, 2, 4, 8 seconds: functions
 * that were throttled together do not come back together.
 *
 * @param deadline milliseconds since 1970 after which no new try begins
 * @throws the last error
 */
export async function retrying<T>(work: () => Promise<T>, clock: Clock, deadline: number, onRetry: (error: unknown) => void): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await work();
        } catch (error) {
            const delay = clock.random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
            if (attempt === ATTEMPTS || !isRetryable(error) || clock.now() + delay >= deadline) throw error;
            onRetry(error);
            await clock.sleep(delay);
        }
    }
}
