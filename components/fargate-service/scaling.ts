import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, isBetween, POSITIVE, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import type { Each, PartFactory } from "../building-blocks/parts";

/** Autoscaling of the tasks. */
export interface ScalingArgs {
    /** Minimum number of tasks, 0 or more. Raising it starts tasks immediately, for example to activate a standby. @default 2 */
    minCapacity?: number;
    /** Maximum number of tasks, at least `minCapacity`. 0 stops the service. @default 10 */
    maxCapacity?: number;
    /** Target for the average CPU utilization in percent, 1 to 100. @default 60 */
    cpuTarget?: number;
    /** Target for the average memory utilization in percent, 1 to 100. @default 75 */
    memoryTarget?: number;
    /** Target for the requests per minute and task, 1 or more. Without a load balancer, it has no effect. @default 1000 */
    requestsPerTarget?: number;
    /** Target for the messages that wait in `queueName` per running task, 1 or more. Requires Container Insights. @default none */
    messagesPerTask?: number;
    /** Name of the SQS queue that the tasks consume. Requires `messagesPerTask`. @default none */
    queueName?: pulumi.Input<string>;
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
export const SCALING_BOUNDS = {
    capacity: [0, 5000],
    target: [1, 100],
    requestsPerTarget: POSITIVE,
    messagesPerTask: POSITIVE,
    cooldown: [0, Infinity],
} as const;

/** Schedules of Application Auto Scaling. */
export const SCHEDULE = /^(cron|rate|at)\(.+\)$/;

/** The limits of a service on standby: equal, so that no metric, message, or schedule starts a task. */
export function limited(scaling: ResolvedScaling, standbyCount: number | undefined): ResolvedScaling {
    if (standbyCount === undefined) return scaling;
    const limits = { minCapacity: standbyCount, maxCapacity: standbyCount };
    const schedules = Object.entries(scaling.schedules).map(([key, schedule]): [string, ScalingSchedule] => [
        key,
        { ...schedule, ...limits },
    ]);
    return { ...scaling, ...limits, schedules: Object.fromEntries(schedules) };
}

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
    /** `cpu`, `memory`, `requests` with a load balancer, and `messages` with a queue. */
    scalingPolicies: Each<typeof aws.appautoscaling.Policy>;
    /** By the name of the schedule. */
    scheduledActions?: Each<typeof aws.appautoscaling.ScheduledAction>;
}

export interface ScaledService {
    clusterName: pulumi.Input<string>;
    serviceName: pulumi.Input<string>;
    /** Undefined for a worker. */
    targets?: {
        loadBalancer: { arnSuffix: pulumi.Input<string> };
        targetGroup: aws.lb.TargetGroup;
        alternate?: { targetGroup: aws.lb.TargetGroup };
    };
}

/** Target tracking on CPU, memory, requests, and waiting messages. The policy with the highest result applies. */
export function autoscale(name: string, args: ResolvedScaling, scaled: ScaledService, parts: PartFactory<ScalingParts>): void {
    const target = parts.create("scalingTarget", aws.appautoscaling.Target, `${name}-scaling`, {
        minCapacity: args.minCapacity,
        maxCapacity: args.maxCapacity,
        serviceNamespace: "ecs",
        scalableDimension: "ecs:service:DesiredCount",
        resourceId: pulumi.interpolate`service/${scaled.clusterName}/${scaled.serviceName}`,
    });
    const { resourceId, scalableDimension, serviceNamespace } = target;
    const of = { resourceId, scalableDimension, serviceNamespace };
    for (const [metric, tracked] of Object.entries(trackedMetrics(args, scaled))) {
        parts.createEach("scalingPolicies", metric, aws.appautoscaling.Policy, `${name}-scale-by-${metric}`, {
            ...of,
            policyType: "TargetTrackingScaling",
            targetTrackingScalingPolicyConfiguration: {
                ...tracked,
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

type Tracked = Omit<aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration, "scaleInCooldown" | "scaleOutCooldown">;

function trackedMetrics(args: ResolvedScaling, scaled: ScaledService): Record<string, Tracked> {
    const { targets } = scaled;
    return {
        cpu: { targetValue: args.cpuTarget, predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" } },
        memory: {
            targetValue: args.memoryTarget,
            predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageMemoryUtilization" },
        },
        ...(targets ? { requests: { targetValue: args.requestsPerTarget, ...requestsOf(targets) } } : {}),
        ...(args.messagesPerTask === undefined
            ? {}
            : { messages: { targetValue: args.messagesPerTask, customizedMetricSpecification: messagesPerTask(args, scaled) } }),
    };
}

/**
 * Requests per task and minute. The predefined metric doesn't support deployments that move requests between target groups (Amazon ECS Developer Guide,
 * "Use a target metric to scale Amazon ECS services"), so the requests of both are added up.
 */
function requestsOf({ loadBalancer, targetGroup, alternate }: NonNullable<ScaledService["targets"]>): Omit<Tracked, "targetValue"> {
    if (!alternate) {
        const resourceLabel = pulumi.interpolate`${loadBalancer.arnSuffix}/${targetGroup.arnSuffix}`;
        return { predefinedMetricSpecification: { predefinedMetricType: "ALBRequestCountPerTarget", resourceLabel } };
    }
    const requests = (id: string, group: aws.lb.TargetGroup) => ({
        id,
        metricStat: {
            metric: {
                namespace: "AWS/ApplicationELB",
                metricName: "RequestCountPerTarget",
                dimensions: [{ name: "TargetGroup", value: group.arnSuffix }],
            },
            stat: "Sum",
        },
        returnData: false,
    });
    const both = {
        id: "perTask",
        label: "Requests per task",
        expression: "FILL(first, 0) + FILL(second, 0)",
        returnData: true,
    };
    const metrics = [requests("first", targetGroup), requests("second", alternate.targetGroup), both];
    return { customizedMetricSpecification: { metrics } };
}

/**
 * Waiting messages divided by running tasks. Without a running task, the number of messages itself, so that the service can start from zero tasks.
 * Application Auto Scaling User Guide, "Create a target tracking scaling policy using metric math".
 */
const messagesPerTask = ({ queueName = "" }: ResolvedScaling, { clusterName, serviceName }: ScaledService) => ({
    metrics: [
        {
            id: "messages",
            metricStat: {
                metric: {
                    namespace: "AWS/SQS",
                    metricName: "ApproximateNumberOfMessagesVisible",
                    dimensions: [{ name: "QueueName", value: queueName }],
                },
                stat: "Sum",
            },
            returnData: false,
        },
        {
            id: "tasks",
            metricStat: {
                metric: {
                    namespace: "ECS/ContainerInsights",
                    metricName: "RunningTaskCount",
                    dimensions: [
                        { name: "ClusterName", value: clusterName },
                        { name: "ServiceName", value: serviceName },
                    ],
                },
                stat: "Average",
            },
            returnData: false,
        },
        {
            id: "perTask",
            label: "Waiting messages per running task",
            expression: "FILL(messages, 0) / IF(FILL(tasks, 0) < 1, 1, FILL(tasks, 0))",
            returnData: true,
        },
    ],
});

interface Scaled {
    scaling: ScalingArgs;
    desiredCount?: number;
}

/** Checks `scaling` and `desiredCount`. */
export function checkScaling(check: Check, { desiredCount, ...args }: Scaled): void {
    const scaling = withDefaults(args.scaling, SCALING_DEFAULTS);
    const { minCapacity, maxCapacity } = scaling;
    checkCapacity(check, "scaling", scaling);
    const inRange = desiredCount === undefined || isBetween(desiredCount, minCapacity, maxCapacity);
    check(inRange, "desiredCount", "must be between scaling.minCapacity and scaling.maxCapacity");
    checkBetween(check, "scaling.cpuTarget", scaling.cpuTarget, SCALING_BOUNDS.target);
    checkBetween(check, "scaling.memoryTarget", scaling.memoryTarget, SCALING_BOUNDS.target);
    checkBetween(check, "scaling.requestsPerTarget", scaling.requestsPerTarget, SCALING_BOUNDS.requestsPerTarget);
    checkBetween(check, "scaling.messagesPerTask", scaling.messagesPerTask, SCALING_BOUNDS.messagesPerTask);
    const both = (scaling.messagesPerTask === undefined) === (scaling.queueName === undefined);
    check(both, "scaling.messagesPerTask", "and scaling.queueName must both be set, or neither");
    checkBetween(check, "scaling.scaleOutCooldown", scaling.scaleOutCooldown, SCALING_BOUNDS.cooldown);
    checkBetween(check, "scaling.scaleInCooldown", scaling.scaleInCooldown, SCALING_BOUNDS.cooldown);
    for (const [key, schedule] of Object.entries(scaling.schedules)) {
        const argument = `scaling.schedules.${key}`;
        check(SCHEDULE.test(schedule.schedule), `${argument}.schedule`, "must be cron(...), rate(...) or at(...)");
        checkCapacity(check, argument, schedule);
    }
}

function checkCapacity(check: Check, argument: string, { minCapacity, maxCapacity }: { minCapacity: number; maxCapacity: number }): void {
    const [, most] = SCALING_BOUNDS.capacity;
    checkBetween(check, `${argument}.minCapacity`, minCapacity, SCALING_BOUNDS.capacity);
    const allowed = `must be between ${argument}.minCapacity and ${most}`;
    check(isBetween(maxCapacity, minCapacity, most), `${argument}.maxCapacity`, allowed);
}
