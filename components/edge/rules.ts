import type * as aws from "@pulumi/aws";
import { type Check, checkBetween } from "../building-blocks/arguments";
import type { PartFactory } from "../building-blocks/parts";
import { COUNTRY_CODES } from "../internal/countries";
import { listProblems, versionsOf } from "../internal/ip-ranges";
import { addressStatement, type IpSetParts } from "../internal/ip-sets";
import { anyOf, DOCUMENT_PATH, type NamedRule, type Statement } from "../internal/web-acl";
import { CLOUDFRONT_REGION as region } from "./region";
import { CAPACITY_OF_HOST, onServiceDomains, pathsOnDomains, type PrefixedDomains } from "./service-prefix";
import { sortedEntries } from "../internal/unknown";

/** A rule of the web ACL. A request matches if it meets all conditions; a condition with several values is met by any of them. */
export interface EdgeRule {
    /** `block`, or `count` to test the rule: matching requests are in the log. @default "block" */
    action?: "block" | "count";
    /**
     * Applies the action only to addresses with more matching requests than this in five minutes, 10 to 2,000,000,000. @default the rule applies
     * to each matching request
     */
    rateLimit?: number;
    /** `/api/login`, or `/api/admin/*` for it and all paths below. Case and a slash at the end make no difference. @default all paths */
    paths?: string[];
    /** HTTP methods in upper case. @default all methods */
    methods?: string[];
    /** Exact values of headers, by header name in lower case. All must match. @default none */
    headers?: Record<string, string>;
    /** Countries of the client's address: codes of ISO 3166-1, such as `DE`. @default all countries */
    countryCodes?: string[];
    /** Addresses of clients: IPv4 and IPv6 blocks. @default all addresses */
    cidrBlocks?: string[];
    /** Addresses that the rule doesn't apply to: IPv4 and IPv6 blocks. @default none */
    exceptCidrBlocks?: string[];
}

export const RULE_ACTIONS = ["block", "count"] as const satisfies EdgeRule["action"][];
const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
/** A name of a rule, which is part of the names of its metric and IP sets. */
const RULE_NAME = /^[a-z][a-z0-9-]{0,39}$/;
const HEADER_NAME = /^[a-z0-9-]{1,64}$/;
const HEADER_VALUE = /^[\x20-\x7e]{1,200}$/;
/** Requests from an address in five minutes. */
export const RATE_LIMIT = [10, 2_000_000_000] as const;
/** Names of the component's own rules. */
const RESERVED = [
    "body-rules-outside-documents",
    "common",
    "ip-reputation",
    "known-bad-inputs",
    "only-from-allowed-addresses",
    "rate-limit",
];
/** Rules of a web ACL, and how many of them can have a rate limit. AWS has lower limits for these than for capacity units. */
const MAX_RULES = 20;
const MAX_RATE_LIMITS = 9;

/** Checks the rules by name. */
export function checkRules(check: Check, rules: Record<string, EdgeRule>): void {
    const limited = Object.values(rules).filter(({ rateLimit }) => rateLimit !== undefined);
    check(Object.keys(rules).length <= MAX_RULES, "rules", `must have at most ${MAX_RULES} rules`);
    check(limited.length <= MAX_RATE_LIMITS, "rules", `must have at most ${MAX_RATE_LIMITS} rules with rateLimit`);
    for (const [name, rule] of Object.entries(rules)) {
        const at = `rules["${name}"]`;
        const isName = RULE_NAME.test(name) && !RESERVED.includes(name);
        check(isName, at, `must be named with 1 to 40 lower-case letters, digits, and hyphens, and not ${RESERVED.join(", ")}`);
        checkRule(check, at, rule);
    }
}

function checkRule(check: Check, at: string, rule: EdgeRule): void {
    const { paths, methods, headers = {}, countryCodes, cidrBlocks, exceptCidrBlocks } = rule;
    const lists = { paths, methods, countryCodes, cidrBlocks, exceptCidrBlocks };
    for (const [key, list] of Object.entries(lists)) check(list === undefined || list.length > 0, `${at}.${key}`, "must not be empty");
    const hasCondition = Object.values(lists).some((list) => list !== undefined) || Object.keys(headers).length > 0;
    check(hasCondition, at, "must have a condition: without one, it matches every request");
    checkBetween(check, `${at}.rateLimit`, rule.rateLimit, RATE_LIMIT, " requests in five minutes");
    const each = (key: string, values: string[] = [], isValid: (value: string) => boolean, allowed: string) => {
        check(values.every(isValid), `${at}.${key}`, allowed);
    };
    each("paths", paths, (path) => DOCUMENT_PATH.test(path), "must be paths of at most 180 characters, such as /api/login or /api/admin/*");
    each("methods", methods, (method) => METHODS.includes(method), `must contain only ${METHODS.join(", ")}`);
    each("countryCodes", countryCodes, (code) => COUNTRY_CODES.includes(code), "must be country codes of ISO 3166-1, such as DE");
    each("headers", Object.keys(headers), (header) => HEADER_NAME.test(header), "must have names in lower case, such as user-agent");
    each("headers", Object.values(headers), (value) => HEADER_VALUE.test(value), "must have values of 1 to 200 characters");
    for (const key of ["cidrBlocks", "exceptCidrBlocks"] as const)
        for (const problem of listProblems(rule[key] ?? [])) check(false, `${at}.${key}`, problem);
}

/**
 * The rules, sorted by name. They only block or count, and a blocked request isn't counted further, so their order makes no difference to what
 * is blocked: there is no action `allow`, which would exempt a request from all other rules.
 */
export function customRules(
    name: string,
    rules: Record<string, EdgeRule>,
    serviceDomains: PrefixedDomains,
    parts: PartFactory<IpSetParts>,
): NamedRule[] {
    return sortedEntries(rules).map(([rule, args]) => {
        const match = allOf(conditions(name, rule, args, serviceDomains, parts));
        const { rateLimit: limit, action = "block" } = args;
        const statement = limit === undefined ? match : { rateBasedStatement: rateLimited(limit, match) };
        return { name: rule, action: { [action]: {} }, statement };
    });
}

/** More than this many requests in five minutes from one address. */
export const rateLimited = (
    limit: number,
    scopeDownStatement?: Statement,
): aws.types.input.wafv2.WebAclRuleStatementRateBasedStatement => ({
    limit,
    evaluationWindowSec: 300,
    aggregateKeyType: "IP",
    ...(scopeDownStatement ? { scopeDownStatement } : {}),
});

function conditions(
    name: string,
    rule: string,
    args: EdgeRule,
    serviceDomains: PrefixedDomains,
    parts: PartFactory<IpSetParts>,
): Statement[] {
    const { paths, methods, headers = {}, countryCodes, cidrBlocks, exceptCidrBlocks } = args;
    const sortedPaths = [...(paths ?? [])].sort();
    const addresses = (purpose: string, blocks: string[]) =>
        addressStatement(name, `${rule}-${purpose}`, { cidrBlocks: blocks, scope: "CLOUDFRONT", region }, parts);
    return [
        ...(countryCodes ? [{ geoMatchStatement: { countryCodes: [...countryCodes].sort() } }] : []),
        ...(cidrBlocks ? [addresses("from", cidrBlocks)] : []),
        ...(exceptCidrBlocks ? [{ notStatement: { statement: addresses("except", exceptCidrBlocks) } }] : []),
        ...(methods ? [anyOf([...methods].sort().map((method) => equals(method, { method: {} })))] : []),
        ...sortedEntries(headers).map(([header, value]) => equals(value, { singleHeader: { name: header } })),
        ...(paths ? [anyOf([...sortedPaths.map(onPath), ...onServiceDomains(sortedPaths, serviceDomains, onPath)])] : []),
    ];
}

/**
 * Most web ACL capacity units that a rule uses: 1 for countries or an IP set, 2 to 3 for text, and 10 for each transformation of a path. Source: AWS
 * WAF Developer Guide, "Rule statements".
 */
export function capacityOfRule(rule: EdgeRule, serviceDomains: PrefixedDomains): number {
    const { rateLimit, paths = [], methods = [], headers = {}, countryCodes, cidrBlocks = [], exceptCidrBlocks = [] } = rule;
    const sets = versionsOf(cidrBlocks).length + versionsOf(exceptCidrBlocks).length;
    const onServices = (CAPACITY_OF_HOST + 33) * pathsOnDomains(paths, serviceDomains).length;
    const texts = 2 * (methods.length + Object.keys(headers).length) + 33 * paths.length + onServices;
    return (rateLimit === undefined ? 0 : 2) + (countryCodes ? 1 : 0) + sets + texts;
}

function allOf(statements: Statement[]): Statement {
    const [only, ...more] = statements;
    return only && more.length === 0 ? only : { andStatement: { statements } };
}

const equals = (
    searchString: string,
    fieldToMatch: aws.types.input.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatch,
): Statement => ({
    byteMatchStatement: {
        fieldToMatch,
        positionalConstraint: "EXACTLY",
        searchString,
        textTransformations: [{ priority: 0, type: "NONE" }],
    },
});

/**
 * Matches a path as ASP.NET Core routes it: decoded, in any case, with or without a slash at the end. Otherwise, clients could evade the rule
 * with `/API/login` or `/api/login/`. `/api/admin/*` also matches `/api/admin`, like the path of a service.
 */
function onPath(path: string): Statement {
    const match = {
        fieldToMatch: { uriPath: {} },
        textTransformations: ["URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"].map((type, priority) => ({ priority, type })),
    };
    const lower = path.toLowerCase().replaceAll(".", "\\.");
    const regexString = lower.endsWith("/*") ? `^${lower.slice(0, -2)}(/|$)` : `^${lower}/?$`;
    return { regexMatchStatement: { ...match, regexString } };
}
