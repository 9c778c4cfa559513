import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../building-blocks/arguments";
import { LOG_DEFAULTS, type LogArgs } from "../building-blocks/logs";
import { type Transform, transformed } from "../building-blocks/transform";

/** Metrics and samples of a web ACL's rule, or of the whole ACL. */
export const visibility = (metricName: pulumi.Input<string>) => ({
    metricName,
    cloudwatchMetricsEnabled: true,
    sampledRequestsEnabled: true,
});

/**
 * Hides headers, and all cookies, in whatever WAF shows of requests: sampled requests too, which redaction of the log leaves as they are.
 * Rules see them. (AWS WAF Developer Guide, "Data protection".)
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
    transform?: Transform<aws.wafv2.WebAclLoggingConfigurationArgs>;
}

/** What a web ACL blocks, counts or challenges. What it lets through is in the access logs of what stands behind it. */
const LOGGED = ["BLOCK", "CAPTCHA", "CHALLENGE", "COUNT", "EXCLUDED_AS_COUNT"];

/** Logs what was blocked or counted, without credentials, to an encrypted log group. */
export function logBlockedRequests(name: string, webAcl: aws.wafv2.WebAcl, args: WebAclLogArgs, opts: pulumi.CustomResourceOptions): void {
    const { logKeyArn, logRetentionDays, redacted, region, transform } = withDefaults(args, LOG_DEFAULTS);
    // WAF accepts log groups of this prefix only; Pulumi begins the physical name with the logical one.
    const logs = new aws.cloudwatch.LogGroup(
        `aws-waf-logs-${name}`,
        { region, kmsKeyId: logKeyArn, retentionInDays: logRetentionDays },
        opts,
    );
    const conditions = LOGGED.map((action) => ({ actionCondition: { action } }));
    new aws.wafv2.WebAclLoggingConfiguration(
        `${name}-web-acl-logs`,
        transformed(transform, {
            region,
            resourceArn: webAcl.arn,
            logDestinationConfigs: [logs.arn],
            loggingFilter: { defaultBehavior: "DROP", filters: [{ behavior: "KEEP", requirement: "MEETS_ANY", conditions }] },
            redactedFields: redacted.map((header) => ({ singleHeader: { name: header } })),
        }),
        opts,
    );
}
