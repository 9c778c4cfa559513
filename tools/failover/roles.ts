/** What a region does in the active and in the passive role. An update of the stack in that role applies the same settings. */
import type { Description } from "../../stacks/recovery/description";
import { type Action, minutes } from "./actions";
import type { Capacity, Region } from "./ports";

export type Role = "active" | "passive";

type Service = Description["services"][string];

export interface Place {
    region: Region;
    description: Description;
}

/** Number of tasks: as many as the other region ran, within the limits of the service. */
export const countWithin = ({ minCapacity, maxCapacity }: Service, count = minCapacity): number =>
    Math.min(Math.max(count, minCapacity), maxCapacity);

const limitsIn = (role: Role, { standbyCount }: Service, { minCapacity, maxCapacity }: Capacity): Capacity =>
    role === "active" ? { minCapacity, maxCapacity } : { minCapacity: standbyCount, maxCapacity: standbyCount };

const rangeOf = ({ minCapacity, maxCapacity }: Capacity) =>
    minCapacity === maxCapacity ? `${minCapacity}` : `${minCapacity} to ${maxCapacity}`;

/** True if both ranges are the same, or else the range that was found. */
function sameRange(found: Capacity | undefined, wanted: Capacity): true | string {
    if (found === undefined) return "it doesn't exist";
    const isSame = found.minCapacity === wanted.minCapacity && found.maxCapacity === wanted.maxCapacity;
    return isSame || `it's ${rangeOf(found)}`;
}

/** The autoscaling limits of all services, and those of their scheduled actions. */
export function limits({ region, description }: Place, role: Role): Action[] {
    const { cluster, services } = description;
    return Object.values(services).flatMap((service) => {
        const name = { cluster, service: service.service };
        const wanted = limitsIn(role, service, service);
        const target: Action = {
            text: `Set the limits of the service ${service.service} to ${rangeOf(wanted)} tasks`,
            check: async () => sameRange(await region.scalableTarget(name), wanted),
            act: () => region.setScalableTarget(name, wanted),
        };
        const schedules = Object.entries(service.schedules).map(([action, { schedule, timezone, ...capacity }]): Action => {
            const range = limitsIn(role, service, capacity);
            return {
                text: `Set the scheduled action ${action} of ${service.service} to ${rangeOf(range)} tasks`,
                check: async () => sameRange((await region.scheduledActions(name))[action], range),
                act: () => region.setScheduledAction(name, action, { schedule, timezone, ...range }),
            };
        });
        return [target, ...schedules];
    });
}

/** Starts the tasks of all services before they receive traffic. */
export function startServices({ region, description }: Place, counts: Record<string, number>): Action[] {
    const { cluster, services } = description;
    return Object.entries(services).map(([key, service]) => {
        const name = { cluster, service: service.service };
        const count = countWithin(service, counts[key]);
        return {
            text: `Run ${count} ${count === 1 ? "task" : "tasks"} of the service ${service.service}`,
            timeout: minutes(20),
            check: async () => {
                const state = await region.service(name);
                if (state === undefined) return "the service doesn't exist";
                const { running, rollout = "COMPLETED", reason = "" } = state;
                if (rollout === "FAILED") throw new Error(`its deployment failed: ${reason}`);
                if (running < count) return `${running} of ${count} tasks run`;
                return rollout === "COMPLETED" || `${running} tasks run, and the deployment is ${rollout}`;
            },
            act: async () => {
                const state = await region.service(name);
                if (state && state.desired < count) await region.setDesiredCount(name, count);
            },
        };
    });
}

/** Stops the tasks of all services, except for those of the standby. */
export function stopServices({ region, description }: Place, timeout: number): Action[] {
    const { cluster, services } = description;
    return Object.values(services).map(({ service, standbyCount }) => {
        const name = { cluster, service };
        return {
            text: `Stop the service ${service}${standbyCount > 0 ? ` except for ${standbyCount} of its tasks` : ""}`,
            timeout,
            check: async () => {
                const state = await region.service(name);
                if (state === undefined) return true;
                if (state.desired !== standbyCount) return `${state.desired} tasks are desired`;
                return state.running <= standbyCount || `${state.running} tasks still run`;
            },
            act: async () => {
                if ((await region.service(name))?.desired !== standbyCount) await region.setDesiredCount(name, standbyCount);
            },
        };
    });
}

/** Stops the tasks of jobs and one-off tasks. */
export const stopOtherTasks = ({ region, description: { cluster } }: Place, timeout: number): Action => ({
    text: `Stop the tasks in the cluster ${cluster} that don't belong to a service`,
    timeout,
    check: async () => {
        const { length } = await region.otherTasks(cluster);
        return length === 0 || `${length} still run`;
    },
    act: async () => {
        for (const task of await region.otherTasks(cluster)) await region.stopTask(cluster, task);
    },
});

const stateOf = (enabled: boolean) => (enabled ? "enabled" : "disabled");

/** Jobs, consumers of queues and streams, and rules: everything that starts work without a request. */
export function triggers({ region, description }: Place, role: Role): Action[] {
    const enabled = role === "active";
    const verb = enabled ? "Enable" : "Disable";
    const { jobs, consumers, rules } = description;
    const isSet = (found: boolean) => found === enabled || `it's ${stateOf(found)}`;
    return [
        ...jobs.map((job) => ({
            text: `${verb} the schedule ${job.group}/${job.name}`,
            check: async () => isSet(await region.isJobEnabled(job)),
            act: () => region.setJob(job, enabled),
        })),
        ...rules.map((rule) => ({
            text: `${verb} the rule ${rule.bus === undefined ? "" : `${rule.bus}/`}${rule.name}`,
            check: async () => isSet(await region.isRuleEnabled(rule)),
            act: () => region.setRule(rule, enabled),
        })),
        ...consumers.map((id) => ({
            text: `${verb} the event source mapping ${id}`,
            timeout: minutes(5),
            check: async () => {
                const state = await region.consumer(id);
                return state === (enabled ? "Enabled" : "Disabled") || `it's ${state}`;
            },
            act: async () => {
                // Lambda rejects a change while another one is in progress.
                if (!(await region.consumer(id)).endsWith("ing")) await region.setConsumer(id, enabled);
            },
        })),
    ];
}

/** The response of the failover path, which tells DNS and clients which region is active. */
export function failoverSwitch({ region, description }: Place, role: Role): Action[] {
    const variable = description.switch;
    if (!variable) return [];
    const value = String(role === "active");
    return [
        {
            text: `Set the stage variable ${variable.variable} of the API ${variable.restApiId}/${variable.stageName} to ${value}`,
            check: async () => {
                const found = await region.stageVariable(variable);
                return found === value || `it's ${found ?? "not set"}`;
            },
            act: () => region.setStageVariable(variable, value),
        },
    ];
}

/** The actions of alarms that make sense in one role only. */
export function alarms({ region, description }: Place, role: Role): Action[] {
    const { active, standby } = description.alarms;
    const all = [
        { names: active, enabled: role === "active" },
        { names: standby, enabled: role === "passive" },
    ];
    return all
        .filter(({ names }) => names.length > 0)
        .map(({ names, enabled }) => ({
            text: `${enabled ? "Enable" : "Disable"} the actions of ${names.length} ${names.length === 1 ? "alarm" : "alarms"} (${names.join(", ")})`,
            check: async () => {
                // Deleted alarms are missing here, and are ignored.
                const wrong = Object.entries(await region.alarmActions(names)).filter(([, found]) => found !== enabled);
                return wrong.length === 0 || `${stateOf(!enabled)}: ${wrong.map(([name]) => name).join(", ")}`;
            },
            act: () => region.setAlarmActions(names, enabled),
        }));
}
