import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Each, PartFactory } from "../building-blocks/parts";
import { type CertificateParts, validatedCertificate } from "../internal/certificate";
import { CLOUDFRONT_REGION } from "./web-acl";

export interface EdgeDomain {
    /** Domain name of the site, such as `app.example.com`. */
    name: string;
    /** Hosted zone in Route 53 that contains all names. */
    zoneId: pulumi.Input<string>;
    /** Additional names of the site, such as `www.example.com` or `*.example.com`. @default none */
    additionalNames?: string[];
}

/** Parts of a distribution with a domain. */
export interface EdgeDomainParts extends CertificateParts {
    /** By domain name and type. */
    records?: Each<typeof aws.route53.Record>;
}

export const namesOf = (domain: EdgeDomain): string[] => [domain.name, ...(domain.additionalNames ?? [])];

/** Creates a certificate for the names, in CloudFront's region. The ARN is available when the certificate is issued. */
export function createCertificate(name: string, domain: EdgeDomain, parts: PartFactory<EdgeDomainParts>): pulumi.Output<string> {
    return validatedCertificate(
        `${name}-certificate`,
        {
            domainName: domain.name,
            alternativeNames: domain.additionalNames,
            zoneId: domain.zoneId,
            region: CLOUDFRONT_REGION,
        },
        parts,
    );
}

/** Creates the address records (IPv4 and IPv6) of all names. */
export function createAddresses(
    name: string,
    domain: EdgeDomain,
    distribution: aws.cloudfront.Distribution,
    parts: PartFactory<EdgeDomainParts>,
): void {
    for (const domainName of namesOf(domain)) {
        for (const type of ["A", "AAAA"]) {
            const key = `${domainName.replace("*", "wildcard")}-${type.toLowerCase()}`;
            parts.createEach("records", key, aws.route53.Record, `${name}-${key}`, {
                zoneId: domain.zoneId,
                name: domainName,
                type,
                aliases: [{ name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: false }],
            });
        }
    }
}
