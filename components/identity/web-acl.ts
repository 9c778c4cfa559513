import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { LogArgs } from "../building-blocks/logs";
import type { PartFactory } from "../building-blocks/parts";
import { addressStatement, type IpSetParts } from "../internal/ip-sets";
import { anyOf, dataProtection, logBlockedRequests, prioritized, visibility, type WebAclLogParts } from "../internal/web-acl";

/** Parts of the web ACL of a user pool. */
export interface UserPoolWebAclParts extends WebAclLogParts, IpSetParts {
    webAcl?: typeof aws.wafv2.WebAcl;
    webAclAssociation?: typeof aws.wafv2.WebAclAssociation;
}

export interface UserPoolWebAclArgs {
    userPoolArn: pulumi.Input<string>;
    allowedCidrBlocks: string[];
    /** @default none; WAF writes no log */
    logs?: LogArgs;
}

/**
 * A web ACL that admits these addresses to the login page and to the operations of the user pool that need no AWS credentials. The description
 * and the signing keys of the pool stay public: services that validate tokens read them from other addresses, and they contain no secrets.
 */
export function restrictAddresses(name: string, args: UserPoolWebAclArgs, parts: PartFactory<UserPoolWebAclParts>): void {
    const { userPoolArn, allowedCidrBlocks: cidrBlocks, logs } = args;
    const isAllowed = addressStatement(name, "allowed", { cidrBlocks, scope: "REGIONAL" }, parts);
    const statement = anyOf([isAllowed, { regexMatchStatement: PUBLIC_DOCUMENTS }]);
    const webAcl = parts.create("webAcl", aws.wafv2.WebAcl, `${name}-firewall`, {
        description: `In front of the user pool of ${name}`,
        scope: "REGIONAL",
        defaultAction: { allow: {} },
        dataProtectionConfig: dataProtection(["authorization"]),
        visibilityConfig: visibility(name),
        rules: prioritized([{ name: "only-from-allowed-addresses", action: { block: {} }, statement: { notStatement: { statement } } }]),
    });
    if (logs) logBlockedRequests(name, webAcl, { ...logs, redacted: ["authorization", "cookie"] }, parts);
    const association = { resourceArn: userPoolArn, webAclArn: webAcl.arn };
    // Deleting an association removes any web ACL of the user pool, even the replacement.
    const opts = { deleteBeforeReplace: true };
    parts.create("webAclAssociation", aws.wafv2.WebAclAssociation, `${name}-firewall`, association, opts);
}

const PUBLIC_DOCUMENTS = {
    fieldToMatch: { uriPath: {} },
    regexString: "^/[a-z0-9-]+_[A-Za-z0-9]+/\\.well-known/(openid-configuration|jwks\\.json)$",
    textTransformations: [{ priority: 0, type: "NONE" }],
};
