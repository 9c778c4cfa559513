import { spawn } from "node:child_process";

/** Runs the Pulumi CLI with a standard input, and returns its standard output. Its messages go to standard error. */
export type Pulumi = (args: string[], input?: string) => Promise<string>;

/** @throws Error if there is no `pulumi`, or if it fails */
export const pulumi: Pulumi = (args, input) =>
    new Promise((resolve, reject) => {
        const child = spawn("pulumi", [...args, "--non-interactive"], { stdio: ["pipe", "pipe", "inherit"] });
        child.stdin.end(input);
        const chunks: Buffer[] = [];
        child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
        child.once("error", (error: NodeJS.ErrnoException) => {
            reject(error.code === "ENOENT" ? new Error("pulumi isn't on PATH: install it first") : error);
        });
        child.once("close", (code) => {
            if (code === 0) resolve(Buffer.concat(chunks).toString());
            else reject(new Error(`\`pulumi ${args.slice(0, 2).join(" ")}\` failed with exit code ${code ?? "none"}`));
        });
    });

/** Prints the state. Secrets in it are encrypted. */
export const exportOf = (stack: string): string[] => ["stack", "export", "--stack", stack];

/** Replaces the state with standard input. */
export const importOf = (stack: string): string[] => ["stack", "import", "--stack", stack];

/** Reads the imported resources from AWS. A refresh of the whole stack would also record drift. */
export const refreshOf = (stack: string, urns: string[]): string[] => [
    ...["refresh", "--stack", stack, "--yes", "--skip-preview"],
    ...urns.flatMap((urn) => ["--target", urn]),
];
