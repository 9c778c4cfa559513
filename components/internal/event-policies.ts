import type * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../building-blocks/iam";

/** Lets EventBridge send to a queue, for these rules or buses only. Returns no statement for an empty list. */
export const sendByRules = (queueArn: pulumi.Input<string>, rules: pulumi.Input<string>[]): Statement[] =>
    sendBy("SendByRules", "events.amazonaws.com", queueArn, rules);

/** Lets SNS send to a queue, for these topics only. */
export const sendByTopics = (queueArn: pulumi.Input<string>, topics: pulumi.Input<string>[]): Statement[] =>
    sendBy("SendByTopics", "sns.amazonaws.com", queueArn, topics);

/**
 * Lets EventBridge publish to a topic. The statement has no condition because EventBridge sends no `aws:SourceArn` to SNS, so a condition
 * would block every event (EventBridge User Guide, troubleshooting: "You can't use Condition blocks in Amazon SNS topic policies for
 * EventBridge"). This statement doesn't let rules of other accounts publish; those need an IAM role.
 */
export const publishByRules = (topicArn: pulumi.Input<string>): Statement => ({
    Sid: "PublishByRules",
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sns:Publish",
    Resource: topicArn,
});

function sendBy(Sid: string, service: string, queueArn: pulumi.Input<string>, senders: pulumi.Input<string>[]): Statement[] {
    if (senders.length === 0) return [];
    const Condition = { ArnEquals: { "aws:SourceArn": senders } };
    return [{ Sid, Effect: "Allow", Principal: { Service: service }, Action: "sqs:SendMessage", Resource: queueArn, Condition }];
}
