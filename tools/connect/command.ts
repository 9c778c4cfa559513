import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "../command";
import { type OnInterrupt, onSignals } from "../interrupt";
import { Clients } from "../preflight/clients";
import { readOutputs, type ReadOutputs } from "../task/outputs";
import { parseConnectArguments, USAGE } from "./arguments";
import { connectOf, type Context, sessionArguments, startTask, stopTask } from "./session";

interface Services {
    clients: (profile?: string) => Pick<Clients, "ecs">;
    outputs: ReadOutputs;
    isOnPath: (program: string) => boolean;
    /** Runs the AWS CLI with the terminal of this process until it ends. Returns its exit code; null after a signal. */
    aws: (args: string[]) => Promise<number | null>;
    sleep: (milliseconds: number) => Promise<void>;
    onInterrupt: OnInterrupt;
}

const services: Services = {
    clients: (profile) => new Clients(profile),
    outputs: readOutputs,
    isOnPath,
    aws: (args) =>
        new Promise((resolve, reject) => {
            const child = spawn("aws", args, { stdio: "inherit" });
            child.once("error", reject);
            child.once("close", resolve);
        }),
    sleep,
    onInterrupt: onSignals("SIGINT", "SIGTERM"),
};

const PROGRAMS: Record<string, string> = {
    aws: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    "session-manager-plugin":
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html",
};

/** `npm run connect`: forwards a local port to the database. */
export const connectCommand = (overrides: Partial<Services> = {}): Command => ({
    usageCode: 2,
    async run(argv, { notify }) {
        const { stack, port, profile, help } = parseConnectArguments(argv);
        if (help) return { text: USAGE, code: 0 };
        const { clients, outputs, isOnPath: isThere, aws, sleep: pause, onInterrupt } = { ...services, ...overrides };
        for (const [program, page] of Object.entries(PROGRAMS))
            if (!isThere(program)) throw new Error(`${program} isn't on PATH. Install it: ${page}`);
        const { tasks, connect } = connectOf(stack, await outputs(stack));
        const state = { isInterrupted: false };
        const end = onInterrupt(() => {
            state.isInterrupted = true;
        });
        const context: Context = {
            tasks,
            connect,
            ecs: clients(profile).ecs(tasks.region),
            sleep: pause,
            isInterrupted: () => state.isInterrupted,
        };
        let taskArn: string | undefined;
        try {
            notify("Starting a task in the stack's network. This takes about a minute ...");
            const target = await startTask(context, (arn) => {
                taskArn = arn;
            });
            if (target === undefined) return { text: "Interrupted", code: 1 };
            const { host, dbName } = connect;
            notify(
                `psql "host=${host} hostaddr=127.0.0.1 port=${port} dbname=${dbName} sslmode=verify-full sslrootcert=global-bundle.pem user=USER"`,
            );
            const code = await aws(sessionArguments(target, { tasks, connect, port, profile }));
            // Ctrl-C is the way to end a session.
            if (code !== 0 && !state.isInterrupted) return { text: `The session failed with exit code ${code ?? "none"}`, code: 1 };
            return { text: "The session has ended", code: 0 };
        } finally {
            if (taskArn !== undefined) await stopTask(context, taskArn, notify);
            end();
        }
    },
});

function isOnPath(program: string): boolean {
    const names = process.platform === "win32" ? [`${program}.exe`, `${program}.cmd`] : [program];
    const folders = (process.env.PATH ?? "").split(path.delimiter);
    return folders.some((folder) => names.some((name) => isExecutable(path.join(folder, name))));
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
