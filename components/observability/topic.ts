import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement, tlsOnly } from "../building-blocks/iam";
import type { Each, PartFactory } from "../building-blocks/parts";
import { accountOf, regionOf } from "../building-blocks/provider";

/** Topics and their policies, by logical name. */
export interface TopicParts {
    topics: Each<typeof aws.sns.Topic>;
    topicPolicies: Each<typeof aws.sns.TopicPolicy>;
}

export interface TopicArgs {
    /** Region of the topic. @default the region of the provider */
    region?: string;
    /** ARN of a KMS key in that region. The key policy must allow `cloudwatch`, and with `costs` also `budgets` and `costalerts`. */
    kmsKeyArn: pulumi.Input<string>;
    /** Allow AWS Budgets and Cost Anomaly Detection to publish. @default false */
    costs?: boolean;
}

/**
 * Creates an encrypted topic for the CloudWatch alarms of this account.
 *
 * @returns the topic's ARN, taken from the topic policy, so that publishers are created after the policy
 */
export function alertTopic(parent: pulumi.Resource, name: string, args: TopicArgs, parts: PartFactory<TopicParts>): pulumi.Output<string> {
    const { region, kmsKeyArn } = args;
    const topic = parts.createEach("topics", name, aws.sns.Topic, name, { region, kmsMasterKeyId: kmsKeyArn });
    const account = accountOf(parent);
    const alarms = pulumi.interpolate`arn:aws:cloudwatch:${region ?? regionOf(parent)}:${account}:alarm:*`;
    const publishers = [publisher("cloudwatch", topic.arn, account, alarms)];
    if (args.costs) {
        publishers.push(publisher("budgets", topic.arn, account, pulumi.interpolate`arn:aws:budgets::${account}:*`));
        publishers.push(publisher("costalerts", topic.arn, account));
    }
    const policy = policyDocument([tlsOnly("sns:Publish", topic.arn), ...publishers]);
    return parts.createEach("topicPolicies", name, aws.sns.TopicPolicy, `${name}-policy`, { region, arn: topic.arn, policy }).arn;
}

function publisher(
    service: string,
    topicArn: pulumi.Output<string>,
    account: pulumi.Output<string>,
    sourceArn?: pulumi.Output<string>,
): Statement {
    return {
        Sid: `PublishBy${service}`,
        Effect: "Allow",
        Principal: { Service: `${service}.amazonaws.com` },
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { StringEquals: { "aws:SourceAccount": account }, ...(sourceArn ? { ArnLike: { "aws:SourceArn": sourceArn } } : {}) },
    };
}
