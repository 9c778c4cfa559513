/** Runs a Fargate task once, and waits until it has stopped. */
import {
    type Container,
    DescribeTasksCommand,
    type ECSClient,
    ListTasksCommand,
    RunTaskCommand,
    StopTaskCommand,
    type Task,
} from "@aws-sdk/client-ecs";
import { familyOf, isMark, nameInArn, reasonsOf, runRequest, startedByOf } from "./request";

export interface RunnerSettings {
    clusterArn: string;
    subnetIds: string[];
    securityGroupIds: string[];
    /** Container whose exit code counts. */
    containerName: string;
    logGroupName: string;
    /** Seconds until the task must have stopped, from the start of the invocation. */
    timeout: number;
}

/** Input of the function. */
export interface RunRequest {
    /** ARN of a revision of the task definition. */
    taskDefinition: string;
}

/** Result of the function, for a task that exited with 0. */
export interface RunResult {
    taskArn: string;
    logGroupName: string;
    logStreamName: string;
}

export interface Clock {
    /** Milliseconds. */
    now: () => number;
    sleep: (milliseconds: number) => Promise<void>;
}

export type Runner = (request: RunRequest) => Promise<RunResult>;

const POLL = 5000;
/** Between two attempts to start the task. */
const PAUSE = 15_000;
const ATTEMPTS = 4;
/** After this many answers without the task, it doesn't exist. A new task can be missing at first. */
const MISSES = 12;
/** Most tasks of one request. The running ones are first in the list. */
const MOST_DESCRIBED = 100;

/**
 * Reasons that can disappear by themselves: Fargate has no capacity, or a new role or policy isn't effective everywhere yet. Only a task that never
 * started is started again.
 */
const TEMPORARY = /capacity is unavailable|access ?denied|not authorized|unable to assume/i;

/**
 * Creates the handler. If a task of the same revision is already running, because an earlier invocation lost its connection, the handler waits for that
 * one instead of starting a second one. If another task of the family is running or being stopped, the handler starts its own one afterwards.
 *
 * Its errors name the task, the exit code, the reason, and the log stream. They contain no log events, which can contain secrets.
 */
export function createRunner(ecs: ECSClient, settings: RunnerSettings, { now, sleep }: Clock): Runner {
    const { clusterArn: cluster, timeout } = settings;

    async function runningTask(startedBy: string): Promise<string | undefined> {
        const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, startedBy }));
        return taskArns[0];
    }

    /**
     * Other runs that haven't ended: of another revision, which a canceled update leaves behind, and those that are being stopped. Tasks that somebody
     * started with another command have another mark.
     */
    async function otherRuns(family: string): Promise<string[]> {
        const lists = await Promise.all(
            (["RUNNING", "STOPPED"] as const).map((desiredStatus) => ecs.send(new ListTasksCommand({ cluster, family, desiredStatus }))),
        );
        const listed = lists.flatMap(({ taskArns = [] }) => taskArns).slice(0, MOST_DESCRIBED);
        if (listed.length === 0) return [];
        const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: listed }));
        return tasks.flatMap(({ taskArn, startedBy, lastStatus }) =>
            taskArn !== undefined && lastStatus !== "STOPPED" && isMark(startedBy) ? [taskArn] : [],
        );
    }

    /** Waits for the other runs: two tasks of a migration must not change the schema at once. */
    async function waitForOthers(name: string, deadline: number): Promise<void> {
        for (const taskArn of await otherRuns(familyOf(name)))
            if (!(await stopped(taskArn, deadline)))
                throw new Error(`${name} didn't start: the earlier task ${nameInArn(taskArn)} is still running. ${whereOf(taskArn)}`);
    }

    /** Starts the task, and returns its ARN or the reason why ECS didn't accept it. */
    async function start(taskDefinition: string, startedBy: string): Promise<{ taskArn?: string; reason: string }> {
        const { subnetIds: subnets, securityGroupIds: securityGroups } = settings;
        const request = runRequest({ cluster, taskDefinition, subnets, securityGroups, startedBy });
        try {
            const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand(request));
            return { taskArn: tasks[0]?.taskArn, reason: reasonsOf(failures) };
        } catch (error) {
            return { reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
        }
    }

    /** Waits for the task. Undefined if it is still running at the deadline. */
    async function stopped(taskArn: string, deadline: number): Promise<Task | undefined> {
        let misses = 0;
        while (now() < deadline) {
            const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
            const [task] = tasks;
            if (task?.lastStatus === "STOPPED") return task;
            misses = task ? 0 : misses + 1;
            if (misses >= MISSES) throw new Error(`ECS doesn't know the task ${nameInArn(taskArn)}`);
            await sleep(POLL);
        }
        return undefined;
    }

    async function stop(taskArn: string): Promise<void> {
        await ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason: `Not finished after ${timeout} seconds` }));
    }

    return async ({ taskDefinition }) => {
        const name = nameInArn(taskDefinition);
        const deadline = now() + timeout * 1000;
        const startedBy = startedByOf(name);
        let reason = "";
        for (let attempt = 1; attempt <= ATTEMPTS && now() < deadline; attempt++) {
            if (attempt > 1) await sleep(PAUSE);
            const running = await runningTask(startedBy);
            if (running === undefined) await waitForOthers(name, deadline);
            const begun = running === undefined ? await start(taskDefinition, startedBy) : { taskArn: running, reason: "" };
            ({ reason } = begun);
            if (begun.taskArn !== undefined) {
                const task = await stopped(begun.taskArn, deadline);
                if (!task) {
                    await stop(begun.taskArn);
                    throw new Error(`${name} was stopped, because it hadn't finished after ${timeout} seconds. ${whereOf(begun.taskArn)}`);
                }
                if (hasStarted(task)) return resultOf(name, task, begun.taskArn);
                reason = `${task.stopCode ?? "Stopped"}: ${task.stoppedReason ?? containerReason(task)}`;
            }
            if (!TEMPORARY.test(reason)) break;
        }
        throw new Error(`${name} didn't start: ${reason}`);
    };

    function resultOf(name: string, task: Task, taskArn: string): RunResult {
        const exitCode = containerOf(task)?.exitCode;
        if (exitCode === 0) return { taskArn, logGroupName: settings.logGroupName, logStreamName: streamOf(taskArn) };
        const reason = [task.stopCode, task.stoppedReason, containerReason(task)].filter((it) => it).join(": ");
        throw new Error(`${name} failed with exit code ${exitCode ?? "none"}: ${reason}. ${whereOf(taskArn)}`);
    }

    function containerOf({ containers = [] }: Task): Container | undefined {
        return containers.find((container) => container.name === settings.containerName);
    }

    function containerReason(task: Task): string {
        return containerOf(task)?.reason ?? "";
    }

    /** `<prefix>/<container>/<task>`. The prefix is the name of the container. */
    function streamOf(taskArn: string): string {
        return `${settings.containerName}/${settings.containerName}/${nameInArn(taskArn)}`;
    }

    function whereOf(taskArn: string): string {
        return `Log group ${settings.logGroupName}, stream ${streamOf(taskArn)}`;
    }
}

const hasStarted = ({ startedAt, stopCode }: Task): boolean => startedAt !== undefined && stopCode !== "TaskFailedToStart";
