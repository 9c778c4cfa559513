/**
 * Support for the end-to-end tests: runs the real program in a temporary project folder, with the `pulumi` on PATH, against
 * `AWS_ENDPOINT_URL`. The state is in the same folder. The tests don't change the repository.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
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

/** The steps of an engine operation: URNs by kind of step, without `same`. */
export type Steps = Partial<Record<OpType, string[]>>;

/** A folder with the program, its stack files, and its state. */
export class Project {
    readonly folder = mkdtempSync(path.join(tmpdir(), "ai-platform-"));

    constructor() {
        makeProject(this.folder);
    }

    /** Creates a stack from a stack file in test/fixtures. `settings` override the file; keys are paths, as in `pulumi config set --path`. */
    async stack(name: string, settings: Record<string, string>): Promise<Deployment> {
        copyFileSync(path.join(ROOT, "test", "fixtures", `Pulumi.${name}.yaml`), path.join(this.folder, `Pulumi.${name}.yaml`));
        const workspace = { workDir: this.folder, envVars: environmentOf(this.folder) };
        const stack = await LocalWorkspace.createOrSelectStack({ stackName: name, workDir: this.folder }, workspace);
        const deployment = new Deployment(stack);
        for (const [key, value] of Object.entries(settings)) await deployment.set(key, value);
        return deployment;
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** A stack and its engine operations. */
export class Deployment {
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
        const steps: Steps = {};
        await run(({ resourcePreEvent }) => {
            const step = resourcePreEvent?.metadata;
            // Components can have steps for their outputs. Only changes in AWS count.
            if (!step || step.op === "same" || step.op === "read" || !step.type.startsWith("aws:")) return;
            (steps[step.op] ??= []).push(step.urn);
        });
        return steps;
    }
}
