import { isObject } from "../../components/internal/unknown";
import { nameOf, typeOf } from "../../components/testing/urn";
import { assumedOrder } from "./order";
import {
    type Change,
    type ChangeSet,
    type Operation,
    type Order,
    type Properties,
    type ResourceState,
    stringsOf,
    withoutIndices,
} from "./types";

/** A step of the preview, from either of Pulumi's two formats. */
interface Step {
    op: string;
    urn: string;
    before?: ResourceState;
    after?: ResourceState;
    properties: string[];
    causes: string[];
}

const EXPECTED = "expected the output of `pulumi preview --json`";

/** Operations that neither change nor remove anything in AWS. `refresh` and `read` change the state only. */
const HARMLESS = ["same", "create", "read", "read-replacement", "refresh", "import", "remove-pending-replace"];
const REPLACING = ["replace", "create-replacement", "import-replacement"];
const DELETING = ["delete", "delete-replaced", "read-discard", "discard", "discard-replaced"];

/**
 * Reads a preview: one JSON document with `steps`, or, with PULUMI_ENABLE_STREAMING_JSON_PREVIEW, one engine event per line. Only the events
 * contain the order of replacements.
 *
 * @throws Error with the expected format
 */
export function parsePreview(text: string, source = "preview"): ChangeSet {
    const { steps, errors, same } = readSteps(text);
    const byUrn = new Map<string, Step[]>();
    for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
    const changes = [...byUrn.values()].flatMap((group) => changeOf(group) ?? []);
    const created = [...byUrn].filter(([, group]) => operationOf(group) === "create").map(([urn]) => urn);
    return { source, changes, created, unchanged: same, errors, notes: [] };
}

/** All steps of one resource as one change, or undefined if it doesn't change. */
function changeOf(steps: Step[]): Change | undefined {
    const operation = operationOf(steps);
    const [first] = steps;
    if (!first || operation === "create" || operation === undefined) return undefined;
    const firstState = <K extends "before" | "after">(key: K) => steps.find((step) => step[key] !== undefined)?.[key];
    const [before, after] = [firstState("before"), firstState("after")];
    const union = (pick: (step: Step) => string[]) => [...new Set(steps.flatMap(pick))];
    return {
        urn: first.urn,
        type: typeOf(first.urn),
        name: nameOf(first.urn),
        operation,
        op: steps.map(({ op }) => op).join(", "),
        order: operation === "replace" ? (orderOf(steps) ?? assumedOrder(before?.inputs ?? {}, after?.inputs ?? {})) : undefined,
        properties: union((step) => step.properties),
        causes: union((step) => step.causes),
        before,
        after,
    };
}

function operationOf(steps: Step[]): Operation | undefined {
    const has = (ops: string[]) => steps.some(({ op }) => ops.includes(op));
    if (steps.some(({ op }) => ![...HARMLESS, ...REPLACING, ...DELETING, "update"].includes(op))) return "unknown";
    if (has(REPLACING)) return "replace";
    if (has(DELETING)) return "delete";
    if (has(["update"])) return "update";
    return has(["create"]) ? "create" : undefined;
}

function orderOf(steps: Step[]): Order | undefined {
    const created = steps.findIndex(({ op }) => op === "create-replacement");
    const deleted = steps.findIndex(({ op }) => op === "delete-replaced");
    if (created < 0 || deleted < 0) return undefined;
    return created < deleted ? "created first" : "deleted first";
}

interface Contents {
    steps: Step[];
    errors: string[];
    /** Unchanged resources. The steps omit most of them. */
    same: number;
}

function readSteps(text: string): Contents {
    const whole = parsed(text);
    if (isObject(whole) && !isEvent(whole)) return digest(whole);
    const events = text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line, index) => {
            const event = parsed(line);
            if (!isObject(event)) throw new Error(`line ${index + 1} isn't JSON; ${EXPECTED}`);
            return event;
        });
    if (!events.some((event) => isEvent(event))) throw new Error(`it has no steps; ${EXPECTED}`);
    if (!events.some((event) => "summaryEvent" in event)) throw new Error(`it is cut off: it has no summary; ${EXPECTED}`);
    return streamed(events);
}

const isEvent = (value: Properties): boolean => typeof value.sequence === "number";

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function digest(preview: Properties): Contents {
    if (preview.steps === undefined && !("changeSummary" in preview)) throw new Error(`it has no steps; ${EXPECTED}`);
    const steps = (Array.isArray(preview.steps) ? preview.steps : []).map((step: unknown, index) => {
        if (!isObject(step) || typeof step.op !== "string" || typeof step.urn !== "string") {
            throw new Error(`steps[${index}] has no op and urn; ${EXPECTED}`);
        }
        return stepOf({ ...step, old: step.oldState, new: step.newState, diffs: step.diffReasons, keys: step.replaceReasons });
    });
    const errors = errorsOf(Array.isArray(preview.diagnostics) ? preview.diagnostics : []);
    return { steps, errors, same: sameIn(preview.changeSummary) };
}

function streamed(events: Properties[]): Contents {
    const metadata = events.flatMap(({ resourcePreEvent: event }) => (isObject(event) && isObject(event.metadata) ? [event.metadata] : []));
    const summary = events.map((event) => event.summaryEvent).find(isObject);
    return {
        steps: metadata.map(stepOf),
        errors: errorsOf(events.map((event) => event.diagnosticEvent)),
        same: sameIn(summary?.resourceChanges),
    };
}

const sameIn = (counts: unknown): number => (isObject(counts) && typeof counts.same === "number" ? counts.same : 0);

function errorsOf(diagnostics: unknown[]): string[] {
    const errors = diagnostics.filter((it) => isObject(it) && it.severity === "error") as Properties[];
    const messages = errors.map(({ message }) =>
        String(message)
            .replace(/^error: /, "")
            .trim(),
    );
    return [...new Set(messages)].filter((message) => message !== "preview failed");
}

function stepOf(raw: Properties): Step {
    const details = isObject(raw.detailedDiff) ? raw.detailedDiff : {};
    const paths = Object.keys(details);
    // `diffKind` is the name in the events of older versions.
    const kindOf = (path: string) => {
        const detail = details[path];
        return isObject(detail) ? String(detail.kind ?? detail.diffKind) : "";
    };
    const replacing = paths.filter((path) => kindOf(path).endsWith("-replace"));
    const keys = stringsOf(raw.keys).filter((key) => !replacing.some((path) => path === key || path.startsWith(`${key}.`)));
    const properties = paths.length > 0 ? paths : stringsOf(raw.diffs);
    return {
        op: String(raw.op),
        urn: String(raw.urn),
        before: stateOf(raw.old),
        after: stateOf(raw.new),
        properties: [...new Set(properties.map(withoutIndices))],
        causes: [...new Set([...replacing, ...keys].map(withoutIndices))],
    };
}

function stateOf(state: unknown): ResourceState | undefined {
    if (!isObject(state)) return undefined;
    return {
        inputs: isObject(state.inputs) ? state.inputs : {},
        protect: state.protect === true,
        retainOnDelete: state.retainOnDelete === true,
        ignoreChanges: stringsOf(state.ignoreChanges),
    };
}
