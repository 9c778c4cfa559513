import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const root = path.resolve(__dirname, "..", "..");

/** A copy of the project in a temporary folder. */
export class ProjectCopy {
    readonly folder = mkdtempSync(path.join(tmpdir(), "ai-platform-adopted-"));

    constructor() {
        const left = new Set(["node_modules", ".git", "dist", ".cache"]);
        cpSync(root, this.folder, { recursive: true, filter: (file) => file === root || !left.has(path.basename(file)) });
        // Links to the packages, and a cache of its own.
        mkdirSync(path.join(this.folder, "node_modules"));
        for (const name of readdirSync(path.join(root, "node_modules"))) {
            if (name !== ".cache") symlinkSync(path.join(root, "node_modules", name), path.join(this.folder, "node_modules", name));
        }
    }

    file = (name: string) => path.join(this.folder, name);

    /** Runs a command as a step of a workflow, and shows what it prints. */
    run(command: string): Promise<void> {
        const env: NodeJS.ProcessEnv = { ...process.env, GITHUB_STEP_SUMMARY: this.file("node_modules/summary.md") };
        // The adopter's own run: no report for the suite around it, no checks of the published project.
        for (const name of ["MOCHA_REPORT", "RELEASE_CHECKS", "NODE_OPTIONS"]) Reflect.deleteProperty(env, name);
        console.log(`      $ ${command.trim().split("\n").join("\n        ")}`);
        return new Promise((done, fail) => {
            const child = spawn("bash", ["-e", "-c", command], { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
            let printed = "";
            for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (printed += text.toString()));
            child.on("error", fail);
            child.on("close", (code) => {
                if (code === 0) done();
                else fail(new Error(`${command} ended with ${String(code)}:\n${printed.slice(-20_000)}`));
            });
        });
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}
