import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ServiceRole } from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";
import { ORIGIN_HEADER } from "./web-acl";

export interface KeepAliveArgs {
    /** URL to request once a day. */
    url: pulumi.Input<string>;
    /** Value of the origin header. */
    originSecret: pulumi.Input<string>;
    /** Account ID. */
    account: pulumi.Output<string>;
}

/** Parts of the keep-alive requests. */
export interface KeepAliveParts {
    keepAliveConnection?: typeof aws.cloudwatch.EventConnection;
    keepAliveDestination?: typeof aws.cloudwatch.EventApiDestination;
    keepAliveRule?: typeof aws.cloudwatch.EventRule;
    keepAliveRole?: typeof ServiceRole;
    keepAliveTarget?: typeof aws.cloudwatch.EventTarget;
}

/**
 * Requests the API once a day. AWS removes the network interfaces of a VPC link after 60 days without traffic, and the first requests
 * after that fail for minutes, which would affect a failover to a standby region. EventBridge stores the header's value in a secret.
 *
 * @returns name of the rule
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-links-v2.html
 */
export function keepAlive(name: string, args: KeepAliveArgs, parts: PartFactory<KeepAliveParts>): pulumi.Output<string> {
    const connection = parts.create(
        "keepAliveConnection",
        aws.cloudwatch.EventConnection,
        name,
        {
            description: "Requests the API once a day, so that its VPC link stays active",
            authorizationType: "API_KEY",
            authParameters: { apiKey: { key: ORIGIN_HEADER, value: pulumi.secret(args.originSecret) } },
        },
        { additionalSecretOutputs: ["authParameters"] },
    );
    const destination = parts.create("keepAliveDestination", aws.cloudwatch.EventApiDestination, name, {
        connectionArn: connection.arn,
        httpMethod: "GET",
        invocationEndpoint: args.url,
        invocationRateLimitPerSecond: 1,
    });
    const rule = parts.create("keepAliveRule", aws.cloudwatch.EventRule, name, {
        description: "Once a day",
        scheduleExpression: "rate(1 day)",
    });
    const role = parts.create("keepAliveRole", ServiceRole, name, {
        service: "events.amazonaws.com",
        description: "Lets EventBridge call the API once a day",
        condition: { StringEquals: { "aws:SourceAccount": args.account }, ArnEquals: { "aws:SourceArn": rule.arn } },
    });
    const permission = role.allow("call", [{ Effect: "Allow", Action: "events:InvokeApiDestination", Resource: destination.arn }]);
    parts.create(
        "keepAliveTarget",
        aws.cloudwatch.EventTarget,
        name,
        {
            rule: rule.name,
            arn: destination.arn,
            roleArn: role.arn,
            // The service of a standby can be off, so failed requests aren't retried.
            retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 0 },
        },
        { dependsOn: [permission] },
    );
    return rule.name;
}
