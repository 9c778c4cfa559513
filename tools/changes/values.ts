import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../../components/internal/unknown";
import { type Properties, scalarText } from "./types";

const { specialSigKey, specialSecretSig, specialAssetSig, specialArchiveSig } = pulumi.runtime;
const OPAQUE = [specialSecretSig, specialAssetSig, specialArchiveSig];

/** A secret or a file. Neither can be compared: a state contains encrypted secrets, a plan contains placeholders, and files differ by machine. */
const isOpaque = (value: unknown): boolean => isObject(value) && OPAQUE.includes(String(value[specialSigKey]));

/** Whether a text in the plan corresponds to a text in the state. */
export type Matches = (real: string, planned: string) => boolean;

export const literally: Matches = (real, planned) => real === planned;

/** Paths, without indices, at which two values differ. Opaque values count as equal. */
export function differingPaths(before: unknown, after: unknown, path: string, matches: Matches): string[] {
    if (isOpaque(before) || isOpaque(after)) return [];
    if (Array.isArray(before) && Array.isArray(after))
        return before.length === after.length ? listDifferences(before, after, path, matches) : [path];
    if (isObject(before) && isObject(after)) {
        const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => key !== "__defaults");
        return keys.flatMap((key) => differingPaths(before[key], after[key], `${path}.${key}`, matches));
    }
    return sameText(before, after, matches) ? [] : [path];
}

/** The order of lists is ignored, because they can be sets. */
function listDifferences(before: unknown[], after: unknown[], path: string, matches: Matches): string[] {
    const inOrder = before.flatMap((item, index) => differingPaths(item, after[index], path, matches));
    if (inOrder.length === 0) return [];
    const rest = [...after];
    for (const item of before) {
        const index = rest.findIndex((other) => differingPaths(item, other, path, matches).length === 0);
        if (index < 0) return [...new Set(inOrder)];
        rest.splice(index, 1);
    }
    return [];
}

function sameText(before: unknown, after: unknown, matches: Matches): boolean {
    if (before === after || isEmpty(before, after)) return true;
    if (before === undefined || before === null || after === undefined || after === null || isObject(before) || isObject(after))
        return false;
    const [real, planned] = [scalarText(before), scalarText(after)];
    if (real === planned || matches(real, planned)) return true;
    const [left, right] = [document(real), document(planned)];
    return left !== undefined && right !== undefined && differingPaths(left, right, "", matches).length === 0;
}

/** An empty list, map, or text counts as unset. */
const isEmpty = (...values: unknown[]): boolean =>
    values.every(
        (value) => value === undefined || value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0),
    );

function document(text: string): Properties | unknown[] | undefined {
    if (!/^\s*[{[]/.test(text)) return undefined;
    try {
        return JSON.parse(text) as Properties | unknown[];
    } catch {
        return undefined;
    }
}

interface Planned {
    id?: string;
    inputs?: Properties;
    outputs?: Properties;
}

/** Shorter placeholders could match unrelated text. */
const SHORTEST = 4;

/** Maps the plan's placeholders (IDs, ARNs, generated names) to the real values that they represent. */
export class Translation {
    private readonly values = new Map<string, Set<string>>();

    /** Adds the values of a resource that is in both the plan and the state. */
    learn(planned: Planned, real: { id?: string; outputs?: Properties }): void {
        const inputs = planned.inputs ?? {};
        if (!Object.values(inputs).includes(planned.id)) this.pair(planned.id, real.id);
        // Values that the program sets aren't placeholders.
        for (const [key, value] of Object.entries(planned.outputs ?? {})) if (!(key in inputs)) this.pair(value, real.outputs?.[key]);
    }

    private pair(planned: unknown, real: unknown): void {
        if (Array.isArray(planned) && Array.isArray(real)) {
            planned.forEach((item, index) => {
                this.pair(item, real[index]);
            });
        } else if (isObject(planned) && isObject(real)) {
            if (isOpaque(planned) || isOpaque(real)) return;
            for (const [key, item] of Object.entries(planned)) this.pair(item, real[key]);
        } else if (
            typeof planned === "string" &&
            typeof real === "string" &&
            planned.length >= SHORTEST &&
            real !== "" &&
            planned !== real
        ) {
            const known = this.values.get(planned);
            if (known) known.add(real);
            else this.values.set(planned, new Set([real]));
        }
    }

    /** Whether a text in the plan equals a text in the state after its placeholders are replaced by real values. */
    readonly matches = (real: string, planned: string): boolean => {
        if (real === planned || this.values.get(planned)?.has(real)) return true;
        const inside = [...this.values].filter(([from]) => planned.includes(from));
        return inside.length > 0 && canBecome(real, planned, inside);
    };
}

/** Compares both texts in parallel. Where a placeholder begins, each of its real values can follow, or the text itself. */
function canBecome(real: string, planned: string, values: [string, Set<string>][]): boolean {
    const seen = new Set<string>();
    const open: [number, number][] = [[0, 0]];
    for (let state = open.pop(); state; state = open.pop()) {
        let [at, realAt] = state;
        for (;;) {
            if (at === planned.length && realAt === real.length) return true;
            for (const [from, candidates] of values) {
                if (!planned.startsWith(from, at)) continue;
                for (const candidate of candidates) {
                    const next: [number, number] = [at + from.length, realAt + candidate.length];
                    if (!real.startsWith(candidate, realAt) || seen.has(next.join())) continue;
                    seen.add(next.join());
                    open.push(next);
                }
            }
            if (at >= planned.length || planned[at] !== real[realAt]) break;
            at++;
            realAt++;
        }
    }
    return false;
}
