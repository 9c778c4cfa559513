/** The clock of this process, and its terminal. */
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "./ports";

/** Resolves to undefined at Ctrl-C. */
async function question(text: string): Promise<string | undefined> {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const closed = new Promise<undefined>((done) => {
        lines.once("close", () => {
            done(undefined);
        });
    });
    try {
        return await Promise.race([lines.question(text), closed]);
    } finally {
        lines.close();
    }
}

/** Asks the user. Undefined if standard input isn't a terminal. */
export const ask = process.stdin.isTTY ? question : undefined;

export const clock: Clock = {
    now: () => Date.now(),
    sleep: (milliseconds) => sleep(milliseconds),
    every: (milliseconds, call) => {
        const timer = setInterval(() => void call(), milliseconds);
        return () => {
            clearInterval(timer);
        };
    },
};
