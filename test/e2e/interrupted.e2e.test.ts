import { expect } from "chai";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { Report } from "../../tools/resume/command";
import { parseState } from "../../tools/resume/state";
import { type Deployment, missing, Project, skipIfMissing } from "./support";

const ROOT = path.resolve(__dirname, "..", "..");

/** Numbers of created resources after which the update is killed: after roles and keys, buckets and secrets, and their dependents. */
const KILLS = [40, 60, 80];

describe("an update that is killed three times", function () {
    this.timeout(30 * 60_000);
    let project: Project;
    let dev: Deployment;

    before(async function () {
        skipIfMissing(this);
        project = new Project();
        dev = await project.stack("dev", { "ai-platform:protectData": "false" });
    });
    after(() => {
        if (!missing()) project.remove();
    });

    const env = () => ({ ...process.env, ...dev.stack.workspace.envVars, PULUMI_DEBUG_COMMANDS: "true" });
    const run = (file: string, args: string[]) => execFileSync(file, args, { cwd: project.folder, env: env(), encoding: "utf8" });
    const pendingOf = () => parseState(run("pulumi", ["stack", "export", "--stack", "dev"])).pending.map(({ urn }) => urn);

    /** Kills an update, and all processes that it started, after some resources were created. */
    async function killAfter(resources: number): Promise<void> {
        const log = path.join(project.folder, "events.json");
        rmSync(log, { force: true });
        const args = ["up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive", "--event-log", log];
        const child = spawn("pulumi", args, { cwd: project.folder, env: env(), detached: true, stdio: "ignore" });
        const ended = new Promise((done) => child.once("close", done));
        const created = () => (existsSync(log) ? readFileSync(log, "utf8").split('"resOutputsEvent"').length - 1 : 0);
        while (child.exitCode === null && created() < resources) await new Promise((done) => setTimeout(done, 50));
        if (child.exitCode !== null) throw new Error(`the update ended with ${child.exitCode} before it was killed`);
        process.kill(-(child.pid ?? 0), "SIGKILL");
        await ended;
        removeEmptyAttributes();
        run("pulumi", ["cancel", "--stack", "dev", "--yes"]);
    }

    /** The file backend can leave an empty attributes file, which it can't read. Other backends don't have such files. */
    function removeEmptyAttributes(): void {
        const folder = path.join(project.folder, "state");
        for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
            const file = path.join(folder, name);
            if (name.endsWith(".attrs") && statSync(file).size === 0) rmSync(file);
        }
    }

    for (const resources of KILLS) {
        it(`can be repaired after ${resources} resources`, async () => {
            await killAfter(resources);
            const pending = pendingOf();
            const report = JSON.parse(
                run(process.execPath, [path.join(ROOT, "tools/run.cjs"), "resume", "dev", "--yes", "--json"]),
            ) as Report;
            expect(report.pending.map(({ urn }) => urn)).to.have.members(pending);
            expect(report.pending.filter(({ status }) => status === "foreign" || status === "unknown")).to.deep.equal([]);
            expect(pendingOf()).to.deep.equal([]);
            const imported = report.pending.flatMap(({ urn, id }) => (id === undefined ? [] : [urn]));
            const { resources: state } = parseState(run("pulumi", ["stack", "export", "--stack", "dev"]));
            expect(state.map(({ urn }) => urn)).to.include.members(imported);
        });
    }

    it("completes, and leaves no changes", async () => {
        await dev.up();
        expect(await dev.preview()).to.deep.equal({});
    });

    it("is destroyed completely", async () => {
        await dev.destroy();
        expect(await dev.resources()).to.deep.equal([]);
    });
});
