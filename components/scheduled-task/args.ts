import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Bounds, type Check, checkBetween, checked, type WithDefaults } from "../building-blocks/arguments";
import type { ServiceRole } from "../building-blocks/iam";
import type { Transforms } from "../building-blocks/parts";
import type { ClusterReference } from "../fargate-cluster/args";
import { checkTask, TASK_DEFAULTS, type TaskArgs, type TaskParts, type TaskTransforms } from "../fargate-task/args";
import type { DeadLetterParts } from "../internal/dead-letter-queue";

export interface ScheduledTaskArgs extends TaskArgs {
    /** Cluster that the task runs in. */
    cluster: ClusterReference;
    /** KMS key of the queue with failed and missed runs. Its policy must allow `events.amazonaws.com` to use it. */
    kmsKeyArn: pulumi.Input<string>;
    /** When to run: `cron(0 3 * * ? *)`, `rate(1 hour)`, or `at(2027-01-01T03:00:00)`. EventBridge Scheduler calls it `scheduleExpression`. */
    schedule: string;
    /** IANA name of the time zone for `cron` and `at`, such as `Europe/Zurich`. @default "UTC" */
    timezone?: string;
    /** Whether the schedule starts runs. @default true */
    enabled?: boolean;
    /** Maximum number of retries if ECS doesn't accept a run, 0 to 185. A failed run isn't repeated. @default 3 */
    maximumRetryAttempts?: number;
    /** Seconds after the scheduled time during which a run can start, 60 to 86400. After that, it counts as missed. @default 3600 */
    maximumEventAgeInSeconds?: number;
    /** `containers` changes the container definitions, which are JSON in the task definition. */
    transform?: Transforms<ScheduledTaskParts> & TaskTransforms;
}

export interface ScheduledTaskParts extends TaskParts, DeadLetterParts {
    scheduleGroup: typeof aws.scheduler.ScheduleGroup;
    schedule: typeof aws.scheduler.Schedule;
    schedulerRole: typeof ServiceRole;
    failureRule: typeof aws.cloudwatch.EventRule;
    failureTarget: typeof aws.cloudwatch.EventTarget;
}

export const DEFAULTS = {
    ...TASK_DEFAULTS,
    timezone: "UTC",
    enabled: true,
    maximumRetryAttempts: 3,
    maximumEventAgeInSeconds: 3600,
} satisfies Partial<ScheduledTaskArgs>;

/** Lowest and highest values (EventBridge Scheduler API, `RetryPolicy`). */
export const BOUNDS = { maximumRetryAttempts: [0, 185], maximumEventAgeInSeconds: [60, 86_400] } as const satisfies Record<string, Bounds>;

/** EventBridge Scheduler API, `ScheduleExpression`. */
export const SCHEDULE = /^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\))$/;
export const SCHEDULE_RULE = "cron(...) with six fields, rate(...), or at(...), such as cron(0 3 * * ? *)";

export type Resolved = WithDefaults<ScheduledTaskArgs, typeof DEFAULTS & { containerName: string }>;

export function validated(name: string, args: Resolved) {
    return checked("ScheduledTask", name, args, (check) => {
        checkTask(check, name, args);
        checkSchedule(check, args);
        checkBetween(check, "maximumRetryAttempts", args.maximumRetryAttempts, BOUNDS.maximumRetryAttempts);
        checkBetween(check, "maximumEventAgeInSeconds", args.maximumEventAgeInSeconds, BOUNDS.maximumEventAgeInSeconds, " seconds");
    });
}

/** Checks the schedule and that the time zone exists. */
export function checkSchedule(check: Check, { schedule, timezone }: Pick<Resolved, "schedule" | "timezone">): void {
    check(SCHEDULE.test(schedule), "schedule", `must be ${SCHEDULE_RULE}`);
    check(isTimezone(timezone), "timezone", "must be the IANA name of a time zone, such as Europe/Zurich");
}

function isTimezone(timeZone: string): boolean {
    try {
        return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone !== "";
    } catch {
        return false;
    }
}
