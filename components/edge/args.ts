import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import { checkLogs } from "../building-blocks/logs";
import type { Transform } from "../building-blocks/transform";
import type { ApiOrigin, PriceClass } from "./distribution";
import { type EdgeDomain, namesOf } from "./domain";
import type { SiteArgs, SiteCopy } from "./site";
import { WEB_ACL_DEFAULTS, type WebAclArgs } from "./web-acl";

export interface EdgeArgs {
    /** Physical name of the site's bucket: publishers and the stack of another region find it by the name. */
    bucketName: pulumi.Input<string>;
    /**
     * The bucket exists in the provider's region and belongs to another stack, which lets this account's distributions read it (its
     * `recovery.openToAccount`). No bucket, policy, copy or page is made; where there is no such bucket, the deployment fails. @default false
     */
    existingBucket?: boolean;
    /** Copy of the site in another region, which answers when the site's bucket fails. @default none */
    recovery?: SiteCopy;
    /** Where `/api/*` is answered. @default nowhere: such requests get 403 */
    apiOrigin?: ApiOrigin;
    /** Name of the site, with certificate and DNS records. @default CloudFront's own name */
    domain?: EdgeDomain;
    /**
     * Origins that the site's scripts may call besides the site, such as the address of the user pool's domain:
     * `https://login.example.com`, `https://cognito-idp.us-east-1.amazonaws.com`. @default none
     */
    connectSources?: pulumi.Input<string>[];
    /** Edge locations that serve the site. @default "PriceClass_100": North America and Europe */
    priceClass?: PriceClass;
    /** Requests in five minutes after which an address is blocked until it calms down: 10 to 2,000,000,000. @default 2000 */
    rateLimit?: number;
    /** Rules of AWS's common rule set that count instead of blocking. @default SizeRestrictions_BODY, which blocks bodies over 8 KB */
    countedRules?: string[];
    /** Key of CloudWatch Logs in us-east-1, wherever the stack is: requests that WAF blocks or counts are logged. @default no such log */
    usEast1LogKeyArn?: pulumi.Input<string>;
    /** Days to keep WAF's log; one of the values that CloudWatch Logs takes. @default 30 */
    logRetentionDays?: number;
    /** Name of a `LogBucket` in the stack's region, for the access logs of CloudFront and of the site's bucket. @default no access logs */
    accessLogBucket?: pulumi.Input<string>;
    /** Deletes the site with its buckets, where they are this component's. For environments without data of value. @default false */
    forceDestroy?: boolean;
    transform?: SiteArgs["transform"] &
        WebAclArgs["transform"] & {
            distribution?: Transform<aws.cloudfront.DistributionArgs>;
            securityHeaders?: Transform<aws.cloudfront.ResponseHeadersPolicyArgs>;
        };
}

export const DEFAULTS = {
    ...WEB_ACL_DEFAULTS,
    existingBucket: false,
    connectSources: [],
    priceClass: "PriceClass_100",
} satisfies Partial<EdgeArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<EdgeArgs, typeof DEFAULTS>;

const NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const PRICE_CLASSES = ["PriceClass_100", "PriceClass_200", "PriceClass_All"];

/** Checks the arguments of an `Edge`. What is not known before the deployment is left to AWS. */
export function validated(name: string, args: Resolved) {
    return checked("Edge", name, args, (check) => {
        checkSite(args, check);
        checkDomain(args, check);
        checkApiOrigin(args, check);
        const { rateLimit, priceClass, countedRules, connectSources } = args;
        check(isBetween(rateLimit, 10, 2_000_000_000), "rateLimit", "must be between 10 and 2000000000 requests in five minutes");
        check(PRICE_CLASSES.includes(priceClass), "priceClass", `must be one of ${PRICE_CLASSES.join(", ")}`);
        checkLogs(check, args);
        check(
            args.logRetentionDays === undefined || args.usEast1LogKeyArn !== undefined,
            "logRetentionDays",
            "must be left out without usEast1LogKeyArn: there is no log",
        );
        check(
            countedRules.every((it) => /^\w+$/.test(it)),
            "countedRules",
            "must be names of rules, such as SizeRestrictions_BODY",
        );
        const plain = connectSources.filter((it) => typeof it === "string");
        check(
            plain.every((it) => /^(https|wss):\/\/[\w.*:-]+$/.test(it)),
            "connectSources",
            "must be origins, such as https://login.example.com",
        );
    });
}

function checkSite({ existingBucket, recovery, bucketName }: Resolved, check: Check): void {
    check(
        !existingBucket || recovery === undefined,
        "recovery",
        "must be left out with existingBucket: the bucket belongs to another stack",
    );
    const same = typeof bucketName === "string" && bucketName === recovery?.bucketName;
    check(!same, "recovery.bucketName", "must differ from bucketName: names of buckets are unique over all regions");
}

function checkDomain({ domain }: Resolved, check: Check): void {
    if (!domain) return;
    const { name } = domain;
    const names = namesOf(domain);
    check(NAME.test(name) && !name.startsWith("*"), "domain.name", "must be a domain name in lower case, such as app.example.com");
    check(
        names.slice(1).every((it) => NAME.test(it)),
        "domain.additionalNames",
        "must be domain names in lower case, such as www.example.com or *.example.com",
    );
    check(new Set(names).size === names.length, "domain.additionalNames", "must not repeat a name");
}

function checkApiOrigin({ apiOrigin }: Resolved, check: Check): void {
    const { domainName, originPath } = apiOrigin ?? {};
    check(
        typeof domainName !== "string" || NAME.test(domainName),
        "apiOrigin.domainName",
        "must be a host's name, such as api.example.com",
    );
    const isPath = typeof originPath !== "string" || originPath === "" || /^(\/[^/]+)+$/.test(originPath);
    check(isPath, "apiOrigin.originPath", "must begin with / and not end with it");
}
