import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { SiteBucket } from "./site";

/** Where `/api/*` is answered. */
export interface ApiOrigin {
    /** Name of the host, with a certificate that CloudFront trusts. CloudFront sends it as the Host header. */
    domainName: pulumi.Input<string>;
    /** Path before the viewer's: `/live` makes `/live/api/items` of `/api/items`. @default none */
    originPath?: pulumi.Input<string>;
    /** Headers that CloudFront adds, such as a secret by which the origin knows it. Marked secret. @default none */
    headers?: Record<string, pulumi.Input<string>>;
}

/** Edge locations that serve the site: 100 is North America and Europe, 200 adds most of Asia, Africa and the Middle East. */
export type PriceClass = "PriceClass_100" | "PriceClass_200" | "PriceClass_All";

/**
 * Ids of CloudFront's managed policies, which are the same in every account (AWS: "Use managed cache policies", "Use managed origin request
 * policies"). Looking them up by name would ask the control plane in us-east-1 on every run, also while that region is down.
 */
export const MANAGED = {
    cachingOptimized: "658327ea-f89d-4fab-a63d-7e88639e58f6",
    cachingDisabled: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    allViewerExceptHostHeader: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
};

/** Answers of the site's bucket after which CloudFront asks the copy. 403 and 404 are no failure: they say that a file is not there. */
const FAILURES = [500, 502, 503, 504];

export interface DistributionParts {
    name: string;
    site: SiteBucket;
    copy?: SiteBucket;
    originAccessControlId: pulumi.Input<string>;
    apiOrigin?: ApiOrigin;
    routerArn: pulumi.Input<string>;
    responseHeadersPolicyId: pulumi.Input<string>;
    webAclArn: pulumi.Input<string>;
    priceClass: PriceClass;
    /** Names of the site and their certificate. */
    domain?: { names: string[]; certificateArn: pulumi.Input<string> };
}

/** The distribution: the site, from its bucket or the copy, and `/api/*`, from its one origin. */
export function distributionArgs(parts: DistributionParts): aws.cloudfront.DistributionArgs {
    const { name, site, copy, apiOrigin, domain } = parts;
    return {
        enabled: true,
        comment: name,
        aliases: domain?.names,
        defaultRootObject: "index.html",
        httpVersion: "http2and3",
        isIpv6Enabled: true,
        priceClass: parts.priceClass,
        webAclId: parts.webAclArn,
        origins: [
            siteOrigin("site", site, parts.originAccessControlId),
            ...(copy ? [siteOrigin("site-copy", copy, parts.originAccessControlId)] : []),
            ...(apiOrigin ? [originOfApi(apiOrigin)] : []),
        ],
        originGroups: copy
            ? [
                  {
                      originId: "site-or-copy",
                      failoverCriteria: { statusCodes: FAILURES },
                      members: [{ originId: "site" }, { originId: "site-copy" }],
                  },
              ]
            : undefined,
        defaultCacheBehavior: siteBehavior(copy ? "site-or-copy" : "site", parts),
        orderedCacheBehaviors: apiOrigin ? [apiBehavior(parts)] : undefined,
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: domain
            ? { acmCertificateArn: domain.certificateArn, sslSupportMethod: "sni-only", minimumProtocolVersion: "TLSv1.2_2021" }
            : { cloudfrontDefaultCertificate: true },
    };
}

/** CloudFront gives up on a bucket after 10 seconds, not the 30 of its defaults, and asks the copy. */
function siteOrigin(
    originId: string,
    bucket: SiteBucket,
    originAccessControlId: pulumi.Input<string>,
): aws.types.input.cloudfront.DistributionOrigin {
    return { originId, domainName: bucket.regionalDomainName, originAccessControlId, connectionAttempts: 2, connectionTimeout: 5 };
}

function originOfApi(origin: ApiOrigin): aws.types.input.cloudfront.DistributionOrigin {
    const headers = Object.entries(origin.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
        originId: "api",
        domainName: origin.domainName,
        originPath: origin.originPath,
        customHeaders: headers.map(([name, value]) => ({ name, value: pulumi.secret(value) })),
        customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            originSslProtocols: ["TLSv1.2"],
            originReadTimeout: 60,
            originKeepaliveTimeout: 60,
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

/** No redirect to HTTPS: it would turn a POST into a GET. No origin group: CloudFront has none for methods that write. */
function apiBehavior(parts: DistributionParts): aws.types.input.cloudfront.DistributionOrderedCacheBehavior {
    return {
        pathPattern: "/api/*",
        targetOriginId: "api",
        viewerProtocolPolicy: "https-only",
        allowedMethods: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: MANAGED.cachingDisabled,
        originRequestPolicyId: MANAGED.allViewerExceptHostHeader,
        responseHeadersPolicyId: parts.responseHeadersPolicyId,
        compress: true,
    };
}
