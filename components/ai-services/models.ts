import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../building-blocks/iam";

/**
 * Regions to which an inference profile of a geography may send a request (AWS: "Supported Regions and models for inference profiles").
 * Where AWS adds one, `destinationRegions` names them.
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
    // Any commercial region: IAM sees the model without a region.
    global: [""],
};

/** A model as a program names it. */
export interface ModelId {
    /** `anthropic.claude-sonnet-4-20250514-v1:0` */
    foundationModel: string;
    /** Geography of a system-defined inference profile: `us`. Undefined for a model that is called in the region itself. */
    geography?: string;
}

const FOUNDATION_MODEL = /^[a-z0-9-]+\.[a-z0-9][a-z0-9.-]*(?::\d+){0,2}(?::[a-z0-9]+)?$/;

/** The parts of a model id or inference profile id; undefined where it is neither. */
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
    /** In place of the geographies' own. */
    destinationRegions?: readonly string[];
}

/** Converse and ConverseStream are these two actions; actions of their own do not exist. */
const INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

/**
 * What a role needs to call these models, and no others: a model in the region itself, or a profile and, through that profile only, its
 * model in the regions of its geography.
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
                Resource: regions.apply((all) => all.map((it) => `arn:aws:bedrock:${it}::foundation-model/${foundationModel}`)),
                Condition: { StringEquals: { "bedrock:InferenceProfileArn": profile } },
            },
        ];
    });
    return [...(direct.length > 0 ? [{ Effect: "Allow" as const, Action: INVOKE, Resource: direct }] : []), ...profiles];
}

const foundationModelArn = (id: string, region: pulumi.Input<string>) =>
    pulumi.interpolate`arn:aws:bedrock:${region}::foundation-model/${id}`;

/**
 * Forbids a role to call any model without the guardrail; any version of it will do, so that a new version does not lock out a caller that
 * still names the old one. (AWS: "Enforce the use of specific guardrails in model inference requests".)
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
