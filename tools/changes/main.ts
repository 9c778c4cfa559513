/** `npm run changes`: what an update replaces, deletes or restarts, what is lost, and what AWS will refuse. */
import { readFileSync } from "node:fs";
import { messageOf } from "../../components/internal/unknown";
import { letReadersStop, printError } from "../output";
import { accept } from "./accept";
import { type ChangesArguments, parseChangesArguments, USAGE } from "./arguments";
import { judge } from "./judge";
import { parsePreview } from "./preview";
import { runPreview } from "./pulumi";
import { exitCodeOf, render, reportOf } from "./report";
import type { ChangeSet } from "./types";

async function main(): Promise<{ text: string; code: 0 | 1 }> {
    const args = parseChangesArguments(process.argv.slice(2));
    if (args.help) return { text: USAGE, code: 0 };
    const changes = await changesOf(args);
    const findings = changes.changes.map(judge);
    accept(findings, args.accept);
    const report = reportOf(changes, findings);
    return { text: args.json ? JSON.stringify(report, null, 4) : render(report), code: exitCodeOf(report) };
}

async function changesOf({ stack, file, against, set }: ChangesArguments): Promise<ChangeSet> {
    if (against !== undefined) {
        // Loaded only here: it loads the program.
        const { compareWithExport } = await import("./against");
        return named(against, () => compareWithExport(textOf(against), { stack, set, file: against }));
    }
    if (file !== undefined) return named(file, () => parsePreview(textOf(file), file === "-" ? "preview" : `preview in ${file}`));
    const { isTTY } = process.stderr;
    console.error(`Running \`pulumi preview\` of ${stack} ...`);
    const progress = isTTY ? (resources: number) => process.stderr.write(`\r${resources} resources`) : undefined;
    const text = await runPreview({ stack, progress });
    if (isTTY) process.stderr.write("\n");
    return parsePreview(text, `preview of ${stack}`);
}

function textOf(file: string): string {
    try {
        return readFileSync(file === "-" ? 0 : file, "utf8");
    } catch {
        throw new Error("no such file, or it can't be read");
    }
}

/** Errors about a file name it. */
async function named<T>(file: string, read: () => T | Promise<T>): Promise<T> {
    try {
        return await read();
    } catch (error) {
        throw new Error(`${file === "-" ? "standard input" : file}: ${messageOf(error)}`);
    }
}

letReadersStop();

main().then(
    ({ text, code }) => {
        process.stdout.write(`${text}\n`, () => process.exit(code));
    },
    (error: unknown) => {
        printError(error);
        process.exit(2);
    },
);
