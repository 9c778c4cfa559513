import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement, tlsOnly } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";

export interface TopicArgs {
    /** Region of the topic where it is not the provider's. */
    region?: string;
    /** Key of that region; its policy must let in `cloudwatch`, and `budgets` and `costalerts` where those publish. */
    kmsKeyArn: pulumi.Input<string>;
    /** Budgets and cost anomaly detection publish here too. */
    costs?: boolean;
}

/**
 * An encrypted topic that CloudWatch alarms of this account publish to.
 *
 * @returns its ARN, ready when its policy is: who notifies by it need not wait for anything else
 */
export function alertTopic(parent: pulumi.Resource, name: string, args: TopicArgs): pulumi.Output<string> {
    const { region, kmsKeyArn } = args;
    const topic = new aws.sns.Topic(name, { region, kmsMasterKeyId: kmsKeyArn }, { parent });
    const account = accountOf(parent);
    const alarms = pulumi.interpolate`arn:aws:cloudwatch:${region ?? regionOf(parent)}:${account}:alarm:*`;
    const publishers = [publisher("cloudwatch", topic.arn, account, alarms)];
    if (args.costs) {
        publishers.push(publisher("budgets", topic.arn, account, pulumi.interpolate`arn:aws:budgets::${account}:*`));
        publishers.push(publisher("costalerts", topic.arn, account));
    }
    const policy = policyDocument([tlsOnly("sns:Publish", topic.arn), ...publishers]);
    return new aws.sns.TopicPolicy(`${name}-policy`, { region, arn: topic.arn, policy }, { parent }).arn;
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
