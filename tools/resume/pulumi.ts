import { runPulumi } from "../pulumi";

/** Runs the Pulumi CLI with a standard input, and returns its standard output. */
export type Pulumi = (args: string[], input?: string) => Promise<string>;

/** @throws Error if there is no `pulumi`, or if it fails */
export const pulumi: Pulumi = async (args, input) => {
    const { stdout, code } = await runPulumi(args, { input });
    if (code !== 0) throw new Error(`\`pulumi ${args.slice(0, 2).join(" ")}\` failed with exit code ${code ?? "none"}`);
    return stdout;
};

/** Prints the state. Secrets in it are encrypted. */
export const exportOf = (stack: string): string[] => ["stack", "export", "--stack", stack];

/** Replaces the state with standard input. */
const importOf = (stack: string): string[] => ["stack", "import", "--stack", stack];

/**
 * Replaces a state, unless it has changed since it was read.
 *
 * @throws Error if it has changed
 */
export async function replaceState(run: Pulumi, stack: string, text: string, replacement: string): Promise<void> {
    if ((await run(exportOf(stack))) !== text)
        throw new Error(`the state of ${stack} has changed: repeat the command when no update is running`);
    await run(importOf(stack), replacement);
}

/** Reads the imported resources from AWS. A refresh of the whole stack would also record drift. */
export const refreshOf = (stack: string, urns: string[]): string[] => [
    ...["refresh", "--stack", stack, "--yes", "--skip-preview"],
    ...urns.flatMap((urn) => ["--target", urn]),
];
