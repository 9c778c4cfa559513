import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked } from "../building-blocks/arguments";
import { grant, type Grantee, type GrantParts, KMS_ENCRYPT, policyDocument, tlsOnly, useKeyVia } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { type Each, type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";
import { publishByRules } from "../internal/event-policies";

export interface NotificationTopicArgs {
    /** ARN of the KMS key of the topic. The key policy must allow `events` for `fromRules` and `sns` for encrypted queues. */
    kmsKeyArn: pulumi.Input<string>;
    /** Allows EventBridge rules to publish to the topic. @default false */
    fromRules?: boolean;
    /** Physical name: 1 to 256 letters, digits, -, and _. @default generated */
    topicName?: string;
    transform?: Transforms<NotificationTopicParts>;
}

export interface NotificationTopicParts extends GrantParts {
    topic: typeof aws.sns.Topic;
    topicPolicy: typeof aws.sns.TopicPolicy;
    /** By the `name` argument of `subscribe`. */
    subscriptions?: Each<typeof aws.sns.TopicSubscription>;
}

/** A subscriber of the topic. */
export interface Subscription {
    /** `email` recipients must confirm the subscription. An `sqs` queue must allow the topic (`WorkQueueArgs.senders.topics`). */
    protocol: "email" | "https" | "sqs";
    /** Email address, URL, or queue ARN. */
    endpoint: pulumi.Input<string>;
    /** Detail types of EventBridge events to deliver. @default all messages */
    detailTypes?: string[];
}

/**
 * An encrypted SNS topic that requires TLS. Roles with `grantPublish` and, with `fromRules`, EventBridge rules can publish.
 *
 * Cost: 0.50 USD per million messages, 2 USD per 100,000 emails.
 */
export class NotificationTopic extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly arn: pulumi.Output<string>;
    readonly topicName: pulumi.Output<string>;
    /** Topic policy. An event target must depend on it. */
    readonly policy: aws.sns.TopicPolicy;
    private readonly kmsKeyArn: pulumi.Input<string>;

    readonly nodes: Nodes<NotificationTopicParts>;
    private readonly parts: PartFactory<NotificationTopicParts>;

    constructor(name: string, args: NotificationTopicArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:NotificationTopic", name, validated(name, args), opts);
        this.parts = new PartFactory<NotificationTopicParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Topic ${name}`;
        this.kmsKeyArn = args.kmsKeyArn;
        const topic = this.parts.create("topic", aws.sns.Topic, `${name}-topic`, { name: args.topicName, kmsMasterKeyId: args.kmsKeyArn });
        // SNS rejects wildcards in topic policies, even in Deny statements.
        const policy = policyDocument([tlsOnly("sns:Publish", topic.arn), ...(args.fromRules ? [publishByRules(topic.arn)] : [])]);
        this.policy = this.parts.create("topicPolicy", aws.sns.TopicPolicy, `${name}-policy`, { arn: topic.arn, policy });
        this.arn = topic.arn;
        this.topicName = topic.name;
        this.registerOutputs({ arn: this.arn });
    }

    /** Subscribes an endpoint. `name` must be unique in the topic. */
    subscribe(name: string, { protocol, endpoint, detailTypes }: Subscription): aws.sns.TopicSubscription {
        const filter = detailTypes && {
            filterPolicy: JSON.stringify({ "detail-type": detailTypes }),
            filterPolicyScope: "MessageBody",
        };
        return this.parts.createEach("subscriptions", name, aws.sns.TopicSubscription, `${this.logicalName}-${name}`, {
            topic: this.arn,
            protocol,
            endpoint,
            rawMessageDelivery: protocol === "email" ? undefined : true,
            ...filter,
        });
    }

    /** Lets a role publish messages. */
    grantPublish(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "publish", [
            { Effect: "Allow", Action: ["sns:Publish"], Resource: this.arn },
            useKeyVia("sns", regionOf(this), this.kmsKeyArn, KMS_ENCRYPT),
        ]);
    }

    get alarms(): AlarmDefinition[] {
        return [
            {
                name: "failed",
                description: "Messages could not be delivered to a subscriber. Check its endpoint, its queue policy, and the key policy.",
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
        check(/^[\w-]{1,256}$/.test(args.topicName ?? "topic"), "topicName", "must be 1 to 256 letters, digits, -, and _");
    });
}
