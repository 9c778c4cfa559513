import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface CertificateArgs {
    domainName: string;
    /** Further names in the certificate, which may be wildcards. @default none */
    alternativeNames?: string[];
    /** Public hosted zone of the names. */
    zoneId: pulumi.Input<string>;
    /** Region of the certificate: CloudFront and Cognito read theirs in `us-east-1`. @default the provider's */
    region?: string;
    /**
     * Names whose validation record somebody else keeps. ACM's record depends on account and name alone, so certificates of two stacks
     * for one name share it, and only one stack can own it. @default none
     */
    validatedElsewhere?: string[];
}

/**
 * A certificate of ACM, validated by DNS. Its children are `<name>`, `<name>-validation-<domain>` for each name and `<name>-validation`.
 * A wildcard is proved by the record of the name below it.
 *
 * @returns the certificate's ARN, ready when the certificate is issued
 */
export function validatedCertificate(name: string, args: CertificateArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
    const { domainName, alternativeNames = [], region, validatedElsewhere = [] } = args;
    const certificate = new aws.acm.Certificate(
        name,
        {
            domainName,
            // The list comes back without order: a fixed one, and none where there is none, keeps a second run free of differences.
            subjectAlternativeNames: alternativeNames.length > 0 ? [...alternativeNames].sort() : undefined,
            validationMethod: "DNS",
            region,
        },
        opts,
    );
    const proved = new Set([domainName, ...alternativeNames].map((domain) => domain.replace(WILDCARD, "")));
    const records = [...proved]
        .filter((domain) => !validatedElsewhere.includes(domain))
        .map((domain) => {
            const option = certificate.domainValidationOptions.apply((options) => optionOf(options, domain));
            return new aws.route53.Record(
                `${name}-validation-${domain}`,
                {
                    zoneId: args.zoneId,
                    name: option.resourceRecordName,
                    type: option.resourceRecordType,
                    records: [option.resourceRecordValue],
                    ttl: 300,
                    // Another certificate of the name, of whoever was here before, has the same record.
                    allowOverwrite: true,
                },
                opts,
            );
        });
    const validation = new aws.acm.CertificateValidation(
        `${name}-validation`,
        { certificateArn: certificate.arn, region },
        // Not by validationRecordFqdns: a record that somebody else keeps has no name here.
        { ...opts, dependsOn: records, customTimeouts: { create: "30m" } },
    );
    return validation.certificateArn;
}

const WILDCARD = /^\*\./;

interface ValidationOption {
    domainName: string;
    resourceRecordName: string;
    resourceRecordType: string;
    resourceRecordValue: string;
}

/** The options come as a set, in any order; a wildcard's is that of the name below it. */
function optionOf(options: ValidationOption[], domain: string): ValidationOption {
    const option = options.find(({ domainName }) => domainName.replace(WILDCARD, "") === domain);
    if (!option) throw new Error(`ACM gave no validation record for ${domain}`);
    return option;
}
