import type { JsonSchema } from "./explain";

/**
 * Turns whole numbers into text where the schema has text. `pulumi config set` writes `17` and `123456789012` without quotes and can't
 * quote them. Other numbers stay as they are, because YAML drops their zeros: 16.10 is read as 16.1.
 */
export function wholeNumbersAsText(value: unknown, schema: JsonSchema | undefined): unknown {
    if (schema === undefined) return value;
    if (typeof value === "number" && schema.type === "string" && Number.isSafeInteger(value)) return String(value);
    if (Array.isArray(value)) return value.map((entry) => wholeNumbersAsText(entry, schema.items));
    if (typeof value !== "object" || value === null) return value;
    const additional = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    const entries = Object.entries(value).map(([key, entry]) => [key, wholeNumbersAsText(entry, schema.properties?.[key] ?? additional)]);
    return Object.fromEntries(entries);
}
