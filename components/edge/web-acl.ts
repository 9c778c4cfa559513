import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Check, WithDefaults } from "../building-blocks/arguments";
import { logArgsOf, type LogType } from "../building-blocks/logs";
import type { PartFactory } from "../building-blocks/parts";
import { listProblems, versionsOf } from "../internal/ip-ranges";
import { addressStatement, type IpSetParts } from "../internal/ip-sets";
import {
    ADDITIONAL_GROUPS,
    type AdditionalGroup,
    capacityOfGroup,
    type ManagedGroupName,
    STANDARD_GROUPS,
} from "../internal/managed-rules";
import {
    checkCommonRules,
    checkCountedRules,
    COMMON_RULE_DEFAULTS,
    commonRules,
    dataProtection,
    logBlockedRequests,
    managedRuleGroup,
    type NamedRule,
    onPath,
    visibility,
    type WebAclLogParts,
} from "../internal/web-acl";
import { CLOUDFRONT_REGION as region } from "./region";
import { capacityOfRule, checkRules, customRules, type EdgeRule, rateLimited } from "./rules";
import { CAPACITY_OF_HOST, onServiceDomains, pathsOnDomains, type PrefixedDomains } from "./service-prefix";

export interface WebAclArgs {
    rateLimit?: number;
    allowedCidrBlocks?: string[];
    rules?: Record<string, EdgeRule>;
    managedRuleGroups?: AdditionalGroup[];
    countedRules?: string[];
    documentPaths?: string[];
    serviceDomains?: PrefixedDomains;
    /** Key of CloudWatch Logs in us-east-1. @default none: no logs */
    logKeyArn?: pulumi.Input<string>;
    logRetentionDays?: number;
    logRetention?: Partial<Record<LogType, number>>;
    logDestinationArn?: pulumi.Input<string>;
}

export interface WebAclParts extends WebAclLogParts, IpSetParts {
    webAcl: typeof aws.wafv2.WebAcl;
}

export const WEB_ACL_DEFAULTS = {
    rateLimit: 2000,
    allowedCidrBlocks: [],
    rules: {},
    managedRuleGroups: [],
    serviceDomains: {},
    ...COMMON_RULE_DEFAULTS,
} satisfies Partial<WebAclArgs>;

type Resolved = WithDefaults<WebAclArgs, typeof WEB_ACL_DEFAULTS>;

/** Rule groups of every web ACL, apart from the common rule set, which is the last one. */
const REPUTATION: ManagedGroupName = "AWSManagedRulesAmazonIpReputationList";
const BAD_INPUTS: ManagedGroupName = "AWSManagedRulesKnownBadInputsRuleSet";

/** Managed rule groups of every distribution. */
export const DISTRIBUTION_GROUPS: ManagedGroupName[] = [...STANDARD_GROUPS, REPUTATION];

/** Most capacity units of a web ACL; requests cost more above 1,500. Source: AWS WAF Developer Guide, "Web ACL capacity units (WCUs)". */
const MAX_CAPACITY = 5000;

/** Most capacity units that the rules use: 927 for the standard rules. A path of documents adds 22, and each body rule that it exempts 1. */
export function capacityOf({ managedRuleGroups, rules, documentPaths, allowedCidrBlocks, serviceDomains }: Resolved): number {
    const groups = [...DISTRIBUTION_GROUPS, ...managedRuleGroups].reduce((sum, group) => sum + capacityOfGroup(group), 0);
    const labels = documentPaths.length > 0 ? 4 + 4 * managedRuleGroups.length : 0;
    const custom = Object.values(rules).reduce((sum, rule) => sum + capacityOfRule(rule, serviceDomains), 0);
    const onServices = pathsOnDomains(documentPaths, serviceDomains).length;
    return (
        groups +
        2 +
        labels +
        22 * documentPaths.length +
        (CAPACITY_OF_HOST + 22) * onServices +
        versionsOf(allowedCidrBlocks).length +
        custom
    );
}

/** Checks the arguments of the web ACL, except `rateLimit`. */
export function checkWebAcl(check: Check, args: Resolved): void {
    const { managedRuleGroups, countedRules } = args;
    checkCommonRules(check, args);
    const known = managedRuleGroups.every((group) => ADDITIONAL_GROUPS.includes(group));
    check(known, "managedRuleGroups", `must contain only ${ADDITIONAL_GROUPS.join(", ")}`);
    check(new Set(managedRuleGroups).size === managedRuleGroups.length, "managedRuleGroups", "must not repeat a group");
    checkCountedRules(check, countedRules, [...DISTRIBUTION_GROUPS, ...managedRuleGroups]);
    for (const problem of listProblems(args.allowedCidrBlocks)) check(false, "allowedCidrBlocks", problem);
    checkRules(check, args.rules);
    const capacity = capacityOf(args);
    check(
        capacity <= MAX_CAPACITY,
        "rules",
        `must use fewer capacity units: the web ACL would use ${capacity}, and ${MAX_CAPACITY} are allowed`,
    );
}

/** The web ACL of the distribution. `capacityOf` computes its capacity units, of which 1,500 are included in the price. */
export function createWebAcl(name: string, args: Resolved, parts: PartFactory<WebAclParts>): aws.wafv2.WebAcl {
    const webAcl = parts.create("webAcl", aws.wafv2.WebAcl, `${name}-web-acl`, {
        region,
        scope: "CLOUDFRONT",
        description: `In front of ${name}`,
        defaultAction: { allow: {} },
        dataProtectionConfig: dataProtection(["authorization"]),
        visibilityConfig: visibility(name),
        rules: webAclRules(name, args, parts),
    });
    const { logKeyArn } = args;
    if (logKeyArn) {
        const logs = { ...logArgsOf({ ...args, logKeyArn }), region, redacted: ["authorization", "cookie"] };
        logBlockedRequests(name, webAcl, logs, parts);
    }
    return webAcl;
}

/**
 * Cheap rules first: requests that the list of addresses, the reputation list, or a rate limit blocks aren't inspected further. AWS WAF replaces
 * the rules of a web ACL as a whole, so a rule whose priority changes keeps working during an update.
 */
function webAclRules(name: string, args: Resolved, parts: PartFactory<WebAclParts>): aws.types.input.wafv2.WebAclRule[] {
    const rules: NamedRule[] = [
        ...onlyAllowed(name, args.allowedCidrBlocks, parts),
        { ...managedRuleGroup(REPUTATION, args.countedRules), name: "ip-reputation" },
        { name: "rate-limit", action: { block: {} }, statement: { rateBasedStatement: rateLimited(args.rateLimit) } },
        ...customRules(name, args.rules, args.serviceDomains, parts),
        { ...managedRuleGroup(BAD_INPUTS, args.countedRules), name: "known-bad-inputs" },
        ...commonRules(
            "common",
            args,
            [""],
            [...args.managedRuleGroups].sort(),
            onServiceDomains(args.documentPaths, args.serviceDomains, onPath),
        ),
    ];
    return rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(`${name}-${rule.name}`) }));
}

/** Blocks all other addresses, of both IP versions: a version without a block in the list is blocked completely. */
function onlyAllowed(name: string, cidrBlocks: string[], parts: PartFactory<IpSetParts>): NamedRule[] {
    if (cidrBlocks.length === 0) return [];
    const statement = addressStatement(name, "allowed", { cidrBlocks, scope: "CLOUDFRONT", region }, parts);
    return [{ name: "only-from-allowed-addresses", action: { block: {} }, statement: { notStatement: { statement } } }];
}
