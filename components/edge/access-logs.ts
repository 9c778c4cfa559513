import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CLOUDFRONT_REGION } from "./web-acl";

/** Fields of the access logs. Cookies, query strings and the referring page are left out: they carry sessions and authorization codes. */
export const RECORD_FIELDS = [
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

/**
 * Sends a distribution's access logs (standard logging v2, JSON) to a bucket, below `AWSLogs/<account>/CloudFront/<distribution>/`. CloudFront
 * puts the beginning of that path there by itself.
 */
export function deliverAccessLogs(
    name: string,
    distributionArn: pulumi.Input<string>,
    bucketName: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
): void {
    const region = CLOUDFRONT_REGION;
    const source = new aws.cloudwatch.LogDeliverySource(
        `${name}-access-logs`,
        { region, logType: "ACCESS_LOGS", resourceArn: distributionArn },
        opts,
    );
    const destination = new aws.cloudwatch.LogDeliveryDestination(
        `${name}-access-logs`,
        {
            region,
            outputFormat: "json",
            deliveryDestinationConfiguration: { destinationResourceArn: pulumi.interpolate`arn:aws:s3:::${bucketName}` },
        },
        opts,
    );
    new aws.cloudwatch.LogDelivery(
        `${name}-access-logs`,
        {
            region,
            deliverySourceName: source.name,
            deliveryDestinationArn: destination.arn,
            recordFields: RECORD_FIELDS,
            s3DeliveryConfigurations: [{ suffixPath: "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}", enableHiveCompatiblePath: false }],
        },
        opts,
    );
}
