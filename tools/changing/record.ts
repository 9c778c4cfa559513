import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { attribute } from "./attribute";
import { allChanges, condensed, type Names, namesIn } from "./condense";
import { BASES_FOLDER, configWith, parsed, readStack } from "./configuration";
import { unguarded, Engine, type State } from "./engine";
import { groupsOf, type Predicted } from "./group";
import { idOf, type RecordedVariant } from "./recording";
import { type Base, BASES } from "./variants";

export interface RecordOptions {
    /** Folder of the stacks and their state, from which an interrupted recording continues. */
    folder: string;
    notify: (line: string) => void;
    /** Hashes of the resources in each base, so that a stack is reused only if the program is the same. */
    digests: ReadonlyMap<Base, string>;
    /** Called with the results of each preview. */
    save: (recorded: RecordedVariant[]) => void;
}

/** Deploys the bases that the changes need, and previews the changes. */
export async function record(changes: readonly Predicted[], options: RecordOptions): Promise<void> {
    const engine = new Engine(options.folder);
    // The standby uses the copies that the primary stack creates.
    const needed = new Set(changes.flatMap(({ variant }): Base[] => (variant.base === "dr" ? ["prod", "dr"] : [variant.base])));
    for (const base of BASES.filter((it) => needed.has(it))) {
        const state = await deployed(engine, base, options);
        await new BaseRecorder(engine, base, state, options).record(changes.filter(({ variant }) => variant.base === base));
    }
}

/** Deploys a base unless an interrupted recording already did. Returns its state. */
async function deployed(engine: Engine, base: Base, { folder, notify, digests }: RecordOptions): Promise<State> {
    const digest = digests.get(base) ?? "";
    const file = path.join(folder, `${base}.json`);
    const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { digest: string; state: State }) : undefined;
    if (known?.digest === digest) return known.state;
    notify(`deploying ${base} ...`);
    await engine.deploy(base, readStack(BASES_FOLDER, base).config);
    const state = await engine.export(base);
    writeFileSync(file, JSON.stringify({ digest, state }));
    return state;
}

class BaseRecorder {
    private readonly names: Names;

    constructor(
        private readonly engine: Engine,
        private readonly base: Base,
        private readonly state: State,
        private readonly options: RecordOptions,
    ) {
        this.names = namesIn(state.deployment.resources ?? []);
    }

    async record(changes: readonly Predicted[]): Promise<void> {
        if (changes.length === 0) return;
        const { engine, base, state, options } = this;
        await engine.import(base, unguarded(state));
        const refusedOnly = changes.filter(({ variant }) => variant.refusedOnly);
        options.save(refusedOnly.map((it) => condensed(it.variant, it, [], this.names)));
        const isValid = (variants: Predicted["variant"][]) => parsed(base, variants).problems.length === 0;
        const groups = groupsOf(
            changes.filter(({ variant }) => !variant.refusedOnly),
            isValid,
        );
        for (const [index, group] of groups.entries()) {
            options.notify(`${base}: preview ${index + 1} of ${groups.length}: ${group.map(({ variant }) => variant.key).join(", ")}`);
            await this.recordGroup(group);
        }
    }

    private async recordGroup(group: readonly Predicted[]): Promise<void> {
        const shown = await this.preview(group.map(({ variant }) => variant));
        if (shown.errors.length > 0) throw new Error(`${group.map(({ variant }) => idOf(variant)).join("\n")}\n${shown.errors.join("\n")}`);
        const result = attribute(group, allChanges(shown));
        if ("parts" in result) {
            this.options.save(group.map((it, index) => condensed(it.variant, it, result.parts[index] ?? [], this.names)));
            return;
        }
        this.options.notify(`${this.base}: previewing each half separately, because several changes could cause ${result.ambiguous}`);
        const middle = Math.ceil(group.length / 2);
        await this.recordGroup(group.slice(0, middle));
        await this.recordGroup(group.slice(middle));
    }

    private preview(variants: Predicted["variant"][]) {
        return this.engine.preview(this.base, configWith(readStack(BASES_FOLDER, this.base).config, variants));
    }
}
