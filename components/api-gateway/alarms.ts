import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

export interface ApiParts {
    apiName: pulumi.Input<string>;
    stageName: pulumi.Input<string>;
    /** The certificate of the API's domain, where there is one. */
    certificateArn?: pulumi.Input<string>;
    /** The rule that calls the API once a day, where there is one. */
    keepWarmRule?: pulumi.Input<string>;
}

/** What is watched of an API. */
export function apiAlarms({ apiName, stageName, certificateArn, keepWarmRule }: ApiParts): AlarmDefinition[] {
    const api = { namespace: "AWS/ApiGateway", dimensions: { ApiName: apiName, Stage: stageName } };
    return [
        {
            ...api,
            name: "5xx",
            description: "The API answers with errors. See the access log for integration errors, then the service's log.",
            severity: "page",
            metricName: "5XXError",
            rateOf: "Count",
            statistic: "Sum",
            comparison: "above",
            threshold: 5,
        },
        {
            ...api,
            name: "latency-p99",
            description:
                "One caller in a hundred waits too long. If integration-latency is up too, the service is slow, else API Gateway is.",
            severity: "page",
            metricName: "Latency",
            statistic: "p99",
            comparison: "above",
            threshold: 5000,
            periods: 5,
        },
        {
            ...api,
            name: "4xx",
            description: "Many calls are refused: expired tokens, a client gone wrong, throttling (429) or the firewall (403).",
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
            description: "The service takes long to answer. See its CPU, its database and the models it calls.",
            severity: "ticket",
            metricName: "IntegrationLatency",
            statistic: "p99",
            comparison: "above",
            threshold: 4000,
            periods: 5,
        },
        ...(keepWarmRule ? [keepWarmSignal(keepWarmRule)] : []),
        ...(certificateArn ? [certificateSignal(certificateArn)] : []),
    ];
}

/** Nobody else notices: the standby's link would sleep after 60 days, and a failover would wake it. */
const keepWarmSignal = (ruleName: pulumi.Input<string>): AlarmDefinition => ({
    name: "keep-warm",
    description: "The daily call that keeps the VPC link up has failed for three days. See the rule's role and connection, and /health.",
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

/** ACM renews 60 days before the end: a certificate that comes near it is one that ACM cannot validate. */
const certificateSignal = (certificateArn: pulumi.Input<string>): AlarmDefinition => ({
    name: "certificate-expiry",
    description: "ACM has not renewed the API's certificate. See whether its validation records are still in the zone.",
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
