/** `npm run bench`: measures the time of planning, compared with `terraform plan`, and its growth with the number of services; or the ingest function. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { FargateService } from "../../components";
import { messageOf } from "../../components/internal/unknown";
import { record } from "../../components/testing";
import { readArguments } from "../arguments";
import { printError } from "../output";
import { benchIngest } from "./ingest";
import { median, run, type Run } from "./measure";
import { terraformOf } from "./terraform";

const RUNS = 5;
const PLAN = `"${process.execPath}" tools/run.cjs plan prod`;

/** 19 services beside the default one. */
const MORE_SERVICES = [
    "--set ai-platform:services.api.path=/api/*",
    ...Array.from(
        { length: 19 },
        (_, i) => `--set ai-platform:services.s${i}.path=/api/s${i} --set ai-platform:services.s${i}.uses[0]=database`,
    ),
].join(" ");

const USAGE = `usage: npm run bench
       npm run bench -- ingest

Measures the offline plan of prod, \`terraform plan\` with the same number of resources (if terraform is on PATH), prod with
20 services, and programs with 1 to 8 services. Prints medians of ${RUNS} runs. Takes several minutes.

With \`ingest\`, measures the bundled ingest function with a local stub in place of AWS. DOCUMENTS_URL is the connection string of a
MongoDB-compatible database, such as mongodb://127.0.0.1:27017/.`;

async function main(): Promise<void> {
    const options = { help: { type: "boolean", short: "h", default: false } } as const;
    const { values, positionals } = readArguments(USAGE, () => parseArgs({ options, allowPositionals: true }));
    const [subject = "plan", ...others] = positionals;
    if (!["plan", "ingest"].includes(subject) || others.length > 0)
        throw new Error(`unknown argument: ${positionals.join(" ")}\n\n${USAGE}`);
    if (values.help) {
        console.log(USAGE);
        return;
    }
    const cores = cpus();
    console.log(`Node.js ${process.version}, ${cores.length} cores (${cores[0]?.model ?? "unknown"}), medians of ${RUNS}`);
    if (subject === "ingest") {
        const url = process.env.DOCUMENTS_URL;
        if (!url) throw new Error("set DOCUMENTS_URL to the connection string of a MongoDB-compatible database");
        await benchIngest(url);
        return;
    }
    const types = planTypes();
    const plan = repeated(PLAN, { cwd: process.cwd() });
    console.log(`plan of prod, ${types.length} resources: ${shown(plan)}`);
    const terraform = benchTerraform(types);
    if (typeof terraform === "string") console.log(`terraform plan: skipped, ${terraform}`);
    else {
        console.log(`terraform plan, same number of resources: ${shown(terraform)}`);
        console.log(
            `ratio: ${(plan.wall / terraform.wall).toFixed(2)} of the time, ${(plan.cpu / terraform.cpu).toFixed(2)} of the CPU time`,
        );
    }
    const many = repeated(`${PLAN} ${MORE_SERVICES}`, { cwd: process.cwd() });
    console.log(`plan of prod with 20 services: ${shown(many)}, ${(many.cpu / plan.cpu).toFixed(2)} times the CPU time of one service`);
    await benchGrowth();
}

const shown = ({ wall, cpu }: Run): string => `${wall.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU time`;

function repeated(command: string, options: { cwd: string; env?: Record<string, string> }): Run {
    const runs = Array.from({ length: RUNS }, () => run(command, options));
    return { wall: median(runs.map(({ wall }) => wall)), cpu: median(runs.map(({ cpu }) => cpu)) };
}

/** Types of the AWS resources in the plan of prod. Also creates the bundle that the measured runs use. */
function planTypes(): string[] {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", `${PLAN} --json`], { encoding: "utf8", maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(stderr);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { type: string; custom: boolean }[] } };
    return deployment.resources.filter(({ type, custom }) => custom && type.startsWith("aws:")).map(({ type }) => type);
}

/** Returns a reason if Terraform or its AWS provider isn't available. Nothing in the configuration calls AWS. */
function benchTerraform(types: readonly string[]): Run | string {
    const folder = mkdtempSync(path.join(tmpdir(), "ai-platform-bench-"));
    const options = { cwd: folder, env: { TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" } };
    writeFileSync(path.join(folder, "main.tf"), terraformOf(types));
    try {
        run("terraform init -input=false -no-color", options);
        return repeated("terraform plan -input=false -no-color", options);
    } catch (error) {
        return messageOf(error).replace(/\s+/g, " ").slice(-200);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

async function benchGrowth(): Promise<void> {
    await recordServices(2); // loads modules
    for (const services of [1, 2, 4, 8]) {
        const times: number[] = [];
        for (let i = 0; i < RUNS; i++) times.push(await recordServices(services));
        console.log(`${services} services in one program: ${median(times).toFixed(0)} ms`);
    }
}

/** Milliseconds that a program with this number of services takes. */
async function recordServices(count: number): Promise<number> {
    const key = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
    const started = performance.now();
    await record(() => {
        for (let i = 1; i <= count; i++) {
            new FargateService(`api-${i}`, {
                vpcId: "vpc-1",
                subnetIds: ["subnet-1", "subnet-2"],
                cluster: { kmsKeyArn: key },
                logKeyArn: key,
                image: "mcr.microsoft.com/dotnet/samples:aspnetapp",
            });
        }
    });
    return performance.now() - started;
}

main().then(
    () => process.exit(0),
    (error: unknown) => {
        printError(error);
        process.exit(1);
    },
);
