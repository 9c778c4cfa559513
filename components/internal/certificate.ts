import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Each, PartFactory } from "../building-blocks/parts";

export interface CertificateArgs {
    domainName: string;
    /** Additional names, including wildcards. @default none */
    alternativeNames?: string[];
    /** Public hosted zone that contains the names. */
    zoneId: pulumi.Input<string>;
    /** Zones of names that are in other zones. @default none */
    zoneIds?: Record<string, pulumi.Input<string> | undefined>;
    /** Provider of the validation records, if the zone is in another account. @default the provider of the component */
    dnsProvider?: aws.Provider;
    /** Region of the certificate: `us-east-1` for CloudFront and Cognito. @default the provider's */
    region?: string;
    /**
     * Names whose validation records another stack owns. ACM uses one record per account and name, so certificates of two stacks share
     * it. @default none
     */
    validatedElsewhere?: string[];
}

/** Parts of a component that calls `validatedCertificate`. */
export interface CertificateParts {
    certificate?: typeof aws.acm.Certificate;
    /** DNS records of the validation, by domain name. */
    certificateRecords?: Each<typeof aws.route53.Record>;
    certificateValidation?: typeof aws.acm.CertificateValidation;
}

/**
 * An ACM certificate, validated by DNS: `<name>`, `<name>-validation-<domain>` for each name, and `<name>-validation`. A wildcard shares the
 * validation record of the name below it.
 *
 * @returns the certificate's ARN, available when the certificate is issued
 */
export function validatedCertificate(name: string, args: CertificateArgs, parts: PartFactory<CertificateParts>): pulumi.Output<string> {
    const { domainName, alternativeNames = [], region, validatedElsewhere = [], zoneIds = {} } = args;
    const certificate = parts.create("certificate", aws.acm.Certificate, name, {
        domainName,
        // The provider returns an unordered list with the domain name, so that this list makes no difference on the next run. Without a list, a
        // certificate would keep names that were removed, and ACM couldn't renew it after the deletion of their records.
        subjectAlternativeNames: [...new Set([domainName, ...alternativeNames])].sort(),
        validationMethod: "DNS",
        region,
    });
    const domains = new Set([domainName, ...alternativeNames].map((domain) => domain.replace(WILDCARD, "")));
    const records = [...domains]
        .filter((domain) => !validatedElsewhere.includes(domain))
        .map((domain) => {
            const option = certificate.domainValidationOptions.apply((options) => optionOf(options, domain));
            const record = {
                zoneId: zoneIds[domain] ?? zoneIds[`*.${domain}`] ?? args.zoneId,
                name: option.resourceRecordName,
                type: option.resourceRecordType,
                records: [option.resourceRecordValue],
                ttl: 300,
                // Other certificates for the same name use the same record.
                allowOverwrite: true,
            };
            return parts.createEach(
                "certificateRecords",
                domain,
                aws.route53.Record,
                `${name}-validation-${domain}`,
                record,
                withDns(args),
            );
        });
    const validation = parts.create(
        "certificateValidation",
        aws.acm.CertificateValidation,
        `${name}-validation`,
        { certificateArn: certificate.arn, region },
        // Not `validationRecordFqdns`, because this stack might not own all records.
        { dependsOn: records, customTimeouts: { create: "30m" } },
    );
    return validation.certificateArn;
}

/** Options of records, whose zone can be in another account. */
export const withDns = ({ dnsProvider }: { dnsProvider?: aws.Provider }): pulumi.CustomResourceOptions =>
    dnsProvider ? { provider: dnsProvider } : {};

const WILDCARD = /^\*\./;

interface ValidationOption {
    domainName: string;
    resourceRecordName: string;
    resourceRecordType: string;
    resourceRecordValue: string;
}

/** ACM returns the options in any order. A wildcard uses the option of the name below it. */
function optionOf(options: ValidationOption[], domain: string): ValidationOption {
    const option = options.find(({ domainName }) => domainName.replace(WILDCARD, "") === domain);
    if (!option) throw new Error(`ACM returned no validation record for ${domain}`);
    return option;
}
