import * as pulumi from "@pulumi/pulumi";
import { distance } from "fastest-levenshtein";
import { PROJECT } from "../names";

/** The keys and values of one namespace, as written in the stack file. */
export const configBelow = (namespace: string): Record<string, unknown> => valuesBelow(namespace, pulumi.runtime.allConfig());

/** The keys and values of one namespace, from the texts of all. */
export function valuesBelow(namespace: string, config: Record<string, string>): Record<string, unknown> {
    const prefix = `${namespace}:`;
    const entries = Object.entries(config).filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), fromText(value)]));
}

/** Keys of a misspelled namespace, which Pulumi accepts as those of another project or provider. */
export function misspelledNamespaces(config: Record<string, string>): string[] {
    // Short names of other providers, such as tls, differ from aws in two letters.
    const isNear = (known: string, namespace: string) => distance(known, namespace) <= (known.length > 5 ? 2 : 1);
    const own = [PROJECT, "aws"];
    return Object.keys(config).flatMap((key) => {
        const [namespace = ""] = key.split(":");
        const meant = [...own, "awsx"].includes(namespace) ? undefined : own.find((it) => isNear(it, namespace));
        return meant === undefined ? [] : [`${key}: unknown namespace; did you mean ${meant}?`];
    });
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
