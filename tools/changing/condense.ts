import { isObject } from "../../components/internal/unknown";
import { nameOf, typeOf } from "../../components/testing/urn";
import type { StateResource } from "../changes/export";
import { EFFECTS } from "../changes/table";
import { type Change, type ChangeSet, type Properties, rootOf } from "../changes/types";
import type { Prediction } from "./predict";
import { changesOf, effectOf, type RecordedOperation, type RecordedVariant, type Steps } from "./recording";
import type { Variant } from "./variants";

/** All changes in a preview or a plan, including new resources. Components are omitted, because they have no effect themselves. */
export const allChanges = ({ changes, created }: Pick<ChangeSet, "changes" | "created">): Change[] =>
    [...created.map(creation), ...changes].filter(({ type }) => type.includes("/") || type.startsWith("pulumi:providers:"));

const creation = (urn: string): Change => ({
    urn,
    type: typeOf(urn),
    name: nameOf(urn),
    operation: "create",
    op: "create",
    properties: [],
    causes: [],
});

/** The changes in a plan, as `OPERATION TYPE NAME`. */
export const effectsOf = (prediction: Pick<Prediction, "changes" | "created">): string[] => allChanges(prediction).map(effectOf);

/** Inputs that determine the estimated duration of a replacement, and when a change is applied. */
const OTHER_INPUTS = ["applyImmediately", "multiAz", "replicateSourceDb", "numCacheClusters", "waitForSteadyState"];

/** Inputs of a type that the table of effects refers to. */
function inputsFor(type: string): string[] {
    const updates = EFFECTS.updates
        .filter((entry) => entry.type === type && entry.change !== undefined)
        .flatMap((entry) => entry.properties);
    const conditions = EFFECTS.rejections
        .filter((entry) => entry.type === type)
        .flatMap(({ when }) => [
            when.property,
            when.unchanged,
            ...[when.old, when.oldNot, when.new, when.newNot].flatMap((it) => Object.keys(it ?? {})),
        ]);
    return [...new Set([...updates, ...conditions, ...OTHER_INPUTS])].filter((it) => it !== undefined);
}

/**
 * Updates that a preview can miss. The provider omits `triggers` and an endpoint's lists while one of their values is unknown, and the provider of an
 * emulator might not support the others. The update contains them.
 */
const UNSEEN: Record<string, string[]> = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": ["routeTableIds", "subnetIds"],
    "aws:ecs/service:Service": ["triggers"],
    "aws:elasticache/replicationGroup:ReplicationGroup": ["authTokenWoVersion"],
    "aws:lambda/function:Function": ["runtime"],
};

/** Such updates that are in the plan but not in the preview. */
function unseen(shown: readonly Change[], { changes }: Prediction): Change[] {
    const seen = new Set(shown.map(keyOf));
    return changes.flatMap((change): Change[] => {
        const roots = new Set(change.properties.map(rootOf));
        const properties = (UNSEEN[change.type] ?? []).filter((it) => roots.has(it));
        const isUnseen = change.operation === "update" && properties.length > 0 && !seen.has(keyOf(change));
        return isUnseen ? [{ ...change, properties, causes: [] }] : [];
    });
}

/** A preview in the format of the recording. `names` replaces values that are specific to a deployment. */
export function condensed(variant: Variant, prediction: Prediction, changes: readonly Change[], names: Names): RecordedVariant {
    const { from, refused, others } = prediction;
    const all = [...changes, ...unseen(changes, prediction)];
    const recorded: RecordedVariant = { ...variant, from, refused, others, steps: stepsOf(all), values: valuesOf(all, names) };
    const [shown, planned] = [changesOf(recorded).map(effectOf), effectsOf(prediction)];
    return {
        ...recorded,
        planLacks: shown.filter((it) => !planned.includes(it)),
        planAdds: planned.filter((it) => !shown.includes(it)),
    };
}

const sorted = (changes: readonly Change[]): Change[] => [...changes].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/** The steps by operation. */
function stepsOf(changes: readonly Change[]): Steps {
    const steps: Steps = {};
    for (const change of sorted(changes)) {
        const properties = [...new Set([...change.properties, ...change.causes])].sort();
        const list = properties.map((it) => (change.causes.includes(it) ? `${it}*` : it)).join(", ");
        (steps[operationOf(change)] ??= []).push(list === "" ? keyOf(change) : `${keyOf(change)}: ${list}`);
    }
    return steps;
}

function valuesOf(changes: readonly Change[], names: Names): RecordedVariant["values"] {
    const values: RecordedVariant["values"] = {};
    for (const change of sorted(changes).filter(({ operation }) => operation !== "create")) {
        const pick = (inputs: Properties = {}) => selected(inputs, inputsFor(change.type), names);
        const [before, after] = [pick(change.before?.inputs), pick(change.after?.inputs)];
        if (before !== null || after !== null) values[keyOf(change)] = [before, after];
    }
    return values;
}

const keyOf = ({ type, name }: Change): string => `${type} ${name}`;

function operationOf({ operation, order }: Change): RecordedOperation {
    return operation === "replace" && order?.startsWith("deleted first") ? "replace, deleted first" : operation;
}

/** Logical names by the IDs and ARNs of one deployment. */
export type Names = ReadonlyMap<string, string>;

export const namesIn = (state: readonly StateResource[]): Names =>
    new Map(
        state.flatMap(({ urn, id, outputs, custom }) =>
            custom
                ? [id, outputs?.arn].flatMap((it) =>
                      typeof it === "string" && it !== nameOf(urn) ? [[it, `<${nameOf(urn)}>`] as const] : [],
                  )
                : [],
        ),
    );

function selected(inputs: Properties, keys: readonly string[], names: Names): Properties | null {
    const found = keys.filter((key) => inputs[key] !== undefined).map((key) => [key, named(inputs[key], names)] as const);
    return found.length > 0 ? Object.fromEntries(found) : null;
}

function named(value: unknown, names: Names): unknown {
    if (typeof value === "string") return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map((item) => named(item, names));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item, names)]));
}
