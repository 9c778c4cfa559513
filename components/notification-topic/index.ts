import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked } from "../building-blocks/arguments";
import { grant, type Grantee, KMS_ENCRYPT, policyDocument, tlsOnly, useKeyVia } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";
import { publishByRules } from "../internal/event-policies";

export interface NotificationTopicArgs {
    /** KMS key of the topic. Its policy must let in `events` (rules that publish) and `sns` (delivery to encrypted queues). */
    kmsKeyArn: pulumi.Input<string>;
    /** Lets EventBridge publish: rules have the topic as a target. @default false: only roles that are granted it publish */
    fromRules?: boolean;
    /** Physical name, where someone must know it: 1 to 256 letters, digits, - and _. @default generated */
    topicName?: string;
    transform?: { topic?: Transform<aws.sns.TopicArgs> };
}

/** Someone who receives what is published. */
export interface Subscription {
    /** `email` waits until the recipient confirms; `sqs` takes a queue whose policy lets the topic in (`WorkQueue.allowFromTopic`). */
    protocol: "email" | "https" | "sqs";
    /** Address, URL or ARN. */
    endpoint: pulumi.Input<string>;
    /** Detail types of EventBridge's events that are sent. @default all messages */
    detailTypes?: string[];
}

/**
 * An encrypted SNS topic that takes messages by TLS only, from roles that are granted it and, where told so, from
 * EventBridge's rules. Costs 0.50 USD per million
 * messages, 2 USD per 100,000 emails.
 */
export class NotificationTopic extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly arn: pulumi.Output<string>;
    readonly topicName: pulumi.Output<string>;
    /** The policy's resource, for what publishes right away: a target needs it. */
    readonly policy: aws.sns.TopicPolicy;
    private readonly kmsKeyArn: pulumi.Input<string>;

    constructor(name: string, args: NotificationTopicArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:NotificationTopic", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Topic ${name}`;
        this.kmsKeyArn = args.kmsKeyArn;
        const topic = new aws.sns.Topic(
            `${name}-topic`,
            transformed(args.transform?.topic, { name: args.topicName, kmsMasterKeyId: args.kmsKeyArn }),
            { parent: this },
        );
        // SNS takes no wildcard in a topic's policy, not even in a refusal.
        const policy = policyDocument([tlsOnly("sns:Publish", topic.arn), ...(args.fromRules ? [publishByRules(topic.arn)] : [])]);
        this.policy = new aws.sns.TopicPolicy(`${name}-policy`, { arn: topic.arn, policy }, { parent: this });
        this.arn = topic.arn;
        this.topicName = topic.name;
        this.registerOutputs({ arn: this.arn });
    }

    /** Sends what is published to someone. `name` is the subscription's, unique in the topic. */
    subscribe(name: string, { protocol, endpoint, detailTypes }: Subscription): aws.sns.TopicSubscription {
        const filter = detailTypes && {
            filterPolicy: JSON.stringify({ "detail-type": detailTypes }),
            filterPolicyScope: "MessageBody",
        };
        return new aws.sns.TopicSubscription(
            `${this.logicalName}-${name}`,
            { topic: this.arn, protocol, endpoint, rawMessageDelivery: protocol === "email" ? undefined : true, ...filter },
            { parent: this },
        );
    }

    /** Lets a role publish. */
    grantPublish(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "publish", [
            { Effect: "Allow", Action: ["sns:Publish"], Resource: this.arn },
            useKeyVia("sns", regionOf(this), this.kmsKeyArn, KMS_ENCRYPT),
        ]);
    }

    get alarms(): AlarmDefinition[] {
        return [
            {
                name: "failed",
                description: "Messages did not reach a subscriber: see its endpoint, its queue's policy and the key's policy.",
                severity: "ticket",
                namespace: "AWS/SNS",
                metricName: "NumberOfNotificationsFailed",
                dimensions: { TopicName: this.topicName },
                statistic: "Sum",
                period: 300,
                periods: 1,
                comparison: "above",
                threshold: 0,
            },
        ];
    }
}

function validated(name: string, args: NotificationTopicArgs) {
    return checked("NotificationTopic", name, args, (check) => {
        check(/^[\w-]{1,256}$/.test(args.topicName ?? "topic"), "topicName", "must be 1 to 256 letters, digits, - and _");
    });
}
