import { creationMinutes } from "../plan/creation-times";
import { applies, propertyChanges } from "./conditions";
import { addressesOf, EFFECTS, type Effect, isHarmlessType, type Rejection, type UpdateEffect } from "./table";
import type { Change, Loss, Operation, Order } from "./types";

/**
 * `destructive`: something is lost. `rejected`: AWS rejects the change. `unknown`: the type isn't in the table.
 * `interrupts`: nothing is lost, but something restarts or pauses. `harmless`: the rest.
 */
export type Verdict = "destructive" | "rejected" | "unknown" | "interrupts" | "harmless";

export interface Refusal extends Pick<Rejection, "certainty" | "text" | "procedure"> {
    sources: string[];
}

/** A change and its effects. */
export interface Finding {
    urn: string;
    type: string;
    name: string;
    /** Readable name of the resource type. */
    title: string;
    operation: Operation;
    order?: Order;
    /** All properties that change, as paths. */
    properties: string[];
    /** Properties that force the replacement, or that the effects come from. */
    because: string[];
    following: string[];
    verdict: Verdict;
    loses: Loss[];
    effects: string[];
    interruption?: string;
    recover?: string;
    /** The program protects the resource: Pulumi rejects the change. */
    protected: boolean;
    /** AWS keeps the resource: Pulumi only stops managing it. */
    retained: boolean;
    ignoreChanges: string[];
    refusals: Refusal[];
    /** URLs of the sources. */
    sources: string[];
    accepted: boolean;
}

/** Whether a finding causes exit code 1 until it is accepted. */
export const needsAcceptance = ({ verdict }: Finding): boolean => ["destructive", "rejected", "unknown"].includes(verdict);

const UNKNOWN_TEXT = "Unknown: check before you continue. The table of effects doesn't contain this type of resource.";
const UNDECIDED_TEXT =
    "Unknown: check before you continue. The offline comparison can't determine whether this is an update in place or a replacement.";
const UNKNOWN_OPERATION = (op: string) =>
    `Unknown: check before you continue. The preview contains an operation that this tool doesn't support: ${op}.`;

/** The effects of all changes of an update. */
export function judge(changes: Change[]): Finding[] {
    const newNetwork = changes.some(({ type, operation }) => type === "aws:ec2/vpc:Vpc" && operation !== "update");
    return changes.map((change) => judgeOne({ ...change, newNetwork }));
}

function judgeOne(change: Change): Finding {
    const finding = ((): Finding => {
        if (change.operation === "unknown") return unknown(change, change.op === "" ? UNDECIDED_TEXT : UNKNOWN_OPERATION(change.op));
        return change.operation === "update" ? update(change) : removal(change);
    })();
    const isRefused = finding.refusals.some(({ certainty }) => certainty === "always");
    if (isRefused && (finding.verdict === "harmless" || finding.verdict === "interrupts")) finding.verdict = "rejected";
    return finding;
}

function findingOf(change: Change, known: Partial<Finding>): Finding {
    const { urn, type, name, operation, order, before } = change;
    const refusals = operation === "unknown" ? [] : refusalsOf(change);
    const { sources = [], ...rest } = known;
    return {
        urn,
        type,
        name,
        title: EFFECTS.types[type]?.title ?? type,
        operation,
        order,
        properties: change.properties,
        because: change.causes,
        following: change.following ?? [],
        verdict: "harmless",
        loses: [],
        effects: [],
        protected: (operation === "replace" || operation === "delete") && before?.protect === true,
        retained: (operation === "replace" || operation === "delete") && before?.retainOnDelete === true,
        ignoreChanges: change.after?.ignoreChanges ?? [],
        refusals,
        sources: [...new Set([...addressesOf(sources), ...refusals.flatMap((it) => it.sources)])],
        accepted: false,
        ...rest,
    };
}

const unknown = (change: Change, text: string): Finding =>
    findingOf(change, { verdict: "unknown", effects: [text], because: change.causes.length > 0 ? change.causes : change.properties });

/** A resource that is deleted or replaced. Components and providers contain nothing themselves. */
function removal(change: Change): Finding {
    const { type, operation, before } = change;
    if (!type.startsWith("aws:") && EFFECTS.types[type] === undefined && isComponent(type)) return findingOf(change, {});
    if (isHarmlessType(type)) return findingOf(change, {});
    if (operation === "delete" && before?.retainOnDelete) {
        return findingOf(change, { effects: ["The resource stays in AWS, and Pulumi stops managing it (retainOnDelete)."] });
    }
    const known = EFFECTS.types[type];
    if (known === undefined) return unknown(change, UNKNOWN_TEXT);
    const effect: Effect = operation === "delete" && known.delete ? known.delete : known;
    const { loses } = effect;
    const effects = [effect.text];
    if (change.operation === "replace" && loses.includes("data")) effects.push(emptyReplacement(change));
    if (change.operation === "replace" && before?.retainOnDelete) effects.push("The old resource stays in AWS unmanaged (retainOnDelete).");
    return findingOf(change, {
        verdict: removalVerdict(change, loses),
        loses,
        effects,
        interruption: loses.includes("availability") ? interruptionOf(change) : undefined,
        recover: effect.recover,
        sources: known.sources,
    });
}

/** If a replacement that is created first affects only availability, the interruption is brief. */
function removalVerdict({ operation, order }: Change, loses: Loss[]): Verdict {
    if (loses.length === 0) return operation === "replace" ? "interrupts" : "harmless";
    const onlyAvailability = loses.every((loss) => loss === "availability");
    return onlyAvailability && operation === "replace" && order?.startsWith("created first") ? "interrupts" : "destructive";
}

const emptyReplacement = ({ after }: Change): string => {
    const from = ["snapshotIdentifier", "snapshotName", "restoreToPointInTime", "replicateSourceDb"].find((key) => after?.inputs[key]);
    return from === undefined ? "The replacement starts empty." : `The replacement starts from ${from}.`;
};

function interruptionOf({ operation, order, type, after }: Change): string | undefined {
    if (operation === "delete") return "From the deletion.";
    const minutes = Math.max(1, Math.ceil(creationMinutes({ type, inputs: after?.inputs ?? {} })));
    const created = `creation takes about ${minutes} minute${minutes === 1 ? "" : "s"}`;
    return order?.startsWith("created first")
        ? `Until clients use the replacement, which is created before the old resource is deleted. Its ${created}.`
        : `From the deletion of the old resource until the replacement is available. Its ${created}, plus the time for the deletion.`;
}

function update(change: Change): Finding {
    const matching = EFFECTS.updates.filter(
        (entry) => entry.type === change.type && entry.properties.some((property) => propertyChanges(change, property, entry.change)),
    );
    if (matching.length === 0) {
        return findingOf(change, { because: refusalsOf(change).length > 0 ? change.properties : change.causes });
    }
    const loses = [...new Set(matching.flatMap((entry) => entry.loses ?? []))];
    return findingOf(change, {
        because: matching.flatMap((entry) => entry.properties.filter((property) => propertyChanges(change, property, entry.change))),
        verdict: loses.length > 0 ? "destructive" : "interrupts",
        loses,
        effects: matching.map(({ text }) => text),
        interruption: `${interruptionsOf(matching)}${later(change)}`,
        sources: matching.flatMap(({ sources }) => sources),
    });
}

const interruptionsOf = (entries: UpdateEffect[]): string => {
    const all = [...new Set(entries.map(({ interruption }) => interruption))];
    const real = all.filter((text) => text !== "None.");
    return (real.length > 0 ? real : all).join(" ");
};

/** Databases apply most changes in their maintenance window unless `applyImmediately` is set. */
function later({ type, after }: Change): string {
    const waits = /^aws:(rds|docdb|elasticache)\/(instance|cluster|clusterInstance|replicationGroup):/.test(type);
    return waits && after?.inputs.applyImmediately !== true
        ? " Most changes wait for the maintenance window (applyImmediately isn't set)."
        : "";
}

function refusalsOf(change: Change): Refusal[] {
    return EFFECTS.rejections
        .filter(({ type, operation, when }) => type === change.type && concerns(operation, change) && applies(when, change))
        .map(({ certainty, text, procedure, sources }) => ({ certainty, text, procedure, sources: addressesOf(sources) }));
}

/** A replacement also deletes, unless AWS keeps the old resource. */
const concerns = (operation: Rejection["operation"], change: Change): boolean =>
    operation === change.operation || (operation === "delete" && change.operation === "replace" && change.before?.retainOnDelete !== true);

/** `ai-platform:components:Vpc`, `awsx:ec2:Vpc`: groups of resources whose changes are reported separately. */
const isComponent = (type: string): boolean => !type.includes("/") && !type.startsWith("pulumi-nodejs:");
