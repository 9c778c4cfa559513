import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { CLOUDFRONT_REGION as region } from "./web-acl";

/** What is watched of a distribution, and of its certificate where it has one. All of it is measured in us-east-1. */
export function edgeAlarms(distributionId: pulumi.Output<string>, certificateArn: pulumi.Output<string> | undefined): AlarmDefinition[] {
    const ofDistribution = { region, namespace: "AWS/CloudFront", dimensions: { DistributionId: distributionId, Region: "Global" } };
    const alarms: AlarmDefinition[] = [
        {
            ...ofDistribution,
            name: "5xx",
            description:
                "Share of requests that failed at the edge or its origins (%). See which paths in the access logs: /api/* is the API tier, " +
                "all else the site's bucket.",
            severity: "page",
            metricName: "5xxErrorRate",
            statistic: "Average",
            periods: 5,
            comparison: "above",
            threshold: 5,
        },
        {
            ...ofDistribution,
            name: "4xx",
            description:
                "Share of requests refused (%). After a publication: files are missing. Otherwise: WAF blocks users, or someone probes the site.",
            severity: "ticket",
            metricName: "4xxErrorRate",
            statistic: "Average",
            period: 300,
            comparison: "above",
            threshold: 25,
        },
    ];
    if (certificateArn) {
        alarms.push({
            region,
            name: "certificate-expiry",
            description:
                "Days until the certificate expires. ACM renews it by itself while its validation records stand in DNS: restore them.",
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
    }
    return alarms;
}
