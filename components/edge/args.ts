import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, checkOneOf, type WithDefaults } from "../building-blocks/arguments";
import { checkLogs, LOG_DESTINATION, LOG_DESTINATION_RULE, type LogType } from "../building-blocks/logs";
import type { Each, Transforms } from "../building-blocks/parts";
import type { ApiOrigin, GeoRestriction, PriceClass } from "./distribution";
import type { GrantParts } from "../building-blocks/iam";
import type { AccessLogParts } from "./access-logs";
import { checkCertificate, type EdgeDomain, type EdgeDomainParts } from "./domain";
import { API_PATH } from "../internal/api-path";
import { COUNTRY_CODES } from "../internal/countries";
import type { AdditionalGroup } from "../internal/managed-rules";
import { type EdgeRule, RATE_LIMIT } from "./rules";
import type { SecurityHeaderParts } from "./security-headers";
import { checkServiceDomains, type ServiceDistribution, type ServiceDomain } from "./service-domains";
import type { SiteParts, SiteReplica } from "./site";
import { isPrivate, type VpcOriginParts } from "./vpc-origin";
import { checkWebAcl, WEB_ACL_DEFAULTS, type WebAclParts } from "./web-acl";

export interface EdgeArgs {
    /** Physical name of the site's bucket. Publishers and the stack in the other region use it. */
    bucketName: pulumi.Input<string>;
    /**
     * Uses an existing bucket of another stack in the provider's region, which must allow distributions of this account (its
     * `recovery.openToAccount`). The deployment fails if the bucket doesn't exist. @default false
     */
    existingBucket?: boolean;
    /** Replica of the site in another region, used if the primary bucket is unavailable. @default none */
    recovery?: SiteReplica;
    /** Origin of `/api/*`: a public host, or an internal load balancer. @default none; such requests get 403 */
    apiOrigin?: ApiOrigin;
    /**
     * Path of a file that `apiOrigin` returns instead of the bucket, such as `/config.json` with the settings of the site. CloudFront and browsers
     * don't cache it, and requests to the origin contain no cookies, query string, or token. Requires `apiOrigin`. @default none
     */
    settingsPath?: string;
    /** Domain of the site, with a certificate and DNS records. @default the domain name of CloudFront */
    domain?: EdgeDomain;
    /**
     * Domains of services behind `apiOrigin`, by service. Each has its own distribution, with the web ACL and the other settings of the site's. In `rules`
     * and `documentPaths`, a path below the service's `pathPrefix` also applies to the domain. @default none
     */
    serviceDomains?: Record<string, ServiceDomain>;
    /**
     * Additional origins that scripts of the site can call, such as the domain of the user pool:
     * `https://login.example.com`, `https://cognito-idp.us-east-1.amazonaws.com`. @default none
     */
    connectSources?: pulumi.Input<string>[];
    /** Edge locations that serve the site. @default "PriceClass_100": North America and Europe */
    priceClass?: PriceClass;
    /** Maximum requests per IP address in five minutes, 10 to 2,000,000,000. @default 2000 */
    rateLimit?: number;
    /**
     * The only addresses that can call the site and the API: IPv4 and IPv6 blocks, at most 10,000. Without an IPv6 block, the distribution has no
     * IPv6 addresses, so that clients with both versions use IPv4. @default all addresses
     */
    allowedCidrBlocks?: string[];
    /** Countries whose addresses can or can't call the site and the API. Other requests get 403. @default all countries */
    geoRestriction?: GeoRestriction;
    /**
     * Additional rules of the web ACL by name, at most 20. They block or count requests by path, method, header, country, or address, or limit their
     * rate. @default none
     */
    rules?: Record<string, EdgeRule>;
    /** Additional managed rule groups of AWS. Their body rules only count requests on `documentPaths`. @default none */
    managedRuleGroups?: AdditionalGroup[];
    /** Rules of the managed rule groups that count requests instead of blocking them, on all paths. @default none */
    countedRules?: string[];
    /**
     * Paths that receive documents and prompts: `/api/documents`, or `/api/documents/*` for all paths below it; at most 10. On these paths, the
     * rules SizeRestrictions_BODY, CrossSiteScripting_BODY, GenericLFI_BODY, and GenericRFI_BODY only count requests. On all other paths, they
     * block HTML, some URLs, and bodies over 8 KB. @default none
     */
    documentPaths?: string[];
    /** KMS key in us-east-1 for the log of requests that WAF blocks or counts. @default none; WAF writes no log */
    usEast1LogKeyArn?: pulumi.Input<string>;
    /** Retention of the WAF log in days; a value that CloudWatch Logs supports. @default 30 */
    logRetentionDays?: number;
    /** Retention by type of log, in days. The WAF log has the type `firewall`. @default none */
    logRetention?: Partial<Record<LogType, number>>;
    /** Destination in us-east-1 that receives the WAF log: `arn:aws:logs:us-east-1:123456789012:destination:central`. @default none */
    usEast1LogDestinationArn?: pulumi.Input<string>;
    /** Name of a `LogBucket` in the stack's region, for the access logs of CloudFront and of the site's bucket. @default no access logs */
    accessLogBucket?: pulumi.Input<string>;
    /** Deletes the content of the buckets with them, for test environments. @default false */
    forceDestroy?: boolean;
    transform?: Transforms<EdgeParts>;
}

export interface EdgeParts
    extends GrantParts, SiteParts, WebAclParts, EdgeDomainParts, AccessLogParts, SecurityHeaderParts, VpcOriginParts {
    originAccessControl: typeof aws.cloudfront.OriginAccessControl;
    /** CloudFront function that rewrites the routes of the single-page application. */
    router: typeof aws.cloudfront.Function;
    distribution: typeof aws.cloudfront.Distribution;
    /** Distributions of the services' domains, by service. */
    serviceDistributions?: Each<typeof ServiceDistribution>;
}

export const DEFAULTS = {
    ...WEB_ACL_DEFAULTS,
    existingBucket: false,
    connectSources: [],
    serviceDomains: {},
    priceClass: "PriceClass_100",
} satisfies Partial<EdgeArgs>;

/** The arguments, completed with defaults. */
export type Resolved = WithDefaults<EdgeArgs, typeof DEFAULTS>;

const NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** Lowest and highest values. */
export const BOUNDS = { rateLimit: RATE_LIMIT } as const;
export const PRICE_CLASSES = ["PriceClass_100", "PriceClass_200", "PriceClass_All"] as const satisfies PriceClass[];
/** An origin in a content security policy: `https://login.example.com`, `wss://*.example.com`. */
export const CONNECT_SOURCE = /^(https|wss):\/\/[\w.*:-]+$/;

/** Checks the arguments that are known before the deployment. */
export function validated(name: string, args: Resolved) {
    return checked("Edge", name, args, (check) => {
        checkSite(args, check);
        checkDomain(args, check);
        checkApiOrigin(args, check);
        checkServiceDomains(check, args);
        const { rateLimit, priceClass, connectSources } = args;
        checkBetween(check, "rateLimit", rateLimit, BOUNDS.rateLimit, " requests in five minutes");
        checkOneOf(check, "priceClass", priceClass, PRICE_CLASSES);
        checkLogs(check, args);
        const { usEast1LogDestinationArn: destination } = args;
        const isInUsEast1 = typeof destination !== "string" || (LOG_DESTINATION.test(destination) && destination.includes(":us-east-1:"));
        check(isInUsEast1, "usEast1LogDestinationArn", `must be in us-east-1, and must be ${LOG_DESTINATION_RULE}`);
        check(
            destination === undefined || args.usEast1LogKeyArn !== undefined,
            "usEast1LogDestinationArn",
            "must not be set without usEast1LogKeyArn",
        );
        check(
            args.logRetentionDays === undefined || args.usEast1LogKeyArn !== undefined,
            "logRetentionDays",
            "must not be set without usEast1LogKeyArn",
        );
        checkWebAcl(check, args);
        if (args.geoRestriction) checkGeoRestriction(check, args.geoRestriction);
        const plain = connectSources.filter((source) => typeof source === "string");
        check(
            plain.every((source) => CONNECT_SOURCE.test(source)),
            "connectSources",
            "must be origins, such as https://login.example.com",
        );
    });
}

function checkSite({ existingBucket, recovery, bucketName }: Resolved, check: Check): void {
    check(!existingBucket || recovery === undefined, "recovery", "must not be set with existingBucket, which belongs to another stack");
    const same = typeof bucketName === "string" && bucketName === recovery?.bucketName;
    check(!same, "recovery.bucketName", "must differ from bucketName, because bucket names are unique across all regions");
}

/** A name of the site: `www.example.com` or `*.example.com`. */
const SITE_NAME = /^(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
/** Most additional names: a certificate has at most 100. By default, ACM allows 10; request a higher quota for more. */
const MAX_ADDITIONAL_NAMES = 99;

function checkDomain({ domain }: Resolved, check: Check): void {
    if (!domain) return;
    const { name, certificateArn } = domain;
    check(NAME.test(name) && !name.startsWith("*"), "domain.name", "must be a domain name in lower case, such as app.example.com");
    checkNames(check, name, Object.keys(domain.additionalNames ?? {}));
    checkCertificate(check, "domain.certificateArn", certificateArn);
}

/** Checks the additional names of a domain. */
export function checkNames(check: Check, name: string, additional: string[]): void {
    for (const it of additional) {
        const valid = SITE_NAME.test(it) && it !== name;
        check(
            valid,
            `domain.additionalNames["${it}"]`,
            "must be another domain name in lower case, such as www.example.com or *.example.com",
        );
    }
    const most = MAX_ADDITIONAL_NAMES;
    check(additional.length <= most, "domain.additionalNames", `must have at most ${most} names`);
}

export const RESTRICTION_TYPES = ["whitelist", "blacklist"] as const satisfies GeoRestriction["restrictionType"][];

/** Checks the countries, as codes of ISO 3166-1. */
export function checkGeoRestriction(check: Check, { restrictionType, locations }: GeoRestriction): void {
    checkOneOf(check, "geoRestriction.restrictionType", restrictionType, RESTRICTION_TYPES);
    check(locations.length > 0, "geoRestriction.locations", "must not be empty");
    const unknown = locations.filter((code) => !COUNTRY_CODES.includes(code));
    check(unknown.length === 0, "geoRestriction.locations", "must be country codes of ISO 3166-1, such as DE");
    check(new Set(locations).size === locations.length, "geoRestriction.locations", "must not repeat a country");
}

/** A file outside `/api/`, without wildcards. */
const SETTINGS_PATH = new RegExp(`^(?!${API_PATH}/)(/[\\w.~-]+)+$`);

function checkApiOrigin({ apiOrigin, settingsPath }: Resolved, check: Check): void {
    check(settingsPath === undefined || apiOrigin !== undefined, "settingsPath", "must not be set without apiOrigin");
    check(settingsPath === undefined || SETTINGS_PATH.test(settingsPath), "settingsPath", "must be a path such as /config.json");
    if (!apiOrigin) return;
    if (isPrivate(apiOrigin)) {
        const { hostName, loadBalancer } = apiOrigin;
        check(hostName === undefined || NAME.test(hostName), "apiOrigin.hostName", "must be a host name, such as api.example.com");
        // The port tells whether the listener uses HTTPS.
        const fits = (hostName !== undefined) === (loadBalancer.listenerPort === 443);
        check(fits, "apiOrigin.hostName", "must be set if the load balancer has a certificate, and only then");
        return;
    }
    const { domainName, originPath } = apiOrigin;
    check(typeof domainName !== "string" || NAME.test(domainName), "apiOrigin.domainName", "must be a host name, such as api.example.com");
    const isPath = typeof originPath !== "string" || originPath === "" || /^(\/[^/]+)+$/.test(originPath);
    check(isPath, "apiOrigin.originPath", "must begin with / and not end with it");
}
