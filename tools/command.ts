import { readFileSync } from "node:fs";
import { UsageError } from "./arguments";
import { errorLine } from "./output";

/** The parts of the process that a command uses. */
export interface Io {
    /** Folder of the stack files. */
    directory: string;
    /** Reads standard input as text. */
    readInput: () => string;
    /** Prints a line to standard error. */
    notify: (line: string) => void;
}

export interface Result {
    /** Text for standard output. */
    text: string;
    /** Exit code. */
    code: number;
}

export interface Command {
    /** @throws Error with a message for the user */
    run: (argv: string[], io: Io) => Promise<Result>;
    /** Exit code after an error. @default 1 */
    errorCode?: number;
    /** Exit code after wrong arguments. @default `errorCode` */
    usageCode?: number;
}

/** An error with an exit code of its own. */
export class ExitError extends Error {
    constructor(
        message: string,
        readonly code: number,
    ) {
        super(message);
    }
}

/** The output and exit code of a process. */
export interface Outcome {
    stdout: string;
    stderr: string;
    code: number;
}

/** Runs a command without ending the process. An error becomes a message without a stack trace. */
export async function outcomeOf({ run, errorCode = 1, usageCode = errorCode }: Command, argv: string[], io: Io): Promise<Outcome> {
    try {
        const { text, code } = await run(argv, io);
        return { stdout: `${text}\n`, stderr: "", code };
    } catch (error) {
        const code = error instanceof UsageError ? usageCode : error instanceof ExitError ? error.code : errorCode;
        return { stdout: "", stderr: `${errorLine(error)}\n`, code };
    }
}

/** Runs a command as this process: with its arguments, output, and exit code. */
export function runProcess(command: Command): void {
    // The SDK's pinned version supports the Node.js versions of package.json, so its notice about later versions doesn't concern users.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    let finished = false;
    // The reader of standard output can stop early, as in `| head`.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
        finished = true;
        process.exit(0);
    });
    // If the program waits for a promise that never resolves, the process exits without an error.
    process.exitCode = command.errorCode ?? 1;
    process.once("exit", () => {
        if (!finished) console.error("error: the program didn't finish: it waits for a promise or output that never resolves");
    });
    const io = { directory: process.cwd(), readInput: () => readFileSync(0, "utf8"), notify: console.error };
    void outcomeOf(command, process.argv.slice(2), io).then(({ stdout, stderr, code }) => {
        finished = true;
        process.stderr.write(stderr);
        // Timers of the SDK would keep the process running.
        process.stdout.write(stdout, () => process.exit(code));
    });
}
