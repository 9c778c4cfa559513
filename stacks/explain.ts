import { distance } from "fastest-levenshtein";
import * as z from "zod";
import { awsSchema, roles } from "./schema";

/** Namespace of the configuration: the project's name in Pulumi.yaml. */
export const PROJECT = "ai-platform";

/** The part of a JSON Schema that explanations need. */
export interface JsonSchema {
    type?: string;
    unit?: string;
    description?: string;
    default?: unknown;
    enum?: unknown[];
    const?: unknown;
    pattern?: string;
    minimum?: number;
    maximum?: number;
    minItems?: number;
    maxItems?: number;
    minLength?: number;
    properties?: Record<string, JsonSchema>;
    required?: string[];
    propertyNames?: JsonSchema;
    additionalProperties?: JsonSchema | boolean;
    items?: JsonSchema;
}

const schemas = new Map<string, JsonSchema>();

function schemaOf(name: string, schema: z.ZodType): JsonSchema {
    const known = schemas.get(name) ?? (z.toJSONSchema(schema, { io: "input" }) as JsonSchema);
    schemas.set(name, known);
    return known;
}

/** JSON Schema of one role's configuration, as a person writes it (before defaults). */
export const jsonSchemaOf = (role: keyof typeof roles): JsonSchema => schemaOf(role, roles[role]);
export const awsJsonSchema = (): JsonSchema => schemaOf("aws", awsSchema);

/** A mistake in a person's words, beginning with the full key; unknown keys get a line each, with the nearest known key. */
export function explain(issue: z.core.$ZodIssue, role: unknown): string[] {
    return explainIn(issue, jsonSchemaOf(role === "dr" ? "dr" : "primary"), PROJECT);
}

/** The same for the provider's settings, below `aws:`. */
export const explainAws = (issue: z.core.$ZodIssue): string[] => explainIn(issue, awsJsonSchema(), "aws");

function explainIn(issue: z.core.$ZodIssue, schema: JsonSchema, namespace: string): string[] {
    if (issue.code === "unrecognized_keys") {
        const known = Object.keys(schemaAt(schema, issue.path)?.properties ?? {});
        return issue.keys.map((unknown) => `${keyOf([...issue.path, unknown], namespace)}: ${unknownKey(unknown, known)}`);
    }
    const unit = schemaAt(schema, issue.path)?.unit;
    return [`${keyOf(issue.path, namespace)}: ${complaint(issue, unit ? ` ${unit}` : "")}`];
}

/** `ai-platform:network.dataSubnets[1]` */
function keyOf(path: PropertyKey[], namespace: string): string {
    const parts = path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`));
    return `${namespace}:${parts.join("")}`;
}

function schemaAt(schema: JsonSchema | undefined, [key, ...rest]: PropertyKey[]): JsonSchema | undefined {
    if (key === undefined || !schema) return schema;
    const additional = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    return schemaAt(typeof key === "number" ? schema.items : (schema.properties?.[String(key)] ?? additional), rest);
}

function complaint(issue: z.core.$ZodIssue, unit: string): string {
    const shown = JSON.stringify(issue.input);
    switch (issue.code) {
        case "too_small":
            if (issue.origin === "array") return `must have ${issue.minimum} entries or more`;
            if (issue.origin === "string") return "must not be empty";
            return `${shown} is below the minimum ${issue.minimum}${unit}`;
        case "too_big":
            return issue.origin === "array"
                ? `must have ${issue.maximum} entries or fewer`
                : `${shown} is above the maximum ${issue.maximum}${unit}`;
        case "invalid_value":
            return shown ? `${shown} is not ${choice(issue.values.map(String))}` : `is missing: ${choice(issue.values.map(String))}`;
        case "invalid_type":
            return shown ? `${shown} must be ${article(issue.expected)}` : `is missing: ${article(issue.expected)}`;
        case "invalid_format":
            return `${shown} ${issue.message}`;
        case "invalid_union": {
            // The only union is that of the roles; its issue shows the whole configuration.
            const role = typeof issue.input === "object" && issue.input !== null && "role" in issue.input ? issue.input.role : undefined;
            return role === undefined ? "is missing: primary or dr" : `${JSON.stringify(role)} is not primary or dr`;
        }
        case "invalid_key":
            return "must be named with letters, digits and _, not beginning with a digit";
        default:
            return issue.message;
    }
}

const choice = (values: string[]): string => (values.length > 1 ? `one of ${values.join(", ")}` : values.join(""));

const WORDS: Record<string, string> = {
    int: "a whole number",
    array: "a list",
    object: "a map",
    record: "a map",
    boolean: "true or false",
};
const article = (type: string): string => WORDS[type] ?? `a ${type}`;

function unknownKey(unknown: string, known: string[]): string {
    const [nearest] = [...known].sort((a, b) => distance(a, unknown) - distance(b, unknown));
    const close = nearest !== undefined && distance(nearest, unknown) <= Math.max(2, nearest.length / 2);
    return close ? `unknown key; did you mean ${nearest}?` : `unknown key; known are ${known.join(", ")}`;
}
