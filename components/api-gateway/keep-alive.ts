import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ServiceRole } from "../building-blocks/iam";
import { ORIGIN_HEADER } from "./web-acl";

export interface KeepWarmArgs {
    /** What is called once a day. */
    url: pulumi.Input<string>;
    /** Value of the origin header. */
    originSecret: pulumi.Input<string>;
    /** Twelve digits. */
    account: pulumi.Output<string>;
}

/**
 * Calls the API once a day, as CloudFront does. A VPC link without traffic for 60 days loses its network interfaces, and the first requests
 * after that fail for minutes: in a standby region, those of the failover. EventBridge keeps the header's value in a secret of its own.
 *
 * @returns name of the rule
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-links-v2.html
 */
export function keepWarm(name: string, args: KeepWarmArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
    const connection = new aws.cloudwatch.EventConnection(
        name,
        {
            description: "Calls the API once a day, so that its VPC link stays up",
            authorizationType: "API_KEY",
            authParameters: { apiKey: { key: ORIGIN_HEADER, value: pulumi.secret(args.originSecret) } },
        },
        { ...opts, additionalSecretOutputs: ["authParameters"] },
    );
    const destination = new aws.cloudwatch.EventApiDestination(
        name,
        { connectionArn: connection.arn, httpMethod: "GET", invocationEndpoint: args.url, invocationRateLimitPerSecond: 1 },
        opts,
    );
    const rule = new aws.cloudwatch.EventRule(name, { description: "Once a day", scheduleExpression: "rate(1 day)" }, opts);
    const role = new ServiceRole(
        name,
        {
            service: "events.amazonaws.com",
            description: "Lets EventBridge call the API once a day",
            condition: { StringEquals: { "aws:SourceAccount": args.account }, ArnEquals: { "aws:SourceArn": rule.arn } },
        },
        opts,
    );
    const permission = role.allow("call", [{ Effect: "Allow", Action: "events:InvokeApiDestination", Resource: destination.arn }], opts);
    new aws.cloudwatch.EventTarget(
        name,
        {
            rule: rule.name,
            arn: destination.arn,
            roleArn: role.arn,
            // A standby's service may be off: one failed call a day is no reason for more.
            retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 0 },
        },
        { ...opts, dependsOn: [permission] },
    );
    return rule.name;
}
