/** ECS services, their autoscaling, and other tasks. */
import {
    DescribeScalableTargetsCommand,
    DescribeScheduledActionsCommand,
    PutScheduledActionCommand,
    RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import {
    DescribeServicesCommand,
    DescribeTasksCommand,
    paginateListTasks,
    StopTaskCommand,
    UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { Region, ServiceName } from "../ports";
import type { Clients } from "./clients";

type Methods = Pick<
    Region,
    | "service"
    | "setDesiredCount"
    | "scalableTarget"
    | "setScalableTarget"
    | "scheduledActions"
    | "setScheduledAction"
    | "peakCount"
    | "otherTasks"
    | "stopTask"
>;

const scalable = ({ cluster, service }: ServiceName) =>
    ({ ServiceNamespace: "ecs", ResourceId: `service/${cluster}/${service}`, ScalableDimension: "ecs:service:DesiredCount" }) as const;

const DAY = 24 * 3600_000;

export const services = ({ ecs, autoscaling, cloudWatch }: Clients): Methods => ({
    async service({ cluster, service }) {
        const { services: [found] = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
        if (found?.status !== "ACTIVE") return undefined;
        const primary = found.deployments?.find(({ status }) => status === "PRIMARY");
        return {
            desired: found.desiredCount ?? 0,
            running: found.runningCount ?? 0,
            rollout: primary?.rolloutState,
            reason: primary?.rolloutStateReason,
        };
    },

    async setDesiredCount({ cluster, service }, desiredCount) {
        await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    },

    async scalableTarget(name) {
        const { ServiceNamespace, ResourceId, ScalableDimension } = scalable(name);
        const request = new DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId], ScalableDimension });
        const { ScalableTargets: [target] = [] } = await autoscaling.send(request);
        return target && { minCapacity: target.MinCapacity ?? 0, maxCapacity: target.MaxCapacity ?? 0 };
    },

    async setScalableTarget(name, { minCapacity, maxCapacity }) {
        // Without RoleARN and SuspendedState, which therefore don't change.
        await autoscaling.send(
            new RegisterScalableTargetCommand({ ...scalable(name), MinCapacity: minCapacity, MaxCapacity: maxCapacity }),
        );
    },

    async scheduledActions(name) {
        const { ScheduledActions = [] } = await autoscaling.send(new DescribeScheduledActionsCommand(scalable(name)));
        return Object.fromEntries(
            ScheduledActions.map(({ ScheduledActionName = "", ScalableTargetAction: { MinCapacity = 0, MaxCapacity = 0 } = {} }) => [
                ScheduledActionName,
                { minCapacity: MinCapacity, maxCapacity: MaxCapacity },
            ]),
        );
    },

    async setScheduledAction(name, action, { schedule, timezone, minCapacity, maxCapacity }) {
        const known = await autoscaling.send(new DescribeScheduledActionsCommand({ ...scalable(name), ScheduledActionNames: [action] }));
        // A request deletes the times that it omits.
        const { StartTime, EndTime } = known.ScheduledActions?.[0] ?? {};
        await autoscaling.send(
            new PutScheduledActionCommand({
                ...scalable(name),
                ScheduledActionName: action,
                Schedule: schedule,
                Timezone: timezone,
                ...(StartTime && { StartTime }),
                ...(EndTime && { EndTime }),
                ScalableTargetAction: { MinCapacity: minCapacity, MaxCapacity: maxCapacity },
            }),
        );
    },

    async peakCount({ cluster, service }) {
        const dimensions = [
            { Name: "ClusterName", Value: cluster },
            { Name: "ServiceName", Value: service },
        ];
        const query = (id: string, Namespace: string, MetricName: string, Stat: string): MetricDataQuery => ({
            Id: id,
            MetricStat: { Metric: { Namespace, MetricName, Dimensions: dimensions }, Period: 60, Stat },
        });
        const now = Date.now();
        const { MetricDataResults = [] } = await cloudWatch.send(
            new GetMetricDataCommand({
                MetricDataQueries: [
                    query("insights", "ECS/ContainerInsights", "RunningTaskCount", "Maximum"),
                    // Without Container Insights: each task sends a sample per minute.
                    query("samples", "AWS/ECS", "CPUUtilization", "SampleCount"),
                ],
                StartTime: new Date(now - DAY),
                EndTime: new Date(now),
            }),
        );
        const valuesOf = (id: string) => MetricDataResults.find(({ Id }) => Id === id)?.Values ?? [];
        const [values = []] = [valuesOf("insights"), valuesOf("samples")].filter(({ length }) => length > 0);
        return values.length === 0 ? undefined : Math.ceil(Math.max(...values));
    },

    async otherTasks(cluster) {
        const tasks: string[] = [];
        for await (const { taskArns = [] } of paginateListTasks({ client: ecs }, { cluster, desiredStatus: "RUNNING" })) {
            if (taskArns.length === 0) continue;
            const { tasks: described = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
            const others = described.filter(({ group = "" }) => !group.startsWith("service:"));
            tasks.push(...others.flatMap(({ taskArn }) => taskArn ?? []));
        }
        return tasks;
    },

    async stopTask(cluster, task) {
        await ecs.send(new StopTaskCommand({ cluster, task, reason: "failover: this region becomes passive" }));
    },
});
