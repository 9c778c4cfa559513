import type * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { AiServices } from "../components";
import { modelIdProblem } from "../components/ai-services/models";
import type { Check } from "../components/building-blocks/arguments";
import { ECR_IMAGE } from "../components/image-repository/ecr-image";
import { BOUNDS, ENDPOINT_DEFAULTS, MEMORY_SIZES, MODEL_DATA } from "../components/model-endpoint";
import { valid } from "./config/checks";
import { arn, oneOf, optionalSystem, text, whole } from "./config/values";
import { logArgs, type Platform } from "./context";
import { createKey } from "./keys";

const endpoint = z.strictObject({
    image: text(ECR_IMAGE, "an image in ECR")
        .meta({ examples: ["123456789012.dkr.ecr.us-east-1.amazonaws.com/classifier:1"] })
        .describe("Inference image in ECR."),
    modelDataUrl: text(MODEL_DATA, "an object in S3, such as s3://bucket/model.tar.gz")
        .meta({ examples: ["s3://classifier/model.tar.gz"] })
        .describe("Model data."),
    modelDataKeyArn: arn("kms")
        .optional()
        .describe("KMS key of the model data. Default: the platform's data key for buckets of its lake, otherwise none."),
    memorySizeInMb: oneOf(MEMORY_SIZES, ENDPOINT_DEFAULTS.memorySizeInMb)
        .meta({ unit: "MiB" })
        .describe("Memory of the serverless endpoint."),
    maxConcurrency: whole(BOUNDS.maxConcurrency)
        .default(ENDPOINT_DEFAULTS.maxConcurrency)
        .describe("Maximum number of concurrent invocations."),
});

export const aiSection = z
    .strictObject({
        enabled: optionalSystem("the guardrail, and the permissions for models", "Document ingest requires it."),
        models: z
            .array(text(/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/, "a Bedrock model or inference profile, such as us.amazon.nova-lite-v1:0"))
            .min(1)
            .superRefine(valid(checkModels))
            .meta({ examples: [["us.amazon.nova-premier-v1:0", "us.amazon.nova-pro-v1:0", "us.amazon.nova-micro-v1:0"]] })
            // The default depends on the region: `defaultModels` in stacks/config/regions.ts.
            .optional()
            .describe(
                "Bedrock models and inference profiles that the platform can invoke. Document ingest uses the first one. Default: Amazon Nova Lite, through the inference profile of the region's geography.",
            ),
        // Not the component's argument, which configures the bucket as well.
        invocationLogging: z
            .boolean()
            .default(false)
            .describe(
                "Logs the prompts and responses of every Bedrock call in this account and region. Only one stack per account and region can set this.",
            ),
        endpoint: endpoint.optional().describe("SageMaker serverless endpoint. Default: none."),
    })
    .prefault({});

export function createAi(platform: Platform): AiServices | undefined {
    const { config, data, opts } = platform;
    const { enabled, models, invocationLogging, endpoint: model } = config.ai;
    if (!enabled) return undefined;
    const guardrailKey = createKey(platform, { purpose: "guardrail", description: "Guardrail" });
    return new AiServices(
        "ai",
        {
            ...logArgs(platform),
            models,
            kmsKeyArn: data.keys.data,
            guardrailKeyArn: guardrailKey.arn,
            invocationLogging: invocationLogging ? { forceDestroy: !config.protectData } : undefined,
            endpoint: model && { ...model, modelDataKeyArn: model.modelDataKeyArn ?? dataKeyOf(model.modelDataUrl, platform) },
        },
        opts,
    );
}

/** The data key, if the object is in a bucket of the lake. */
function dataKeyOf(url: string, { data, region }: Platform): pulumi.Output<string> | undefined {
    const buckets = ["raw", "curated"].map((purpose) => data.ownerNames.bucket(purpose, region));
    return buckets.some((bucket) => url.startsWith(`s3://${bucket}/`)) ? data.keys.data : undefined;
}

function checkModels(check: Check, models: string[]): void {
    for (const model of models) {
        const problem = modelIdProblem(model);
        check(problem === undefined, "models", problem ?? "");
    }
    const words = models.map((model) => model.replace(/[^a-z0-9]+/g, "-"));
    check(new Set(words).size === models.length, "models", "must not contain a model twice, or two models that differ only in punctuation");
}
