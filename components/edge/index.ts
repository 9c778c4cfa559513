import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { deliverAccessLogs } from "./access-logs";
import { DEFAULTS, type EdgeArgs, type Resolved, validated } from "./args";
import { type ApiOrigin, distributionArgs, type PriceClass } from "./distribution";
import { createAddresses, createCertificate, type EdgeDomain, namesOf } from "./domain";
import { createSecurityHeaders } from "./security-headers";
import { edgeAlarms } from "./alarms";
import { createSite, type SiteBucket, type SiteCopy } from "./site";
import { SPA_ROUTER_CODE } from "./spa-router";
import { createWebAcl } from "./web-acl";
import { withDefaults } from "../building-blocks/arguments";
import { listObjects, writeObjects } from "../internal/bucket-permissions";
import { grant, type Grantee } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { transformed } from "../building-blocks/transform";

export type { ApiOrigin, EdgeArgs, EdgeDomain, PriceClass, SiteCopy };

/**
 * CloudFront in front of a single-page application and of `/api/*`: a private bucket that this distribution alone may read, routes that get
 * index.html, security headers, WAF, and, where wanted, a copy of the site in another region, a domain and access logs.
 *
 * The site's buckets are encrypted with SSE-S3, not KMS: everyone may read the site, so a key would hide nothing, and its policy would
 * have to name the distribution that needs the bucket first. They refuse requests without TLS, and everyone but CloudFront.
 *
 * Costs 9 USD a month for WAF (5 for the ACL, 1 for each of four rules) and 0.60 USD per million requests; CloudFront itself is free up
 * to 1 TB and 10 million requests a month. WAF's log costs 0.50 USD per GB.
 *
 * Refuses an origin group for the API: CloudFront has none for POST. The API fails over by DNS behind its `domainName`.
 */
export class Edge extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Edge";
    /** `https://app.example.com`, or with CloudFront's own name. No slash at the end. */
    readonly url: pulumi.Output<string>;
    /** The site's name: the domain, or CloudFront's own. */
    readonly domainName: pulumi.Output<string>;
    /** CloudFront's own name, `d111111abcdef8.cloudfront.net`. */
    readonly distributionDomainName: pulumi.Output<string>;
    readonly distributionId: pulumi.Output<string>;
    readonly distributionArn: pulumi.Output<string>;
    readonly siteBucketName: pulumi.Output<string>;
    /** Name of the copy in the recovery region, where there is one. */
    readonly siteCopyBucketName?: pulumi.Output<string>;
    readonly webAclArn: pulumi.Output<string>;
    /** ARN of the certificate in us-east-1, where there is a domain. */
    readonly certificateArn?: pulumi.Output<string>;
    private readonly siteBucketArn: pulumi.Output<string>;

    constructor(name: string, given: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:Edge", name, validated(name, args), opts);
        this.logicalName = name;
        // The distribution needs the buckets, and the buckets' policies name the distribution.
        const [distributionArn, distributionIs] = pulumi.deferredOutput<string>();
        const { bucket, copy } = createSite(this, name, args, distributionArn);
        const webAcl = createWebAcl(name, { ...args, logKeyArn: args.usEast1LogKeyArn }, { parent: this });
        if (args.domain) this.certificateArn = createCertificate(name, args.domain, { parent: this });
        const distribution = this.createDistribution(args, bucket, copy, webAcl);
        distributionIs(distribution.arn);
        if (args.domain) createAddresses(name, args.domain, distribution, { parent: this });
        if (args.accessLogBucket) deliverAccessLogs(name, distribution.arn, args.accessLogBucket, { parent: this });

        this.distributionDomainName = distribution.domainName;
        this.domainName = args.domain ? pulumi.output(args.domain.name) : distribution.domainName;
        this.url = pulumi.interpolate`https://${this.domainName}`;
        this.distributionId = distribution.id;
        this.distributionArn = distribution.arn;
        this.siteBucketName = bucket.bucketName;
        this.siteBucketArn = bucket.arn;
        this.siteCopyBucketName = copy?.bucketName;
        this.webAclArn = webAcl.arn;
        this.registerOutputs({ url: this.url, distributionId: this.distributionId, siteBucketName: this.siteBucketName });
    }

    /**
     * Lets a role publish the site: list and put the bucket's objects, and invalidate the distribution's cache. Not delete: files of before
     * stay for those who have the old page open.
     */
    grantPublish(grantee: Grantee): void {
        const site = { arn: this.siteBucketArn, region: regionOf(this) };
        grant(this, this.logicalName, grantee, "publish", [
            listObjects(site),
            ...writeObjects(site),
            { Effect: "Allow", Action: ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"], Resource: this.distributionArn },
        ]);
    }

    get alarms(): AlarmDefinition[] {
        return edgeAlarms(this.distributionId, this.certificateArn);
    }

    private createDistribution(
        args: Resolved,
        site: SiteBucket,
        copy: SiteBucket | undefined,
        webAcl: aws.wafv2.WebAcl,
    ): aws.cloudfront.Distribution {
        const { logicalName: name, certificateArn } = this;
        const opts = { parent: this };
        const accessControl = new aws.cloudfront.OriginAccessControl(
            `${name}-site`,
            { originAccessControlOriginType: "s3", signingBehavior: "always", signingProtocol: "sigv4", description: `Site of ${name}` },
            opts,
        );
        const router = new aws.cloudfront.Function(
            `${name}-spa-router`,
            { runtime: "cloudfront-js-2.0", comment: "Routes of the site get index.html", code: SPA_ROUTER_CODE },
            opts,
        );
        const headers = createSecurityHeaders(name, args.connectSources, args.transform?.securityHeaders, opts);
        const parts = distributionArgs({
            name,
            site,
            copy,
            originAccessControlId: accessControl.id,
            apiOrigin: args.apiOrigin,
            routerArn: router.arn,
            responseHeadersPolicyId: headers.id,
            webAclArn: webAcl.arn,
            priceClass: args.priceClass,
            domain: args.domain && certificateArn ? { names: namesOf(args.domain), certificateArn } : undefined,
        });
        return new aws.cloudfront.Distribution(`${name}-distribution`, transformed(args.transform?.distribution, parts), opts);
    }
}
