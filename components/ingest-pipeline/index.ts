import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ownFile } from "../../functions/bundle";
import { DOCUMENTS_FOLDER, EVENT_SOURCE, METRIC_NAMESPACE } from "../../functions/ingest/contract";
import { sendByRules } from "../internal/event-policies";
import { WorkQueue } from "../work-queue";
import { DEFAULTS, type IngestPipelineArgs, type Resolved, validated } from "./args";
import { pipelineAlarms } from "./alarms";
import { readStatements } from "../replicated-secret";
import { withDefaults } from "../building-blocks/arguments";
import { grant, policyDocument, tlsOnly } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { transformed } from "../building-blocks/transform";
import { VpcFunction } from "../vpc-function";

export type { IngestPipelineArgs };

/**
 * Takes documents in: object created in the raw bucket -> EventBridge -> queue -> function, which reads it, has it summarised and
 * classified by Bedrock behind the guardrail, and writes the result to the curated bucket, the document database and the bus.
 *
 * A message that fails is tried again alone, and ends in the dead-letter queue. What is delivered twice is done once. Takes text, JSON,
 * Markdown and CSV; the rest is recorded as unsupported. Costs nothing while idle; a document costs what its tokens and the guardrail
 * cost.
 */
export class IngestPipeline extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Document ingest";
    readonly queue: WorkQueue;
    readonly function: VpcFunction;
    /** Queue of events that EventBridge could not deliver. */
    readonly undelivered: aws.sqs.Queue;

    constructor(name: string, given: IngestPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
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

    /** The pipeline's own alarms, and those of its queue and its function. */
    get alarms(): AlarmDefinition[] {
        return pipelineAlarms({
            functionName: this.function.functionName,
            undeliveredName: this.undelivered.name,
            parts: { queue: this.queue, function: this.function },
        });
    }

    private createRule(args: Resolved): aws.cloudwatch.EventRule {
        const { raw, prefix } = args;
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

    private createQueue(args: Resolved, rule: aws.cloudwatch.EventRule): WorkQueue {
        const { kmsKeyArn, queueName, maxReceiveCount, timeoutSeconds, batchWindowSeconds } = args;
        const queue = new WorkQueue(
            `${this.logicalName}-work`,
            // AWS: six times the function's timeout, and the batch window.
            { kmsKeyArn, queueName, maxReceiveCount, visibilityTimeoutSeconds: 6 * timeoutSeconds + batchWindowSeconds },
            { parent: this },
        );
        queue.allowFromRule(rule.arn);
        return queue;
    }

    private createUndelivered({ kmsKeyArn }: Resolved, rule: aws.cloudwatch.EventRule): aws.sqs.Queue {
        const queue = new aws.sqs.Queue(
            `${this.logicalName}-undelivered`,
            { kmsMasterKeyId: kmsKeyArn, messageRetentionSeconds: 14 * 24 * 60 * 60 },
            { parent: this },
        );
        const policy = policyDocument([tlsOnly("sqs:*", queue.arn), ...sendByRules(queue.arn, [rule.arn])]);
        new aws.sqs.QueuePolicy(`${this.logicalName}-undelivered-policy`, { queueUrl: queue.url, policy }, { parent: this });
        return queue;
    }

    private connectRule(rule: aws.cloudwatch.EventRule, args: Resolved): void {
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

    private createFunction(args: Resolved): VpcFunction {
        const { placement, kmsKeyArn, logKeyArn, logRetentionDays, maxConcurrency, timeoutSeconds, memoryMb, runtime } = args;
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

    private environment(args: Resolved): Record<string, pulumi.Input<string>> {
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

    private grantAll({ raw, curated, ai, bus, documents, prefix }: Resolved): void {
        raw.grantRead(this.function, prefix);
        curated.grantWrite(this.function, DOCUMENTS_FOLDER);
        ai.grantInvoke(this.function);
        bus.grantPublish(this.function, [EVENT_SOURCE]);
        grant(this, "documents", this.function, "read-secret", readStatements(documents.connectionSecret, regionOf(this)));
        documents.allowFrom(this.function);
    }

    private connectQueue(args: Resolved): void {
        const consuming = this.queue.grantConsume(this.function);
        new aws.lambda.EventSourceMapping(
            `${this.logicalName}-mapping`,
            transformed(args.transform?.mapping, {
                eventSourceArn: this.queue.arn,
                functionName: this.function.arn,
                batchSize: args.batchSize,
                maximumBatchingWindowInSeconds: args.batchWindowSeconds,
                functionResponseTypes: ["ReportBatchItemFailures"],
                scalingConfig: { maximumConcurrency: args.maxConcurrency },
            }),
            { parent: this, dependsOn: [consuming] },
        );
    }
}

const readerOf = (name: string): string => `${name}-reader`;
