import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** The alarm for requests that reach no task. */
export function loadBalancerAlarms(arnSuffix: pulumi.Input<string>): AlarmDefinition[] {
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
    ];
}
