import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anyOf, type CommonRuleArgs, commonRules, managedRuleGroup, prioritized } from "../internal/web-acl";

type Rule = aws.types.input.wafv2.WebAclRule;
type Statement = aws.types.input.wafv2.WebAclRuleStatement;

/** Secret header that authenticates CloudFront to the API. */
export const ORIGIN_HEADER = "x-origin-verify";

export interface WebAclRuleArgs extends CommonRuleArgs {
    /** Valid values of the origin header; at least one. */
    originSecrets: pulumi.Input<string>[];
    /** Exact paths that are allowed without the header. */
    openPaths: string[];
    /** Prefixes that can precede the paths: none, and the stage. */
    pathPrefixes: string[];
}

/**
 * Rules of the API's web ACL, in the order of evaluation. There is no rate limit per IP address, because the source address is CloudFront's and
 * clients can forge the first address in `X-Forwarded-For`. CloudFront's web ACL limits by the real address.
 */
export function webAclRules(args: WebAclRuleArgs): Rule[] {
    return prioritized([
        { name: "only-through-cloudfront", action: { block: {} }, statement: { notStatement: { statement: allowed(args) } } },
        ...commonRules("AWSManagedRulesCommonRuleSet", args, args.pathPrefixes),
        managedRuleGroup("AWSManagedRulesKnownBadInputsRuleSet", args.countedRules),
    ]);
}

/** Matches any of the secrets or open paths. */
function allowed({ originSecrets, openPaths }: WebAclRuleArgs): Statement {
    return anyOf([
        ...originSecrets.map((value) => equals(pulumi.secret(value), { singleHeader: { name: ORIGIN_HEADER } })),
        ...openPaths.map((path) => equals(path, { uriPath: {} })),
    ]);
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
