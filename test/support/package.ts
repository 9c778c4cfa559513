/** Packs the library and installs it in another program. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";

/** Runs a command, and returns what it writes to standard output. */
export function run(command: string, args: string[], cwd: string): Promise<string> {
    return new Promise((done, fail) => {
        execFile(command, args, { cwd, maxBuffer: 64e6 }, (error, stdout, stderr) => {
            if (error) fail(new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`));
            else done(stdout);
        });
    });
}

/** Packs a copy of the project, so that nothing is left in this one, and installs it beside its dependencies. Needs no network. */
export async function installPackage(directory: string): Promise<{ program: string; files: string[] }> {
    const copy = path.join(directory, "project");
    const left = new Set(["node_modules", ".git", "dist", ".cache"]);
    cpSync(".", copy, { recursive: true, filter: (file) => !left.has(path.basename(file)) });
    symlinkSync(path.resolve("node_modules"), path.join(copy, "node_modules"));
    const [packed] = JSON.parse(await run("npm", ["pack", "--json", "--offline", "--pack-destination", directory], copy)) as {
        filename: string;
        files: { path: string }[];
    }[];
    if (!packed) throw new Error("npm packed nothing");

    const program = path.join(directory, "program");
    const installed = path.join(program, "node_modules", "ai-platform");
    mkdirSync(installed, { recursive: true });
    await run("tar", ["-xzf", path.join(directory, packed.filename), "--strip-components=1", "-C", installed], directory);
    const { dependencies } = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8")) as {
        dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) {
        const link = path.join(program, "node_modules", name);
        mkdirSync(path.dirname(link), { recursive: true });
        symlinkSync(path.resolve("node_modules", name), link);
    }
    return { program, files: packed.files.map((it) => it.path) };
}
