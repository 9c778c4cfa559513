import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
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

/** A certificate for the names, proved by DNS records. The ARN is that of the issued certificate, not of the request. */
export function createCertificate(name: string, domain: EdgeDomain, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
    const certificate = new aws.acm.Certificate(
        `${name}-certificate`,
        {
            region: CLOUDFRONT_REGION,
            domainName: domain.name,
            subjectAlternativeNames: domain.additionalNames,
            validationMethod: "DNS",
        },
        opts,
    );
    // A wildcard is proved by the record of the name below it.
    const proved = [...new Set(namesOf(domain).map((it) => it.replace(/^\*\./, "")))];
    const records = proved.map((it) => createProof(name, it, certificate, domain.zoneId, opts));
    const validation = new aws.acm.CertificateValidation(
        `${name}-certificate-validation`,
        {
            region: CLOUDFRONT_REGION,
            certificateArn: certificate.arn,
            validationRecordFqdns: records.map((record) => record.fqdn),
        },
        opts,
    );
    return validation.certificateArn;
}

function createProof(
    name: string,
    domainName: string,
    certificate: aws.acm.Certificate,
    zoneId: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
): aws.route53.Record {
    // By name, not by position: AWS answers the options in any order.
    const option = certificate.domainValidationOptions.apply((options) =>
        options.find((it) => it.domainName === domainName || it.domainName === `*.${domainName}`),
    );
    return new aws.route53.Record(
        `${name}-proof-${domainName}`,
        {
            zoneId,
            name: option.apply((it) => it?.resourceRecordName ?? ""),
            type: "CNAME",
            records: [option.apply((it) => it?.resourceRecordValue ?? "")],
            ttl: 300,
            // The record is the same for every certificate of the name in this account; another one may have made it.
            allowOverwrite: true,
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
