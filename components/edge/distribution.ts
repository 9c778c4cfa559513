import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { SiteBucket } from "./site";
import { API_PATH } from "../internal/api-path";
import { sortedEntries } from "../internal/unknown";

/** Origin of `/api/*`: a public host, or an internal load balancer, which CloudFront reaches through a VPC origin. */
export type ApiOrigin = PublicOrigin | PrivateOrigin;

/** A host with a public address. */
export interface PublicOrigin {
    /** Host name, for which the origin has a certificate that CloudFront trusts. CloudFront sends it in the `Host` header. */
    domainName: pulumi.Input<string>;
    /** Path that CloudFront adds before the request path: with `/live`, it requests `/live/api/items` for `/api/items`. @default none */
    originPath?: pulumi.Input<string>;
    /** Headers that CloudFront adds, such as a secret that authenticates it to the origin. Stored as secrets. @default none */
    headers?: Record<string, pulumi.Input<string>>;
}

/**
 * An internal load balancer in the same account, in any region with VPC origins. Its VPC needs an internet gateway, which the requests don't use.
 * CloudFront can connect to it only through this distribution's VPC origin.
 */
export interface PrivateOrigin {
    /** `InternalLoadBalancer` implements it. The component calls `allowFromCloudFront`. */
    loadBalancer: PrivateLoadBalancer;
    /** Name in the load balancer's certificate, for HTTPS. It needs no DNS record. @default the DNS name of the load balancer, with HTTP */
    hostName?: string;
    /** Headers that CloudFront adds. Stored as secrets. @default none */
    headers?: Record<string, pulumi.Input<string>>;
}

/** A load balancer with its VPC origin. */
export interface ConnectedOrigin extends PrivateOrigin {
    vpcOriginId: pulumi.Input<string>;
}

export interface PrivateLoadBalancer {
    readonly arn: pulumi.Output<string>;
    readonly dnsName: pulumi.Output<string>;
    readonly listenerPort: number;
    /** Lets CloudFront connect to the listener. */
    allowFromCloudFront(): pulumi.Resource;
}

/** Edge locations: `100` has North America and Europe; `200` adds most of Asia, Africa, and the Middle East. */
export type PriceClass = "PriceClass_100" | "PriceClass_200" | "PriceClass_All";

/** Countries of the addresses that can call a distribution, as codes of ISO 3166-1, such as `DE`. */
export interface GeoRestriction {
    /** `whitelist` allows the countries only, `blacklist` all others. */
    restrictionType: "whitelist" | "blacklist";
    locations: string[];
}

/**
 * IDs of CloudFront's managed policies, which are the same in all accounts (AWS: "Use managed cache policies", "Use managed origin request
 * policies"). A lookup by name would make every deployment depend on the control plane in us-east-1.
 */
const MANAGED = {
    cachingOptimized: "658327ea-f89d-4fab-a63d-7e88639e58f6",
    cachingDisabled: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    allViewerExceptHostHeader: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
};

/** Status codes of the bucket that make CloudFront use the replica. 403 and 404 aren't failures: the file doesn't exist. */
const FAILURES = [500, 502, 503, 504];

/** Settings of all distributions of the component. */
export interface SharedDistributionArgs {
    responseHeadersPolicyId: pulumi.Input<string>;
    webAclArn: pulumi.Input<string>;
    priceClass: PriceClass;
    geoRestriction?: GeoRestriction;
    /** Whether the distribution has IPv6 addresses. */
    ipv6: boolean;
}

/** Domain names of a distribution, and their certificate. */
interface Aliases {
    names: string[];
    certificateArn: pulumi.Input<string>;
}

export interface DistributionParts extends SharedDistributionArgs {
    name: string;
    site: SiteBucket;
    replica?: SiteBucket;
    originAccessControlId: pulumi.Input<string>;
    apiOrigin?: PublicOrigin | ConnectedOrigin;
    routerArn: pulumi.Input<string>;
    /** Whether the router also redirects requests to the API. */
    redirectsApi: boolean;
    /** File that the origin of the API returns. */
    settings?: { path: string; responseHeadersPolicyId: pulumi.Input<string> };
    domain?: Aliases;
}

/** Arguments of the distribution, which gets the site from the bucket or its replica, and `/api/*` and the settings from a single origin. */
export function distributionArgs(parts: DistributionParts): aws.cloudfront.DistributionArgs {
    const { name, site, replica, apiOrigin, settings, domain, routerArn } = parts;
    const redirect = parts.redirectsApi ? routerArn : undefined;
    return {
        ...sharedArgs(name, domain, parts),
        defaultRootObject: "index.html",
        origins: [
            siteOrigin("site", site, parts.originAccessControlId),
            ...(replica ? [siteOrigin("site-copy", replica, parts.originAccessControlId)] : []),
            ...(apiOrigin ? [originOfApi(apiOrigin)] : []),
        ],
        originGroups: replica
            ? [
                  {
                      originId: "site-or-copy",
                      failoverCriteria: { statusCodes: FAILURES },
                      members: [{ originId: "site" }, { originId: "site-copy" }],
                  },
              ]
            : undefined,
        defaultCacheBehavior: siteBehavior(replica ? "site-or-copy" : "site", parts),
        orderedCacheBehaviors: apiOrigin
            ? [
                  { pathPattern: `${API_PATH}/*`, ...apiBehavior(parts, redirect) },
                  ...(settings ? [{ pathPattern: settings.path, ...settingsBehavior(settings, redirect) }] : []),
              ]
            : undefined,
    };
}

export interface ApiDistributionParts extends SharedDistributionArgs {
    name: string;
    apiOrigin: PublicOrigin | ConnectedOrigin;
    /** CloudFront function that changes the requests to those that the origin expects. */
    functionArn: pulumi.Input<string>;
    domain: Aliases;
}

/** Arguments of a distribution whose requests all go to the origin of the API. */
export function apiDistributionArgs(parts: ApiDistributionParts): aws.cloudfront.DistributionArgs {
    const { name, apiOrigin, functionArn, domain } = parts;
    return {
        ...sharedArgs(name, domain, parts),
        origins: [originOfApi(apiOrigin)],
        defaultCacheBehavior: apiBehavior(parts, functionArn),
    };
}

const sharedArgs = (name: string, domain: Aliases | undefined, parts: SharedDistributionArgs) => ({
    enabled: true,
    comment: name,
    aliases: domain?.names,
    httpVersion: "http2and3",
    isIpv6Enabled: parts.ipv6,
    priceClass: parts.priceClass,
    webAclId: parts.webAclArn,
    restrictions: { geoRestriction: sorted(parts.geoRestriction) },
    viewerCertificate: domain
        ? { acmCertificateArn: domain.certificateArn, sslSupportMethod: "sni-only", minimumProtocolVersion: "TLSv1.2_2021" }
        : { cloudfrontDefaultCertificate: true },
});

const sorted = (restriction: GeoRestriction | undefined) =>
    restriction ? { ...restriction, locations: [...restriction.locations].sort() } : { restrictionType: "none" };

/** Fails over to the replica after 10 seconds, instead of the default of 30. */
function siteOrigin(
    originId: string,
    bucket: SiteBucket,
    originAccessControlId: pulumi.Input<string>,
): aws.types.input.cloudfront.DistributionOrigin {
    return { originId, domainName: bucket.regionalDomainName, originAccessControlId, connectionAttempts: 2, connectionTimeout: 5 };
}

/** In seconds: the highest values without a quota increase. The read timeout applies to the first byte, and between the parts of a streamed response. */
const TIMEOUTS = { originReadTimeout: 60, originKeepaliveTimeout: 60 };
/** Below the idle timeout of the load balancer (60 s by default), so that CloudFront never uses a connection that the load balancer is closing. */
const KEPT_BY_LOAD_BALANCER = 30;

function originOfApi(origin: PublicOrigin | ConnectedOrigin): aws.types.input.cloudfront.DistributionOrigin {
    const headers = sortedEntries(origin.headers ?? {});
    const customHeaders = headers.map(([name, value]) => ({ name, value: pulumi.secret(value) }));
    if ("vpcOriginId" in origin) {
        const domainName = origin.hostName ?? origin.loadBalancer.dnsName;
        return {
            originId: "api",
            domainName,
            customHeaders,
            vpcOriginConfig: { vpcOriginId: origin.vpcOriginId, ...TIMEOUTS, originKeepaliveTimeout: KEPT_BY_LOAD_BALANCER },
        };
    }
    return {
        originId: "api",
        domainName: origin.domainName,
        originPath: origin.originPath,
        customHeaders,
        customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            originSslProtocols: ["TLSv1.2"],
            ...TIMEOUTS,
        },
    };
}

function siteBehavior(targetOriginId: string, parts: DistributionParts): aws.types.input.cloudfront.DistributionDefaultCacheBehavior {
    return {
        targetOriginId,
        viewerProtocolPolicy: "redirect-to-https",
        allowedMethods: ["GET", "HEAD"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: MANAGED.cachingOptimized,
        responseHeadersPolicyId: parts.responseHeadersPolicyId,
        compress: true,
        functionAssociations: [{ eventType: "viewer-request", functionArn: parts.routerArn }],
    };
}

/** Doesn't redirect to HTTPS, which would turn a POST into a GET. CloudFront doesn't support origin groups for POST, PUT, PATCH, and DELETE. */
function apiBehavior(
    { responseHeadersPolicyId }: SharedDistributionArgs,
    functionArn: pulumi.Input<string> | undefined,
): aws.types.input.cloudfront.DistributionDefaultCacheBehavior {
    return {
        targetOriginId: "api",
        viewerProtocolPolicy: "https-only",
        allowedMethods: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: MANAGED.cachingDisabled,
        originRequestPolicyId: MANAGED.allViewerExceptHostHeader,
        responseHeadersPolicyId,
        compress: true,
        ...onRequest(functionArn),
    };
}

/** Without an origin request policy, CloudFront forwards no cookies, query strings, or headers of the client. */
function settingsBehavior(
    { responseHeadersPolicyId }: { responseHeadersPolicyId: pulumi.Input<string> },
    functionArn: pulumi.Input<string> | undefined,
): aws.types.input.cloudfront.DistributionDefaultCacheBehavior {
    return {
        targetOriginId: "api",
        viewerProtocolPolicy: "redirect-to-https",
        allowedMethods: ["GET", "HEAD"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: MANAGED.cachingDisabled,
        responseHeadersPolicyId,
        ...onRequest(functionArn),
    };
}

const onRequest = (functionArn: pulumi.Input<string> | undefined) =>
    functionArn === undefined ? {} : { functionAssociations: [{ eventType: "viewer-request", functionArn }] };
