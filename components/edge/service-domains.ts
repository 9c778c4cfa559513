import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Check } from "../building-blocks/arguments";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";
import { type AccessLogParts, deliverAccessLogs } from "./access-logs";
import { serviceDomainAlarms } from "./alarms";
import { apiDistributionArgs, type ConnectedOrigin, type PublicOrigin, type SharedDistributionArgs } from "./distribution";
import { checkCertificate, createAddresses, createCertificate, type EdgeDomain, type EdgeDomainParts, namesOf } from "./domain";
import { prefixCode } from "./service-prefix";

/** A domain whose requests go to one service behind the origin of the API. */
export interface ServiceDomain extends Omit<EdgeDomain, "additionalNames"> {
    /** Path of the service behind the origin, which CloudFront adds to the paths of requests: with `/api/reports`, `/items` becomes `/api/reports/items`. */
    pathPrefix: string;
}

export interface ServiceDistributionArgs extends SharedDistributionArgs {
    /** Name of the service. */
    service: string;
    domain: ServiceDomain;
    /** Origin of the API. The distributions share a VPC origin. */
    apiOrigin: PublicOrigin | ConnectedOrigin;
    /** Name of a `LogBucket`. @default no access logs */
    accessLogBucket?: pulumi.Input<string>;
    transform?: Transforms<ServiceDistributionParts>;
}

export interface ServiceDistributionParts extends EdgeDomainParts, AccessLogParts {
    /** CloudFront function that adds the prefix to paths. */
    prefixFunction: typeof aws.cloudfront.Function;
    distribution: typeof aws.cloudfront.Distribution;
}

/** A second distribution of `Edge`, for the domain of a service. It has no cache, and the web ACL and the origin of the site's distribution. */
export class ServiceDistribution extends pulumi.ComponentResource {
    /** `https://reports.example.com` */
    readonly url: pulumi.Output<string>;
    readonly distributionId: pulumi.Output<string>;
    readonly certificateArn: pulumi.Output<string>;
    /** Name of the service. */
    readonly service: string;

    readonly nodes: Nodes<ServiceDistributionParts>;

    constructor(name: string, args: ServiceDistributionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:ServiceDistribution", name, {}, opts);
        const parts = new PartFactory<ServiceDistributionParts>(this, args.transform);
        const { domain, accessLogBucket } = args;
        this.nodes = parts.nodes;
        this.service = args.service;
        this.certificateArn = createCertificate(name, domain, parts);
        const distribution = createDistribution(name, args, this.certificateArn, parts);
        createAddresses(name, domain, distribution, args.ipv6, parts);
        if (accessLogBucket) deliverAccessLogs(name, distribution.arn, accessLogBucket, parts);
        this.url = pulumi.output(`https://${domain.name}`);
        this.distributionId = distribution.id;
        this.registerOutputs({ url: this.url, distributionId: this.distributionId });
    }

    get alarms(): AlarmDefinition[] {
        return serviceDomainAlarms(this.service, this.distributionId, this.certificateArn);
    }
}

function createDistribution(
    name: string,
    { domain, ...args }: ServiceDistributionArgs,
    certificateArn: pulumi.Output<string>,
    parts: PartFactory<ServiceDistributionParts>,
): aws.cloudfront.Distribution {
    const prefixFunction = parts.create("prefixFunction", aws.cloudfront.Function, `${name}-prefix`, {
        runtime: "cloudfront-js-2.0",
        comment: `Paths of ${domain.name} are below ${domain.pathPrefix}`,
        code: prefixCode(domain.name, domain.pathPrefix),
    });
    const aliases = { names: [domain.name], certificateArn };
    return parts.create(
        "distribution",
        aws.cloudfront.Distribution,
        `${name}-distribution`,
        apiDistributionArgs({ ...args, name, functionArn: prefixFunction.arn, domain: aliases }),
    );
}

const SERVICE = /^[a-z][a-z0-9-]{0,39}$/;
const PREFIX = /^(\/[\w.~-]+)+$/;
const DOMAIN_NAME = /^(?=.{1,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

interface Checked {
    domain?: EdgeDomain;
    apiOrigin?: unknown;
    serviceDomains: Record<string, ServiceDomain>;
}

/** Checks the domains by service. */
export function checkServiceDomains(check: Check, { domain, apiOrigin, serviceDomains }: Checked): void {
    const entries = Object.entries(serviceDomains);
    check(entries.length === 0 || apiOrigin !== undefined, "serviceDomains", "must not be set without apiOrigin");
    const taken = new Set(domain ? namesOf(domain) : []);
    for (const [service, { name, pathPrefix, certificateArn }] of entries) {
        const at = `serviceDomains["${service}"]`;
        check(SERVICE.test(service), at, "must be named with 1 to 40 lower-case letters, digits, and hyphens");
        check(
            DOMAIN_NAME.test(name),
            `${at}.name`,
            "must be a domain name in lower case of at most 64 characters, such as reports.example.com",
        );
        check(!taken.has(name), `${at}.name`, "must differ from the names of the site and of the other services");
        taken.add(name);
        check(PREFIX.test(pathPrefix), `${at}.pathPrefix`, "must be a path without a slash at the end, such as /api/reports");
        checkCertificate(check, `${at}.certificateArn`, certificateArn);
    }
}
