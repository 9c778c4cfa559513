import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import {
    type ApiGateway,
    Edge,
    type EdgeArgs,
    type EdgeDomain,
    type Identity,
    type InternalLoadBalancer,
    type LogBucket,
} from "../components";
import { apiOriginOf } from "./api";
import {
    BOUNDS,
    checkGeoRestriction,
    checkNames,
    CONNECT_SOURCE,
    DEFAULTS,
    PRICE_CLASSES,
    RESTRICTION_TYPES,
} from "../components/edge/args";
import { checkRules, RULE_ACTIONS } from "../components/edge/rules";
import { listProblems } from "../components/internal/ip-ranges";
import { ADDITIONAL_GROUPS } from "../components/internal/managed-rules";
import { consistent } from "./config/checks";
import type { PlatformConfig } from "./config";
import { recoveryRegionOf } from "./config/regions";
import { certificate, certificateInUsEast1, distinct, domainName, hostedZone, optionalSystem, text, whole } from "./config/values";
import type { Check } from "../components/building-blocks/arguments";
import type { Platform } from "./context";
import { isApiName } from "./names";
import { serviceDomainsOf } from "./service-domains";
import { SETTINGS_PATH } from "./site-settings";

const additionalName = z.strictObject({
    zoneId: hostedZone().optional().describe("ID of the hosted zone that contains the name. Default: domain.zoneId."),
    redirect: z
        .boolean()
        .optional()
        .describe("Redirects to the same path of domain.name. If false, the name serves the site. Default: false."),
});

const domainKeys = {
    name: domainName().describe("Domain name of the site, such as app.example.com. The API uses api.<name>."),
    zoneId: hostedZone()
        .meta({ examples: ["Z0EXAMPLE"] })
        .describe(
            "ID of the public hosted zone in Route 53 that contains the name. Looking up a zone by name would need the Route 53 control plane during a failover.",
        ),
    dnsRoleArn: text(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, "the ARN of a role, such as arn:aws:iam::123456789012:role/dns")
        .meta({ examples: ["arn:aws:iam::210987654321:role/zone-records", "arn:aws:iam::210987654321:role/dns-records"] })
        .optional()
        .describe("Role that the deployment assumes for DNS records, if the hosted zones are in another account."),
    additionalNames: z
        .record(z.string(), additionalName)
        .meta({ examples: [{ "www.zulu.example.org": { redirect: true } }] })
        .default({})
        .describe("Additional names of the site, which serve it or redirect to it, such as www.example.com."),
    apiCertificateArn: certificate("[a-z0-9-]+", ", such as arn:aws:acm:us-east-1:123456789012:certificate/...")
        .meta({ examples: ["arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000002"] })
        .optional()
        .describe(
            "Existing certificate in the stack's region for the API: api.<name> and, with recovery, api-<region>.<name>. You must renew it. Default: a certificate that the stack creates.",
        ),
};

const checkDomainSection = consistent((check, { name, additionalNames }: { name: string; additionalNames: object }) => {
    const names = Object.keys(additionalNames);
    checkNames(inSection(check, "domain"), name, names);
    for (const it of names) check(!isApiName(name, it), `additionalNames["${it}"]`, "must not be a name of the API");
});

const DOMAIN = "Custom domain. Without one, the site uses CloudFront's domain name, and clients must switch URLs after a failover.";

export const domainSection = z
    .strictObject({
        ...domainKeys,
        certificateArn: certificateInUsEast1()
            .meta({ examples: ["arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000001"] })
            .optional()
            .describe(
                "Existing certificate for the site's names. You must renew it. Default: a certificate that the stack creates, validated by DNS.",
            ),
    })
    .superRefine(checkDomainSection)
    .optional()
    .describe(DOMAIN);

/** The distribution and its certificate belong to the primary stack. */
export const sharedDomainSection = z.strictObject(domainKeys).superRefine(checkDomainSection).optional().describe(DOMAIN);

/** A check whose arguments are named from inside a section. */
const inSection =
    (check: Check, section: string): Check =>
    (ok, argument, allowed) => {
        check(ok, argument.replace(`${section}.`, ""), allowed);
    };

const words = z.array(z.string()).min(1);

const rule = z.strictObject({
    action: z.enum(RULE_ACTIONS).optional().describe("block, or count to test the rule. Default: block."),
    rateLimit: whole(BOUNDS.rateLimit, "requests in 5 minutes")
        .optional()
        .describe("Applies the action only to addresses that send more matching requests than this in five minutes."),
    paths: words
        .optional()
        .describe(
            "Paths: /api/admin, or /api/admin/* for it and all paths below. Paths aren't case-sensitive, and a trailing slash is optional.",
        ),
    methods: words.optional().describe("HTTP methods in upper case."),
    headers: z.record(z.string(), z.string()).optional().describe("Exact values of headers, by header name in lower case."),
    countryCodes: words.optional().describe("Countries of the client's address (ISO 3166-1)."),
    cidrBlocks: words.optional().describe("Addresses of clients, IPv4 and IPv6."),
    exceptCidrBlocks: words.optional().describe("Addresses that the rule doesn't apply to, IPv4 and IPv6."),
});

const RULES = {
    "alpha-login": { paths: ["/api/alpha"], rateLimit: 431 },
    "mike-admin": { paths: ["/api/mike"], exceptCidrBlocks: ["192.0.2.64/26"] },
    "zulu-robot": { headers: { "user-agent": "zulu-robot" }, countryCodes: ["AQ"] },
};

export const accessSection = z
    .strictObject({
        allowedCidrBlocks: distinct(z.string())
            .meta({ examples: [["198.51.100.0/24", "203.0.113.7/32", "2001:db8:77::/48"]] })
            .superRefine((blocks, context) => {
                for (const message of listProblems(blocks)) context.addIssue({ code: "custom", message });
            })
            .default(DEFAULTS.allowedCidrBlocks)
            .describe(
                "The only addresses that can call the site, the API, and the sign-in page: IPv4 and IPv6 blocks. Without an IPv6 block, the site has no IPv6 addresses. Default: all addresses.",
            ),
    })
    .prefault({});

const edgeKeys = {
    enabled: optionalSystem("the CloudFront distribution of the site", "The API requires it."),
    priceClass: z
        .enum(PRICE_CLASSES)
        .default(DEFAULTS.priceClass)
        .describe("Edge locations. PriceClass_100 covers North America and Europe."),
    rateLimit: whole(BOUNDS.rateLimit, "requests in 5 minutes")
        .default(DEFAULTS.rateLimit)
        .describe("Requests per client address in five minutes before AWS WAF blocks the address."),
    rules: z
        .record(z.string(), rule)
        .meta({ examples: [RULES] })
        .default(DEFAULTS.rules)
        .describe("Additional AWS WAF rules, by name. They block or count requests, or limit their rate."),
    managedRuleGroups: distinct(z.enum(ADDITIONAL_GROUPS))
        .default(DEFAULTS.managedRuleGroups)
        .describe("Additional managed rule groups of AWS WAF. Their body rules only count requests on api.documentPaths."),
    geoRestriction: z
        .strictObject({
            restrictionType: z.enum(RESTRICTION_TYPES).describe("whitelist allows only these countries; blacklist allows all others."),
            locations: distinct(z.string())
                .meta({ examples: [["NZ", "IS", "LU"]] })
                .describe("Country codes of ISO 3166-1."),
        })
        .optional()
        .describe("Countries whose addresses can or can't call the site and the API. Default: all countries can."),
    connectSources: distinct(text(CONNECT_SOURCE, "an origin, such as https://api.partner.com"))
        .meta({ examples: [["https://zulu.example.com", "https://alpha.example.com", "https://mike.example.com"]] })
        .default(DEFAULTS.connectSources)
        .describe("Additional origins that scripts of the site can call (Content-Security-Policy connect-src)."),
};

const checkEdge = consistent((check, { rules, geoRestriction }: Pick<EdgeArgs, "geoRestriction"> & Required<Pick<EdgeArgs, "rules">>) => {
    checkRules(check, rules);
    if (geoRestriction) checkGeoRestriction(check, geoRestriction);
});

/** The primary stack owns the site. */
export const edgeSection = z
    .strictObject({
        ...edgeKeys,
        recovery: z
            .strictObject({
                twoWay: z
                    .boolean()
                    .default(false)
                    .describe(
                        "Also replicates files of the site that are published in the recovery region. Both regions then serve the build that was published last. Requires recovery.",
                    ),
            })
            .prefault({}),
    })
    .superRefine(checkEdge)
    .prefault({});

/** The edge of a dr stack, which serves the replica of the site. */
export const replicatedEdgeSection = z.strictObject(edgeKeys).superRefine(checkEdge).prefault({});

/** With a domain, this distribution serves the site after a failover, too. */
function warnAboutSignIn(config: PlatformConfig): void {
    const recoveryRegion = recoveryRegionOf(config);
    if (!config.domain || !config.identity.enabled || recoveryRegion === undefined) return;
    if (config.edge.connectSources.some((source) => source.includes(recoveryRegion))) return;
    void pulumi.log.warn(
        `edge.connectSources has no origin in ${recoveryRegion}: after a failover, the site can't reach the sign-in of the dr stack. See docs/deployment.md, "Custom domain".`,
    );
}

function edgeDomain(domain: NonNullable<PlatformConfig["domain"]>, dnsProvider: Platform["dnsProvider"]): EdgeDomain {
    const { name, zoneId, additionalNames } = domain;
    const certificateArn = "certificateArn" in domain ? domain.certificateArn : undefined;
    return { name, zoneId, additionalNames, certificateArn, dnsProvider };
}

/** A stack in us-east-1 has one destination for all logs. */
function usEast1LogDestinationOf({ logDestinationArn, usEast1LogDestinationArn }: PlatformConfig, region: string): string | undefined {
    if (region === "us-east-1") return logDestinationArn;
    if (logDestinationArn !== undefined && usEast1LogDestinationArn === undefined) {
        void pulumi.log.warn(
            "usEast1LogDestinationArn is not set: CloudFront's web ACL writes its log in us-east-1, which logDestinationArn can't receive.",
        );
    }
    return usEast1LogDestinationArn;
}

interface EdgeParts {
    api?: ApiGateway;
    loadBalancer: InternalLoadBalancer;
    identity?: Identity;
    accessLogs: LogBucket;
}

/** The site's distribution. Undefined if the distribution of another stack serves the site. */
export function createEdge(
    { config, data, region, dnsProvider, opts }: Platform,
    { api, loadBalancer, identity, accessLogs }: EdgeParts,
): Edge | undefined {
    const { enabled, connectSources, ...settings } = config.edge;
    if (!enabled || !data.site) return undefined;
    const signIn = identity ? [identity.domainUrl, `https://cognito-idp.${region}.amazonaws.com`] : [];
    warnAboutSignIn(config);
    return new Edge(
        "edge",
        {
            ...settings,
            ...config.access,
            ...data.site,
            // The settings have only the keys of the configuration.
            recovery: data.site.recovery,
            documentPaths: config.api.enabled ? config.api.documentPaths : [],
            countedRules: config.api.countedRules,
            apiOrigin: apiOriginOf(config, api, loadBalancer),
            settingsPath: config.api.enabled ? SETTINGS_PATH : undefined,
            domain: config.domain && edgeDomain(config.domain, dnsProvider),
            serviceDomains: serviceDomainsOf(config, dnsProvider),
            connectSources: [...signIn, ...connectSources],
            usEast1LogKeyArn: data.keys.usEast1?.logs,
            logRetentionDays: config.logRetentionDays,
            logRetention: config.logRetention,
            usEast1LogDestinationArn: usEast1LogDestinationOf(config, region),
            accessLogBucket: accessLogs.bucketName,
            forceDestroy: !config.protectData,
        },
        opts,
    );
}
