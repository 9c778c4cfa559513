import { awsJsonSchema, jsonSchemaOf, type JsonSchema, PROJECT } from "./explain";

const below = (namespace: string, properties: Record<string, JsonSchema>) =>
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${namespace}:${key}`, value]));

/** JSON Schema of a whole stack file, one alternative for each role. */
export function stackFileSchema(): object {
    const alternative = (role: "primary" | "dr") => {
        const { properties = {}, required = [] } = jsonSchemaOf(role);
        const aws = awsJsonSchema();
        return {
            type: "object",
            title: role,
            properties: { ...below("aws", aws.properties ?? {}), ...below(PROJECT, properties) },
            required: [...(aws.required ?? []).map((key) => `aws:${key}`), ...required.map((key) => `${PROJECT}:${key}`)],
            patternProperties: { "^(?!ai-platform:)[a-z-]+:.+$": {} },
            additionalProperties: false,
        };
    };
    return {
        $schema: "http://json-schema.org/draft-07/schema#",
        $id: "https://ai-platform.invalid/config.schema.json",
        title: "Stack file of the AI platform",
        description: "Configuration of one stack. Written by `npm run schema` from stacks/schema.",
        type: "object",
        required: ["config"],
        properties: {
            secretsprovider: { type: "string", description: "Who encrypts the stack's secrets: a KMS key, or a passphrase." },
            encryptedkey: { type: "string" },
            encryptionsalt: { type: "string" },
            environment: { description: "Pulumi ESC environments." },
            config: {
                type: "object",
                required: [`${PROJECT}:role`],
                if: { properties: { [`${PROJECT}:role`]: { const: "dr" } } },
                then: alternative("dr"),
                else: alternative("primary"),
            },
        },
        additionalProperties: false,
    };
}
