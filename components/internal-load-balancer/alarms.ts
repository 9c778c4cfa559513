import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** Alarms for requests that reach no task, and for the certificate, if there is one. */
export function loadBalancerAlarms(arnSuffix: pulumi.Input<string>, certificateArn?: pulumi.Input<string>): AlarmDefinition[] {
    return [
        {
            namespace: "AWS/ApplicationELB",
            dimensions: { LoadBalancer: arnSuffix },
            // Not a percentage: RequestCount excludes requests without a target, which are the errors that this alarm is for.
            name: "errors",
            description:
                "The load balancer returns 5xx errors: a service has no healthy tasks, or they respond too slowly. See the events of the services.",
            severity: "page",
            metricName: "HTTPCode_ELB_5XX_Count",
            statistic: "Sum",
            comparison: "above",
            threshold: 10,
        },
        ...(certificateArn === undefined ? [] : [certificateAlarm(certificateArn)]),
    ];
}

const certificateAlarm = (CertificateArn: pulumi.Input<string>): AlarmDefinition => ({
    namespace: "AWS/CertificateManager",
    dimensions: { CertificateArn },
    name: "certificate-expiry",
    description:
        "The certificate of the load balancer expires in fewer than this number of days. Renew it, or check its validation records.",
    severity: "ticket",
    metricName: "DaysToExpiry",
    statistic: "Minimum",
    period: 86_400,
    periods: 1,
    comparison: "below",
    threshold: 30,
});
