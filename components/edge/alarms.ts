import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { type ReplicationAlarmArgs, replicationAlarms } from "../internal/replication-alarms";
import { CLOUDFRONT_REGION as region } from "./region";

const ofDistribution = (distributionId: pulumi.Output<string>) => ({
    region,
    namespace: "AWS/CloudFront",
    dimensions: { DistributionId: distributionId, Region: "Global" },
});

/** Alarms of the site's distribution and its certificate. These metrics are in us-east-1. */
export const edgeAlarms = (distributionId: pulumi.Output<string>, certificateArn: pulumi.Output<string> | undefined): AlarmDefinition[] => [
    serverErrors(
        "5xx",
        distributionId,
        "Find the paths in the access logs: /api/* is the API, all other paths are the bucket of the site.",
    ),
    {
        ...ofDistribution(distributionId),
        name: "4xx",
        description:
            "More than this percentage of requests get a 4xx error. Possible causes: files missing after a release, a WAF rule that blocks users, or a scan of the site.",
        severity: "ticket",
        metricName: "4xxErrorRate",
        statistic: "Average",
        period: 300,
        comparison: "above",
        threshold: 25,
    },
    ...(certificateArn ? [certificateExpiry("certificate-expiry", certificateArn)] : []),
];

/** Alarms of the distribution of a service's domain. Without 4xx errors, which clients of an API cause in normal operation. */
export const serviceDomainAlarms = (
    service: string,
    distributionId: pulumi.Output<string>,
    certificateArn: pulumi.Output<string>,
): AlarmDefinition[] => [
    serverErrors(
        `${service}-5xx`,
        distributionId,
        `The requests are those to the domain of the service ${service}. Check the alarms of the service and of the API.`,
    ),
    certificateExpiry(`${service}-certificate-expiry`, certificateArn),
];

/** Alarms on the replication of the site. */
export const siteReplicationAlarms = (args: ReplicationAlarmArgs): AlarmDefinition[] =>
    replicationAlarms(args).map((alarm) => ({ ...alarm, name: `site-${alarm.name}` }));

const serverErrors = (name: string, distributionId: pulumi.Output<string>, advice: string): AlarmDefinition => ({
    ...ofDistribution(distributionId),
    name,
    description: `More than this percentage of requests get a 5xx error. ${advice}`,
    severity: "page",
    metricName: "5xxErrorRate",
    statistic: "Average",
    periods: 5,
    comparison: "above",
    threshold: 5,
});

const certificateExpiry = (name: string, certificateArn: pulumi.Output<string>): AlarmDefinition => ({
    region,
    name,
    description:
        "The certificate expires in fewer than this number of days, and ACM has not renewed it. Check that its validation records are in the hosted zone.",
    severity: "ticket",
    namespace: "AWS/CertificateManager",
    metricName: "DaysToExpiry",
    dimensions: { CertificateArn: certificateArn },
    statistic: "Minimum",
    period: 86_400,
    periods: 1,
    comparison: "below",
    threshold: 30,
});
