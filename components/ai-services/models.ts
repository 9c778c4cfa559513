import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../building-blocks/iam";

/**
 * Destination regions of inference profiles by geography (AWS guide: "Supported Regions and models for inference profiles"). If AWS adds a
 * region, set `destinationRegions`.
 */
const GEOGRAPHIES: Record<string, string[]> = {
    us: ["us-east-1", "us-east-2", "us-west-2"],
    eu: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
    apac: [
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-4",
    ],
    au: ["ap-southeast-2", "ap-southeast-4"],
    jp: ["ap-northeast-1", "ap-northeast-3"],
    // Global profiles use any commercial region, and the model ARN in the IAM request has no region.
    global: [""],
};

/** Parsed model ID or inference profile ID. */
export interface ModelId {
    /** `anthropic.claude-sonnet-4-20250514-v1:0` */
    foundationModel: string;
    /** Geography of a system-defined inference profile, such as `us`. Undefined for a foundation model. */
    geography?: string;
}

const FOUNDATION_MODEL = /^[a-z0-9-]+\.[a-z0-9][a-z0-9.-]*(?::\d+){0,2}(?::[a-z0-9]+)?$/;

/** Parses a model ID or inference profile ID. Returns undefined if it's neither. */
export function parseModelId(id: string): ModelId | undefined {
    const [first = "", ...rest] = id.split(".");
    const isProfile = first in GEOGRAPHIES;
    const foundationModel = isProfile ? rest.join(".") : id;
    if (!FOUNDATION_MODEL.test(foundationModel)) return undefined;
    return isProfile ? { foundationModel, geography: first } : { foundationModel };
}

export interface InvocationScope {
    models: readonly string[];
    region: pulumi.Input<string>;
    account: pulumi.Input<string>;
    /** Overrides the known regions of the geographies. */
    destinationRegions?: readonly string[];
}

/** These actions also authorise Converse and ConverseStream, which have no IAM actions of their own. */
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
        const regions = pulumi
            .output(region)
            .apply((own) => [...new Set([own, ...(destinationRegions ?? GEOGRAPHIES[geography] ?? [])])].sort());
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
