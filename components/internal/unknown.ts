/** Functions for values of unknown type. This file doesn't load the SDK. */

/** Whether a value is an object other than an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** The message of a value that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Entries by name, so that the order in which they are written makes no difference. */
export const sortedEntries = <T>(map: Record<string, T>): [string, T][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

/** An object with the same keys. A loop, because property maps are copied often, and a list of entries would take twice the time. */
export function mapValues<From, To>(object: Record<string, From>, change: (value: From) => To): Record<string, To> {
    const changed: Record<string, To> = {};
    for (const key of Object.keys(object)) changed[key] = change(object[key] as From);
    return changed;
}
