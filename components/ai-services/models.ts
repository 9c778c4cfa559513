import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../building-blocks/iam";
import { GEOGRAPHIES, isSource, MODEL_PROVIDERS } from "../internal/regions";

/** Parsed model ID or inference profile ID. */
export interface ModelId {
    /** `anthropic.claude-sonnet-4-20250514-v1:0` */
    foundationModel: string;
    /** Geography of a system-defined inference profile, such as `us`. Undefined for a foundation model. */
    geography?: string;
}

const FOUNDATION_MODEL = /^[a-z0-9-]+\.[a-z0-9][a-z0-9.-]*(?::\d+){0,2}(?::[a-z0-9]+)?$/;

/** The problem with an entry of `models`, or undefined. */
export function modelIdProblem(id: string): string | undefined {
    if (parseModelId(id)) return undefined;
    const problem = `must be model IDs such as amazon.nova-lite-v1:0 or inference profile IDs such as us.amazon.nova-lite-v1:0, not "${id}"`;
    const [first = ""] = id.split(".");
    if (first in GEOGRAPHIES || !FOUNDATION_MODEL.test(id)) return problem;
    return `${problem}. Known geographies are ${Object.keys(GEOGRAPHIES).join(", ")}; known providers are ${MODEL_PROVIDERS.join(", ")}`;
}

/** Parses a model ID or inference profile ID. Returns undefined if it's neither, or if its geography or provider is unknown. */
function parseModelId(id: string): ModelId | undefined {
    const [first = "", ...rest] = id.split(".");
    const isProfile = first in GEOGRAPHIES;
    const foundationModel = isProfile ? rest.join(".") : id;
    const [provider = ""] = foundationModel.split(".");
    if (!MODEL_PROVIDERS.includes(provider) || !FOUNDATION_MODEL.test(foundationModel)) return undefined;
    return isProfile ? { foundationModel, geography: first } : { foundationModel };
}

/** The reason why a model can't be called from a region, or undefined. Foundation models are called in the region itself. */
export function geographyProblem(id: string, region: string): string | undefined {
    const geography = parseModelId(id)?.geography ?? "";
    const found = GEOGRAPHIES[geography];
    if (!found || isSource(found, region)) return undefined;
    const regions = [...found.destinations, ...(found.sources ?? [])].sort().join(", ");
    return `${id} can't be called from ${region}: the geography ${geography} consists of ${regions}`;
}

export interface InvocationScope {
    models: readonly string[];
    region: pulumi.Input<string>;
    account: pulumi.Input<string>;
    /** Regions that replace the destinations of the geographies. */
    destinationRegions?: readonly string[];
}

/** These actions also authorize Converse and ConverseStream, which have no IAM actions of their own. */
const INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

/**
 * Statements that allow calls of these models only: foundation models in this region, and inference profiles with their foundation model in
 * the destination regions, but only through the profile.
 */
export function invokeStatements({ models, region, account, destinationRegions }: InvocationScope): Statement[] {
    const parsed = [...models].sort().map((id) => ({ id, ...parseModelId(id) }));
    const direct = parsed.filter(({ geography }) => geography === undefined).map(({ id }) => foundationModelArn(id, region));
    const profiles = parsed.flatMap(({ id, foundationModel = "", geography }): Statement[] => {
        if (geography === undefined) return [];
        const profile = pulumi.interpolate`arn:aws:bedrock:${region}:${account}:inference-profile/${id}`;
        const regions = pulumi.output(region).apply((own) => destinationsOf(id, geography, own, destinationRegions));
        return [
            { Effect: "Allow", Action: INVOKE, Resource: profile },
            {
                Effect: "Allow",
                Action: INVOKE,
                Resource: regions.apply((all) =>
                    all.map((destination) => `arn:aws:bedrock:${destination}::foundation-model/${foundationModel}`),
                ),
                Condition: { StringEquals: { "bedrock:InferenceProfileArn": profile } },
            },
        ];
    });
    return [...(direct.length > 0 ? [{ Effect: "Allow" as const, Action: INVOKE, Resource: direct }] : []), ...profiles];
}

/** @throws Error if the profile can't be called from the region */
function destinationsOf(id: string, geography: string, region: string, given?: readonly string[]): string[] {
    const problem = given ? undefined : geographyProblem(id, region);
    if (problem) throw new Error(`AiServices: "models": ${problem}`);
    return [...new Set([region, ...(given ?? GEOGRAPHIES[geography]?.destinations ?? [])])].sort();
}

const foundationModelArn = (id: string, region: pulumi.Input<string>) =>
    pulumi.interpolate`arn:aws:bedrock:${region}::foundation-model/${id}`;

/**
 * Statements that allow the guardrail and, if required, deny calls without it. All versions of the guardrail are accepted, so that callers
 * with the previous version keep working (AWS guide: "Enforce the use of specific guardrails in model inference requests").
 */
export function guardrailStatements(guardrailArn: pulumi.Input<string>, isRequired: boolean): Statement[] {
    const apply: Statement = { Effect: "Allow", Action: "bedrock:ApplyGuardrail", Resource: guardrailArn };
    const deny: Statement = {
        Effect: "Deny",
        Action: INVOKE,
        Resource: "*",
        Condition: { StringNotLike: { "bedrock:GuardrailIdentifier": pulumi.interpolate`${guardrailArn}:*` } },
    };
    return isRequired ? [apply, deny] : [apply];
}
