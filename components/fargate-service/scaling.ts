import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { WithDefaults } from "../building-blocks/arguments";
import { type Transform, transformed } from "../building-blocks/transform";

/** How many tasks run, and what adds or removes them. */
export interface ScalingArgs {
    /** Fewest tasks, 0 or more. Raising it scales the service up at once: that is how a standby becomes active. @default 2 */
    min?: number;
    /** Most tasks, not below `min`. @default 10 */
    max?: number;
    /** CPU use that scaling aims at, in percent of the tasks' CPU, 1 to 100. @default 60 */
    cpuPercent?: number;
    /** Memory use that scaling aims at, in percent of the tasks' memory, 1 to 100. @default 70 */
    memoryPercent?: number;
    /** Requests a minute that scaling aims at for each task, 1 or more. @default 1000 */
    requestsPerTarget?: number;
    /** Seconds between two steps up, 0 or more. @default 60 */
    scaleOutCooldown?: number;
    /** Seconds between two steps down, 0 or more. @default 300 */
    scaleInCooldown?: number;
    /** Changes of `min` and `max` at certain times, by name. A refresh shows what they have changed as drift. @default none */
    schedules?: Record<string, ScalingSchedule>;
}

export const SCALING_DEFAULTS = {
    min: 2,
    max: 10,
    cpuPercent: 60,
    memoryPercent: 70,
    requestsPerTarget: 1000,
    scaleOutCooldown: 60,
    scaleInCooldown: 300,
    schedules: {},
} satisfies Partial<ScalingArgs>;

export type ResolvedScaling = WithDefaults<ScalingArgs, typeof SCALING_DEFAULTS>;

export interface ScalingSchedule {
    /** `cron(0 7 ? * MON-FRI *)`, `rate(1 day)` or `at(2027-01-01T00:00:00)` */
    schedule: string;
    /** IANA name of the time zone of `cron` and `at`. @default "UTC" */
    timezone?: string;
    /** Fewest tasks from then on. */
    min: number;
    /** Most tasks from then on. */
    max: number;
}

export interface ScaledService {
    cluster: aws.ecs.Cluster;
    service: aws.ecs.Service;
    loadBalancer: aws.lb.LoadBalancer;
    targetGroup: aws.lb.TargetGroup;
}

/** Target tracking on CPU, memory and requests: the highest of the three answers counts. */
export function autoscale(
    name: string,
    args: ResolvedScaling & { transform?: { scalingTarget?: Transform<aws.appautoscaling.TargetArgs> } },
    scaled: ScaledService,
    parent: pulumi.Resource,
): void {
    const target = new aws.appautoscaling.Target(
        `${name}-scaling`,
        transformed(args.transform?.scalingTarget, {
            minCapacity: args.min,
            maxCapacity: args.max,
            serviceNamespace: "ecs",
            scalableDimension: "ecs:service:DesiredCount",
            resourceId: pulumi.interpolate`service/${scaled.cluster.name}/${scaled.service.name}`,
        }),
        { parent },
    );
    const { resourceId, scalableDimension, serviceNamespace } = target;
    const of = { resourceId, scalableDimension, serviceNamespace };
    const resourceLabel = pulumi.interpolate`${scaled.loadBalancer.arnSuffix}/${scaled.targetGroup.arnSuffix}`;
    const metrics = [
        ["cpu", args.cpuPercent, { predefinedMetricType: "ECSServiceAverageCPUUtilization" }],
        ["memory", args.memoryPercent, { predefinedMetricType: "ECSServiceAverageMemoryUtilization" }],
        ["requests", args.requestsPerTarget, { predefinedMetricType: "ALBRequestCountPerTarget", resourceLabel }],
    ] as const;
    for (const [metric, targetValue, predefinedMetricSpecification] of metrics) {
        new aws.appautoscaling.Policy(
            `${name}-scale-by-${metric}`,
            {
                ...of,
                policyType: "TargetTrackingScaling",
                targetTrackingScalingPolicyConfiguration: {
                    targetValue,
                    predefinedMetricSpecification,
                    scaleInCooldown: args.scaleInCooldown,
                    scaleOutCooldown: args.scaleOutCooldown,
                },
            },
            { parent },
        );
    }
    for (const [key, { schedule, timezone, min, max }] of Object.entries(args.schedules)) {
        new aws.appautoscaling.ScheduledAction(
            `${name}-scale-at-${key}`,
            { ...of, schedule, timezone: timezone ?? "UTC", scalableTargetAction: { minCapacity: min, maxCapacity: max } },
            { parent },
        );
    }
}
