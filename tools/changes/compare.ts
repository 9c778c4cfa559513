import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { identityOf } from "../plan/compare";
import type { StateResource } from "./export";
import { assumedOrder } from "./order";
import { isHarmlessType, REPLACING, type Replacing } from "./table";
import {
    type Change,
    type Operation,
    type Properties,
    type ResourceState,
    rootOf,
    stringsOf,
    UNKNOWN_VALUE,
    withoutIndices,
} from "./types";
import { differingPaths, literally, Translation } from "./values";

export interface Comparison {
    changes: Change[];
    /** URNs of new resources. */
    created: string[];
    unchanged: number;
}

/** Both sides of one resource. */
interface Pair {
    state: StateResource;
    planned: DeployedResource;
}

/** Whether the engine creates the resource itself, or the stack doesn't own it. */
const isForeign = ({ type, external, delete: pending }: StateResource): boolean =>
    type === "pulumi:pulumi:Stack" || type.startsWith("pulumi:providers:") || external === true || pending === true;

/** The changes of an update, derived from the table of replacing properties and the plan's placeholders. */
export function compare(state: readonly StateResource[], plan: readonly DeployedResource[]): Comparison {
    const planned = new Map(plan.map((resource) => [identityOf(resource), resource]));
    const owned = new Map(state.filter((resource) => !isForeign(resource)).map((resource) => [identityOf(resource), resource]));
    const pairs = plan.flatMap((resource): Pair[] => {
        const other = owned.get(identityOf(resource));
        return other ? [{ state: other, planned: resource }] : [];
    });
    const translation = new Translation();
    for (const pair of pairs) translation.learn(pair.planned, pair.state);
    const deleted = [...owned.values()].filter((resource) => resource.custom && !planned.has(identityOf(resource))).map(deletion);
    const created = plan.filter((it) => it.custom && !isForeign(it) && !owned.has(identityOf(it))).map(({ urn }) => urn);
    const components = new Set(plan.filter(({ custom }) => !custom).map(({ urn }) => urn));
    const compared = updates(
        pairs.filter((pair) => pair.state.custom),
        translation,
        components,
    );
    return { ...compared, created, changes: [...deleted, ...compared.changes] };
}

const stateOf = ({ inputs, protect, retainOnDelete, ignoreChanges }: DeployedResource): ResourceState => ({
    inputs: inputs ?? {},
    protect: protect === true,
    retainOnDelete: retainOnDelete === true,
    ignoreChanges: ignoreChanges ?? [],
});

const changeOf = (resource: DeployedResource, operation: Operation, more: Partial<Change>): Change => ({
    urn: resource.urn,
    type: resource.type,
    name: nameOf(resource.urn),
    operation,
    op: "",
    properties: [],
    causes: [],
    before: stateOf(resource),
    ...more,
});

const deletion = (resource: StateResource): Change => changeOf(resource, "delete", { op: "delete" });

/** The resources that are replaced, by URN. */
class Replaced {
    private readonly resources = new Map<string, DeployedResource>();

    constructor(private readonly components: ReadonlySet<string>) {}

    add(resource: DeployedResource): void {
        this.resources.set(resource.urn, resource);
    }

    /** The replaced resources that a property comes from. If it comes from a component, the IDs in its value identify the child. */
    among(dependencies: readonly string[] = [], value: unknown): string[] {
        const direct = dependencies.filter((urn) => this.resources.has(urn));
        if (!dependencies.some((urn) => this.components.has(urn))) return direct;
        const text = JSON.stringify(value ?? null);
        const children = [...this.resources.values()].filter(
            ({ id, inputs = {} }) => id && !Object.values(inputs).includes(id) && text.includes(id),
        );
        return [...new Set([...direct, ...children.map(({ urn }) => urn)])];
    }
}

/** Replacements affect dependent resources. The plan's resources are in the order of creation. */
function updates(pairs: Pair[], translation: Translation, components: ReadonlySet<string>): Omit<Comparison, "created"> {
    const replaced = new Replaced(components);
    const result: Omit<Comparison, "created"> = { changes: [], unchanged: 0 };
    for (const pair of pairs) {
        const change = updateOf(pair, translation, replaced);
        if (change === undefined) result.unchanged++;
        else result.changes.push(change);
        if (change?.operation === "replace") replaced.add(pair.planned);
    }
    return result;
}

function updateOf({ state, planned }: Pair, translation: Translation, replaced: Replaced): Change | undefined {
    const table = REPLACING[state.type];
    const following = (property: string) => replaced.among(planned.propertyDependencies?.[property], planned.inputs?.[property]);
    const inputs = { before: (state.inputs ?? {}) as Properties, after: comparableInputs({ state, planned }, table) };
    const roots = [...new Set([...Object.keys(inputs.before), ...Object.keys(inputs.after)])].filter((key) => key !== "__defaults");
    const paths = roots.flatMap((root) => {
        if (isIgnored(root, planned)) return [];
        if (following(root).length > 0) return [root];
        // A property that depends on no other resource contains no placeholder.
        const fixed = planned.propertyDependencies?.[root]?.length === 0;
        return differingPaths(inputs.before[root], inputs.after[root], root, fixed ? literally : translation.matches);
    });
    const changed = [...new Set(paths)].filter((path) => !planned.ignoreChanges?.map(withoutIndices).includes(path));
    if (changed.length === 0) return undefined;

    const causes = changed.filter((path) => forcesReplacement(path, table));
    const unknown = changed.filter((path) => table?.unknown?.includes(rootOf(path)));
    const undecided = causes.length === 0 && (unknown.length > 0 || (table === undefined && !isHarmlessType(state.type)));
    const operation = causes.length > 0 ? "replace" : undecided ? "unknown" : "update";
    const after = { ...inputs.after };
    for (const root of roots) if (following(root).length > 0) after[root] = UNKNOWN_VALUE;
    return changeOf(state, operation, {
        order: operation === "replace" ? assumedOrder(inputs.before, inputs.after) : undefined,
        properties: changed,
        causes: causes.length > 0 ? causes : unknown,
        following: [...new Set(causes.flatMap((path) => following(rootOf(path))).map(nameOf))],
        after: { ...stateOf(planned), inputs: after },
    });
}

/** The plan's inputs in the form of a state: values that Pulumi or AWS sets are kept. */
function comparableInputs({ state, planned }: Pair, table: Replacing | undefined): Properties {
    const before = (state.inputs ?? {}) as Properties;
    const after: Properties = { ...(planned.inputs ?? {}) };
    const filledIn = [...stringsOf(before.__defaults), ...(table?.unsetIsKept ?? [])];
    for (const key of filledIn) if (after[key] === undefined && before[key] !== undefined) after[key] = before[key];
    if (before.__defaults !== undefined) after.__defaults = before.__defaults;
    return after;
}

/** `ignoreChanges` with a whole property. Paths within a property are compared with the differing paths. */
const isIgnored = (root: string, { ignoreChanges: ignored = [] }: DeployedResource): boolean =>
    ignored.includes(root) || ignored.includes("*");

/** A path forces a replacement if the table contains it, one of its parents, or one of its children. */
const forcesReplacement = (path: string, table: Replacing | undefined): boolean =>
    table?.replaces.some((entry) => entry === path || path.startsWith(`${entry}.`) || entry.startsWith(`${path}.`)) ?? false;
