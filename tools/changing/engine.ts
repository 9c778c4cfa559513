import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parsePreview } from "../changes/preview";
import { runPreview } from "../changes/pulumi";
import type { StateResource } from "../changes/export";
import type { ChangeSet } from "../changes/types";
import { runPulumi } from "../pulumi";
import { type Json, readStack, writeStack } from "./configuration";

export const ROOT = path.join(__dirname, "..", "..");
const LEFT_OUT = /^(\.git|\.ci|\.github|docs|test|dist|Pulumi\..+\.yaml)$/;

/** Profiles that a stack file can refer to. */
const PROFILES = "[profile other]\naws_access_key_id = other\naws_secret_access_key = other\n";

/**
 * Creates a folder with the program and an empty state, without the project's stack files. Adds missing files to an existing folder.
 *
 * @param add adds a file or folder of the program. @default creates a symbolic link
 */
export function makeProject(folder: string, add: (from: string, to: string) => void = symlinkSync): void {
    mkdirSync(path.join(folder, "state"), { recursive: true });
    writeFileSync(path.join(folder, "aws.ini"), PROFILES);
    const missing = readdirSync(ROOT).filter((name) => !LEFT_OUT.test(name) && !existsSync(path.join(folder, name)));
    for (const name of missing) add(path.join(ROOT, name), path.join(folder, name));
}

/** Environment variables of the Pulumi CLI. The state is in the project folder. */
export const environmentOf = (folder: string): Record<string, string> => ({
    PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "not secret",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    AWS_CONFIG_FILE: path.join(folder, "aws.ini"),
});

export interface State {
    version: number;
    deployment: { resources?: StateResource[] };
}

/** Runs the Pulumi engine on stacks in a project folder. */
export class Engine {
    constructor(readonly folder: string) {
        makeProject(folder);
    }

    private get env(): Record<string, string> {
        return environmentOf(this.folder);
    }

    /** Deploys a stack, or completes an interrupted deployment. */
    async deploy(stack: string, config: Record<string, Json>): Promise<void> {
        this.configure(stack, config);
        await this.pulumi(["stack", "select", "--create", "--stack", stack]);
        await this.pulumi(["up", "--yes", "--skip-preview", "--stack", stack]);
    }

    async export(stack: string): Promise<State> {
        return JSON.parse(await this.pulumi(["stack", "export", "--stack", stack])) as State;
    }

    async import(stack: string, state: State): Promise<void> {
        await this.pulumi(["stack", "import", "--stack", stack], JSON.stringify(state));
    }

    /** Previews an update with a configuration. */
    async preview(stack: string, config: Record<string, Json>): Promise<ChangeSet> {
        this.configure(stack, config);
        return parsePreview(await runPreview({ stack, folder: this.folder, env: this.env }), stack);
    }

    /** Deletes the resources of a stack whose data isn't protected. */
    async destroy(stack: string): Promise<void> {
        await this.pulumi(["destroy", "--yes", "--skip-preview", "--stack", stack]);
    }

    /** Changes the configuration, and keeps the entries that Pulumi added to the stack file. */
    private configure(stack: string, config: Record<string, Json>): void {
        const exists = existsSync(path.join(this.folder, `Pulumi.${stack}.yaml`));
        writeStack(this.folder, stack, exists ? { ...readStack(this.folder, stack), config } : { config });
    }

    private async pulumi(args: string[], input?: string): Promise<string> {
        const { stdout, code } = await runPulumi(["--cwd", this.folder, ...args], { input, env: this.env });
        if (code !== 0) throw new Error(`\`pulumi ${args.join(" ")}\` failed with exit code ${code ?? "none"}:\n${stdout.slice(-4000)}`);
        return stdout;
    }
}

/**
 * The state without protection, and without the settings that the program compares a change with. A preview then shows the effect of a change
 * that the program or Pulumi would reject.
 */
export function unguarded({ deployment, ...rest }: State): State {
    const resources = deployment.resources?.map((resource): StateResource => {
        const outputs = Object.entries(resource.outputs ?? {}).filter(([key]) => key !== "deployedWith");
        return { ...resource, outputs: Object.fromEntries(outputs), protect: undefined };
    });
    return { ...rest, deployment: { ...deployment, resources } };
}
