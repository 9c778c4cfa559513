/** Comparisons of a setting before and after a change, for the rules in live-rules.ts. Pure. */
import { isObject } from "../components/internal/unknown";

export const turnsOff = (before: unknown, after: unknown) => before === true && after !== true;

export const removesEntries = (before: unknown, after: unknown) =>
    Array.isArray(before) && Array.isArray(after) && before.some((entry) => !after.includes(entry));

/** Whether an entry of a map gets a value that another entry had. */
export function takesPlaces(before: unknown, after: unknown): boolean {
    if (!isObject(before) || !isObject(after)) return false;
    const had = Object.entries(before);
    return Object.entries(after).some(
        ([name, place]) => before[name] !== place && had.some(([other, taken]) => other !== name && taken === place),
    );
}

/** Whether records of the same hosted zone are created with and without a role. */
export function changesAccess(before: unknown, after: unknown): boolean {
    if (typeof before !== "string" || typeof after !== "string") return false;
    return before.split(" ")[0] === after.split(" ")[0];
}

/** Whether an entry of a map gets another value. */
export function movesEntries(before: unknown, after: unknown): boolean {
    if (!isObject(before) || !isObject(after)) return false;
    return Object.entries(before).some(([name, value]) => name in after && after[name] !== value);
}

/** Whether an entry of a map is changed or removed. */
export function changesEntries(before: unknown, after: unknown): boolean {
    if (!isObject(before) || !isObject(after)) return false;
    return Object.entries(before).some(([name, value]) => after[name] !== value);
}

/** Whether a vault lock was in compliance mode. AWS rejects all its changes, also stricter limits. */
export const changesCompliance = (before: unknown) => isObject(before) && typeof before.changeableForDays === "number";

/** CIDR blocks, or IDs of existing subnets, by zone: a zone must keep its own; others can be added and removed. Earlier versions didn't record default blocks. */
export function changesBlocks(before: unknown, after: unknown): boolean {
    if (!isObject(before) || !isObject(after)) return false;
    return Object.entries(before).some(([zone, block]) => zone in after && after[zone] !== block);
}

/** Compares the zones with a NAT gateway by name. Earlier versions recorded zones that were looked up by number. */
export function losesAddresses(before: unknown, after: unknown): boolean {
    if (!Array.isArray(before) || !Array.isArray(after)) return false;
    const all: unknown[] = [...(before as unknown[]), ...(after as unknown[])];
    const comparable = all.every((zone) => typeof zone === typeof all[0]);
    return comparable ? removesEntries(before, after) : after.length < before.length;
}
