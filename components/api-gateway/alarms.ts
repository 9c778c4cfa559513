import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

export interface ApiParts {
    apiName: pulumi.Input<string>;
    stageName: pulumi.Input<string>;
    /** Certificate of the domain, if there is one. */
    certificateArn?: pulumi.Input<string>;
    /** Rule of the keep-alive requests, if there is one. */
    keepAliveRule?: pulumi.Input<string>;
}

/** Alarms of an API. */
export function apiAlarms({ apiName, stageName, certificateArn, keepAliveRule }: ApiParts): AlarmDefinition[] {
    const api = { namespace: "AWS/ApiGateway", dimensions: { ApiName: apiName, Stage: stageName } };
    return [
        {
            ...api,
            name: "5xx",
            description: "The API returns 5xx errors. See the access log for integration errors, then the log of the service.",
            severity: "page",
            metricName: "5XXError",
            rateOf: "Count",
            statistic: "Sum",
            comparison: "above",
            threshold: 5,
        },
        {
            ...api,
            name: "latency",
            description:
                "Half of the requests are slow. If the integration latency is high too, the service is slow; otherwise API Gateway is.",
            severity: "page",
            metricName: "Latency",
            // Not p99: one call of a model takes several seconds, and one slow request in a hundred must not page.
            statistic: "p50",
            comparison: "above",
            threshold: 5000,
            periods: 5,
        },
        {
            ...api,
            name: "latency-p99",
            description:
                "The p99 latency is near the timeout of 29 s. Look for slow paths in the access log, and the models that they call.",
            severity: "ticket",
            metricName: "Latency",
            statistic: "p99",
            comparison: "above",
            threshold: 20_000,
            periods: 15,
        },
        {
            ...api,
            name: "4xx",
            description: "Many requests are rejected: expired tokens, a faulty client, throttling (429), or the web ACL (403).",
            severity: "ticket",
            metricName: "4XXError",
            rateOf: "Count",
            statistic: "Sum",
            comparison: "above",
            threshold: 20,
            period: 300,
        },
        {
            ...api,
            name: "integration-latency",
            description: "Half of the responses of the service are slow. See its CPU, its database, and the models that it calls.",
            severity: "ticket",
            metricName: "IntegrationLatency",
            statistic: "p50",
            comparison: "above",
            threshold: 3000,
            periods: 15,
        },
        ...(keepAliveRule ? [keepAliveAlarm(keepAliveRule)] : []),
        ...(certificateArn ? [certificateAlarm(certificateArn)] : []),
    ];
}

/** Without the requests, the VPC link of a standby becomes inactive after 60 days. Nothing else would detect that before a failover. */
const keepAliveAlarm = (ruleName: pulumi.Input<string>): AlarmDefinition => ({
    name: "keep-warm",
    description:
        "The daily keep-alive request of the VPC link has failed for three days. See the role and connection of the rule, and /health.",
    severity: "ticket",
    namespace: "AWS/Events",
    dimensions: { RuleName: ruleName },
    metricName: "FailedInvocations",
    statistic: "Sum",
    comparison: "above",
    threshold: 0,
    period: 86_400,
    periods: 3,
});

/** ACM renews certificates 60 days before they expire. If one is closer to expiry, ACM can't validate it. */
const certificateAlarm = (certificateArn: pulumi.Input<string>): AlarmDefinition => ({
    name: "certificate-expiry",
    description: "ACM has not renewed the certificate of the API. Check that its validation records are in the hosted zone.",
    severity: "ticket",
    namespace: "AWS/CertificateManager",
    dimensions: { CertificateArn: certificateArn },
    metricName: "DaysToExpiry",
    statistic: "Minimum",
    comparison: "below",
    threshold: 30,
    period: 86_400,
    periods: 1,
});
