import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { POSITIVE, type WithDefaults } from "../building-blocks/arguments";
import type { Each, PartFactory } from "../building-blocks/parts";

/** Autoscaling of the tasks. */
export interface ScalingArgs {
    /** Minimum number of tasks, 0 or more. Raising it starts tasks immediately, for example to activate a standby. @default 2 */
    minCapacity?: number;
    /** Maximum number of tasks, at least `minCapacity`. @default 10 */
    maxCapacity?: number;
    /** Target for the average CPU utilization in percent, 1 to 100. @default 60 */
    cpuTarget?: number;
    /** Target for the average memory utilization in percent, 1 to 100. @default 75 */
    memoryTarget?: number;
    /** Target for the requests per minute and task, 1 or more. @default 1000 */
    requestsPerTarget?: number;
    /** Seconds between two scale-out activities, 0 or more. @default 60 */
    scaleOutCooldown?: number;
    /** Seconds between two scale-in activities, 0 or more. @default 300 */
    scaleInCooldown?: number;
    /** Scheduled changes of `minCapacity` and `maxCapacity`, by name. `pulumi refresh` shows the changes as drift. @default none */
    schedules?: Record<string, ScalingSchedule>;
}

export const SCALING_DEFAULTS = {
    minCapacity: 2,
    maxCapacity: 10,
    cpuTarget: 60,
    memoryTarget: 75,
    requestsPerTarget: 1000,
    scaleOutCooldown: 60,
    scaleInCooldown: 300,
    schedules: {},
} satisfies Partial<ScalingArgs>;

/** Lowest and highest values. `capacity` is the quota of tasks per service; `maxCapacity` is 1 or more. */
export const SCALING_BOUNDS = { capacity: [0, 5000], target: [1, 100], requestsPerTarget: POSITIVE, cooldown: [0, Infinity] } as const;

export type ResolvedScaling = WithDefaults<ScalingArgs, typeof SCALING_DEFAULTS>;

export interface ScalingSchedule {
    /** `cron(0 7 ? * MON-FRI *)`, `rate(1 day)` or `at(2027-01-01T00:00:00)` */
    schedule: string;
    /** IANA name of the time zone for `cron` and `at`. @default "UTC" */
    timezone?: string;
    /** Minimum number of tasks from this time on. */
    minCapacity: number;
    /** Maximum number of tasks from this time on. */
    maxCapacity: number;
}

export interface ScalingParts {
    scalingTarget: typeof aws.appautoscaling.Target;
    /** `cpu`, `memory`, and `requests`. */
    scalingPolicies: Each<typeof aws.appautoscaling.Policy>;
    /** By the name of the schedule. */
    scheduledActions?: Each<typeof aws.appautoscaling.ScheduledAction>;
}

export interface ScaledService {
    cluster: aws.ecs.Cluster;
    service: aws.ecs.Service;
    loadBalancer: aws.lb.LoadBalancer;
    targetGroup: aws.lb.TargetGroup;
}

/** Target tracking on CPU, memory, and requests. The policy with the highest result applies. */
export function autoscale(name: string, args: ResolvedScaling, scaled: ScaledService, parts: PartFactory<ScalingParts>): void {
    const target = parts.create("scalingTarget", aws.appautoscaling.Target, `${name}-scaling`, {
        minCapacity: args.minCapacity,
        maxCapacity: args.maxCapacity,
        serviceNamespace: "ecs",
        scalableDimension: "ecs:service:DesiredCount",
        resourceId: pulumi.interpolate`service/${scaled.cluster.name}/${scaled.service.name}`,
    });
    const { resourceId, scalableDimension, serviceNamespace } = target;
    const of = { resourceId, scalableDimension, serviceNamespace };
    const resourceLabel = pulumi.interpolate`${scaled.loadBalancer.arnSuffix}/${scaled.targetGroup.arnSuffix}`;
    const metrics = [
        ["cpu", args.cpuTarget, { predefinedMetricType: "ECSServiceAverageCPUUtilization" }],
        ["memory", args.memoryTarget, { predefinedMetricType: "ECSServiceAverageMemoryUtilization" }],
        ["requests", args.requestsPerTarget, { predefinedMetricType: "ALBRequestCountPerTarget", resourceLabel }],
    ] as const;
    for (const [metric, targetValue, predefinedMetricSpecification] of metrics) {
        parts.createEach("scalingPolicies", metric, aws.appautoscaling.Policy, `${name}-scale-by-${metric}`, {
            ...of,
            policyType: "TargetTrackingScaling",
            targetTrackingScalingPolicyConfiguration: {
                targetValue,
                predefinedMetricSpecification,
                scaleInCooldown: args.scaleInCooldown,
                scaleOutCooldown: args.scaleOutCooldown,
            },
        });
    }
    for (const [key, { schedule, timezone, minCapacity, maxCapacity }] of Object.entries(args.schedules)) {
        parts.createEach("scheduledActions", key, aws.appautoscaling.ScheduledAction, `${name}-scale-at-${key}`, {
            ...of,
            schedule,
            timezone: timezone ?? "UTC",
            scalableTargetAction: { minCapacity, maxCapacity },
        });
    }
}
