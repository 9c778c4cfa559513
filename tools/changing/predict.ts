import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DeployedResource } from "../../components/testing";
import { isObject } from "../../components/internal/unknown";
import { type ConfiguredStack, disagreements } from "../../stacks/config/agreement";
import { refusals, type Settings } from "../../stacks/live-changes";
import { PROJECT } from "../../stacks/names";
import { compare, type Comparison } from "../changes/compare";
import { planStack } from "../plan/plan";
import { BASES_FOLDER, configWith, type Json, parsed, pathOf, readStack, writeStack } from "./configuration";
import { type Base, BASES, type Variant, variants } from "./variants";

/** The effect of an update according to the offline plan. */
export interface Prediction extends Comparison {
    from: Json;
    /** Keys whose change the program rejects on a live stack, with the entry of `confirmDeletion` that allows it: `ai.invocationLogging: invocationLogs`. */
    refused: string[];
    /** Settings of other stacks that must change too: `dr: database.dbName`. */
    others: string[];
}

interface Plan extends ConfiguredStack {
    resources: DeployedResource[];
    deployedWith: Settings;
}

/** Plans the bases and their variants offline. */
export class Predictions {
    private readonly folder = mkdtempSync(path.join(tmpdir(), "ai-platform-plans-"));
    private readonly bases = new Map<Base, Promise<Plan>>();

    /** All changes to record. */
    static variants(): Variant[] {
        const files = new Map(BASES.map((base) => [base, readStack(BASES_FOLDER, base).config]));
        return variants((base, key) => valueAt(files.get(base), pathOf(key)));
    }

    async predict(variant: Variant): Promise<Prediction> {
        const { base, path: at = variant.key } = variant;
        const before = await this.base(base);
        // Only one program can run at a time.
        const others: Plan[] = [];
        for (const other of BASES) if (other !== base) others.push(await this.base(other));
        const after = await this.plan(base, [variant]);
        return {
            ...compare(before.resources, variant.refusedOnly ? before.resources : after.resources),
            from: (valueIn(before, at) ?? null) as Json,
            refused: refusals(before.deployedWith, after.deployedWith, () => false).map(keyOfRefusal),
            others: othersOf(variant, [after, ...others]),
        };
    }

    base(base: Base): Promise<Plan> {
        const known = this.bases.get(base) ?? this.plan(base, []);
        this.bases.set(base, known);
        return known;
    }

    /** A hash of the resources that the program creates in a base. */
    async digest(base: Base): Promise<string> {
        const { resources } = await this.base(base);
        return createHash("sha256").update(JSON.stringify(resources)).digest("hex");
    }

    remove(): void {
        rmSync(this.folder, { recursive: true });
    }

    private async plan(stack: Base, changes: Variant[]): Promise<Plan> {
        writeStack(this.folder, stack, { config: configWith(readStack(BASES_FOLDER, stack).config, changes) });
        const { values, problems, region } = parsed(stack, changes);
        if (!values) throw new Error(problems.join("\n"));
        const recording = await planStack({ directory: this.folder, stack });
        const { deployedWith } = recording.outputs;
        return {
            stack,
            region,
            accounts: [],
            values,
            resources: recording.deployment().deployment.resources,
            deployedWith: isObject(deployedWith) ? deployedWith : {},
        };
    }
}

/** The value of a key, or its default. */
const valueIn = ({ stack, values }: Plan, key: string): unknown =>
    key.startsWith("aws:") ? valueAt(readStack(BASES_FOLDER, stack).config, pathOf(key)) : valueAt(values, key.split("."));

const valueAt = (target: unknown, keys: string[]): unknown => keys.reduce((at, key) => (isObject(at) ? at[key] : undefined), target);

/** The key of a rejected change, and the entry of `confirmDeletion` that the message contains. */
function keyOfRefusal(refusal: string): string {
    const [key = ""] = refusal.split(": ");
    const [, deletion] = /\badd (\w+)(?:,| to )/.exec(refusal) ?? [];
    return key.replace(`${PROJECT}:`, "") + (deletion ? `: ${deletion}` : "");
}

/** Settings on which the stacks disagree because of a changed key. */
function othersOf({ base, key }: Variant, stacks: ConfiguredStack[]): string[] {
    const changed = `${PROJECT}:${key}`;
    return disagreements(stacks)
        .filter(({ severity, settings }) => severity === "error" && settings.some((it) => it.stack === base && it.key === changed))
        .flatMap(({ settings }) =>
            settings.filter(({ stack }) => stack !== base).map((it) => `${it.stack}: ${it.key.replace(`${PROJECT}:`, "")}`),
        );
}
