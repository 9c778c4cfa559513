import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "../command";
import { type OnInterrupt, onSignals } from "../interrupt";
import { Clients } from "../preflight/clients";
import { parseTaskArguments, USAGE } from "./arguments";
import { type Definition, readOutputs, type ReadOutputs, type StackTasks, tasksOf } from "./outputs";
import { type Finished, runToEnd } from "./run";

interface Services {
    clients: (profile?: string) => Pick<Clients, "ecs" | "logs">;
    outputs: ReadOutputs;
    /** Prints a line to standard output. */
    print: (line: string) => void;
    sleep: (milliseconds: number) => Promise<void>;
    onInterrupt: OnInterrupt;
    exit: (code: number) => void;
}

const INTERRUPTED = 130;

const services: Services = {
    clients: (profile) => new Clients(profile),
    outputs: readOutputs,
    print: (line) => process.stdout.write(`${line}\n`),
    sleep,
    onInterrupt: onSignals("SIGINT"),
    exit: (code) => process.exit(code),
};

/** `npm run task`: runs a task once, follows its logs, and exits with the exit code of its container. */
export const taskCommand = (overrides: Partial<Services> = {}): Command => ({
    usageCode: 2,
    async run(argv, { notify }) {
        const { name, stack, command, json, profile, help } = parseTaskArguments(argv);
        if (help) return { text: USAGE, code: 0 };
        const { clients, outputs, print, sleep: pause, onInterrupt, exit } = { ...services, ...overrides };
        const tasks = tasksOf(stack, await outputs(stack));
        const definition = definitionOf(tasks, stack, name);
        if (definition.kind === "service" && !command)
            throw new Error(`${name} is a service, whose own command doesn't end by itself: pass --command`);
        const state = { isInterrupted: false };
        const end = onInterrupt(() => {
            if (state.isInterrupted) exit(INTERRUPTED);
            state.isInterrupted = true;
        });
        try {
            const context = {
                ...{ tasks, definition, notify, clients: clients(profile), sleep: pause },
                // Standard output contains only the JSON.
                print: json ? notify : print,
                isInterrupted: () => state.isInterrupted,
            };
            const finished = await runToEnd(context, command);
            const code = state.isInterrupted ? INTERRUPTED : (finished.exitCode ?? 1);
            return { text: json ? JSON.stringify({ stack, name, ...finished }, null, 4) : summaryOf(name, finished), code };
        } finally {
            end();
        }
    },
});

function definitionOf({ definitions }: StackTasks, stack: string, name: string): Definition {
    const definition = definitions[name];
    if (definition) return definition;
    throw new Error(`${stack} has no task ${name}: it must be one of ${Object.keys(definitions).sort().join(", ")}`);
}

function summaryOf(name: string, { exitCode, reason, logGroup, logStream }: Finished): string {
    if (exitCode === 0) return `${name} exited with 0`;
    return `${name} ${exitCode === undefined ? "has no exit code" : `exited with ${exitCode}`}: ${reason}\nLog group ${logGroup}, stream ${logStream}`;
}
