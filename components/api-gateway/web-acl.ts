import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { visibility } from "../internal/web-acl";

type Rule = aws.types.input.wafv2.WebAclRule;
type Statement = aws.types.input.wafv2.WebAclRuleStatement;

/** The header by which CloudFront shows that a request came through it. */
export const ORIGIN_HEADER = "x-origin-verify";

export interface FirewallArgs {
    /** Values of the origin header that are let in; at least one. */
    originSecrets: pulumi.Input<string>[];
    /** Paths that are let in without the header, exactly as written. */
    openPaths: string[];
    /** Rules of AWS's common rule set that only count. */
    countedRules: string[];
}

/**
 * The rules of the API's web ACL, in the order of evaluation. None of them limits by address: behind CloudFront the connection is
 * CloudFront's, and the first address of the forwarded header, which WAF would count, is what the client writes. CloudFront's own web ACL
 * limits by the true one.
 */
export function firewallRules(args: FirewallArgs): Rule[] {
    const rules: Omit<Rule, "priority" | "visibilityConfig">[] = [
        { name: "only-through-cloudfront", action: { block: {} }, statement: { notStatement: { statement: letIn(args) } } },
        managed("AWSManagedRulesCommonRuleSet", args.countedRules),
        managed("AWSManagedRulesKnownBadInputsRuleSet"),
    ];
    return rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) }));
}

/** Any of the secrets, or any of the open paths. WAF refuses an `or` of one. */
function letIn({ originSecrets, openPaths }: FirewallArgs): Statement {
    const statements = [
        ...originSecrets.map((value) => equals(pulumi.secret(value), { singleHeader: { name: ORIGIN_HEADER } })),
        ...openPaths.map((path) => equals(path, { uriPath: {} })),
    ];
    const [only, ...more] = statements;
    return only && more.length === 0 ? only : { orStatement: { statements } };
}

const equals = (
    searchString: pulumi.Input<string>,
    fieldToMatch: aws.types.input.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatch,
): Statement => ({
    byteMatchStatement: {
        fieldToMatch,
        positionalConstraint: "EXACTLY",
        searchString,
        textTransformations: [{ priority: 0, type: "NONE" }],
    },
});

function managed(name: string, counted: string[] = []) {
    const ruleActionOverrides = [...counted].sort().map((rule) => ({ name: rule, actionToUse: { count: {} } }));
    const group = { name, vendorName: "AWS", ...(ruleActionOverrides.length > 0 ? { ruleActionOverrides } : {}) };
    return { name, overrideAction: { none: {} }, statement: { managedRuleGroupStatement: group } };
}
