import { spawn } from "node:child_process";

export interface PulumiOptions {
    /** Standard input. */
    input?: string;
    /** Added to the environment. */
    env?: Record<string, string>;
    /** Called with each part of standard output. */
    onOutput?: (text: string) => void;
    /** Advice if the CLI isn't installed. @default install it */
    otherwise?: string;
}

export interface PulumiRun {
    stdout: string;
    /** Exit code; null if a signal ended the process. */
    code: number | null;
}

/**
 * Runs the Pulumi CLI without prompts. Its messages go to standard error.
 *
 * @throws Error if there is no `pulumi` on PATH
 */
export function runPulumi(
    args: string[],
    { input, env = {}, onOutput, otherwise = "install it first" }: PulumiOptions = {},
): Promise<PulumiRun> {
    return new Promise((resolve, reject) => {
        const child = spawn("pulumi", [...args, "--non-interactive"], {
            env: { ...process.env, ...env },
            stdio: ["pipe", "pipe", "inherit"],
        });
        // A process that ends early closes its input. Its exit code shows the reason.
        child.stdin.on("error", () => undefined);
        child.stdin.end(input);
        const chunks: Buffer[] = [];
        child.stdout.on("data", (chunk: Buffer) => {
            chunks.push(chunk);
            onOutput?.(chunk.toString());
        });
        child.once("error", (error: NodeJS.ErrnoException) => {
            reject(error.code === "ENOENT" ? new Error(`pulumi isn't on PATH: ${otherwise}`) : error);
        });
        child.once("close", (code) => {
            resolve({ stdout: Buffer.concat(chunks).toString(), code });
        });
    });
}
