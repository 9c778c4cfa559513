import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { ownFile } from "../../functions/bundle";

/** Response of an invocation: a result, or the name of an error. */
export interface Invocation {
    result?: SQSBatchResponse;
    error?: string;
    /** Resident memory in MiB. */
    memory: number;
    /** CPU time of the process so far, in microseconds. */
    cpu: { user: number; system: number };
}

/** State after loading the bundle. */
export interface Ready {
    loadMilliseconds: number;
    /** Resident memory in MiB. */
    memory: number;
}

type Message = { ready: Ready } | { warning: string } | ({ id: string } & Invocation);

/** A bundled function in a separate process, as in an execution environment of Lambda. */
export class LambdaProcess {
    /** Lines that the function wrote, parsed. */
    readonly lines: Record<string, unknown>[] = [];
    /** Names of warnings of Node.js. */
    readonly warnings: string[] = [];
    readonly ready: Promise<Ready>;
    private readonly child: ChildProcess;
    private readonly pending = new Map<string, { resolve: (value: Invocation) => void; reject: (error: Error) => void }>();

    /**
     * @param code path of the bundle
     * @param environment environment variables, in addition to those of this process
     * @param onLine called for each line
     */
    constructor(code: string, environment: Record<string, string>, onLine: (line: Record<string, unknown>) => void = () => undefined) {
        this.child = fork(ownFile("tools", "lambda", "worker.cjs"), [code], {
            env: { ...process.env, ...environment },
            execArgv: ["--enable-source-maps"],
            stdio: ["ignore", "pipe", "pipe", "ipc"],
        });
        for (const stream of [this.child.stdout, this.child.stderr]) {
            if (!stream) continue;
            createInterface(stream).on("line", (text) => {
                // Node.js writes warnings as text.
                if (!text.startsWith("{")) return;
                const line = JSON.parse(text) as Record<string, unknown>;
                this.lines.push(line);
                onLine(line);
            });
        }
        this.ready = new Promise((resolve, reject) => {
            this.child.on("message", (message: Message) => {
                if ("ready" in message) resolve(message.ready);
                else if ("warning" in message) this.warnings.push(message.warning);
                else this.pending.get(message.id)?.resolve(message);
            });
            this.child.on("exit", (code_, signal) => {
                const error = new Error(`the process ended (${signal ?? code_})`);
                reject(error);
                for (const { reject: fail } of this.pending.values()) fail(error);
            });
        });
        this.ready.catch(() => undefined);
    }

    /**
     * Invokes the function.
     *
     * @param timeout milliseconds that the function has
     * @throws Error if the process ends meanwhile
     */
    async invoke(event: SQSEvent, timeout: number): Promise<Invocation> {
        await this.ready;
        const id = randomUUID();
        try {
            return await new Promise<Invocation>((resolve, reject) => {
                this.pending.set(id, { resolve, reject });
                // Without a callback, a closed channel would be an uncaught error.
                this.child.send({ id, event, timeout }, (error) => {
                    if (error) reject(error);
                });
            });
        } finally {
            this.pending.delete(id);
        }
    }

    /** Ends the process immediately, with SIGKILL. */
    kill(): void {
        this.child.kill("SIGKILL");
    }

    /** Stops the process, and lets it continue, as Lambda does with an environment between invocations. */
    freeze(): void {
        this.child.kill("SIGSTOP");
    }

    thaw(): void {
        this.child.kill("SIGCONT");
    }
}
