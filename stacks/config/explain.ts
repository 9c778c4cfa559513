import { distance } from "fastest-levenshtein";
import * as z from "zod";
import { isObject } from "../../components/internal/unknown";
import { PROJECT } from "../names";
import { newNameOf, OPPOSITE } from "./renamed";
import { awsSchema, roles, type StackRole } from "./schema";

/** The part of JSON Schema that the explanations use. */
export interface JsonSchema {
    type?: string;
    unit?: string;
    /** The value can be secret, so messages don't show it. */
    sensitive?: boolean;
    /** Name of an entry of a map that represents all others in the documentation and in generated tests. */
    instance?: string;
    /** What values of a pattern are; completes "must be ...". */
    allowed?: string;
    /** What to do about a value that isn't in `enum`. */
    hint?: string;
    description?: string;
    default?: unknown;
    /** Valid values of the key. Tests use them where the rest of the schema doesn't determine one. */
    examples?: unknown[];
    enum?: unknown[];
    const?: unknown;
    pattern?: string;
    minimum?: number;
    maximum?: number;
    exclusiveMinimum?: number;
    minItems?: number;
    maxItems?: number;
    minLength?: number;
    properties?: Record<string, JsonSchema>;
    required?: string[];
    propertyNames?: JsonSchema;
    additionalProperties?: JsonSchema | boolean;
    items?: JsonSchema;
    /** Alternatives, such as those of a map whose keys depend on its type. */
    oneOf?: JsonSchema[];
}

const schemas = new Map<string, JsonSchema>();

/** Removes the limit of safe integers in JavaScript, which zod adds to every integer without a limit. */
function withoutSafeLimits({ jsonSchema }: { jsonSchema: Pick<JsonSchema, "maximum"> }): void {
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function schemaOf(name: string, schema: z.ZodType): JsonSchema {
    const known = schemas.get(name) ?? (z.toJSONSchema(schema, { io: "input", override: withoutSafeLimits }) as JsonSchema);
    schemas.set(name, known);
    return known;
}

/** JSON Schema of a role's configuration as written in a stack file, before defaults. */
export const jsonSchemaOf = (role: StackRole): JsonSchema => schemaOf(role, roles[role]);
export const awsJsonSchema = (): JsonSchema => schemaOf("aws", awsSchema);

/** Describes a problem in one line that starts with the full key. Unknown keys get a line each, with a suggestion. */
export function explain(issue: z.core.$ZodIssue, role: StackRole): string[] {
    const other = role === "dr" ? "primary" : "dr";
    const elsewhere = { schema: jsonSchemaOf(other), problem: `unknown key in a ${role} stack; only ${other} stacks have it` };
    return explainIn(issue, jsonSchemaOf(role), PROJECT, elsewhere);
}

/** The same for the settings of the AWS provider. */
export const explainAws = (issue: z.core.$ZodIssue): string[] => explainIn(issue, awsJsonSchema(), "aws");

function explainIn(
    issue: z.core.$ZodIssue,
    schema: JsonSchema,
    namespace: string,
    elsewhere?: { schema: JsonSchema; problem: string },
): string[] {
    if (issue.code === "unrecognized_keys") {
        const known = Object.keys(schemaAt(schema, issue.path)?.properties ?? {});
        const others = Object.keys(schemaAt(elsewhere?.schema, issue.path)?.properties ?? {});
        return issue.keys.map((key) => {
            const renamed = newNameOf([...issue.path, key]);
            const problem = elsewhere && others.includes(key) ? elsewhere.problem : unknownKey(key, known);
            return `${keyOf([...issue.path, key], namespace)}: ${renamed ? `was renamed to ${renamed}${OPPOSITE.includes(renamed) ? ", whose value is the opposite" : ""}` : problem}`;
        });
    }
    const found = schemaAt(schema, issue.path) ?? {};
    const { type, sensitive, hint, properties = {} } = found;
    const input = inputOf(issue);
    const shown = sensitive && input !== undefined ? "the value" : JSON.stringify(input);
    const advice = hint && issue.code === "invalid_value" && issue.input !== undefined ? ` ${hint}` : "";
    // A value of the wrong type also violates the limits of the right one.
    if (issue.code === "too_big" && type === "array" && !Array.isArray(issue.input)) return [];
    const keys = issue.code === "invalid_type" ? expectedKeys(issue, Object.keys(properties)) : "";
    return [
        `${keyOf(issue.path, namespace)}: ${describe(issue, shown, found)}${keys}${advice}${input === undefined ? whatItIs(found) : ""}`,
    ];
}

/** The value with the problem. For a key that selects an alternative, zod reports the map that contains it. */
const inputOf = (issue: z.core.$ZodIssue): unknown =>
    issue.code === "invalid_union" && issue.discriminator !== undefined && isObject(issue.input)
        ? issue.input[issue.discriminator]
        : issue.input;

const mustBe = (shown: string | undefined, what: string): string => `${shown ?? "is missing:"} must be ${what}`;

/** What a missing key is for. */
const whatItIs = ({ description }: JsonSchema): string => (description === undefined ? "" : `. ${description}`);

/** The keys of the expected map, or how to write a key with a dot, which \`--path\` would split: `thresholds["database.cpu"]`. */
function expectedKeys({ path, expected, input }: z.core.$ZodIssueInvalidType, known: string[]): string {
    if (known.length > 0) return ` with ${known.join(", ")}`;
    const [below] = isObject(input) ? Object.keys(input) : [];
    return expected === "number" && below !== undefined ? `: write the key as ["${String(path.at(-1))}.${below}"]` : "";
}

/** The full key of a path, such as `ai-platform:network.subnets.data[1]`. */
function keyOf(path: PropertyKey[], namespace: string): string {
    const parts = path.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`));
    return `${namespace}:${parts.join("")}`;
}

/** The schema at a path, or undefined. */
export function schemaAt(schema: JsonSchema | undefined, [key, ...rest]: PropertyKey[]): JsonSchema | undefined {
    if (key === undefined || !schema) return schema;
    for (const choice of schema.oneOf ?? []) {
        const found = schemaAt(choice, [key, ...rest]);
        if (found) return found;
    }
    const additional = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    return schemaAt(typeof key === "number" ? schema.items : (schema.properties?.[String(key)] ?? additional), rest);
}

function describe(issue: z.core.$ZodIssue, shown: string | undefined, schema: JsonSchema): string {
    const unit = schema.unit ? ` ${schema.unit}` : "";
    switch (issue.code) {
        case "too_small":
            if (issue.origin === "array") return `must have at least ${issue.minimum} entries`;
            if (issue.origin === "string") return "must not be empty";
            return `${shown} ${issue.inclusive ? "is below the minimum" : "must be above"} ${issue.minimum}${unit}`;
        case "too_big":
            return issue.origin === "array"
                ? `must have at most ${issue.maximum} entries`
                : `${shown} is above the maximum ${issue.maximum}${unit}`;
        case "invalid_value":
            return mustBe(shown, choice(issue.values.map(String), issue.input));
        case "invalid_type": {
            // YAML reads 16.10 as a number and drops the zero.
            const quoted = issue.expected === "string" && typeof issue.input === "number" ? ": put it in quotes" : "";
            return mustBe(shown, shown === undefined ? allowedBy(schema, issue.expected) : `${article(issue.expected)}${quoted}`);
        }
        case "invalid_union":
            return "options" in issue ? mustBe(shown, choice((issue.options ?? []).map(String))) : issue.message;
        case "invalid_format":
            return `${shown} ${issue.message}`;
        case "invalid_key":
            return "must be a name of letters, digits, and _ that doesn't start with a digit";
        default:
            return issue.message;
    }
}

/** Longer lists of allowed values are replaced by the closest match. */
const MANY = 25;

function choice(values: string[], input?: unknown): string {
    if (values.length > MANY)
        return `one of ${values.length} known values${typeof input === "string" ? `; did you mean ${nearest(input, values) ?? ""}?` : `, such as ${values[0] ?? ""}`}`;
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

/** The values that a schema allows. */
function allowedBy({ type, allowed, unit, minimum, maximum }: JsonSchema, expected: string): string {
    if (allowed !== undefined) return allowed;
    const limits = minimum === undefined ? "" : maximum === undefined ? ` of ${minimum} or more` : ` from ${minimum} to ${maximum}`;
    return `${article(type === "integer" ? "int" : expected)}${limits}${unit ? ` (${unit})` : ""}`;
}

const article = (type: string): string => WORDS[type] ?? `a ${type}`;

function unknownKey(unknown: string, known: string[]): string {
    const [path] = /^\w+(?=[.[])/.exec(unknown) ?? [];
    if (path !== undefined && known.includes(path)) return "unknown key; paths require pulumi config set --path";
    const other = nearest(unknown, known);
    const close = other !== undefined && distance(other, unknown) <= Math.max(2, other.length / 2);
    return close ? `unknown key; did you mean ${other}?` : `unknown key; known keys are ${known.join(", ")}`;
}
