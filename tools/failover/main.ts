import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { runProcess } from "../command";
import { onSignals } from "../interrupt";
import { failoverCommand } from "./command";
import { httpStatus, sdk } from "./sdk";

/** Resolves to undefined at Ctrl-C. */
async function ask(question: string): Promise<string | undefined> {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const closed = new Promise<undefined>((done) => {
        lines.once("close", () => {
            done(undefined);
        });
    });
    try {
        return await Promise.race([lines.question(question), closed]);
    } finally {
        lines.close();
    }
}

runProcess(
    failoverCommand({
        ...sdk(),
        httpStatus,
        clock: {
            now: () => Date.now(),
            sleep: (milliseconds) => sleep(milliseconds),
            every: (milliseconds, call) => {
                const timer = setInterval(() => void call(), milliseconds);
                return () => {
                    clearInterval(timer);
                };
            },
        },
        ask: process.stdin.isTTY ? ask : undefined,
        onInterrupt: onSignals("SIGINT", "SIGTERM"),
        exit: (code) => process.exit(code),
        process: `${hostname()}, process ${process.pid}, ${randomUUID().slice(0, 8)}`,
    }),
);
