import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { WithDefaults } from "../building-blocks/arguments";
import type { PartFactory } from "../building-blocks/parts";
import {
    COMMON_RULE_DEFAULTS,
    type CommonRuleArgs,
    commonRules,
    dataProtection,
    logBlockedRequests,
    managedRuleGroup,
    visibility,
    type WebAclLogParts,
} from "../internal/web-acl";

/** Region of AWS WAF's CLOUDFRONT scope and of CloudFront's metrics, log deliveries, and certificates. */
export const CLOUDFRONT_REGION = "us-east-1";

export interface WebAclArgs {
    rateLimit?: number;
    countedRules?: string[];
    documentPaths?: string[];
    /** Key of CloudWatch Logs in us-east-1. @default none: no logs */
    logKeyArn?: pulumi.Input<string>;
    logRetentionDays?: number;
}

export interface WebAclParts extends WebAclLogParts {
    webAcl: typeof aws.wafv2.WebAcl;
}

export const WEB_ACL_DEFAULTS = {
    rateLimit: 2000,
    ...COMMON_RULE_DEFAULTS,
} satisfies Partial<WebAclArgs>;

/** The web ACL of the distribution. It uses 927 of the 1,500 capacity units that are included in the price, and up to 22 for each path of documents. */
export function createWebAcl(
    name: string,
    args: WithDefaults<WebAclArgs, typeof WEB_ACL_DEFAULTS>,
    parts: PartFactory<WebAclParts>,
): aws.wafv2.WebAcl {
    const webAcl = parts.create("webAcl", aws.wafv2.WebAcl, `${name}-web-acl`, {
        region: CLOUDFRONT_REGION,
        scope: "CLOUDFRONT",
        description: `In front of ${name}`,
        defaultAction: { allow: {} },
        dataProtectionConfig: dataProtection(["authorization"]),
        visibilityConfig: visibility(name),
        rules: webAclRules(name, args.rateLimit, args),
    });
    const { logKeyArn, logRetentionDays } = args;
    if (logKeyArn) {
        const logs = { logKeyArn, logRetentionDays, region: CLOUDFRONT_REGION, redacted: ["authorization", "cookie"] };
        logBlockedRequests(name, webAcl, logs, parts);
    }
    return webAcl;
}

/** Cheap rules first: requests that the reputation list or the rate limit blocks aren't inspected further. */
function webAclRules(name: string, rateLimit: number, common: CommonRuleArgs): aws.types.input.wafv2.WebAclRule[] {
    const rateBasedStatement = { limit: rateLimit, evaluationWindowSec: 300, aggregateKeyType: "IP" };
    return [
        { ...managedRuleGroup("AWSManagedRulesAmazonIpReputationList"), name: "ip-reputation" },
        { name: "rate-limit", action: { block: {} }, statement: { rateBasedStatement } },
        { ...managedRuleGroup("AWSManagedRulesKnownBadInputsRuleSet"), name: "known-bad-inputs" },
        ...commonRules("common", common),
    ].map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(`${name}-${rule.name}`) }));
}
