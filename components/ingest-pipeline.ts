import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ownFile } from "../functions/bundle";
import { EVENT_SOURCE } from "../functions/ingest/contract";
import type { AiServices } from "./ai-services";
import { sendByRules } from "./events/policies";
import { WorkQueue } from "./events/work-queue";
import type { ObjectStore } from "./existing-bucket";
import { validated } from "./ingest-pipeline-rules";
import { readStatements, type SecretReference } from "./replicated-secret";
import type { LogArgs } from "./shared/logs";
import type { Peer, Placement } from "./shared/network";
import { grant, type Grantee, policyDocument, tlsOnly } from "./shared/policy";
import type { Signal, Watched } from "./shared/signals";
import { regionOf } from "./shared/surroundings";
import { type Transform, transformed } from "./shared/transform";
import { VpcFunction, type VpcFunctionArgs } from "./vpc-function";

export interface IngestPipelineArgs extends LogArgs {
    /** VPC and private subnets of the function. */
    placement: Placement;
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
    documents: { connectionSecret: SecretReference; allowFrom(peer: Peer): void };
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

const METRIC_NAMESPACE = "AiPlatform";

/**
 * Takes documents in: object created in the raw bucket -> EventBridge -> queue -> function, which reads it, has it summarised and
 * classified by Bedrock behind the guardrail, and writes the result to the curated bucket, the document database and the bus.
 *
 * A message that fails is tried again alone, and ends in the dead-letter queue. What is delivered twice is done once. Takes text, JSON,
 * Markdown and CSV; the rest is recorded as unsupported. Costs nothing while idle; a document costs what its tokens and the guardrail
 * cost.
 */
export class IngestPipeline extends pulumi.ComponentResource implements Watched {
    readonly logicalName: string;
    readonly title = "Document ingest";
    readonly queue: WorkQueue;
    readonly function: VpcFunction;
    /** Queue of events that EventBridge could not deliver. */
    readonly undelivered: aws.sqs.Queue;

    constructor(name: string, args: IngestPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:IngestPipeline", name, validated(name, args), opts);
        this.logicalName = name;
        const rule = this.createRule(args);
        this.queue = this.createQueue(args, rule);
        this.undelivered = this.createUndelivered(args, rule);
        this.connectRule(rule, args);
        this.function = this.createFunction(args);
        this.grantAll(args);
        this.connectQueue(args);
        this.registerOutputs({ queueUrl: this.queue.url, functionName: this.function.functionName });
    }

    /**
     * Matches the generated name of the role of the pipeline `name`'s function: for a bucket's policy that must know who reads it before
     * the pipeline is there.
     */
    static rolePattern(name: string): string {
        return VpcFunction.rolePattern(readerOf(name));
    }

    /** The pipeline's own signals, and those of its queue and its function. */
    get signals(): Signal[] {
        const failed: Signal = {
            name: "failed",
            description: "Documents fail and are tried again: look for `message failed` in the function's log group.",
            severity: "ticket",
            namespace: METRIC_NAMESPACE,
            metricName: "Failed",
            dimensions: { FunctionName: this.function.functionName },
            statistic: "Sum",
            period: 300,
            periods: 2,
            comparison: "above",
            threshold: 5,
        };
        const undelivered: Signal = {
            name: "undelivered",
            description: "EventBridge could not put events of new objects into the queue: compare the queue's and the key's policies.",
            severity: "page",
            namespace: "AWS/SQS",
            metricName: "ApproximateNumberOfMessagesVisible",
            dimensions: { QueueName: this.undelivered.name },
            statistic: "Maximum",
            period: 300,
            periods: 1,
            comparison: "above",
            threshold: 0,
        };
        return [failed, undelivered, ...prefixed("queue", this.queue.signals), ...prefixed("function", this.function.signals)];
    }

    private createRule(args: IngestPipelineArgs): aws.cloudwatch.EventRule {
        const { raw, prefix = "documents/" } = args;
        // S3's events arrive on the default bus, on no other.
        const pattern = {
            source: ["aws.s3"],
            "detail-type": ["Object Created"],
            detail: { bucket: { name: [raw.bucketName] }, object: { key: [{ prefix }] } },
        };
        return new aws.cloudwatch.EventRule(
            `${this.logicalName}-created`,
            transformed(args.transform?.rule, {
                description: `New objects below ${prefix}, for ${this.logicalName}`,
                eventPattern: pulumi.jsonStringify(pattern),
            }),
            { parent: this },
        );
    }

    private createQueue(args: IngestPipelineArgs, rule: aws.cloudwatch.EventRule): WorkQueue {
        const { kmsKeyArn, queueName, maxReceiveCount = 5, timeoutSeconds = 120, batchWindowSeconds = 5 } = args;
        const queue = new WorkQueue(
            `${this.logicalName}-work`,
            // AWS: six times the function's timeout, and the batch window.
            { kmsKeyArn, queueName, maxReceiveCount, visibilityTimeoutSeconds: 6 * timeoutSeconds + batchWindowSeconds },
            { parent: this },
        );
        queue.allowFromRule(rule.arn);
        return queue;
    }

    private createUndelivered({ kmsKeyArn }: IngestPipelineArgs, rule: aws.cloudwatch.EventRule): aws.sqs.Queue {
        const queue = new aws.sqs.Queue(
            `${this.logicalName}-undelivered`,
            { kmsMasterKeyId: kmsKeyArn, messageRetentionSeconds: 14 * 24 * 60 * 60 },
            { parent: this },
        );
        const policy = policyDocument([tlsOnly("sqs:*", queue.arn), ...sendByRules(queue.arn, [rule.arn])]);
        new aws.sqs.QueuePolicy(`${this.logicalName}-undelivered-policy`, { queueUrl: queue.url, policy }, { parent: this });
        return queue;
    }

    private connectRule(rule: aws.cloudwatch.EventRule, args: IngestPipelineArgs): void {
        new aws.cloudwatch.EventTarget(
            `${this.logicalName}-target`,
            transformed(args.transform?.target, {
                rule: rule.name,
                targetId: "queue",
                arn: this.queue.arn,
                deadLetterConfig: { arn: this.undelivered.arn },
                retryPolicy: { maximumEventAgeInSeconds: 24 * 60 * 60, maximumRetryAttempts: 185 },
            }),
            // Events flow as soon as the target is there, and the queue refuses them without its policy.
            { parent: this, dependsOn: [this.queue.policy] },
        );
    }

    private createFunction(args: IngestPipelineArgs): VpcFunction {
        const { placement, kmsKeyArn, logKeyArn, logRetentionDays, maxConcurrency = 5, timeoutSeconds = 120, memoryMb, runtime } = args;
        return new VpcFunction(
            readerOf(this.logicalName),
            {
                entry: ownFile("functions", "ingest", "index.ts"),
                description: "Summarises and classifies new documents of the data lake",
                placement,
                kmsKeyArn,
                logKeyArn,
                logRetentionDays,
                timeoutSeconds,
                memoryMb,
                runtime,
                // The mapping bounds the invocations already; this keeps them free.
                reservedConcurrency: args.reserveConcurrency ? maxConcurrency : undefined,
                environment: this.environment(args),
                transform: { function: args.transform?.function },
            },
            { parent: this },
        );
    }

    private environment(args: IngestPipelineArgs): Record<string, pulumi.Input<string>> {
        const { ai, model, curated, bus, documents, categories, maxBytes, maxCharacters } = args;
        return {
            MODEL_ID: model ?? ai.models[0] ?? "",
            GUARDRAIL_ID: ai.guardrailId,
            GUARDRAIL_VERSION: ai.guardrailVersion,
            CURATED_BUCKET: curated.bucketName,
            BUS_NAME: bus.busName,
            DOCUMENTS_SECRET_ARN: documents.connectionSecret.arn,
            METRIC_NAMESPACE,
            // Since Node.js 20 Lambda's runtime trusts Amazon's own authorities, RDS and DocumentDB among them, only when it is told to.
            NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
            ...(categories ? { CATEGORIES: categories.join(",") } : {}),
            ...(maxBytes === undefined ? {} : { MAX_BYTES: String(maxBytes) }),
            ...(maxCharacters === undefined ? {} : { MAX_CHARACTERS: String(maxCharacters) }),
        };
    }

    private grantAll({ raw, curated, ai, bus, documents, prefix = "documents/" }: IngestPipelineArgs): void {
        raw.grantRead(this.function, prefix);
        curated.grantWrite(this.function, "documents/");
        ai.grantInvoke(this.function);
        bus.grantPublish(this.function, [EVENT_SOURCE]);
        grant(this, "documents", this.function, "read-secret", readStatements(documents.connectionSecret, regionOf(this)));
        documents.allowFrom(this.function);
    }

    private connectQueue(args: IngestPipelineArgs): void {
        const consuming = this.queue.grantConsume(this.function);
        new aws.lambda.EventSourceMapping(
            `${this.logicalName}-mapping`,
            transformed(args.transform?.mapping, {
                eventSourceArn: this.queue.arn,
                functionName: this.function.arn,
                batchSize: args.batchSize ?? 5,
                maximumBatchingWindowInSeconds: args.batchWindowSeconds ?? 5,
                functionResponseTypes: ["ReportBatchItemFailures"],
                scalingConfig: { maximumConcurrency: args.maxConcurrency ?? 5 },
            }),
            { parent: this, dependsOn: [consuming] },
        );
    }
}

const readerOf = (name: string): string => `${name}-reader`;

const prefixed = (prefix: string, signals: Signal[]): Signal[] =>
    signals.map((signal) => ({ ...signal, name: `${prefix}-${signal.name}` }));
