import * as aws from "@pulumi/aws";
import { ServiceRole } from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";

/** Format of the access log: caller, route, result, and latency, without tokens, bodies, and query strings. */
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

/** Parts of the account-wide logging role. */
export interface AccountLoggingParts {
    loggingRole?: typeof ServiceRole;
    loggingPolicy?: typeof aws.iam.RolePolicyAttachment;
    account?: typeof aws.apigateway.Account;
}

/**
 * The role that API Gateway uses for logs, a setting of the account and region. It has the AWS managed policy, whose actions API Gateway
 * tests, and no source condition, because the service documents none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export function accountLogging(name: string, parts: PartFactory<AccountLoggingParts>): aws.apigateway.Account {
    const roleArgs = { service: "apigateway.amazonaws.com", description: "Lets API Gateway write logs" };
    const role = parts.create("loggingRole", ServiceRole, `${name}-logging`, roleArgs);
    const policy = parts.create("loggingPolicy", aws.iam.RolePolicyAttachment, `${name}-logging`, {
        role: role.roleName,
        policyArn: "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    });
    const args = { cloudwatchRoleArn: role.arn };
    return parts.create("account", aws.apigateway.Account, `${name}-account`, args, { dependsOn: [policy] });
}
