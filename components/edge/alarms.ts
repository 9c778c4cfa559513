import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { CLOUDFRONT_REGION as region } from "./region";

/** Alarms of a distribution and its certificate. All metrics are in us-east-1. */
export function edgeAlarms(distributionId: pulumi.Output<string>, certificateArn: pulumi.Output<string> | undefined): AlarmDefinition[] {
    const ofDistribution = { region, namespace: "AWS/CloudFront", dimensions: { DistributionId: distributionId, Region: "Global" } };
    const alarms: AlarmDefinition[] = [
        {
            ...ofDistribution,
            name: "5xx",
            description:
                "More than this percentage of requests get a 5xx error. Find the paths in the access logs: /api/* is the API, " +
                "all other paths are the bucket of the site.",
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
                "More than this percentage of requests get a 4xx error. Possible causes: files missing after a release, a WAF rule that blocks users, or a scan of the site.",
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
    }
    return alarms;
}
