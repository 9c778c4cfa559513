import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** What the metrics of a service are found by. */
export interface SignalSource {
    clusterName: pulumi.Input<string>;
    serviceName: pulumi.Input<string>;
    loadBalancerSuffix: pulumi.Input<string>;
    targetGroupSuffix: pulumi.Input<string>;
    /** Fewest tasks that autoscaling keeps; undefined where Container Insights is off and nobody counts them. */
    minTasks?: number;
}

/** The golden alarms of a service behind a load balancer. */
export function serviceAlarms(source: SignalSource): AlarmDefinition[] {
    const balancer = { namespace: "AWS/ApplicationELB", dimensions: { LoadBalancer: source.loadBalancerSuffix } };
    const targets = {
        namespace: "AWS/ApplicationELB",
        dimensions: { LoadBalancer: source.loadBalancerSuffix, TargetGroup: source.targetGroupSuffix },
    };
    const service = { ClusterName: source.clusterName, ServiceName: source.serviceName };
    return [
        {
            ...balancer,
            // Not in percent: RequestCount leaves out requests for which no target was found, which are the errors meant here.
            name: "load-balancer-errors",
            description: "The load balancer itself answers 5xx: no healthy task, or none that answers in time. See the service's events.",
            severity: "page",
            metricName: "HTTPCode_ELB_5XX_Count",
            statistic: "Sum",
            comparison: "above",
            threshold: 10,
        },
        {
            ...targets,
            name: "errors",
            description: "More than this percentage of requests end in a 5xx from the application. See its logs and traces.",
            severity: "page",
            metricName: "HTTPCode_Target_5XX_Count",
            rateOf: "RequestCount",
            statistic: "Sum",
            comparison: "above",
            threshold: 5,
        },
        {
            ...targets,
            name: "latency",
            description: "One request in a hundred takes longer than this many seconds. See traces, the database and the model's latency.",
            severity: "page",
            metricName: "TargetResponseTime",
            statistic: "p99",
            periods: 5,
            comparison: "above",
            threshold: 3,
        },
        {
            ...targets,
            name: "unhealthy-hosts",
            description: "A task fails its health check and keeps failing when replaced. See the stopped tasks' reasons and logs.",
            severity: "ticket",
            metricName: "UnHealthyHostCount",
            statistic: "Maximum",
            periods: 5,
            comparison: "above",
            threshold: 0,
        },
        {
            namespace: "AWS/ECS",
            dimensions: service,
            name: "cpu",
            description: "CPU stays high although autoscaling aims lower: the service is at its maximum, or tasks cannot start.",
            severity: "ticket",
            metricName: "CPUUtilization",
            statistic: "Average",
            periods: 5,
            comparison: "above",
            threshold: 85,
        },
        {
            namespace: "AWS/ECS",
            dimensions: service,
            name: "memory",
            description: "Memory stays high: a leak, or too small a task. At 100 % the container is killed.",
            severity: "ticket",
            metricName: "MemoryUtilization",
            statistic: "Average",
            periods: 5,
            comparison: "above",
            threshold: 85,
        },
        ...(source.minTasks === undefined ? [] : [runningTasks(service, source.minTasks)]),
    ];
}

function runningTasks(dimensions: AlarmDefinition["dimensions"], minTasks: number): AlarmDefinition {
    return {
        namespace: "ECS/ContainerInsights",
        dimensions,
        name: "running-tasks",
        description: "Fewer tasks run than autoscaling's minimum. See the service's events: image, secrets, capacity or health check.",
        severity: "page",
        metricName: "RunningTaskCount",
        statistic: "Minimum",
        periods: 5,
        comparison: "below",
        threshold: minTasks,
        // A service that reports nothing runs nothing.
        missingData: minTasks > 0 ? "breaching" : "notBreaching",
    };
}
