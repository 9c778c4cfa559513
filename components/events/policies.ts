import type * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../shared/policy";

/** Refuses whatever does not come by TLS. `actions` of the resource's own service: SNS refuses wildcards in a topic's policy. */
export function tlsOnly(actions: string, arn: pulumi.Input<string>): Statement {
    return {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: actions,
        Resource: arn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
}

/** Lets EventBridge deliver to a queue or topic, for these rules (or buses) only. Without any there is nothing to allow. */
export const sendByRules = (arn: pulumi.Input<string>, rules: pulumi.Input<string>[], action = "sqs:SendMessage"): Statement[] =>
    sendBy("SendByRules", "events.amazonaws.com", arn, rules, action);

/** Lets SNS deliver to a queue, for these topics only. */
export const sendByTopics = (arn: pulumi.Input<string>, topics: pulumi.Input<string>[]): Statement[] =>
    sendBy("SendByTopics", "sns.amazonaws.com", arn, topics, "sqs:SendMessage");

function sendBy(Sid: string, service: string, arn: pulumi.Input<string>, senders: pulumi.Input<string>[], Action: string): Statement[] {
    if (senders.length === 0) return [];
    const Condition = { ArnEquals: { "aws:SourceArn": senders } };
    return [{ Sid, Effect: "Allow", Principal: { Service: service }, Action, Resource: arn, Condition }];
}
