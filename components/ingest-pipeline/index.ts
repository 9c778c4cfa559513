import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ownFile } from "../../functions/bundle";
import { DOCUMENTS_FOLDER, EVENT_SOURCE, METRIC_NAMESPACE } from "../../functions/ingest/contract";
import { allowDeadLetters, createDeadLetterQueue } from "../internal/dead-letter-queue";
import { WorkQueue } from "../work-queue";
import { DEFAULTS, type IngestPipelineArgs, type IngestPipelineParts, type Resolved, validated } from "./args";
import { pipelineAlarms } from "./alarms";
import { readStatements } from "../replicated-secret";
import { withDefaults } from "../building-blocks/arguments";
import { grant } from "../building-blocks/iam";
import { logArgsOf } from "../building-blocks/logs";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { VpcFunction } from "../vpc-function";

export type { IngestPipelineArgs, IngestPipelineParts };

/**
 * Ingests documents: EventBridge sends events for new objects in the raw bucket to a queue. A function reads each object, summarizes and
 * classifies it with Bedrock and the guardrail, and writes the result to the curated bucket, the document database, and the event bus.
 *
 * Temporary failures are retried in the same invocation. Failed messages are delivered again individually and then move to the dead-letter
 * queue. Each document is processed once, and announced at least once. The pipeline supports text, JSON, Markdown, and CSV, and records other
 * documents as `unsupported`.
 *
 * Costs: none while idle. Each document costs its model tokens and guardrail text units.
 */
export class IngestPipeline extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Document ingest";
    readonly queue: WorkQueue;
    readonly function: VpcFunction;
    /** Dead-letter queue for events that EventBridge couldn't deliver. */
    readonly deadLetters: aws.sqs.Queue;

    /** Seconds from one delivery of a failed message to the next. */
    private readonly retrySeconds: number;

    readonly nodes: Nodes<IngestPipelineParts>;
    private readonly parts: PartFactory<IngestPipelineParts>;

    constructor(name: string, inputs: IngestPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:IngestPipeline", name, validated(name, args), opts);
        this.parts = new PartFactory<IngestPipelineParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.retrySeconds = visibilityTimeoutOf(args);
        const rule = this.createRule(args);
        this.queue = this.createQueue(args, rule);
        this.deadLetters = this.createDeadLetters(args, rule);
        this.connectRule(rule);
        this.function = this.createFunction(args);
        this.grantAll(args);
        this.connectQueue(args);
        this.registerOutputs({ queueUrl: this.queue.url, functionName: this.function.functionName });
    }

    /**
     * Returns a pattern that matches the generated role name of the function in the pipeline `name`. Use it in bucket policies that are
     * created before the pipeline.
     */
    static rolePattern(name: string): string {
        return VpcFunction.rolePattern(functionNameOf(name));
    }

    /** Alarms of the pipeline, its queue, and its function. */
    get alarms(): AlarmDefinition[] {
        return pipelineAlarms({
            functionName: this.function.functionName,
            deadLetterName: this.deadLetters.name,
            retrySeconds: this.retrySeconds,
            parts: { queue: this.queue, function: this.function },
        });
    }

    private createRule(args: Resolved): aws.cloudwatch.EventRule {
        const { raw, prefix } = args;
        // S3 sends events to the default bus only, so the rule has no bus name.
        const pattern = {
            source: ["aws.s3"],
            "detail-type": ["Object Created"],
            detail: { bucket: { name: [raw.bucketName] }, object: { key: [{ prefix }] } },
        };
        return this.parts.create("rule", aws.cloudwatch.EventRule, `${this.logicalName}-created`, {
            description: `New objects below ${prefix}, for ${this.logicalName}`,
            eventPattern: pulumi.jsonStringify(pattern),
            // A disabled pipeline must not collect events that it would process later.
            state: args.enabled ? "ENABLED" : "DISABLED",
        });
    }

    private createQueue(args: Resolved, rule: aws.cloudwatch.EventRule): WorkQueue {
        const { kmsKeyArn, queueName, maxReceiveCount } = args;
        return this.parts.create("queue", WorkQueue, `${this.logicalName}-work`, {
            kmsKeyArn,
            queueName,
            maxReceiveCount,
            visibilityTimeoutSeconds: visibilityTimeoutOf(args),
            senders: { rules: [rule.arn] },
        });
    }

    private createDeadLetters({ kmsKeyArn }: Resolved, rule: aws.cloudwatch.EventRule): aws.sqs.Queue {
        const name = `${this.logicalName}-undelivered`;
        const queue = createDeadLetterQueue(name, { kmsKeyArn }, this.parts);
        allowDeadLetters(name, queue, this.parts, [rule.arn]);
        return queue;
    }

    private connectRule(rule: aws.cloudwatch.EventRule): void {
        this.parts.create(
            "target",
            aws.cloudwatch.EventTarget,
            `${this.logicalName}-target`,
            {
                rule: rule.name,
                targetId: "queue",
                arn: this.queue.arn,
                deadLetterConfig: { arn: this.deadLetters.arn },
                retryPolicy: { maximumEventAgeInSeconds: 24 * 60 * 60, maximumRetryAttempts: 185 },
            },
            { dependsOn: [this.queue.policy] },
        );
    }

    private createFunction(args: Resolved): VpcFunction {
        const { placement, kmsKeyArn, maximumConcurrency, timeout, memorySize, runtime } = args;
        return this.parts.create("function", VpcFunction, functionNameOf(this.logicalName), {
            entry: ownFile("functions", "ingest", "index.ts"),
            description: "Summarizes and classifies new documents of the data lake",
            placement,
            kmsKeyArn,
            ...logArgsOf(args),
            timeout,
            memorySize,
            runtime,
            // The event source mapping limits the concurrency. This also reserves it.
            reservedConcurrentExecutions: args.reserveConcurrency ? maximumConcurrency : undefined,
            environment: this.environment(args),
        });
    }

    private environment(args: Resolved): Record<string, pulumi.Input<string>> {
        const { ai, model, curated, bus, documents, categories, maxBytes, maxCharacters, modelTimeout, maxReceiveCount } = args;
        return {
            MODEL_ID: model ?? ai.models[0] ?? "",
            GUARDRAIL_ID: ai.guardrailId,
            GUARDRAIL_VERSION: ai.guardrailVersion,
            CURATED_BUCKET: curated.bucketName,
            BUS_NAME: bus.busName,
            DOCUMENTS_SECRET_ARN: documents.connectionSecret.arn,
            METRIC_NAMESPACE,
            // The function records why it gives up a document at the last delivery.
            MAX_RECEIVE_COUNT: String(maxReceiveCount),
            // Since Node.js 20, the Lambda runtime doesn't load the Amazon CAs (RDS, DocumentDB) by default.
            NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
            ...(categories ? { CATEGORIES: categories.join(",") } : {}),
            ...(maxBytes === undefined ? {} : { MAX_BYTES: String(maxBytes) }),
            ...(maxCharacters === undefined ? {} : { MAX_CHARACTERS: String(maxCharacters) }),
            ...(modelTimeout === undefined ? {} : { MODEL_TIMEOUT_MS: String(modelTimeout * 1000) }),
        };
    }

    private grantAll({ raw, curated, ai, bus, documents, prefix }: Resolved): void {
        raw.grantRead(this.function, prefix);
        curated.grantWrite(this.function, DOCUMENTS_FOLDER);
        ai.grantInvoke(this.function);
        bus.grantPublish(this.function, [EVENT_SOURCE]);
        grant(this.parts, "documents", this.function, "read-secret", readStatements(documents.connectionSecret, regionOf(this)));
        documents.allowFrom(this.function);
    }

    private connectQueue(args: Resolved): void {
        const consumePolicy = this.queue.grantConsume(this.function);
        this.parts.create(
            "mapping",
            aws.lambda.EventSourceMapping,
            `${this.logicalName}-mapping`,
            {
                eventSourceArn: this.queue.arn,
                functionName: this.function.arn,
                enabled: args.enabled,
                batchSize: args.batchSize,
                maximumBatchingWindowInSeconds: args.maximumBatchingWindowInSeconds,
                functionResponseTypes: ["ReportBatchItemFailures"],
                scalingConfig: { maximumConcurrency: args.maximumConcurrency },
            },
            { dependsOn: [consumePolicy] },
        );
    }
}

/** Six times the function's timeout and the batch window, as AWS recommends for queues that invoke functions. */
const visibilityTimeoutOf = ({ timeout, maximumBatchingWindowInSeconds }: Resolved): number => 6 * timeout + maximumBatchingWindowInSeconds;

const functionNameOf = (name: string): string => `${name}-reader`;
