import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Change, Order, Properties } from "../changes/types";
import type { Json } from "./configuration";
import type { Variant } from "./variants";

/** Operation of the engine on a resource. By default, a replacement is created before the old resource is deleted. */
export const OPERATIONS = ["create", "update", "replace", "replace, deleted first", "delete", "unknown"] as const;
export type RecordedOperation = (typeof OPERATIONS)[number];

/** Resources by operation, each as `TYPE NAME: PROPERTY, PROPERTY*`. An asterisk marks a property that forces the replacement. */
export type Steps = Partial<Record<RecordedOperation, string[]>>;

/** A change of a key, and its effect on a live stack according to the engine. */
export interface RecordedVariant extends Variant {
    /** The old value or its default; null if there is none. */
    from: Json;
    /** Keys whose change the program rejects, with the entry of `confirmDeletion` that allows it: `ai.invocationLogging: invocationLogs`. */
    refused: string[];
    /** Settings of other stacks that must change, too: `dr: database.dbName`. */
    others: string[];
    steps: Steps;
    /** Inputs that effects depend on, before and after, by `TYPE NAME`. */
    values: Record<string, [Properties | null, Properties | null]>;
    /** Differences of the offline plan: changes that it lacks, and changes that only it contains, as `OPERATION TYPE NAME`. */
    planLacks?: string[];
    planAdds?: string[];
}

export interface Recording {
    /** Version of `@pulumi/aws`. */
    provider: string;
    variants: RecordedVariant[];
}

/** Identifies a change, with the values that change beside it: the same value alone can have another effect. */
export const idOf = ({ key, base, to, path = key, with: beside }: Variant): string =>
    `${base} ${key}: ${path} = ${JSON.stringify(to)}${beside ? ` with ${JSON.stringify(beside)}` : ""}`;

const ORDERS: Record<string, Order> = { replace: "created first", "replace, deleted first": "deleted first" };

/** A recorded step in the format of `npm run changes`. */
function changeOf(operation: RecordedOperation, step: string, values: RecordedVariant["values"]): Change {
    const [resource = "", list = ""] = step.split(": ");
    const [type = "", name = ""] = resource.split(" ");
    const properties = list === "" ? [] : list.split(", ");
    const [before, after] = values[resource] ?? [null, null];
    const state = (inputs: Properties | null) => ({ inputs: inputs ?? {}, protect: false, retainOnDelete: false, ignoreChanges: [] });
    return {
        urn: resource,
        type,
        name,
        operation: operation === "replace, deleted first" ? "replace" : operation,
        op: operation,
        order: ORDERS[operation],
        properties: properties.map((property) => property.replace("*", "")),
        causes: properties.filter((property) => property.endsWith("*")).map((property) => property.replace("*", "")),
        before: state(before),
        after: state(after),
    };
}

/** All changes of a recorded variant. */
export const changesOf = ({ steps, values }: RecordedVariant): Change[] =>
    OPERATIONS.flatMap((operation) => (steps[operation] ?? []).map((step) => changeOf(operation, step, values)));

/** `OPERATION TYPE NAME` */
export const effectOf = ({ operation, type, name }: Pick<Change, "operation" | "type" | "name">): string => `${operation} ${type} ${name}`;

/** Number of nesting levels with one item per line. */
const DEPTH = 5;

/** The recording as JSON with a line for each step, so that versions can be compared. Empty values are omitted. */
export function recordingText({ provider, variants }: Recording): string {
    const shortened = variants.map(({ refused, others, planLacks = [], planAdds = [], steps, values, ...rest }) => {
        const found = Object.entries({ refused, others, planLacks, planAdds, steps, values });
        return { ...rest, ...Object.fromEntries(found.filter(([, value]) => Object.keys(value).length > 0)) };
    });
    return `${lines({ provider, variants: shortened }, DEPTH, "\n")}\n`;
}

function lines(value: unknown, depth: number, newline: string): string {
    if (depth === 0 || typeof value !== "object" || value === null) return JSON.stringify(value);
    const inner = `${newline}    `;
    const isList = Array.isArray(value);
    const items = Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [`${isList ? "" : `${JSON.stringify(key)}: `}${lines(item, depth - 1, inner)}`],
    );
    const [open, close] = isList ? ["[", "]"] : ["{", "}"];
    return items.length === 0 ? `${open}${close}` : `${open}${inner}${items.join(`,${inner}`)}${newline}${close}`;
}

const FILE = path.join(__dirname, "recording.json");

export const readRecording = (): Recording =>
    existsSync(FILE) ? parseRecording(readFileSync(FILE, "utf8")) : { provider: "", variants: [] };

export function writeRecording(recording: Recording): void {
    writeFileSync(FILE, recordingText(recording));
}

/** Parses the output of `recordingText`, which omits empty values. */
export function parseRecording(text: string): Recording {
    const { provider, variants } = JSON.parse(text) as { provider: string; variants: (Variant & Partial<RecordedVariant>)[] };
    return {
        provider,
        variants: variants.map((it) => ({
            ...it,
            from: it.from ?? null,
            refused: it.refused ?? [],
            others: it.others ?? [],
            steps: it.steps ?? {},
            values: it.values ?? {},
        })),
    };
}
