import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PartFactory } from "../building-blocks/parts";
import { CLOUDFRONT_REGION } from "./region";

/** Fields of the access logs, without cookies, query strings, and referrers, which can contain session IDs and authorization codes. */
const RECORD_FIELDS = [
    "date",
    "time",
    "x-edge-location",
    "c-ip",
    "cs-method",
    "cs(Host)",
    "cs-uri-stem",
    "sc-status",
    "sc-bytes",
    "cs-bytes",
    "time-taken",
    "time-to-first-byte",
    "cs(User-Agent)",
    "x-edge-result-type",
    "x-edge-response-result-type",
    "x-edge-detailed-result-type",
    "x-edge-request-id",
    "x-host-header",
    "cs-protocol",
    "cs-protocol-version",
    "ssl-protocol",
    "ssl-cipher",
];

/** Parts of the access log delivery. */
export interface AccessLogParts {
    logDeliverySource?: typeof aws.cloudwatch.LogDeliverySource;
    logDeliveryDestination?: typeof aws.cloudwatch.LogDeliveryDestination;
    logDelivery?: typeof aws.cloudwatch.LogDelivery;
}

/**
 * Delivers the access logs of a distribution to a bucket (standard logging v2, JSON), with the prefix `AWSLogs/<account>/CloudFront/<distribution>/`.
 * CloudFront adds `AWSLogs/<account>/CloudFront/`.
 */
export function deliverAccessLogs(
    name: string,
    distributionArn: pulumi.Input<string>,
    bucketName: pulumi.Input<string>,
    parts: PartFactory<AccessLogParts>,
): void {
    const region = CLOUDFRONT_REGION;
    const source = parts.create("logDeliverySource", aws.cloudwatch.LogDeliverySource, `${name}-access-logs`, {
        region,
        logType: "ACCESS_LOGS",
        resourceArn: distributionArn,
    });
    const destination = parts.create("logDeliveryDestination", aws.cloudwatch.LogDeliveryDestination, `${name}-access-logs`, {
        region,
        outputFormat: "json",
        deliveryDestinationConfiguration: { destinationResourceArn: pulumi.interpolate`arn:aws:s3:::${bucketName}` },
    });
    parts.create("logDelivery", aws.cloudwatch.LogDelivery, `${name}-access-logs`, {
        region,
        deliverySourceName: source.name,
        deliveryDestinationArn: destination.arn,
        recordFields: RECORD_FIELDS,
        s3DeliveryConfigurations: [{ suffixPath: "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}", enableHiveCompatiblePath: false }],
    });
}
