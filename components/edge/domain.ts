import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { validatedCertificate } from "../internal/certificate";
import { CLOUDFRONT_REGION } from "./web-acl";

export interface EdgeDomain {
    /** Name of the site, such as `app.example.com`. */
    name: string;
    /** Hosted zone in Route 53 that holds the name and the additional ones. */
    zoneId: pulumi.Input<string>;
    /** Further names of the site, such as `www.example.com` or `*.example.com`. @default none */
    additionalNames?: string[];
}

export const namesOf = (domain: EdgeDomain): string[] => [domain.name, ...(domain.additionalNames ?? [])];

/** A certificate for the names, in CloudFront's region. The ARN is that of the issued certificate, not of the request. */
export function createCertificate(name: string, domain: EdgeDomain, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
    return validatedCertificate(
        `${name}-certificate`,
        {
            domainName: domain.name,
            alternativeNames: domain.additionalNames,
            zoneId: domain.zoneId,
            region: CLOUDFRONT_REGION,
        },
        opts,
    );
}

/** Address records of the names, IPv4 and IPv6, for the distribution. */
export function createAddresses(
    name: string,
    domain: EdgeDomain,
    distribution: aws.cloudfront.Distribution,
    opts: pulumi.CustomResourceOptions,
): void {
    for (const domainName of namesOf(domain)) {
        for (const type of ["A", "AAAA"]) {
            new aws.route53.Record(
                `${name}-${domainName.replace("*", "wildcard")}-${type.toLowerCase()}`,
                {
                    zoneId: domain.zoneId,
                    name: domainName,
                    type,
                    aliases: [{ name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: false }],
                },
                opts,
            );
        }
    }
}
