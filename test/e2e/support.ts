/**
 * Support for the end-to-end tests: runs the real program in a temporary project folder, with the `pulumi` on PATH, against
 * `AWS_ENDPOINT_URL`. The state is in the same folder. The tests don't change the repository.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EngineEvent, LocalWorkspace, type OpType, type Stack } from "@pulumi/pulumi/automation";
import { messageOf } from "../../components/internal/unknown";
import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { environmentOf, makeProject, ROOT } from "../../tools/changing/engine";

/** The reason why the tests can't run here, or undefined. */
export function missing(): string | undefined {
    if (!process.env.AWS_ENDPOINT_URL) return "AWS_ENDPOINT_URL isn't set";
    try {
        execFileSync("pulumi", ["version"], { stdio: "ignore" });
        return undefined;
    } catch {
        return "pulumi isn't on PATH";
    }
}

/** Skips the tests of a suite, with the reason, if they can't run here. */
export function skipIfMissing(suite: Mocha.Context): void {
    const reason = missing();
    if (reason === undefined) return;
    console.log(`    skipped: ${reason}`);
    suite.skip();
}

/** In a suite whose tests build on each other, skips those after a failed one. `bail` would also skip all later suites. */
export function skipAfterFailure(): void {
    let hasFailed = false;
    beforeEach(function () {
        if (hasFailed) this.skip();
    });
    afterEach(function () {
        hasFailed ||= this.currentTest?.state === "failed";
    });
}

/** The steps of an engine operation: URNs by kind of step, without `same`. */
export type Steps = Partial<Record<OpType, string[]>>;

/** A step of the last engine operation on an AWS resource. */
export interface Step {
    op: OpType;
    urn: string;
    /** Position of the start and the end among all events. */
    started: number;
    /** Undefined if the step failed. */
    ended?: number;
    /** Names of the changed inputs. */
    diffs: string[];
}

/** A folder with a copy of the program, its stack files, and its state. */
export class Project {
    readonly folder = mkdtempSync(path.join(tmpdir(), "ai-platform-"));

    /** `checkpoints: false` saves the state only at the end of an operation, which is faster. */
    constructor(private readonly options: { checkpoints?: boolean } = {}) {
        makeProject(this.folder, (from, to) => {
            if (path.basename(from) === "node_modules") symlinkSync(from, to);
            else cpSync(from, to, { recursive: true });
        });
    }

    /** Changes a file of the program. */
    edit(file: string, change: (text: string) => string): void {
        const target = path.join(this.folder, file);
        const before = readFileSync(target, "utf8");
        const after = change(before);
        if (after === before) throw new Error(`nothing changed in ${file}`);
        writeFileSync(target, after);
    }

    /** Keeps the text of a stack file, to restore it later. */
    stackFile(stack: string) {
        const file = path.join(this.folder, `Pulumi.${stack}.yaml`);
        const text = readFileSync(file, "utf8");
        return {
            restore: () => {
                writeFileSync(file, text);
            },
        };
    }

    /** Environment variables of the CLI. */
    get variables(): Record<string, string> {
        return {
            ...environmentOf(this.folder),
            ...(this.options.checkpoints === false ? { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" } : {}),
        };
    }

    /** Copies a stack file from test/fixtures. */
    addStackFile(stack: string): void {
        copyFileSync(path.join(ROOT, "test", "fixtures", `Pulumi.${stack}.yaml`), path.join(this.folder, `Pulumi.${stack}.yaml`));
    }

    /** Creates a stack from a stack file in test/fixtures. `settings` override the file; keys are paths, as in `pulumi config set --path`. */
    async stack(name: string, settings: Record<string, string>): Promise<Deployment> {
        this.addStackFile(name);
        const deployment = await this.open(name);
        for (const [key, value] of Object.entries(settings)) await deployment.set(key, value);
        return deployment;
    }

    /** A stack whose file is in the folder. */
    async open(stackName: string): Promise<Deployment> {
        const workspace = { workDir: this.folder, envVars: this.variables };
        return new Deployment(await LocalWorkspace.createOrSelectStack({ stackName, workDir: this.folder }, workspace));
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** A stack and its engine operations. */
export class Deployment {
    /** Steps of the last operation, in the order in which they started. */
    last: Step[] = [];
    /** Types of all resources that the last operation registered, including unchanged ones. */
    registered = new Set<string>();

    constructor(readonly stack: Stack) {}

    set(key: string, value: string): Promise<void> {
        return this.stack.setConfig(key, { value }, true);
    }

    remove(key: string): Promise<void> {
        return this.stack.removeConfig(key, true);
    }

    async up(options: { exclude?: string[] } = {}): Promise<Steps> {
        return this.steps((onEvent) =>
            this.stack.up({ ...options, excludeDependents: options.exclude !== undefined, onEvent, suppressProgress: true }),
        );
    }

    /**
     * The first `up`, which sends about a thousand requests to the emulator at the same time. If it fails, prints the error and tries again. If the
     * second attempt fails, the test fails.
     */
    async create(options: { exclude?: string[] } = {}): Promise<Steps> {
        try {
            return await this.up(options);
        } catch (error) {
            console.log(`    tried again after:\n${messageOf(error).slice(-3000)}`);
            return this.up(options);
        }
    }

    async preview(): Promise<Steps> {
        return this.steps((onEvent) => this.stack.preview({ onEvent, suppressProgress: true }));
    }

    async refresh(): Promise<void> {
        await this.stack.refresh({ suppressProgress: true });
    }

    async destroy(): Promise<void> {
        await this.stack.destroy({ suppressProgress: true });
    }

    /** What `pulumi destroy` does first: it fails if a resource is protected. */
    async previewDestroy(): Promise<void> {
        await this.stack.previewDestroy({ suppressProgress: true });
    }

    /** The resources in the state. */
    async resources(): Promise<DeployedResource[]> {
        const exported = (await this.stack.exportStack()) as { deployment: { resources?: DeployedResource[] } };
        return exported.deployment.resources ?? [];
    }

    /** The resource with this type and logical name. */
    async resource(type: string, name: string): Promise<{ id: string; inputs: Record<string, unknown>; outputs: Record<string, unknown> }> {
        const resources = await this.resources();
        const found = resources.find((it) => it.type === type && it.urn.endsWith(`::${name}`));
        if (!found)
            throw new Error(
                `no ${type} named ${name}; there are ${resources
                    .filter((it) => it.type === type)
                    .map(({ urn }) => nameOf(urn))
                    .join(", ")}`,
            );
        return { id: found.id ?? "", inputs: found.inputs ?? {}, outputs: found.outputs ?? {} };
    }

    /** Plain outputs of the stack. */
    async outputs(): Promise<Record<string, Record<string, string>>> {
        const outputs = await this.stack.outputs();
        return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value as Record<string, string>]));
    }

    private async steps(run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<Steps> {
        this.last = [];
        this.registered = new Set();
        let place = 0;
        const note = ({ resourcePreEvent, resOutputsEvent }: EngineEvent) => {
            place++;
            const step = (resourcePreEvent ?? resOutputsEvent)?.metadata;
            if (!step) return;
            this.registered.add(step.type);
            // Components can have steps for their outputs. Only changes in AWS count.
            if (step.op === "same" || step.op === "read" || !step.type.startsWith("aws:")) return;
            const { op, urn } = step;
            if (resourcePreEvent) {
                const diffs = Object.keys(step.detailedDiff ?? {}).map((input) => input.split(/[.[]/)[0] ?? "");
                this.last.push({ op, urn, started: place, diffs });
            } else {
                const started = this.last.find((it) => it.op === op && it.urn === urn && it.ended === undefined);
                if (started) started.ended = place;
            }
        };
        await run(note).catch((error: unknown) => {
            throw new Error(diagnosticsIn(messageOf(error)), { cause: error });
        });
        const steps: Steps = {};
        for (const { op, urn } of this.last) (steps[op] ??= []).push(urn);
        return steps;
    }
}

/** The part of the CLI's output that explains a failure. */
function diagnosticsIn(output: string): string {
    const [, diagnostics] = /\nDiagnostics:\n([^]*?)\n(?:Outputs|Resources|Policies|Duration):/.exec(output) ?? [];
    return diagnostics ?? output.slice(-3000);
}
