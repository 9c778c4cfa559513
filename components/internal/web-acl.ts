import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type LogArgs, logGroupArgs } from "../building-blocks/logs";
import type { PartFactory } from "../building-blocks/parts";

/** Metrics and samples of a rule or a web ACL. */
export const visibility = (metricName: pulumi.Input<string>) => ({
    metricName,
    cloudwatchMetricsEnabled: true,
    sampledRequestsEnabled: true,
});

/**
 * Hides headers and all cookies in sampled requests and logs. Rules still see them. (AWS WAF Developer Guide, "Data protection".)
 */
export const dataProtection = (headers: string[]): aws.types.input.wafv2.WebAclDataProtectionConfig => ({
    dataProtections: [
        { action: "SUBSTITUTION", field: { fieldType: "SINGLE_HEADER", fieldKeys: headers } },
        { action: "SUBSTITUTION", field: { fieldType: "SINGLE_COOKIE" } },
    ],
});

export interface WebAclLogArgs extends LogArgs {
    /** Headers, in lower case, whose values are not logged. */
    redacted: string[];
    /** Region of the web ACL where it is not the provider's. */
    region?: string;
}

/** Actions to log. Allowed requests are in the access logs of CloudFront and the API. */
const LOGGED = ["BLOCK", "CAPTCHA", "CHALLENGE", "COUNT", "EXCLUDED_AS_COUNT"];

/** Parts of a component that calls `logBlockedRequests`. */
export interface WebAclLogParts {
    webAclLogs?: typeof aws.cloudwatch.LogGroup;
    webAclLogging?: typeof aws.wafv2.WebAclLoggingConfiguration;
}

/** Logs blocked and counted requests, without credentials, to an encrypted log group. */
export function logBlockedRequests(name: string, webAcl: aws.wafv2.WebAcl, args: WebAclLogArgs, parts: PartFactory<WebAclLogParts>): void {
    const { redacted, region } = args;
    // AWS WAF requires this prefix. Pulumi derives the physical name from the logical one.
    const logs = parts.create("webAclLogs", aws.cloudwatch.LogGroup, `aws-waf-logs-${name}`, { region, ...logGroupArgs(args) });
    const conditions = LOGGED.map((action) => ({ actionCondition: { action } }));
    parts.create("webAclLogging", aws.wafv2.WebAclLoggingConfiguration, `${name}-web-acl-logs`, {
        region,
        resourceArn: webAcl.arn,
        logDestinationConfigs: [logs.arn],
        loggingFilter: { defaultBehavior: "DROP", filters: [{ behavior: "KEEP", requirement: "MEETS_ANY", conditions }] },
        redactedFields: redacted.map((header) => ({ singleHeader: { name: header } })),
    });
}

/** A managed rule group of AWS. Rules in `counted` count instead of block. */
export function managedRuleGroup(name: string, counted: string[] = []) {
    const ruleActionOverrides = [...counted].sort().map((rule) => ({ name: rule, actionToUse: { count: {} } }));
    const group = { name, vendorName: "AWS", ...(ruleActionOverrides.length > 0 ? { ruleActionOverrides } : {}) };
    return { name, overrideAction: { none: {} }, statement: { managedRuleGroupStatement: group } };
}

type Rule = aws.types.input.wafv2.WebAclRule;

/** The rules in their order, with priorities and metrics. */
export const prioritized = (rules: Omit<Rule, "priority" | "visibilityConfig">[]): Rule[] =>
    rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) }));
