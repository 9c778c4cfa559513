import * as aws from "@pulumi/aws";
import type { Each, PartFactory } from "../building-blocks/parts";
import { canonical, versionOf, versionsOf } from "./ip-ranges";
import { anyOf } from "./web-acl";

type Statement = aws.types.input.wafv2.WebAclRuleStatement;

export interface IpSetArgs {
    /** IPv4 and IPv6 blocks. */
    cidrBlocks: string[];
    scope: "CLOUDFRONT" | "REGIONAL";
    /** Region of the web ACL where it is not the provider's. */
    region?: string;
}

/** Parts of a component that calls `addressStatement`. */
export interface IpSetParts {
    /** By purpose and IP version, such as `allowed-ipv4`. */
    ipSets?: Each<typeof aws.wafv2.IpSet>;
}

/** Matches requests from these blocks. An IP set contains addresses of one version, so it creates up to two. */
export function addressStatement(name: string, purpose: string, args: IpSetArgs, parts: PartFactory<IpSetParts>): Statement {
    const { cidrBlocks, scope, region } = args;
    return anyOf(
        versionsOf(cidrBlocks).map((ipAddressVersion) => {
            const key = `${purpose}-${ipAddressVersion.toLowerCase()}`;
            const addresses = cidrBlocks
                .filter((block) => versionOf(block) === ipAddressVersion)
                .map(canonical)
                .sort();
            const set = { scope, region, ipAddressVersion, addresses, description: `Addresses of ${name}: ${purpose}` };
            const { arn } = parts.createEach("ipSets", key, aws.wafv2.IpSet, `${name}-${key}`, set);
            return { ipSetReferenceStatement: { arn } };
        }),
    );
}
