import type * as aws from "@pulumi/aws";
import { blockProblem } from "../../components/internal/ip-ranges";
import { BlockList, isIPv6 } from "node:net";

type Rule = aws.types.output.wafv2.WebAclRule;
type Statement = aws.types.output.wafv2.WebAclRuleStatement;

/** A request as AWS WAF sees it. */
export interface WafRequest {
    ip: string;
    path: string;
    method?: string;
    country?: string;
    headers?: Record<string, string>;
}

/** Addresses of the IP sets by ARN. */
export type IpSets = Record<string, string[]>;

/** The name of the first rule with a terminating action that matches, or undefined if the web ACL allows the request. Managed groups match nothing. */
export function blockedBy(rules: Rule[], request: WafRequest, sets: IpSets): string | undefined {
    const ordered = [...rules].sort((a, b) => a.priority - b.priority);
    return ordered.find(({ action, statement }) => action?.block !== undefined && matches(statement, request, sets))?.name;
}

/** Whether a statement matches. A rate-based statement matches as if its limit were exceeded. */
function matches(statement: Statement, request: WafRequest, sets: IpSets): boolean {
    const inner = (it: Statement) => matches(it, request, sets);
    const { andStatement, orStatement, notStatement, rateBasedStatement, ipSetReferenceStatement, geoMatchStatement } = statement;
    if (andStatement?.statements) return andStatement.statements.every(inner);
    if (orStatement?.statements) return orStatement.statements.some(inner);
    if (notStatement?.statement) return !inner(notStatement.statement);
    if (rateBasedStatement) return rateBasedStatement.scopeDownStatement ? inner(rateBasedStatement.scopeDownStatement) : false;
    if (geoMatchStatement) return geoMatchStatement.countryCodes.includes(request.country ?? "");
    if (ipSetReferenceStatement) return includes(sets[ipSetReferenceStatement.arn] ?? [], request.ip);
    if (statement.managedRuleGroupStatement) return false;
    const { byteMatchStatement: bytes, regexMatchStatement: regex } = statement;
    const match = bytes ?? regex;
    if (!match) throw new Error(`unexpected statement ${JSON.stringify(statement)}`);
    const seen = (match.textTransformations ?? []).reduce(transformed, valueOf(match.fieldToMatch, request));
    if (regex) return new RegExp(regex.regexString).test(seen);
    if (!bytes) return false;
    return bytes.positionalConstraint === "EXACTLY" ? seen === bytes.searchString : seen.startsWith(bytes.searchString);
}

type Field = aws.types.output.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatch | undefined;

function valueOf(field: Field, { path, method = "GET", headers = {} }: WafRequest): string {
    if (field?.method) return method;
    return field?.singleHeader ? (headers[field.singleHeader.name] ?? "") : path;
}

function transformed(text: string, { type }: { type: string }): string {
    if (type === "URL_DECODE") return decodeURIComponent(text);
    if (type === "NORMALIZE_PATH") return new URL(text.replace(/\/+/g, "/"), "http://host").pathname;
    return type === "LOWERCASE" ? text.toLowerCase() : text;
}

function includes(blocks: string[], ip: string): boolean {
    const list = new BlockList();
    for (const block of blocks) {
        if (blockProblem(block) !== undefined) throw new Error(`AWS WAF rejects ${block}`);
        const [address = "", prefix] = block.split("/");
        list.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
    }
    return list.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");
}
