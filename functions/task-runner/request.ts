/** The request that starts a task, for the function and for the command-line tools. */
import type { Failure, RunTaskCommandInput } from "@aws-sdk/client-ecs";

interface Run {
    cluster: string;
    /** Family or ARN of a revision. */
    taskDefinition: string;
    subnets: string[];
    securityGroups: string[];
    startedBy: string;
}

/** Runs one task on Fargate, without a public address. It gets the tags of its task definition, by which policies permit stopping it. */
export const runRequest = ({ cluster, taskDefinition, subnets, securityGroups, startedBy }: Run): RunTaskCommandInput => ({
    cluster,
    taskDefinition,
    startedBy,
    count: 1,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: "DISABLED" } },
    propagateTags: "TASK_DEFINITION",
    enableECSManagedTags: true,
});

/** Why ECS didn't start the task. */
export const reasonsOf = (failures: Failure[]): string =>
    failures.map(({ reason = "", detail = "" }) => `${reason} ${detail}`.trim()).join("; ");

/** Last part of an ARN: `family:7`, or the ID of a task. */
export const nameInArn = (arn: string): string => arn.split("/").pop() ?? arn;

/**
 * The mark of a run of a revision, by which another one finds it. ECS allows 128 letters, digits, and - / _ (Amazon ECS API Reference, `RunTask`). The
 * revision is at the end.
 *
 * @param revision `family:7`
 */
export const startedByOf = (revision: string): string => revision.replaceAll(":", "/").slice(-128);

/** Whether a task has the mark of a run of any revision. */
export const isMark = (startedBy = ""): boolean => /\/\d+$/.test(startedBy);

/** `family` of `family:7`. */
export const familyOf = (revision: string): string => revision.replace(/:\d+$/, "");
