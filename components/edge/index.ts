import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { deliverAccessLogs } from "./access-logs";
import { DEFAULTS, type EdgeArgs, type EdgeParts, type Resolved, validated } from "./args";
import {
    type ApiOrigin,
    type ConnectedOrigin,
    distributionArgs,
    type GeoRestriction,
    type PriceClass,
    type PrivateLoadBalancer,
    type PrivateOrigin,
    type PublicOrigin,
    type SharedDistributionArgs,
} from "./distribution";
import { type AdditionalName, createAddresses, createCertificate, type EdgeDomain, namesOf, redirectsOf } from "./domain";
import type { EdgeRule } from "./rules";
import { createSecurityHeaders, createSettingsHeaders } from "./security-headers";
import { ServiceDistribution, type ServiceDomain } from "./service-domains";
import { edgeAlarms, siteReplicationAlarms } from "./alarms";
import { createSite, type SiteBucket, type SiteReplica } from "./site";
import { routerCode } from "./spa-router";
import { connected } from "./vpc-origin";
import { createWebAcl } from "./web-acl";
import { withDefaults } from "../building-blocks/arguments";
import { versionsOf } from "../internal/ip-ranges";
import { listObjects, writeObjects } from "../internal/bucket-permissions";
import type { ReplicationAlarmArgs } from "../internal/replication-alarms";
import { grant, type Grantee } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory } from "../building-blocks/parts";

export type {
    AdditionalName,
    ApiOrigin,
    EdgeArgs,
    EdgeParts,
    EdgeDomain,
    EdgeRule,
    GeoRestriction,
    PriceClass,
    ServiceDomain,
    SiteReplica,
};
export type { PrivateLoadBalancer, PrivateOrigin, PublicOrigin };

/**
 * A CloudFront distribution for a single-page application and `/api/*`: a private bucket that only this distribution can read, routing to
 * index.html, security headers, WAF, and optionally a replica of the site in another region, a domain, and access logs.
 *
 * The buckets use SSE-S3, not KMS: the site is public, and a key policy would have to contain the distribution, which depends on the bucket.
 *
 * Costs 9 USD a month for WAF (5 for the ACL, 1 for each of four rules) and 0.60 USD per million requests; CloudFront itself is free up
 * to 1 TB and 10 million requests a month. WAF's log costs 0.50 USD per GB.
 *
 * CloudFront doesn't support origin groups for POST. The API must fail over by DNS, behind its `domainName`; an internal load balancer can't.
 */
export class Edge extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Edge";
    /** `https://app.example.com`, or the URL of CloudFront, without a trailing slash. */
    readonly url: pulumi.Output<string>;
    /** The domain, or the domain name of CloudFront. */
    readonly domainName: pulumi.Output<string>;
    /** Domain name of CloudFront, `d111111abcdef8.cloudfront.net`. */
    readonly distributionDomainName: pulumi.Output<string>;
    readonly distributionId: pulumi.Output<string>;
    readonly distributionArn: pulumi.Output<string>;
    readonly siteBucketName: pulumi.Output<string>;
    /** Name of the replica in the recovery region, if there is one. */
    readonly siteReplicaBucketName?: pulumi.Output<string>;
    readonly webAclArn: pulumi.Output<string>;
    /** ARN of the certificate in us-east-1, if there is a domain. */
    readonly certificateArn?: pulumi.Output<string>;
    /** URLs of the services with a domain, by service: `https://reports.example.com`. */
    readonly serviceUrls: Record<string, pulumi.Output<string>>;
    private readonly siteBucketArn: pulumi.Output<string>;
    private readonly services: ServiceDistribution[];
    private readonly replication?: ReplicationAlarmArgs;

    readonly nodes: Nodes<EdgeParts>;
    private readonly parts: PartFactory<EdgeParts>;

    constructor(name: string, inputs: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:Edge", name, validated(name, args), opts);
        this.parts = new PartFactory<EdgeParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        // The distribution depends on the buckets, and the bucket policies contain the ARN of the distribution.
        const [distributionArn, distributionIs] = pulumi.deferredOutput<string>();
        const { bucket, replica } = createSite(name, args, distributionArn, this, this.parts);
        const logs = { logKeyArn: args.usEast1LogKeyArn, logDestinationArn: args.usEast1LogDestinationArn };
        const webAcl = createWebAcl(name, { ...args, ...logs }, this.parts);
        if (args.domain) this.certificateArn = createCertificate(name, args.domain, this.parts);
        const shared = this.sharedArgs(args, webAcl);
        const apiOrigin = args.apiOrigin && connected(name, args.apiOrigin, this.parts);
        const distribution = this.createDistribution(args, bucket, replica, { ...shared, apiOrigin });
        distributionIs(distribution.arn);
        if (args.domain) createAddresses(name, args.domain, distribution, hasIpv6(args), this.parts);
        if (args.accessLogBucket) deliverAccessLogs(name, distribution.arn, args.accessLogBucket, this.parts);
        this.services = apiOrigin ? this.createServiceDistributions(args, { ...shared, apiOrigin }) : [];

        this.distributionDomainName = distribution.domainName;
        this.domainName = args.domain ? pulumi.output(args.domain.name) : distribution.domainName;
        this.url = pulumi.interpolate`https://${this.domainName}`;
        this.distributionId = distribution.id;
        this.distributionArn = distribution.arn;
        this.siteBucketName = bucket.bucketName;
        this.siteBucketArn = bucket.arn;
        this.siteReplicaBucketName = replica?.bucketName;
        if (replica && args.recovery) {
            const { region, twoWay } = args.recovery;
            this.replication = { bucketName: bucket.bucketName, replicaBucketName: replica.bucketName, region, twoWay };
        }
        this.webAclArn = webAcl.arn;
        this.serviceUrls = Object.fromEntries(this.services.map(({ service, url }) => [service, url]));
        this.registerOutputs({ url: this.url, distributionId: this.distributionId, siteBucketName: this.siteBucketName });
    }

    /**
     * Allows a role to publish the site: list and put objects, and invalidate the cache. Doesn't allow deletes, because earlier files are kept for
     * users who have the old page open.
     */
    grantPublish(grantee: Grantee): aws.iam.RolePolicy {
        const site = { arn: this.siteBucketArn, region: regionOf(this) };
        return grant(this.parts, this.logicalName, grantee, "publish", [
            listObjects(site),
            ...writeObjects(site),
            { Effect: "Allow", Action: ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"], Resource: this.distributionArn },
        ]);
    }

    get alarms(): AlarmDefinition[] {
        return [
            ...edgeAlarms(this.distributionId, this.certificateArn),
            ...this.services.flatMap(({ alarms }) => alarms),
            ...(this.replication ? siteReplicationAlarms(this.replication) : []),
        ];
    }

    /** What the distributions have in common. */
    private sharedArgs(args: Resolved, webAcl: aws.wafv2.WebAcl): SharedDistributionArgs {
        const { priceClass, geoRestriction } = args;
        const headers = createSecurityHeaders(this.logicalName, args.connectSources, this.parts);
        return { responseHeadersPolicyId: headers.id, webAclArn: webAcl.arn, priceClass, geoRestriction, ipv6: hasIpv6(args) };
    }

    private settingsOf({ settingsPath, connectSources }: Resolved) {
        if (settingsPath === undefined) return undefined;
        return { path: settingsPath, responseHeadersPolicyId: createSettingsHeaders(this.logicalName, connectSources, this.parts).id };
    }

    private createServiceDistributions(
        { serviceDomains, accessLogBucket }: Resolved,
        shared: SharedDistributionArgs & { apiOrigin: PublicOrigin | ConnectedOrigin },
    ): ServiceDistribution[] {
        return Object.entries(serviceDomains).map(([service, domain]) => {
            const args = { ...shared, service, domain, accessLogBucket };
            return this.parts.createEach("serviceDistributions", service, ServiceDistribution, `${this.logicalName}-${service}`, args);
        });
    }

    private createDistribution(
        args: Resolved,
        site: SiteBucket,
        replica: SiteBucket | undefined,
        shared: SharedDistributionArgs & { apiOrigin?: PublicOrigin | ConnectedOrigin },
    ): aws.cloudfront.Distribution {
        const { logicalName: name, certificateArn } = this;
        const accessControl = this.parts.create("originAccessControl", aws.cloudfront.OriginAccessControl, `${name}-site`, {
            originAccessControlOriginType: "s3",
            signingBehavior: "always",
            signingProtocol: "sigv4",
            description: `Site of ${name}`,
        });
        const redirects = args.domain ? redirectsOf(args.domain) : [];
        const served = args.domain ? namesOf(args.domain).filter((it) => !redirects.includes(it)) : [];
        const router = this.parts.create("router", aws.cloudfront.Function, `${name}-spa-router`, {
            runtime: "cloudfront-js-2.0",
            comment: "Routes of the site get index.html",
            code: routerCode({ to: args.domain?.name ?? "", from: redirects, served }),
        });
        const parts = distributionArgs({
            ...shared,
            name,
            site,
            replica,
            originAccessControlId: accessControl.id,
            routerArn: router.arn,
            redirectsApi: redirects.length > 0,
            settings: this.settingsOf(args),
            domain: args.domain && certificateArn ? { names: namesOf(args.domain), certificateArn } : undefined,
        });
        return this.parts.create("distribution", aws.cloudfront.Distribution, `${name}-distribution`, parts);
    }
}

/** Clients with both IP versions must not try the one that the list blocks. */
const hasIpv6 = ({ allowedCidrBlocks }: Resolved): boolean =>
    allowedCidrBlocks.length === 0 || versionsOf(allowedCidrBlocks).includes("IPV6");
