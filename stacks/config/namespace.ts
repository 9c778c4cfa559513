import * as pulumi from "@pulumi/pulumi";

/** The keys and values of one namespace, as written in the stack file. */
export const configBelow = (namespace: string): Record<string, unknown> => valuesBelow(namespace, pulumi.runtime.allConfig());

/** The keys and values of one namespace, from the texts of all. */
export function valuesBelow(namespace: string, config: Record<string, string>): Record<string, unknown> {
    const prefix = `${namespace}:`;
    const entries = Object.entries(config).filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), fromText(value)]));
}

/** Pulumi passes every value as text, with maps, lists, numbers, and booleans as JSON. */
function fromText(value: string): unknown {
    if (!/^\s*([[{]|(true|false|-?\d+(\.\d+)?)\s*$)/.test(value)) return value;
    try {
        return JSON.parse(value) as unknown;
    } catch {
        return value;
    }
}
