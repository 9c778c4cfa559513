/**
 * The managed rule groups of AWS that the components use, with their capacity in web ACL capacity units and their rules. A rule and its label
 * differ only in the case of the last part: `SQLi_BODY`, `SQLi_Body`. Source: AWS WAF Developer Guide, "AWS Managed Rules rule groups list".
 */
interface ManagedGroup {
    capacity: number;
    /** The part of the group in labels: `awswaf:managed:aws:<namespace>:<rule>`. */
    namespace: string;
    rules: string[];
}

const onParts = (rule: string, parts: string) => parts.split(" ").map((part) => `${rule}_${part}`);

export const MANAGED_GROUPS = {
    AWSManagedRulesCommonRuleSet: {
        capacity: 700,
        namespace: "core-rule-set",
        rules: [
            ...onParts("CrossSiteScripting", "BODY COOKIE QUERYARGUMENTS URIPATH"),
            ...onParts("EC2MetaDataSSRF", "BODY COOKIE QUERYARGUMENTS URIPATH"),
            ...onParts("GenericLFI", "BODY QUERYARGUMENTS URIPATH"),
            ...onParts("GenericRFI", "BODY QUERYARGUMENTS URIPATH"),
            "NoUserAgent_HEADER",
            ...onParts("RestrictedExtensions", "QUERYARGUMENTS URIPATH"),
            ...onParts("SizeRestrictions", "BODY Cookie_HEADER QUERYSTRING URIPATH"),
            "UserAgent_BadBots_HEADER",
        ],
    },
    AWSManagedRulesKnownBadInputsRuleSet: {
        capacity: 200,
        namespace: "known-bad-inputs",
        rules: [
            "ExploitablePaths_URIPATH",
            "Host_localhost_HEADER",
            ...onParts("JavaDeserializationRCE", "BODY HEADER QUERYSTRING URIPATH"),
            ...onParts("Log4JRCE", "BODY HEADER QUERYSTRING URIPATH"),
            "PROPFIND_METHOD",
            "ReactJSRCE_BODY",
        ],
    },
    AWSManagedRulesAmazonIpReputationList: {
        capacity: 25,
        namespace: "amazon-ip-list",
        rules: ["AWSManagedIPDDoSList", "AWSManagedIPReputationList", "AWSManagedReconnaissanceList"],
    },
    AWSManagedRulesAdminProtectionRuleSet: { capacity: 100, namespace: "admin-protection", rules: ["AdminProtection_URIPATH"] },
    AWSManagedRulesAnonymousIpList: {
        capacity: 50,
        namespace: "anonymous-ip-list",
        rules: ["AnonymousIPList", "HostingProviderIPList"],
    },
    AWSManagedRulesLinuxRuleSet: { capacity: 200, namespace: "linux-os", rules: onParts("LFI", "HEADER QUERYSTRING URIPATH") },
    AWSManagedRulesSQLiRuleSet: {
        capacity: 200,
        namespace: "sql-database",
        rules: [...onParts("SQLi", "BODY COOKIE QUERYARGUMENTS"), ...onParts("SQLiExtendedPatterns", "BODY QUERYARGUMENTS")],
    },
    AWSManagedRulesUnixRuleSet: {
        capacity: 100,
        namespace: "posix-os",
        rules: onParts("UNIXShellCommandsVariables", "BODY HEADER QUERYSTRING"),
    },
    AWSManagedRulesWindowsRuleSet: {
        capacity: 200,
        namespace: "windows-os",
        rules: [
            ...onParts("PowerShellCommands", "BODY COOKIE QUERYARGUMENTS"),
            ...onParts("WindowsShellCommands", "BODY COOKIE QUERYARGUMENTS"),
        ],
    },
} satisfies Record<string, ManagedGroup>;

export type ManagedGroupName = keyof typeof MANAGED_GROUPS;

/** The group that unknown rules belong to: AWS adds rules to it from time to time. */
export const COMMON_GROUP = "AWSManagedRulesCommonRuleSet" satisfies ManagedGroupName;

/** Groups that every web ACL in front of the application has. The web ACL of CloudFront also has the IP reputation list. */
export const STANDARD_GROUPS: ManagedGroupName[] = [COMMON_GROUP, "AWSManagedRulesKnownBadInputsRuleSet"];

/** Groups that can be added. The rule sets for PHP and WordPress don't fit the platform, and those with extra fees need more settings. */
export const ADDITIONAL_GROUPS = [
    "AWSManagedRulesAdminProtectionRuleSet",
    "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesLinuxRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesUnixRuleSet",
    "AWSManagedRulesWindowsRuleSet",
] as const satisfies ManagedGroupName[];
export type AdditionalGroup = (typeof ADDITIONAL_GROUPS)[number];

const groups: [string, ManagedGroup][] = Object.entries(MANAGED_GROUPS);
const groupOf = new Map(groups.flatMap(([name, { rules }]) => rules.map((rule) => [rule, name] as const)));

/** Whether a rule belongs to a group. */
export const isRuleOf = (rule: string, group: string): boolean => (groupOf.get(rule) ?? COMMON_GROUP) === group;

/** The group of a rule. */
export const groupOfRule = (rule: string): string => groupOf.get(rule) ?? COMMON_GROUP;

/** All rules in the table, for configuration schemas. */
export const MANAGED_RULES = [...groupOf.keys()].sort();

/** The label that a rule adds to matching requests. */
export const labelOf = (rule: string, group: ManagedGroupName): string =>
    `awswaf:managed:aws:${MANAGED_GROUPS[group].namespace}:${rule.replace(/_BODY$/, "_Body")}`;

/** Capacity of a group. Unknown groups count as the largest. */
export const capacityOfGroup = (name: string): number =>
    groups.find(([group]) => group === name)?.[1].capacity ?? MANAGED_GROUPS[COMMON_GROUP].capacity;
