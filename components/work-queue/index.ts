import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { grant, type Grantee, KMS_DECRYPT, KMS_ENCRYPT, policyDocument, tlsOnly, useKeyVia } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";
import { sendByRules, sendByTopics } from "../internal/event-policies";

export interface WorkQueueArgs {
    /** KMS key of both queues. Where rules send to them, its policy must let in the service `events`; for topics, `sns`. */
    kmsKeyArn: pulumi.Input<string>;
    /**
     * Seconds in which a consumer must finish a message before another gets it: 0 to 43200. For a Lambda function, six times its timeout
     * or more. @default 180
     */
    visibilityTimeoutSeconds?: number;
    /** Times a message is tried before it goes to the dead-letter queue: 1 to 1000. @default 5 */
    maxReceiveCount?: number;
    /** Days a message waits for a consumer: 1 to 14. @default 4 */
    retentionDays?: number;
    /** Physical name, where someone must know it; the dead-letter queue adds `-dead-letters`. At most 67 characters. @default generated */
    queueName?: string;
    transform?: { queue?: Transform<aws.sqs.QueueArgs>; deadLetters?: Transform<aws.sqs.QueueArgs> };
}

const DEFAULTS = { visibilityTimeoutSeconds: 180, maxReceiveCount: 5, retentionDays: 4 } satisfies Partial<WorkQueueArgs>;
type Resolved = WithDefaults<WorkQueueArgs, typeof DEFAULTS>;

/**
 * An SQS queue for work and the dead-letter queue for messages that could not be worked off, which keeps them for 14 days. Both are encrypted
 * with a key of this account, TLS only, and polled long (20 s). Only roles that are granted it, and rules and topics named by `allowFromRule` and `allowFromTopic`, can send.
 * No other queue can use the dead-letter queue; messages go back from it by SQS's redrive.
 *
 * Costs 0.40 USD per million requests; an idle queue costs nothing.
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
    /** The policy's resource, for what sends right away: a target needs it. */
    readonly policy: aws.sqs.QueuePolicy;
    private readonly kmsKeyArn: pulumi.Input<string>;
    private readonly senders: Senders = { rules: [], topics: [] };
    private sendersAreComplete = false;

    constructor(name: string, given: WorkQueueArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:WorkQueue", name, validated(name, args), opts);
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
        this.policy = this.createPolicies(queue, deadLetters);
        this.registerOutputs({ arn: this.arn, url: this.url, deadLetterArn: this.deadLetterArn });
    }

    /**
     * Lets an EventBridge rule send to the queue. A queue has one policy, which names all who send; so call this where the queue is made,
     * before the program awaits anything.
     *
     * @throws Error when called too late
     */
    allowFromRule(ruleArn: pulumi.Input<string>): void {
        this.allowFrom("rules", ruleArn);
    }

    /** Lets an SNS topic send to the queue, in the same way. */
    allowFromTopic(topicArn: pulumi.Input<string>): void {
        this.allowFrom("topics", topicArn);
    }

    /** Lets a role receive and delete messages, and decrypt them. An event source mapping is refused before that: it needs what is returned. */
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
    grantSend(grantee: Grantee): void {
        this.grant(grantee, "send", ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"], KMS_ENCRYPT);
    }

    get alarms(): AlarmDefinition[] {
        const metric = { namespace: "AWS/SQS", statistic: "Maximum", comparison: "above" as const };
        return [
            {
                ...metric,
                name: "dead-letters",
                description: "Messages could not be worked off: read one in the dead-letter queue, mend the cause, then redrive.",
                severity: "page",
                metricName: "ApproximateNumberOfMessagesVisible",
                dimensions: { QueueName: this.deadLetterName },
                periods: 1,
                threshold: 0,
            },
            {
                ...metric,
                name: "age",
                description: "The oldest message waits for over 15 minutes (s): the consumer is stopped, failing or too slow.",
                severity: "page",
                metricName: "ApproximateAgeOfOldestMessage",
                dimensions: { QueueName: this.queueName },
                periods: 5,
                threshold: 900,
            },
        ];
    }

    private allowFrom(kind: keyof Senders, arn: pulumi.Input<string>): void {
        if (this.sendersAreComplete) {
            throw new Error(`WorkQueue "${this.logicalName}": who sends must be said before the program awaits anything`);
        }
        this.senders[kind].push(arn);
    }

    private grant(grantee: Grantee, what: string, actions: string[], keyActions: string[]): aws.iam.RolePolicy {
        return grant(this, this.logicalName, grantee, what, [
            { Effect: "Allow", Action: actions, Resource: this.arn },
            useKeyVia("sqs", regionOf(this), this.kmsKeyArn, keyActions),
        ]);
    }

    private createDeadLetters(args: WorkQueueArgs): aws.sqs.Queue {
        return new aws.sqs.Queue(
            `${this.logicalName}-dead-letters`,
            transformed(args.transform?.deadLetters, {
                name: args.queueName && `${args.queueName}-dead-letters`,
                kmsMasterKeyId: args.kmsKeyArn,
                messageRetentionSeconds: 14 * DAY,
            }),
            { parent: this },
        );
    }

    private createQueue(deadLetters: aws.sqs.Queue, args: Resolved): aws.sqs.Queue {
        return new aws.sqs.Queue(
            `${this.logicalName}-queue`,
            transformed(args.transform?.queue, {
                name: args.queueName,
                kmsMasterKeyId: args.kmsKeyArn,
                visibilityTimeoutSeconds: args.visibilityTimeoutSeconds,
                messageRetentionSeconds: args.retentionDays * DAY,
                receiveWaitTimeSeconds: 20,
                redrivePolicy: pulumi.jsonStringify({
                    deadLetterTargetArn: deadLetters.arn,
                    maxReceiveCount: args.maxReceiveCount,
                }),
            }),
            { parent: this },
        );
    }

    private acceptOnlyFrom(queue: aws.sqs.Queue, deadLetters: aws.sqs.Queue): void {
        new aws.sqs.RedriveAllowPolicy(
            `${this.logicalName}-redrive`,
            {
                queueUrl: deadLetters.url,
                redriveAllowPolicy: pulumi.jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
            },
            { parent: this },
        );
    }

    private createPolicies(queue: aws.sqs.Queue, deadLetters: aws.sqs.Queue): aws.sqs.QueuePolicy {
        new aws.sqs.QueuePolicy(
            `${this.logicalName}-dead-letters-policy`,
            { queueUrl: deadLetters.url, policy: policyDocument([tlsOnly("sqs:*", deadLetters.arn)]) },
            { parent: this },
        );
        // Who sends becomes known after this constructor; the policy waits until the program's current turn is over.
        const complete = new Promise((done) => setImmediate(done)).then(() => {
            this.sendersAreComplete = true;
            return this.senders;
        });
        const policy = pulumi
            .output(complete)
            .apply(({ rules, topics }) =>
                policyDocument([tlsOnly("sqs:*", queue.arn), ...sendByRules(queue.arn, rules), ...sendByTopics(queue.arn, topics)]),
            );
        return new aws.sqs.QueuePolicy(`${this.logicalName}-policy`, { queueUrl: queue.url, policy }, { parent: this });
    }
}

interface Senders {
    rules: pulumi.Input<string>[];
    topics: pulumi.Input<string>[];
}

const DAY = 24 * 60 * 60;

function validated(name: string, args: WorkQueueArgs) {
    return checked("WorkQueue", name, args, (check) => {
        checkWorkQueue(check, args);
    });
}

/** The rules for what a queue takes. `path` is prepended to the arguments' names. */
export function checkWorkQueue(check: Check, args: Omit<WorkQueueArgs, "kmsKeyArn">, path = ""): void {
    const { visibilityTimeoutSeconds, maxReceiveCount, retentionDays, queueName = "queue" } = withDefaults(args, DEFAULTS);
    check(isBetween(visibilityTimeoutSeconds, 0, 43200), `${path}visibilityTimeoutSeconds`, "must be between 0 and 43200");
    check(isBetween(maxReceiveCount, 1, 1000), `${path}maxReceiveCount`, "must be between 1 and 1000");
    check(isBetween(retentionDays, 1, 14), `${path}retentionDays`, "must be between 1 and 14");
    check(/^[\w-]{1,67}$/.test(queueName), `${path}queueName`, "must be 1 to 67 letters, digits, - and _");
}
