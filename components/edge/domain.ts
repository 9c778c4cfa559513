import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Check } from "../building-blocks/arguments";
import type { Each, PartFactory } from "../building-blocks/parts";
import { type CertificateParts, validatedCertificate, withDns } from "../internal/certificate";
import { CLOUDFRONT_REGION } from "./region";

export interface EdgeDomain {
    /** Domain name of the site, such as `app.example.com`. */
    name: string;
    /** Hosted zone in Route 53 that contains all names without their own zone. */
    zoneId: pulumi.Input<string>;
    /** Additional names of the site, such as `www.example.com` or `*.example.com`. @default none */
    additionalNames?: Record<string, AdditionalName>;
    /** Existing certificate in us-east-1 for all names. You renew it. @default a certificate of the component, validated by DNS */
    certificateArn?: pulumi.Input<string>;
    /**
     * Provider of the DNS records, if the hosted zones are in another account. Adding it later replaces the records. @default the provider of the
     * component
     */
    dnsProvider?: aws.Provider;
}

export interface AdditionalName {
    /** Hosted zone that contains the name. @default the zone of the domain */
    zoneId?: pulumi.Input<string>;
    /** Redirects requests to the same path of the domain's `name`, instead of serving the site. @default false */
    redirect?: boolean;
}

/** Parts of a distribution with a domain. */
export interface EdgeDomainParts extends CertificateParts {
    /** By domain name and type. */
    records?: Each<typeof aws.route53.Record>;
}

/** Checks an ARN that is known before the deployment. */
export function checkCertificate(check: Check, argument: string, arn: EdgeDomain["certificateArn"]): void {
    const elsewhere = typeof arn === "string" && !arn.startsWith("arn:aws:acm:us-east-1:");
    check(!elsewhere, argument, "must be the ARN of a certificate in us-east-1, which CloudFront requires");
}

export const namesOf = (domain: EdgeDomain): string[] =>
    [domain.name, ...Object.keys(domain.additionalNames ?? {})].sort(byName(domain.name));

/** The domain's name first, then the others, whatever their order in the map. */
const byName =
    (first: string) =>
    (a: string, b: string): number =>
        Number(b === first) - Number(a === first) || (a < b ? -1 : 1);

/** Names that redirect to the domain's `name`. */
export const redirectsOf = ({ additionalNames = {} }: EdgeDomain): string[] =>
    Object.keys(additionalNames)
        .filter((name) => additionalNames[name]?.redirect === true)
        .sort();

/** Creates a certificate for the names, in CloudFront's region, unless there is one. The ARN is available when the certificate is issued. */
export function createCertificate(name: string, domain: EdgeDomain, parts: PartFactory<EdgeDomainParts>): pulumi.Output<string> {
    const { additionalNames = {}, certificateArn, dnsProvider, zoneId } = domain;
    if (certificateArn !== undefined) return pulumi.output(certificateArn);
    return validatedCertificate(
        `${name}-certificate`,
        {
            domainName: domain.name,
            alternativeNames: namesOf(domain).slice(1),
            zoneId,
            zoneIds: Object.fromEntries(Object.entries(additionalNames).map(([key, it]) => [key, it.zoneId])),
            dnsProvider,
            region: CLOUDFRONT_REGION,
        },
        parts,
    );
}

/** Creates the address records of all names: IPv4, and IPv6 if the distribution has IPv6 addresses. */
export function createAddresses(
    name: string,
    domain: EdgeDomain,
    distribution: aws.cloudfront.Distribution,
    ipv6: boolean,
    parts: PartFactory<EdgeDomainParts>,
): void {
    for (const domainName of namesOf(domain)) {
        for (const type of ipv6 ? ["A", "AAAA"] : ["A"]) {
            const key = `${domainName.replace("*", "wildcard")}-${type.toLowerCase()}`;
            const record = {
                zoneId: domain.additionalNames?.[domainName]?.zoneId ?? domain.zoneId,
                name: domainName,
                type,
                aliases: [{ name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: false }],
            };
            parts.createEach("records", key, aws.route53.Record, `${name}-${key}`, record, withDns(domain));
        }
    }
}
