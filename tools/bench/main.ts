/** `npm run bench`: how long planning takes, beside `terraform plan`, with growth and memory. Medians of five. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { readArguments } from "../arguments";
import { printError } from "../output";
import { recordServices } from "./growth";
import { median, run, type Run } from "./measure";
import { terraformOf } from "./terraform";
import { planTypes } from "./types";

const RUNS = 5;
const ROOT = process.cwd();

const USAGE = `usage: npm run bench

Times planning, beside terraform where it is on PATH: five runs each, some minutes.`;

async function main(): Promise<void> {
    const { values } = readArguments(USAGE, () => parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } }));
    if (values.help) {
        console.log(USAGE);
        return;
    }
    const folder = mkdtempSync(path.join(tmpdir(), "ai-platform-bench-"));
    await bench(folder).finally(() => {
        rmSync(folder, { recursive: true, force: true });
    });
}

async function bench(folder: string): Promise<void> {
    const cores = cpus();
    console.log(`Node.js ${process.version}, ${cores.length} cores (${cores[0]?.model ?? "unknown"}), medians of ${RUNS}`);
    const types = planTypes(ROOT);
    const { plan, peak } = benchPlan(folder);
    console.log(`plan of prod (${types.length} resources): ${shown(plan)}, peak memory ${peak} MB`);
    const terraform = benchTerraform(folder, types);
    if (typeof terraform === "string") console.log(`terraform plan: skipped, ${terraform}`);
    else {
        console.log(`terraform plan of as many: ${shown(terraform)}`);
        console.log(
            `ratio: ${(plan.wall / terraform.wall).toFixed(2)} of its time, ${(plan.user / terraform.user).toFixed(2)} of its processor time`,
        );
    }
    await benchGrowth();
}

const shown = ({ wall, user }: Run): string => `${wall.toFixed(2)} s, ${user.toFixed(2)} s of processor time`;

const repeated = (once: () => Run): Run => median(Array.from({ length: RUNS }, once));

/** As `npm run plan` does it, without npm's own half second. The first run makes the bundle, and is not counted. */
function benchPlan(folder: string): { plan: Run; peak: number } {
    const file = path.join(folder, "peak");
    const preload = path.join(folder, "peak.cjs");
    writeFileSync(
        preload,
        `process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(file)}, String(process.resourceUsage().maxRSS)));`,
    );
    const plan = (more = "") => run(`"${process.execPath}" ${more} tools/run.cjs plan prod`, { cwd: ROOT });
    plan(`--require "${preload}"`);
    return { plan: repeated(() => plan()), peak: Math.round(Number(readFileSync(file, "utf8")) / 1024) };
}

/** Why it is skipped, or what it takes. Nothing is asked of AWS: the configuration has no data source that would, and there is no state. */
function benchTerraform(folder: string, types: readonly string[]): Run | string {
    writeFileSync(path.join(folder, "main.tf"), terraformOf(types));
    const terraform = (command: string) =>
        run(`terraform ${command}`, { cwd: folder, env: { TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" } });
    try {
        run("terraform version", { cwd: folder });
    } catch {
        return "there is no terraform on PATH";
    }
    try {
        terraform("init -input=false -no-color");
    } catch (error) {
        return `terraform init found no AWS provider (${error instanceof Error ? error.message.replace(/\s+/g, " ").slice(-200) : String(error)})`;
    }
    return repeated(() => terraform("plan -input=false -no-color"));
}

async function benchGrowth(): Promise<void> {
    const times: [services: number, milliseconds: number][] = [];
    await recordServices(2); // loads and warms up
    for (const services of [1, 2, 4, 8]) {
        const runs: number[] = [];
        for (let i = 0; i < RUNS; i++) runs.push(await recordServices(services));
        times.push([services, runs.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? NaN]);
    }
    console.log(`services in one program: ${times.map(([services, ms]) => `${services} in ${ms.toFixed(0)} ms`).join(", ")}`);
    const [first, , , last] = times;
    if (first && last) console.log(`ratio of 8 to 1: ${(last[1] / first[1]).toFixed(1)} (8 is linear)`);
}

main().then(
    () => process.exit(0),
    (error: unknown) => {
        printError(error);
        process.exit(1);
    },
);
