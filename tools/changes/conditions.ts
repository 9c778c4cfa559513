import { isObject } from "../../components/internal/unknown";
import { type Change, type Properties, rootOf, scalarText, UNKNOWN_VALUE } from "./types";

/** When an entry of the table applies to a change: all given conditions must be true. */
export interface Condition {
    /** Input property that changes. */
    property?: string;
    /** How `property` changes: see `CHANGES`. */
    change?: string;
    /** Inputs before the change. */
    old?: Properties;
    oldNot?: Properties;
    /** Inputs after the change. */
    new?: Properties;
    newNot?: Properties;
    /** Whether the same update replaces or deletes a VPC. */
    newNetwork?: boolean;
    /** Input property that stays the same. */
    unchanged?: string;
    /** Properties that aren't the reason for the replacement. */
    notCauses?: string[];
}

type Comparison = (before: unknown, after: unknown) => boolean;

const number = (value: unknown): number => (value === undefined || value === null || value === "" ? NaN : Number(value));
const elements = (value: unknown): string[] => (Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : []);
const versionOf = (value: unknown): number[] | undefined => {
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    return /^\d+(\.\d+)*/.test(text) ? text.split(/[.-]/).map(Number) : undefined;
};

/** From version 10, the first number is the major version. Up to version 9, the first two numbers are. */
const majorOf = ([first = 0, second = 0]: number[]): number[] => (first >= 10 ? [first] : [first, second]);

function compare(a: number[], b: number[]): number {
    // `17` matches any 17.x: compare only the numbers that both versions have.
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
    return 0;
}

const versions =
    (holds: (before: number[], after: number[]) => boolean): Comparison =>
    (before, after) => {
        const [a, b] = [versionOf(before), versionOf(after)];
        return a !== undefined && b !== undefined && holds(a, b);
    };

const CHANGES: Record<string, Comparison> = {
    any: () => true,
    increases: (before, after) => number(after) > number(before),
    decreases: (before, after) => number(after) < number(before),
    // A retention period: 0 and unset mean forever.
    shortens: (before, after) => (number(after) || Infinity) < (number(before) || Infinity),
    moreThanDoubles: (before, after) => number(after) > 2 * number(before),
    lessThanHalves: (before, after) => number(after) < number(before) / 2,
    becomesZero: (before, after) => number(after) === 0 && number(before) !== 0,
    toOrFromZero: (before, after) => (number(after) === 0) !== (number(before) === 0),
    becomesTrue: (before, after) => after === true && before !== true,
    becomesFalse: (before, after) => before === true && after !== true,
    removed: (before, after) => before !== undefined && after === undefined,
    removesElements: (before, after) =>
        !contains(after, UNKNOWN_VALUE) && elements(before).some((element) => !elements(after).includes(element)),
    changesExpiration: (before, after) => JSON.stringify(expirationsIn(before)) !== JSON.stringify(expirationsIn(after)),
    becomesUnknown: (before, after) => contains(after, UNKNOWN_VALUE) && !contains(before, UNKNOWN_VALUE),
    versionDecreases: versions((before, after) => compare(after, before) < 0),
    majorVersionIncreases: versions((before, after) => compare(majorOf(after), majorOf(before)) > 0),
};

/** The lifecycle rules that delete objects or versions, without what moves these to another storage class. */
function expirationsIn(rules: unknown): unknown[] {
    const parts = (rule: unknown) => (isObject(rule) ? Object.entries(rule) : []).filter(([key]) => !/transition/i.test(key));
    const list = (Array.isArray(rules) ? rules : []).map(parts);
    return list.filter((rule) => rule.some(([key]) => /expiration/i.test(key))).map((rule) => rule.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a table can use this name of a change. Some names take a value, as in `becomes:required`. */
export const isKnownChange = (change: string): boolean => change in CHANGES || /^(becomes|contains):./.test(change);

const contains = (value: unknown, text: string): boolean => JSON.stringify(value ?? null).includes(text);

function changes(how: string, before: unknown, after: unknown): boolean {
    const [, kind, wanted = ""] = /^(becomes|contains):(.*)$/.exec(how) ?? [];
    if (kind === "becomes") return scalarText(after) === wanted && scalarText(before) !== wanted;
    if (kind === "contains") return contains(after, wanted) && !contains(before, wanted);
    const comparison = CHANGES[how];
    if (!comparison) throw new Error(`the table of effects has an unknown change: ${how}`);
    return comparison(before, after);
}

/** Whether a property changes as an entry requires. An entry without `change` matches every change. */
export function propertyChanges(change: Change, property: string, how = "any"): boolean {
    if (!change.properties.some((path) => rootOf(path) === property || path === property)) return false;
    return changes(how, change.before?.inputs[property], change.after?.inputs[property]);
}

export function applies(condition: Condition, change: Change): boolean {
    const before = change.before?.inputs ?? {};
    const after = change.after?.inputs ?? {};
    if (condition.property !== undefined && !propertyChanges(change, condition.property, condition.change)) return false;
    const { unchanged, newNetwork } = condition;
    if (newNetwork !== undefined && newNetwork !== (change.newNetwork ?? false)) return false;
    if (unchanged !== undefined && (before[unchanged] === undefined || !same(before[unchanged], after[unchanged]))) return false;
    if (condition.notCauses?.some((property) => change.causes.includes(property))) return false;
    return has(before, condition.old) && has(after, condition.new) && hasNot(before, condition.oldNot) && hasNot(after, condition.newNot);
}

const has = (inputs: Properties, wanted: Properties = {}) => Object.entries(wanted).every(([key, value]) => same(inputs[key], value));
const hasNot = (inputs: Properties, wanted: Properties = {}) => Object.entries(wanted).every(([key, value]) => !same(inputs[key], value));

/** Compares as text, because some inputs have numbers and booleans as text: `"true"` equals true. */
const same = (a: unknown, b: unknown): boolean => a === b || (a !== undefined && b !== undefined && scalarText(a) === scalarText(b));
