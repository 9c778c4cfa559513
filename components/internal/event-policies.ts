import type * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../building-blocks/iam";

/** Lets EventBridge deliver to a queue, for these rules (or buses) only. Without any there is nothing to allow. */
export const sendByRules = (queueArn: pulumi.Input<string>, rules: pulumi.Input<string>[]): Statement[] =>
    sendBy("SendByRules", "events.amazonaws.com", queueArn, rules);

/** Lets SNS deliver to a queue, for these topics only. */
export const sendByTopics = (queueArn: pulumi.Input<string>, topics: pulumi.Input<string>[]): Statement[] =>
    sendBy("SendByTopics", "sns.amazonaws.com", queueArn, topics);

/**
 * Lets EventBridge publish to a topic. It carries no condition, since EventBridge's calls to SNS carry no `aws:SourceArn`: a condition
 * would drop every event (EventBridge's guide, troubleshooting: "You can't use Condition blocks in Amazon SNS topic policies for
 * EventBridge"). Rules of other accounts reach a topic by a role of theirs, not by this statement.
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
