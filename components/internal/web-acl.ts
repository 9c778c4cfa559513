import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { forwardLogs, type LogArgs, logGroupArgs, type LogParts } from "../building-blocks/logs";
import type { Check } from "../building-blocks/arguments";
import type { PartFactory } from "../building-blocks/parts";
import { type AdditionalGroup, COMMON_GROUP, groupOfRule, isRuleOf, labelOf, MANAGED_GROUPS, type ManagedGroupName } from "./managed-rules";

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
export interface WebAclLogParts extends LogParts {
    webAclLogs?: typeof aws.cloudwatch.LogGroup;
    webAclLogging?: typeof aws.wafv2.WebAclLoggingConfiguration;
}

/** Logs blocked and counted requests, without credentials, to an encrypted log group. */
export function logBlockedRequests(name: string, webAcl: aws.wafv2.WebAcl, args: WebAclLogArgs, parts: PartFactory<WebAclLogParts>): void {
    const { redacted, region } = args;
    // AWS WAF requires this prefix. Pulumi derives the physical name from the logical one.
    const logs = parts.create("webAclLogs", aws.cloudwatch.LogGroup, `aws-waf-logs-${name}`, { region, ...logGroupArgs(args, "firewall") });
    forwardLogs(parts, `aws-waf-logs-${name}`, logs, args);
    const conditions = LOGGED.map((action) => ({ actionCondition: { action } }));
    parts.create("webAclLogging", aws.wafv2.WebAclLoggingConfiguration, `${name}-web-acl-logs`, {
        region,
        resourceArn: webAcl.arn,
        logDestinationConfigs: [logs.arn],
        loggingFilter: { defaultBehavior: "DROP", filters: [{ behavior: "KEEP", requirement: "MEETS_ANY", conditions }] },
        redactedFields: redacted.map((header) => ({ singleHeader: { name: header } })),
    });
}

/** A managed rule group of AWS. Rules in `counted` count requests instead of blocking them; rules of other groups have no effect. */
export function managedRuleGroup(name: ManagedGroupName, counted: string[] = []): NamedRule {
    const own = counted.filter((rule) => isRuleOf(rule, name)).sort();
    const ruleActionOverrides = own.map((rule) => ({ name: rule, actionToUse: { count: {} } }));
    const group = { name, vendorName: "AWS", ...(own.length > 0 ? { ruleActionOverrides } : {}) };
    return { name, overrideAction: { none: {} }, statement: { managedRuleGroupStatement: group } };
}

type Rule = aws.types.input.wafv2.WebAclRule;
type UnorderedRule = Omit<Rule, "priority" | "visibilityConfig">;
export type NamedRule = UnorderedRule & { name: string };
export type Statement = aws.types.input.wafv2.WebAclRuleStatement;

/** Rules of the common rule set that documents and prompts with HTML or URLs match. In the groups that can be added, all body rules. */
const BODY_RULES = ["SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY"];

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

/** The rule of `countedRules` that belongs to none of the groups of a web ACL, where it would have no effect. */
export function checkCountedRules(check: Check, countedRules: string[], groups: readonly ManagedGroupName[]): void {
    for (const rule of countedRules) {
        const group = groupOfRule(rule);
        const has = groups.some((it) => it === group);
        check(has, "countedRules", `must contain rules of the web ACL's rule groups only: ${rule} is a rule of ${group}`);
    }
}

/**
 * AWSManagedRulesCommonRuleSet, whose body rules block requests except on document paths: in the group, they only count, and a rule after it
 * blocks requests with their labels on all other paths. The same applies to the body rules of additional groups.
 *
 * @param prefixes of the paths, such as the stage of an API
 * @param documents statements that match more requests with documents
 */
export function commonRules(
    name: string,
    { countedRules, documentPaths }: CommonRuleArgs,
    prefixes = [""],
    additional: readonly AdditionalGroup[] = [],
    documents: Statement[] = [],
): NamedRule[] {
    const labels = [
        ...BODY_RULES.map((rule) => ({ rule, key: labelOf(rule, COMMON_GROUP) })),
        ...additional.flatMap((group) => bodyRulesOf(group).map((rule) => ({ rule, key: labelOf(rule, group) }))),
    ].filter(({ rule }) => !countedRules.includes(rule));
    const exempt = documentPaths.length > 0 ? labels.map(({ rule }) => rule) : [];
    const counted = [...countedRules, ...exempt];
    const groups = [...additional.map((it) => managedRuleGroup(it, counted)), { ...managedRuleGroup(COMMON_GROUP, counted), name }];
    if (exempt.length === 0) return groups;
    const isMatch = anyOf(labels.map(({ key }) => ({ labelMatchStatement: { scope: "LABEL", key } })));
    const isDocument = anyOf([...prefixes.flatMap((prefix) => documentPaths.map((path) => onPath(prefix + path))), ...documents]);
    const andStatement = { statements: [isMatch, { notStatement: { statement: isDocument } }] };
    return [...groups, { name: "body-rules-outside-documents", action: { block: {} }, statement: { andStatement } }];
}

const bodyRulesOf = (group: AdditionalGroup): string[] => MANAGED_GROUPS[group].rules.filter((rule) => rule.endsWith("_BODY"));

/** Matches the path as the application sees it, so that `/api/documents/%2e%2e/other` is not below `/api/documents`. */
export const onPath = (path: string): Statement => ({
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
