/** What the failover tool needs to know about a stack. The stack writes it to a table in the recovery region, where the tool reads it. */
import * as z from "zod";

const count = z.int().min(0);
const name = z.string().min(1);

const capacity = { minCapacity: count, maxCapacity: count };

const service = z.object({
    /** Physical name of the ECS service. */
    service: name,
    ...capacity,
    /** Tasks in the passive role: the minimum and the maximum of the scalable target and of each scheduled action. */
    standbyCount: count,
    /** Scheduled actions by name, with the limits of the active role. */
    schedules: z.record(name, z.object({ schedule: name, timezone: name, ...capacity })),
});

export const descriptionSchema = z.object({
    version: z.literal(1),
    environment: name,
    role: z.enum(["primary", "dr"]),
    region: name,
    account: name,
    /** Prefix of the physical names. */
    name,
    /** Name of the ECS cluster. */
    cluster: name,
    /** Services by logical name. The limits are those of the active role. */
    services: z.record(name, service),
    /** Schedules of EventBridge Scheduler that are enabled in the active role only. */
    jobs: z.array(z.object({ group: name, name })),
    /** IDs of Lambda event source mappings that are enabled in the active role only. */
    consumers: z.array(name),
    /** EventBridge rules that are enabled in the active role only. */
    rules: z.array(z.object({ name, bus: name.optional() })),
    /** RDS instances by logical name, which both stacks share. In dr, replicas of those in the primary region until they are promoted. */
    databases: z.array(z.object({ name, identifier: name })),
    /** Buckets with a copy in the recovery region. Only the primary stack, which owns both, describes them. */
    buckets: z.array(z.object({ primary: name, recovery: name })).default([]),
    /** Stage variable with the value `true` or `false` that the failover path of the API reads. Missing without a domain. */
    switch: z.object({ restApiId: name, stageName: name, variable: name }).optional(),
    /** Names of metric alarms whose actions are enabled in one role only. */
    alarms: z.object({ active: z.array(name), standby: z.array(name) }),
    checks: z.object({ failoverUrl: z.url().optional(), healthUrl: z.url().optional(), sharedHealthUrl: z.url().optional() }).optional(),
});

export type Description = z.infer<typeof descriptionSchema>;
