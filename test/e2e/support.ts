/**
 * What the end-to-end tests of the platform stand on: the real program in a project folder of its own, run by the `pulumi` on PATH against
 * `AWS_ENDPOINT_URL`, its state in a folder. Nothing of the repository is changed.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EngineEvent, LocalWorkspace, type OpType, type Stack } from "@pulumi/pulumi/automation";
import { messageOf } from "../../components/internal/unknown";
import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";

const ROOT = path.resolve(__dirname, "..", "..");
const LEFT_OUT = /^(\.git|\.ci|\.github|docs|test|dist|Pulumi\..+\.yaml)$/;

/** Why the tests cannot run here; undefined where they can. */
export function missing(): string | undefined {
    if (!process.env.AWS_ENDPOINT_URL) return "AWS_ENDPOINT_URL names no emulator";
    try {
        execFileSync("pulumi", ["version"], { stdio: "ignore" });
        return undefined;
    } catch {
        return "there is no pulumi on PATH";
    }
}

/** Skips the tests of a suite, with the reason, if they can't run here. */
export function skipIfMissing(suite: Mocha.Context): void {
    const reason = missing();
    if (reason === undefined) return;
    console.log(`    skipped: ${reason}`);
    suite.skip();
}

/** What an operation of the engine did: urns by kind of operation, `same` left out. */
export type Steps = Partial<Record<OpType, string[]>>;

/** A folder with the program, its stack files and its state. */
export class Project {
    readonly folder = mkdtempSync(path.join(tmpdir(), "ai-platform-"));

    constructor() {
        mkdirSync(path.join(this.folder, "state"));
        for (const name of readdirSync(ROOT)) if (!LEFT_OUT.test(name)) symlinkSync(path.join(ROOT, name), path.join(this.folder, name));
    }

    /** The stack of a stack file in test/fixtures, with settings that override it. Keys are paths, as in `pulumi config set --path`. */
    async stack(name: string, settings: Record<string, string>): Promise<Deployment> {
        copyFileSync(path.join(ROOT, "test", "fixtures", `Pulumi.${name}.yaml`), path.join(this.folder, `Pulumi.${name}.yaml`));
        const workspace = {
            workDir: this.folder,
            envVars: {
                PULUMI_BACKEND_URL: `file://${path.join(this.folder, "state")}`,
                PULUMI_CONFIG_PASSPHRASE: "end-to-end",
                PULUMI_SKIP_UPDATE_CHECK: "true",
            },
        };
        const stack = await LocalWorkspace.createOrSelectStack({ stackName: name, workDir: this.folder }, workspace);
        const deployment = new Deployment(stack);
        for (const [key, value] of Object.entries(settings)) await deployment.set(key, value);
        return deployment;
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** One stack, and what the engine does to it. */
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
     * The first `up`, which calls the emulator some thousand times at once: what fails there once is tried a second time, and shown. Whatever fails
     * at the second time too fails the test.
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

    /** The one resource of a type with that logical name. */
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
            // A component's outputs may be recorded anew; what counts is what is done at AWS.
            if (!step || step.op === "same" || step.op === "read" || !step.type.startsWith("aws:")) return;
            (steps[step.op] ??= []).push(step.urn);
        });
        return steps;
    }
}
