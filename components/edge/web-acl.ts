import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { WithDefaults } from "../building-blocks/arguments";
import { type Transform, transformed } from "../building-blocks/transform";
import { dataProtection, logBlockedRequests, visibility } from "../internal/web-acl";

/** WAF's CLOUDFRONT scope, its logs, and CloudFront's metrics, log deliveries and certificates: in this region, whatever the stack's. */
export const CLOUDFRONT_REGION = "us-east-1";

export interface WebAclArgs {
    rateLimit?: number;
    countedRules?: string[];
    /** Key of CloudWatch Logs in us-east-1; without it nothing is logged. */
    logKeyArn?: pulumi.Input<string>;
    logRetentionDays?: number;
    transform?: { webAcl?: Transform<aws.wafv2.WebAclArgs>; webAclLogging?: Transform<aws.wafv2.WebAclLoggingConfigurationArgs> };
}

export const WEB_ACL_DEFAULTS = {
    rateLimit: 2000,
    // It blocks every body over 8 KB: a document or a long prompt.
    countedRules: ["SizeRestrictions_BODY"],
} satisfies Partial<WebAclArgs>;

/** The web ACL in front of the distribution, 927 of the 1,500 capacity units that cost nothing extra. */
export function createWebAcl(
    name: string,
    args: WithDefaults<WebAclArgs, typeof WEB_ACL_DEFAULTS>,
    opts: pulumi.CustomResourceOptions,
): aws.wafv2.WebAcl {
    const webAcl = new aws.wafv2.WebAcl(
        `${name}-web-acl`,
        transformed(args.transform?.webAcl, {
            region: CLOUDFRONT_REGION,
            scope: "CLOUDFRONT",
            description: `In front of ${name}`,
            defaultAction: { allow: {} },
            dataProtectionConfig: dataProtection(["authorization"]),
            visibilityConfig: visibility(name),
            rules: webAclRules(name, args.rateLimit, args.countedRules),
        }),
        opts,
    );
    const { logKeyArn, logRetentionDays } = args;
    if (logKeyArn) {
        const logs = { logKeyArn, logRetentionDays, region: CLOUDFRONT_REGION, redacted: ["authorization", "cookie"] };
        logBlockedRequests(name, webAcl, { ...logs, transform: args.transform?.webAclLogging }, opts);
    }
    return webAcl;
}

/** Cheap rules first: what the reputation list or the rate limit stops is not inspected further. */
export function webAclRules(name: string, rateLimit: number, countedRules: string[]): aws.types.input.wafv2.WebAclRule[] {
    const ruleActionOverrides = [...countedRules].sort().map((rule) => ({ name: rule, actionToUse: { count: {} } }));
    return [
        managedRules(name, 0, "ip-reputation", { name: "AWSManagedRulesAmazonIpReputationList" }),
        {
            name: "rate-limit",
            priority: 1,
            action: { block: {} },
            statement: { rateBasedStatement: { limit: rateLimit, evaluationWindowSec: 300, aggregateKeyType: "IP" } },
            visibilityConfig: visibility(`${name}-rate-limit`),
        },
        managedRules(name, 2, "known-bad-inputs", { name: "AWSManagedRulesKnownBadInputsRuleSet" }),
        managedRules(name, 3, "common", { name: "AWSManagedRulesCommonRuleSet", ruleActionOverrides }),
    ];
}

function managedRules(
    name: string,
    priority: number,
    rule: string,
    group: Omit<aws.types.input.wafv2.WebAclRuleStatementManagedRuleGroupStatement, "vendorName">,
): aws.types.input.wafv2.WebAclRule {
    return {
        name: rule,
        priority,
        overrideAction: { none: {} },
        statement: { managedRuleGroupStatement: { vendorName: "AWS", ...group } },
        visibilityConfig: visibility(`${name}-${rule}`),
    };
}
