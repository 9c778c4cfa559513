import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** Dimensions of the metrics of a service. */
export interface AlarmSource {
    clusterName: pulumi.Input<string>;
    serviceName: pulumi.Input<string>;
    /** Undefined for a worker. */
    targets?: {
        loadBalancerSuffix: pulumi.Input<string>;
        targetGroupSuffix: pulumi.Input<string>;
        /** With deployments that move requests between two target groups. */
        alternateSuffix?: pulumi.Input<string>;
    };
    /** Whether Container Insights counts the tasks. */
    countsTasks: boolean;
    /** Whether autoscaling can leave the service without tasks. It then reports no metric. */
    startsEmpty: boolean;
}

/** Alarms for errors, latency, saturation, and health of a service. */
export function serviceAlarms(source: AlarmSource): AlarmDefinition[] {
    const service = { ClusterName: source.clusterName, ServiceName: source.serviceName };
    return [
        ...(source.targets ? alarmsOfGroups(source.targets) : []),
        {
            namespace: "AWS/ECS",
            dimensions: service,
            name: "cpu",
            description:
                "CPU utilization stays above the autoscaling target: the service is at its maximum capacity, or tasks can't start.",
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
            description: "Memory utilization stays high: a memory leak, or the task is too small. At 100%, ECS stops the container.",
            severity: "ticket",
            metricName: "MemoryUtilization",
            statistic: "Average",
            periods: 5,
            comparison: "above",
            threshold: 85,
        },
        ...(source.countsTasks ? [runningTasks(service, source.startsEmpty)] : []),
    ];
}

/** Compares with the desired count, not with the minimum of autoscaling, which a failover changes without changing alarms. */
function runningTasks(dimensions: AlarmDefinition["dimensions"], startsEmpty: boolean): AlarmDefinition {
    return {
        namespace: "ECS/ContainerInsights",
        dimensions,
        name: "running-tasks",
        description:
            "Less than this percentage of the desired tasks is running. See the service events: image, secrets, capacity, or health check.",
        severity: "page",
        metricName: "RunningTaskCount",
        rateOf: "DesiredTaskCount",
        statistic: "Minimum",
        periods: 5,
        comparison: "below",
        threshold: 100,
        // A service without running tasks reports no metric.
        missingData: startsEmpty ? "notBreaching" : "breaching",
    };
}

/** Either target group can be the one that gets the requests. */
function alarmsOfGroups({ loadBalancerSuffix, targetGroupSuffix, alternateSuffix }: NonNullable<AlarmSource["targets"]>) {
    const of = (TargetGroup: pulumi.Input<string>) => targetAlarms({ LoadBalancer: loadBalancerSuffix, TargetGroup });
    const alternate = alternateSuffix === undefined ? [] : of(alternateSuffix);
    return [...of(targetGroupSuffix), ...alternate.map((alarm) => ({ ...alarm, name: `alternate-${alarm.name}` }))];
}

function targetAlarms(dimensions: AlarmDefinition["dimensions"]): AlarmDefinition[] {
    const targets = { namespace: "AWS/ApplicationELB", dimensions };
    return [
        {
            ...targets,
            name: "errors",
            description: "The application returns 5xx errors for more than this percentage of requests. See its logs and traces.",
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
            description:
                "Half of the requests take longer than this number of seconds. See the traces, the database, and the CPU of the tasks.",
            severity: "page",
            metricName: "TargetResponseTime",
            // Not p99: one call of a model takes several seconds, and one slow request in a hundred must not page.
            statistic: "p50",
            periods: 5,
            comparison: "above",
            threshold: 3,
        },
        {
            ...targets,
            name: "latency-p99",
            description: "The p99 latency exceeds this number of seconds. See the traces for slow queries, and the latency of the models.",
            severity: "ticket",
            metricName: "TargetResponseTime",
            statistic: "p99",
            periods: 15,
            comparison: "above",
            threshold: 15,
        },
        {
            ...targets,
            name: "unhealthy-hosts",
            description: "Tasks fail their health check, and so do their replacements. See the stopped reasons and the logs of the tasks.",
            severity: "ticket",
            metricName: "UnHealthyHostCount",
            statistic: "Maximum",
            periods: 5,
            comparison: "above",
            threshold: 0,
        },
    ];
}
