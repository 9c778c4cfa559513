import * as z from "zod";
import { type FargateCluster, type Identity, ScheduledTask, type Network } from "../components";
import type { Check } from "../components/building-blocks/arguments";
import { BOUNDS, checkSchedule, DEFAULTS, SCHEDULE, SCHEDULE_RULE } from "../components/scheduled-task/args";
import type { PlatformConfig } from "./config";
import { consistent } from "./config/checks";
import { containerImage, text, whole } from "./config/values";
import { taskVariables, type Systems, type Workload, workloadArgs } from "./connect";
import type { Platform } from "./context";
import { PROJECT } from "./names";
import { checkWorkload, usesKey, workloadKeys, workloadName } from "./workloads";

const job = z
    .strictObject({
        image: containerImage().describe("Container image."),
        ...workloadKeys,
        uses: usesKey("nothing"),
        schedule: text(SCHEDULE, SCHEDULE_RULE)
            .meta({ examples: ["cron(17 3 * * ? *)", "rate(13 hours)"] })
            .describe("When to run: cron(0 3 * * ? *), rate(1 hour), or at(2027-01-01T03:00:00)."),
        timezone: z
            .string()
            .meta({ examples: ["Europe/Zurich"] })
            .default(DEFAULTS.timezone)
            .describe("IANA name of the time zone for cron and at."),
        enabled: z.boolean().default(DEFAULTS.enabled).describe("Whether the schedule starts runs. A dr stack on standby starts none."),
        maximumRetryAttempts: whole(BOUNDS.maximumRetryAttempts)
            .default(DEFAULTS.maximumRetryAttempts)
            .describe("Maximum number of retries if ECS doesn't accept a run. A failed run isn't repeated."),
        maximumEventAgeInSeconds: whole(BOUNDS.maximumEventAgeInSeconds, "seconds")
            .default(DEFAULTS.maximumEventAgeInSeconds)
            .describe("How long after the scheduled time a run can start. After that, it counts as missed."),
    })
    .superRefine(consistent(checkJob));

export const jobsSection = z
    .record(workloadName(), job)
    .meta({ instance: "nightly" })
    .default({})
    .describe("Containers that run on a schedule, by name. Default: none.");

interface JobParts {
    network: Network;
    cluster: FargateCluster;
    systems: Systems;
    identity?: Identity;
}

/** A job, and the systems that it uses. */
export interface StackJob extends Workload {
    name: string;
    component: ScheduledTask;
}

export type JobConfig = PlatformConfig["jobs"][string];

export const createJobs = (platform: Platform, parts: JobParts): StackJob[] =>
    Object.entries(platform.config.jobs).map(([name, settings]) => ({
        name,
        uses: settings.uses,
        component: createJob(platform, name, settings, parts),
    }));

function createJob(platform: Platform, name: string, config: JobConfig, parts: JobParts): ScheduledTask {
    const { uses, environment, enabled, ...settings } = config;
    const variables = taskVariables(platform, parts, name, uses);
    return new ScheduledTask(
        name,
        {
            ...workloadArgs(platform, name, [settings.image, settings.collectorImage], false),
            ...settings,
            // Jobs of a standby would work on data that another region writes.
            enabled: enabled && !platform.data.isStandby,
            vpc: parts.network,
            cluster: parts.cluster,
            kmsKeyArn: platform.data.keys.data,
            containerName: `${PROJECT}-${name}`,
            environment: { ...variables.environment, ...environment },
            secrets: variables.secrets,
        },
        platform.opts,
    );
}

/** Checks keys that depend on each other. */
function checkJob(check: Check, config: z.output<typeof job>): void {
    checkWorkload(check, config);
    checkSchedule(check, config);
}
