import type { JsonSchema } from "../../stacks/config/explain";

/**
 * Paths of all values that a user can set, with their schemas. A list counts as one value, and so does a map, unless its schema names an `instance`,
 * whose paths represent those of all entries: `services.api.cpu`.
 */
export function leaves(schema: JsonSchema, path: string[] = []): [string, JsonSchema][] {
    const below = propertiesOf(schema);
    if (!below) return [[path.join("."), schema]];
    return Object.entries(below).flatMap(([key, value]) => leaves(value, [...path, key]));
}

/** The properties of a map with fixed keys, or the `instance` of a map with any keys. */
export function propertiesOf({ properties, instance, additionalProperties: entry }: JsonSchema): Record<string, JsonSchema> | undefined {
    return instance !== undefined && typeof entry === "object" ? { [instance]: entry } : properties;
}

/**
 * Values of a configuration key that isn't a number or a choice: the `examples` of its schema. Without examples, the values of a list are the examples or
 * choices of its entries, and text without a pattern is derived from the key.
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

/** Whether a type has a next value. For other types, a generated value could be invalid, and its rejection would prove nothing. */
export const hasNext = ({ enum: choices, type }: JsonSchema): boolean =>
    choices !== undefined || ["boolean", "integer", "number"].includes(type ?? "");

/** A value that differs from the current one: another choice, the other boolean, the next number. */
export function another(
    { enum: choices, minimum = 0, maximum = Infinity, type, default: standard }: JsonSchema,
    present: unknown,
): unknown {
    const now = present ?? standard;
    if (choices) return choices.find((it) => it !== now);
    if (type === "boolean") return now !== true;
    const number = typeof now === "number" ? now : minimum;
    return number < maximum ? number + 1 : number - 1;
}
