/** ECS services, their autoscaling, and other tasks. */
import {
    DescribeScalableTargetsCommand,
    DescribeScheduledActionsCommand,
    PutScheduledActionCommand,
    RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
    DescribeServicesCommand,
    DescribeTasksCommand,
    paginateListTasks,
    StopTaskCommand,
    UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { peakCount } from "../../../functions/recovery-monitor/counts";
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
        // Times that a request omits are deleted.
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

    peakCount: (name) => peakCount(cloudWatch, name),

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
