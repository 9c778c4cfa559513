import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { ServiceRole } from "../building-blocks/iam";

/** One line of the access log: who called what, what came of it, how long it took and who took it. No token, no body, no query. */
export const ACCESS_LOG_FORMAT = JSON.stringify({
    requestId: "$context.requestId",
    extendedRequestId: "$context.extendedRequestId",
    traceId: "$context.xrayTraceId",
    time: "$context.requestTime",
    sourceIp: "$context.identity.sourceIp",
    userAgent: "$context.identity.userAgent",
    subject: "$context.authorizer.claims.sub",
    clientId: "$context.authorizer.claims.client_id",
    method: "$context.httpMethod",
    path: "$context.path",
    route: "$context.resourcePath",
    protocol: "$context.protocol",
    status: "$context.status",
    responseLength: "$context.responseLength",
    latencyMs: "$context.responseLatency",
    integrationLatencyMs: "$context.integration.latency",
    integrationStatus: "$context.integration.integrationStatus",
    integrationError: "$context.integration.error",
    wafStatus: "$context.waf.status",
    authorizerError: "$context.authorizer.error",
    error: "$context.error.message",
    errorType: "$context.error.responseType",
});

/**
 * The role by which API Gateway writes logs, set for the whole account and region. It has AWS's own policy, for whose actions API Gateway
 * tests the role, and no source condition, since the service documents none for it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export function accountLogging(name: string, opts: pulumi.CustomResourceOptions): aws.apigateway.Account {
    const description = "Lets API Gateway write logs";
    const role = new ServiceRole(`${name}-logging`, { service: "apigateway.amazonaws.com", description }, opts);
    const policy = new aws.iam.RolePolicyAttachment(
        `${name}-logging`,
        { role: role.roleName, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs" },
        opts,
    );
    return new aws.apigateway.Account(`${name}-account`, { cloudwatchRoleArn: role.arn }, { ...opts, dependsOn: [policy] });
}
