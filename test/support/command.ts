import { execFile } from "node:child_process";
import path from "node:path";
import { type Command, type Outcome, outcomeOf } from "../../tools/command";
import { FIXTURES } from "./plans";

/** Runs a command in this process, with the tests' stack files. */
export async function ran(command: Command, args: string[], input = ""): Promise<Outcome> {
    const lines: string[] = [];
    const io = { directory: FIXTURES, readInput: () => input, notify: (line: string) => void lines.push(`${line}\n`) };
    const { stdout, stderr, code } = await outcomeOf(command, args, io);
    return { stdout, stderr: lines.join("") + stderr, code };
}

/** Starts a tool as `npm run` does, bundled and in a separate process. */
export const started = (tool: string, ...args: string[]): Promise<Outcome> =>
    new Promise((done) => {
        const command = [path.resolve("tools/run.cjs"), tool, ...args];
        const child = execFile(process.execPath, command, { cwd: FIXTURES, maxBuffer: 64e6 }, (error, stdout, stderr) => {
            done({ stdout, stderr, code: error ? Number(error.code) : 0 });
        });
        child.stdin?.end();
    });
