import type { JsonSchema } from "./config";

/**
 * Values of a configuration key that isn't a number or a choice: the `examples` of its schema. Without any, a list has the examples or choices of
 * its entries, and text of any form is derived from the key.
 */
export function examplesOf(key: string, { examples, type, pattern, enum: choices, items }: JsonSchema): unknown[] {
    if (examples) return examples;
    if (type === "array" && items) {
        const entries = items.enum ?? examplesOf(`${key}-entry`, items);
        return entries.length > 0 ? [entries.slice(0, 3)] : [];
    }
    if (type !== "string" || pattern !== undefined || choices) return [];
    return ["first", "second", "third"].map((name) => `${name}-${key.replaceAll(".", "-")}`);
}

export const noExample = (key: string): string =>
    `${key} needs values for the tests. Add them where stacks/ defines the key: .meta({ examples: [...] }), with values that no other key has`;
