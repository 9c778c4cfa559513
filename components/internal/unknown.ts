/** Functions for values of unknown type. This file doesn't load the SDK. */

/** Whether a value is an object other than an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** The message of a value that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
