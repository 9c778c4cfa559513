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
export function explain(issue: z.core.$ZodIssue, given: unknown): string[] {
    const [role, other] = given === "dr" ? (["dr", "primary"] as const) : (["primary", "dr"] as const);
    const elsewhere = { schema: jsonSchemaOf(other), says: `unknown key in a ${role} stack; ${other} stacks have it` };
    return explainIn(issue, jsonSchemaOf(role), PROJECT, elsewhere);
}

/** The same for the provider's settings, below `aws:`. */
export const explainAws = (issue: z.core.$ZodIssue): string[] => explainIn(issue, awsJsonSchema(), "aws");

function explainIn(
    issue: z.core.$ZodIssue,
    schema: JsonSchema,
    namespace: string,
    elsewhere?: { schema: JsonSchema; says: string },
): string[] {
    if (issue.code === "unrecognized_keys") {
        const known = Object.keys(schemaAt(schema, issue.path)?.properties ?? {});
        const others = Object.keys(schemaAt(elsewhere?.schema, issue.path)?.properties ?? {});
        const say = (key: string) => (elsewhere && others.includes(key) ? elsewhere.says : unknownKey(key, known));
        return issue.keys.map((key) => `${keyOf([...issue.path, key], namespace)}: ${say(key)}`);
    }
    const unit = schemaAt(schema, issue.path)?.unit;
    return [`${keyOf(issue.path, namespace)}: ${complaint(issue, unit ? ` ${unit}` : "")}`];
}

/** `ai-platform:network.dataSubnets[1]` */
function keyOf(path: PropertyKey[], namespace: string): string {
    const parts = path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`));
    return `${namespace}:${parts.join("")}`;
}

/** The schema of what is at a path; undefined where there is nothing. */
export function schemaAt(schema: JsonSchema | undefined, [key, ...rest]: PropertyKey[]): JsonSchema | undefined {
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
            return shown
                ? `${shown} is not ${choice(issue.values.map(String), issue.input)}`
                : `is missing: ${choice(issue.values.map(String))}`;
        case "invalid_type": {
            // YAML reads 16.10 as a number, and loses the zero.
            const quoted = issue.expected === "string" && typeof issue.input === "number" ? `: write it in quotes` : "";
            return shown ? `${shown} must be ${article(issue.expected)}${quoted}` : `is missing: ${article(issue.expected)}`;
        }
        case "invalid_format":
            return `${shown} ${issue.message}`;
        case "invalid_key":
            return "must be named with letters, digits and _, not beginning with a digit";
        default:
            return issue.message;
    }
}

/** More than this nobody reads: the nearest will do. */
const MANY = 25;

function choice(values: string[], input?: unknown): string {
    if (values.length > MANY)
        return `one of ${values.length} known ones${typeof input === "string" ? `; did you mean ${nearest(input, values) ?? ""}?` : `, such as ${values[0] ?? ""}`}`;
    return values.length > 1 ? `one of ${values.join(", ")}` : values.join("");
}

const nearest = (text: string, known: string[]): string | undefined => [...known].sort((a, b) => distance(a, text) - distance(b, text))[0];

const WORDS: Record<string, string> = {
    int: "a whole number",
    array: "a list",
    object: "a map",
    record: "a map",
    boolean: "true or false",
};
const article = (type: string): string => WORDS[type] ?? `a ${type}`;

function unknownKey(unknown: string, known: string[]): string {
    const [path] = /^\w+(?=[.[])/.exec(unknown) ?? [];
    if (path !== undefined && known.includes(path)) return "unknown key; a path such as this needs --config-path";
    const other = nearest(unknown, known);
    const close = other !== undefined && distance(other, unknown) <= Math.max(2, other.length / 2);
    return close ? `unknown key; did you mean ${other}?` : `unknown key; known are ${known.join(", ")}`;
}
