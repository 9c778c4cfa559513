import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, type GrantParts, KMS_DECRYPT, KMS_ENCRYPT, policyDocument, tlsOnly, useKeyVia } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";
import { allowDeadLetters, createDeadLetterQueue, type DeadLetterParts } from "../internal/dead-letter-queue";
import { sendByRules, sendByTopics } from "../internal/event-policies";

export interface WorkQueueArgs {
    /** ARN of the KMS key of both queues. The key policy must allow `events` for rules and `sns` for topics. */
    kmsKeyArn: pulumi.Input<string>;
    /**
     * Seconds that a message is hidden while a consumer processes it: 0 to 43200. For a Lambda function, at least six times its timeout.
     * @default 180
     */
    visibilityTimeoutSeconds?: number;
    /** Number of receives before a message moves to the dead-letter queue: 1 to 1000. @default 5 */
    maxReceiveCount?: number;
    /** Days that the queue keeps a message: 1 to 14. @default 4 */
    retentionDays?: number;
    /** Physical name, at most 67 characters. The dead-letter queue adds `-dead-letters`. @default generated */
    queueName?: string;
    /** EventBridge rules and SNS topics that can send to the queue. For roles, use `grantSend`. @default none */
    senders?: QueueSenders;
    transform?: Transforms<WorkQueueParts>;
}

export interface WorkQueueParts extends GrantParts, DeadLetterParts {
    queue: typeof aws.sqs.Queue;
    queuePolicy: typeof aws.sqs.QueuePolicy;
    redriveAllowPolicy: typeof aws.sqs.RedriveAllowPolicy;
}

/** AWS resources that send to a queue through its queue policy. */
export interface QueueSenders {
    /** ARNs of EventBridge rules. @default none */
    rules?: pulumi.Input<string>[];
    /** ARNs of SNS topics. @default none */
    topics?: pulumi.Input<string>[];
}

const DEFAULTS = { visibilityTimeoutSeconds: 180, maxReceiveCount: 5, retentionDays: 4, senders: {} } satisfies Partial<WorkQueueArgs>;
type Resolved = WithDefaults<WorkQueueArgs, typeof DEFAULTS>;

/**
 * An SQS queue with a dead-letter queue, which keeps failed messages for 14 days. Both are encrypted with a customer managed key and require
 * TLS. The queue uses long polling (20 s). Only roles with `grantSend` and the rules and topics in `senders` can send messages. No other
 * queue can use the dead-letter queue. Use SQS redrive to move messages back.
 *
 * Cost: 0.40 USD per million requests; nothing when idle.
 */
export class WorkQueue extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly arn: pulumi.Output<string>;
    readonly url: pulumi.Output<string>;
    readonly queueName: pulumi.Output<string>;
    readonly deadLetterArn: pulumi.Output<string>;
    readonly deadLetterUrl: pulumi.Output<string>;
    readonly deadLetterName: pulumi.Output<string>;
    /** Queue policy. An event target must depend on it. */
    readonly policy: aws.sqs.QueuePolicy;
    private readonly kmsKeyArn: pulumi.Input<string>;

    readonly nodes: Nodes<WorkQueueParts>;
    private readonly parts: PartFactory<WorkQueueParts>;

    constructor(name: string, inputs: WorkQueueArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:WorkQueue", name, validated(name, args), opts);
        this.parts = new PartFactory<WorkQueueParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Queue ${name}`;
        this.kmsKeyArn = args.kmsKeyArn;
        const deadLetters = this.createDeadLetters(args);
        const queue = this.createQueue(deadLetters, args);
        this.acceptOnlyFrom(queue, deadLetters);
        this.arn = queue.arn;
        this.url = queue.url;
        this.queueName = queue.name;
        this.deadLetterArn = deadLetters.arn;
        this.deadLetterUrl = deadLetters.url;
        this.deadLetterName = deadLetters.name;
        this.policy = this.createPolicy(queue, args.senders);
        this.registerOutputs({ arn: this.arn, url: this.url, deadLetterArn: this.deadLetterArn });
    }

    /** Lets a role receive, decrypt, and delete messages. An event source mapping must depend on the returned policy. */
    grantConsume(grantee: Grantee): aws.iam.RolePolicy {
        const actions = [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
        ];
        return this.grant(grantee, "consume", actions, KMS_DECRYPT);
    }

    /** Lets a role send messages. */
    grantSend(grantee: Grantee): aws.iam.RolePolicy {
        return this.grant(grantee, "send", ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"], KMS_ENCRYPT);
    }

    get alarms(): AlarmDefinition[] {
        const metric = { namespace: "AWS/SQS", statistic: "Maximum", comparison: "above" as const };
        return [
            {
                ...metric,
                name: "dead-letters",
                description: "Messages failed repeatedly. Inspect one in the dead-letter queue, fix the cause, then redrive.",
                severity: "page",
                metricName: "ApproximateNumberOfMessagesVisible",
                dimensions: { QueueName: this.deadLetterName },
                periods: 1,
                threshold: 0,
            },
            {
                ...metric,
                name: "age",
                description: "The oldest message is more than 15 minutes old (unit: s). The consumer is stopped, failing, or too slow.",
                severity: "page",
                metricName: "ApproximateAgeOfOldestMessage",
                dimensions: { QueueName: this.queueName },
                periods: 5,
                threshold: 900,
            },
        ];
    }

    private grant(grantee: Grantee, what: string, actions: string[], keyActions: string[]): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, what, [
            { Effect: "Allow", Action: actions, Resource: this.arn },
            useKeyVia("sqs", regionOf(this), this.kmsKeyArn, keyActions),
        ]);
    }

    private createDeadLetters({ queueName, kmsKeyArn }: WorkQueueArgs): aws.sqs.Queue {
        const name = `${this.logicalName}-dead-letters`;
        const queue = createDeadLetterQueue(name, { kmsKeyArn, queueName: queueName && `${queueName}-dead-letters` }, this.parts);
        allowDeadLetters(name, queue, this.parts);
        return queue;
    }

    private createQueue(deadLetters: aws.sqs.Queue, args: Resolved): aws.sqs.Queue {
        return this.parts.create("queue", aws.sqs.Queue, `${this.logicalName}-queue`, {
            name: args.queueName,
            kmsMasterKeyId: args.kmsKeyArn,
            visibilityTimeoutSeconds: args.visibilityTimeoutSeconds,
            messageRetentionSeconds: args.retentionDays * DAY,
            receiveWaitTimeSeconds: 20,
            redrivePolicy: pulumi.jsonStringify({
                deadLetterTargetArn: deadLetters.arn,
                maxReceiveCount: args.maxReceiveCount,
            }),
        });
    }

    private acceptOnlyFrom(queue: aws.sqs.Queue, deadLetters: aws.sqs.Queue): void {
        this.parts.create("redriveAllowPolicy", aws.sqs.RedriveAllowPolicy, `${this.logicalName}-redrive`, {
            queueUrl: deadLetters.url,
            redriveAllowPolicy: pulumi.jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
        });
    }

    /** A queue can have only one policy, so it lists all senders. */
    private createPolicy(queue: aws.sqs.Queue, { rules = [], topics = [] }: QueueSenders): aws.sqs.QueuePolicy {
        const statements = [tlsOnly("sqs:*", queue.arn), ...sendByRules(queue.arn, rules), ...sendByTopics(queue.arn, topics)];
        return this.parts.create("queuePolicy", aws.sqs.QueuePolicy, `${this.logicalName}-policy`, {
            queueUrl: queue.url,
            policy: policyDocument(statements),
        });
    }
}

const DAY = 24 * 60 * 60;

function validated(name: string, args: WorkQueueArgs) {
    return checked("WorkQueue", name, args, (check) => {
        checkWorkQueue(check, args);
    });
}

/** Validates the arguments of a queue. `path` is prepended to the argument names. */
export function checkWorkQueue(check: Check, args: Omit<WorkQueueArgs, "kmsKeyArn">, path = ""): void {
    const { visibilityTimeoutSeconds, maxReceiveCount, retentionDays, queueName = "queue" } = withDefaults(args, DEFAULTS);
    check(isBetween(visibilityTimeoutSeconds, 0, 43200), `${path}visibilityTimeoutSeconds`, "must be between 0 and 43200");
    check(isBetween(maxReceiveCount, 1, 1000), `${path}maxReceiveCount`, "must be between 1 and 1000");
    check(isBetween(retentionDays, 1, 14), `${path}retentionDays`, "must be between 1 and 14");
    check(/^[\w-]{1,67}$/.test(queueName), `${path}queueName`, "must be 1 to 67 letters, digits, -, and _");
}
