import { readFileSync } from "node:fs";
import { messageOf } from "../../components/internal/unknown";
import type { Command, Io } from "../command";
import { accept } from "./accept";
import { type ChangesArguments, parseChangesArguments, USAGE } from "./arguments";
import { judge } from "./judge";
import { parsePreview } from "./preview";
import { runPreview } from "./pulumi";
import { exitCodeOf, render, reportOf } from "./report";
import type { ChangeSet } from "./types";

/** `npm run changes`: resources that an update replaces, deletes, or restarts, the losses, and the changes that AWS rejects. */
export const changesCommand: Command = {
    errorCode: 2,
    async run(argv, io) {
        const args = parseChangesArguments(argv);
        if (args.help) return { text: USAGE, code: 0 };
        const changes = await changesOf(args, io);
        const findings = judge(changes.changes);
        accept(findings, args.accept);
        const report = reportOf(changes, findings);
        return { text: args.json ? JSON.stringify(report, null, 4) : render(report), code: exitCodeOf(report) };
    },
};

async function changesOf(args: ChangesArguments, { directory, readInput, notify }: Io): Promise<ChangeSet> {
    const { stack, file, against, set } = args;
    const read = (name: string) => textOf(() => (name === "-" ? readInput() : readFileSync(name, "utf8")));
    if (against !== undefined) {
        // Imported only here, because it loads the program.
        const { compareWithExport } = await import("./against");
        return named(against, () => compareWithExport(read(against), { directory, stack, set, file: against }));
    }
    if (file !== undefined) return named(file, () => parsePreview(read(file), file === "-" ? "preview" : `preview in ${file}`));
    const { isTTY } = process.stderr;
    notify(`Running \`pulumi preview\` of ${stack} ...`);
    const progress = isTTY ? (resources: number) => process.stderr.write(`\r${resources} resources`) : undefined;
    const text = await runPreview({ stack, progress });
    if (isTTY) process.stderr.write("\n");
    return parsePreview(text, `preview of ${stack}`);
}

function textOf(read: () => string): string {
    try {
        return read();
    } catch {
        throw new Error("no such file, or it can't be read");
    }
}

/** Adds the name of the file to errors. */
async function named<T>(file: string, read: () => T | Promise<T>): Promise<T> {
    try {
        return await read();
    } catch (error) {
        throw new Error(`${file === "-" ? "standard input" : file}: ${messageOf(error)}`);
    }
}
