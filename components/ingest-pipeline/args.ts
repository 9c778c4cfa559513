import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { DOCUMENTS_FOLDER } from "../../functions/ingest/contract";
import type { AiServices } from "../ai-services";
import type { ObjectStore } from "../existing-bucket";
import type { SecretReference } from "../replicated-secret";
import { checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import type { Connectable } from "../building-blocks/security-groups";
import type { VpcPlacement } from "../building-blocks/placement";
import type { Grantee } from "../building-blocks/iam";
import type { Transform } from "../building-blocks/transform";
import type { VpcFunctionArgs } from "../vpc-function";

export interface IngestPipelineArgs extends LogArgs {
    /** VPC and private subnets of the function. */
    placement: VpcPlacement;
    /** Bucket whose new objects are taken in. It must send its events to EventBridge, as `DataLake`'s does. */
    raw: Pick<ObjectStore, "bucketName" | "grantRead">;
    /** Bucket that receives the results, under `documents/dt=<day>/`. Not the raw one. */
    curated: Pick<ObjectStore, "bucketName" | "grantWrite">;
    /**
     * Folder of the raw bucket, with its slash: other objects, such as those that Firehose delivers there, are left alone.
     * @default "documents/"
     */
    prefix?: string;
    ai: Pick<AiServices, "guardrailId" | "guardrailVersion" | "models" | "grantInvoke">;
    /** The model that reads the documents; one of `ai.models`. @default the first of them */
    model?: string;
    /** Bus that hears of every document: event `DocumentIngested` of the source `ai-platform.ingest`. */
    bus: { busName: pulumi.Input<string>; grantPublish(grantee: Grantee, sources?: string[]): void };
    /** Database that keeps the documents, and what was done already. */
    documents: { connectionSecret: SecretReference; allowFrom(peer: Connectable): void };
    /** KMS key of the queues and the function's environment; its policy must let in the service `events`. */
    kmsKeyArn: pulumi.Input<string>;
    /**
     * What a document can be; `other` should be among them.
     * @default contract, correspondence, data, invoice, other, policy, report, specification
     */
    categories?: string[];
    /** Bytes of the largest document that is read, 1 to 10485760; larger ones are recorded as too large. @default 1048576 */
    maxBytes?: number;
    /** Characters of a document that the model sees, 100 to 100000. Above 25000 a guardrail's quotas must be raised. @default 20000 */
    maxCharacters?: number;
    /** Messages that one invocation takes, 1 to 10. @default 5 */
    batchSize?: number;
    /** Seconds to wait for a full batch, 0 to 300. @default 5 */
    batchWindowSeconds?: number;
    /** Invocations at the same time, 2 to 1000: what Bedrock's quota of the model bears. @default 5 */
    maxConcurrency?: number;
    /**
     * Keeps `maxConcurrency` invocations free for the pipeline, out of the account's. Of the 10 of a new account AWS lets none be reserved.
     * @default false: the queue invokes no more than that, and other functions may be in its way
     */
    reserveConcurrency?: boolean;
    /** Seconds that one invocation may take, 30 to 900. @default 120 */
    timeoutSeconds?: number;
    /** MiB of the function, 256 to 10240. @default 512 */
    memoryMb?: number;
    /** Runtime of the function. @default as `VpcFunction` has it */
    runtime?: string;
    /** Times a message is tried before it goes to the dead-letter queue, 2 to 1000. @default 5 */
    maxReceiveCount?: number;
    /** Physical name of the queue, where someone must know it. @default generated */
    queueName?: string;
    transform?: {
        rule?: Transform<aws.cloudwatch.EventRuleArgs>;
        target?: Transform<aws.cloudwatch.EventTargetArgs>;
        mapping?: Transform<aws.lambda.EventSourceMappingArgs>;
        function?: NonNullable<VpcFunctionArgs["transform"]>["function"];
    };
}

/** Without what the function itself has a default for: `categories`, `maxBytes` and `maxCharacters`. */
export const DEFAULTS = {
    prefix: DOCUMENTS_FOLDER,
    batchSize: 5,
    batchWindowSeconds: 5,
    maxConcurrency: 5,
    reserveConcurrency: false,
    timeoutSeconds: 120,
    memoryMb: 512,
    maxReceiveCount: 5,
} satisfies Partial<IngestPipelineArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<IngestPipelineArgs, typeof DEFAULTS>;

/** Refuses what AWS or the function would refuse; all at once. */
export function validated(name: string, args: Resolved) {
    return checked("IngestPipeline", name, args, (check) => {
        const { prefix, ai, model, categories, maxBytes, maxCharacters, runtime } = args;
        const { batchSize, batchWindowSeconds, maxConcurrency, timeoutSeconds, memoryMb, maxReceiveCount } = args;
        check(
            /^[^/].*\/$/.test(prefix),
            "prefix",
            "must be a folder such as documents/: the whole bucket would hold this pipeline's own events",
        );
        check(model === undefined || ai.models.includes(model), "model", `must be one of ${ai.models.join(", ")}`);
        check(
            categories === undefined || areCategories(categories),
            "categories",
            "must be 1 to 50 names of letters, digits, spaces and hyphens",
        );
        check(maxBytes === undefined || isBetween(maxBytes, 1, 10_485_760), "maxBytes", "must be between 1 and 10485760");
        check(maxCharacters === undefined || isBetween(maxCharacters, 100, 100_000), "maxCharacters", "must be between 100 and 100000");
        checkLogs(check, args);
        check(isBetween(batchSize, 1, 10), "batchSize", "must be between 1 and 10");
        check(isBetween(batchWindowSeconds, 0, 300), "batchWindowSeconds", "must be between 0 and 300");
        check(isBetween(maxConcurrency, 2, 1000), "maxConcurrency", "must be between 2 and 1000");
        check(isBetween(timeoutSeconds, 30, 900), "timeoutSeconds", "must be between 30 and 900");
        check(isBetween(memoryMb, 256, 10240), "memoryMb", "must be between 256 and 10240 MiB");
        check(isBetween(maxReceiveCount, 2, 1000), "maxReceiveCount", "must be between 2 and 1000");
        check(runtime === undefined || /^nodejs\d+\.x$/.test(runtime), "runtime", "must be a Node.js runtime such as nodejs24.x");
    });
}

const areCategories = (names: string[]): boolean => isBetween(names.length, 1, 50) && names.every((name) => /^[\w -]{1,50}$/.test(name));
