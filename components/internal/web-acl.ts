import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type LogArgs, logGroupArgs } from "../building-blocks/logs";
import type { Check } from "../building-blocks/arguments";
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

/** A managed rule group of AWS. Rules in `counted` count requests instead of blocking them. */
export function managedRuleGroup(name: string, counted: string[] = []) {
    const ruleActionOverrides = [...counted].sort().map((rule) => ({ name: rule, actionToUse: { count: {} } }));
    const group = { name, vendorName: "AWS", ...(ruleActionOverrides.length > 0 ? { ruleActionOverrides } : {}) };
    return { name, overrideAction: { none: {} }, statement: { managedRuleGroupStatement: group } };
}

type Rule = aws.types.input.wafv2.WebAclRule;
type UnorderedRule = Omit<Rule, "priority" | "visibilityConfig">;
type NamedRule = UnorderedRule & { name: string };
type Statement = aws.types.input.wafv2.WebAclRuleStatement;

/** Body rules that documents and prompts with HTML or URLs match, and their labels (AWS WAF Developer Guide, "Core rule set (CRS)"). */
const BODY_RULES = {
    SizeRestrictions_BODY: "SizeRestrictions_Body",
    CrossSiteScripting_BODY: "CrossSiteScripting_Body",
    GenericLFI_BODY: "GenericLFI_Body",
    GenericRFI_BODY: "GenericRFI_Body",
};

/** The `countedRules` and `documentPaths` arguments of a component with a web ACL. */
export interface CommonRuleArgs {
    countedRules: string[];
    documentPaths: string[];
}

export const COMMON_RULE_DEFAULTS: CommonRuleArgs = { countedRules: [], documentPaths: [] };

/** Longest text that AWS WAF compares with a path. Source: AWS WAF Developer Guide, "String match rule statement". */
export const MAX_MATCHED = 200;
/**
 * A path, or with a trailing wildcard all paths below it. No `.` or `..` parts, which normalization removes. At most 180 characters, which leave
 * room for the stage of an API.
 */
export const DOCUMENT_PATH = /^(?=.{1,180}$)(\/(?!\.{1,2}(\/|$))[\w.~-]+)+(\/\*)?$/;
/** Maximum number of document paths. Each uses up to 44 of the 1,500 capacity units of the API's web ACL. */
export const MAX_DOCUMENT_PATHS = 10;

/** Checks the `countedRules` and `documentPaths` arguments. */
export function checkCommonRules(check: Check, { countedRules, documentPaths }: CommonRuleArgs): void {
    const areRules = countedRules.every((rule) => /^\w+$/.test(rule));
    check(areRules, "countedRules", "must be names of rules, such as SizeRestrictions_BODY");
    const arePaths = documentPaths.every((path) => DOCUMENT_PATH.test(path));
    check(arePaths, "documentPaths", "must be paths of at most 180 characters, such as /api/documents or /api/documents/*");
    check(documentPaths.length <= MAX_DOCUMENT_PATHS, "documentPaths", `must have at most ${MAX_DOCUMENT_PATHS} paths`);
}

/**
 * AWSManagedRulesCommonRuleSet, whose body rules block requests except on document paths: in the group, they only count, and a rule after it
 * blocks requests with their labels on all other paths.
 *
 * @param prefixes of the paths, such as the stage of an API
 */
export function commonRules(name: string, { countedRules, documentPaths }: CommonRuleArgs, prefixes = [""]): NamedRule[] {
    const labels = Object.entries(BODY_RULES).filter(([rule]) => !countedRules.includes(rule));
    const exempt = documentPaths.length > 0 && labels.length > 0 ? labels.map(([rule]) => rule) : [];
    const group = { ...managedRuleGroup("AWSManagedRulesCommonRuleSet", [...countedRules, ...exempt]), name };
    if (exempt.length === 0) return [group];
    const isMatch = anyOf(
        labels.map(([, label]) => ({ labelMatchStatement: { scope: "LABEL", key: `awswaf:managed:aws:core-rule-set:${label}` } })),
    );
    const isDocument = anyOf(prefixes.flatMap((prefix) => documentPaths.map((path) => onPath(prefix + path))));
    const andStatement = { statements: [isMatch, { notStatement: { statement: isDocument } }] };
    return [group, { name: "body-rules-outside-documents", action: { block: {} }, statement: { andStatement } }];
}

/** Matches the path as the application sees it, so that `/api/documents/%2e%2e/other` is not below `/api/documents`. */
const onPath = (path: string): Statement => ({
    byteMatchStatement: {
        fieldToMatch: { uriPath: {} },
        positionalConstraint: path.endsWith("/*") ? "STARTS_WITH" : "EXACTLY",
        searchString: path.replace(/\*$/, ""),
        textTransformations: ["URL_DECODE", "NORMALIZE_PATH"].map((type, priority) => ({ priority, type })),
    },
});

/** Matches any of the statements. WAF rejects an `or` statement with one item. */
export function anyOf(statements: Statement[]): Statement {
    const [only, ...more] = statements;
    return only && more.length === 0 ? only : { orStatement: { statements } };
}

/** The rules in their order, with priorities and metrics. */
export const prioritized = (rules: UnorderedRule[]): Rule[] =>
    rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) }));
