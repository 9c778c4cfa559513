/** Runs a task, follows its logs, and waits for its end. */
import { GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
    type Container,
    DescribeTaskDefinitionCommand,
    DescribeTasksCommand,
    RunTaskCommand,
    StopTaskCommand,
    type Task,
} from "@aws-sdk/client-ecs";
import { nameInArn, reasonsOf, runRequest, startedByOf } from "../../functions/task-runner/request";
import type { Clients } from "../preflight/clients";
import type { Definition, StackTasks } from "./outputs";

export interface Context {
    tasks: StackTasks;
    definition: Definition;
    clients: Pick<Clients, "ecs" | "logs">;
    /** Prints a log event. */
    print: (line: string) => void;
    notify: (line: string) => void;
    sleep: (milliseconds: number) => Promise<void>;
    /** Whether Ctrl-C was pressed. */
    isInterrupted: () => boolean;
}

export interface Finished {
    taskArn: string;
    /** ARN of the revision. */
    taskDefinition: string;
    logGroup: string;
    logStream: string;
    /** Missing if the container didn't start or was killed. */
    exitCode?: number;
    reason: string;
}

const POLL = 2000;

/** @throws Error if ECS doesn't start the task */
export async function runToEnd(context: Context, command?: string[]): Promise<Finished> {
    const { tasks, definition, notify } = context;
    const ecs = context.clients.ecs(tasks.region);
    const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: definition.family }));
    const revision = taskDefinition?.taskDefinitionArn ?? definition.family;
    const taskArn = await start(context, revision, command);
    const id = nameInArn(taskArn);
    const container = taskDefinition?.containerDefinitions?.find(({ name }) => name === definition.container);
    const { "awslogs-group": logGroup = "", "awslogs-stream-prefix": prefix = "" } = container?.logConfiguration?.options ?? {};
    const logStream = `${prefix}/${definition.container}/${id}`;
    notify(`Started ${id} (${nameInArn(revision)})`);
    const task = await follow(context, taskArn, { logGroup, logStream });
    const { exitCode, reason } = containerOf(task, definition);
    return {
        taskArn,
        taskDefinition: revision,
        logGroup,
        logStream,
        exitCode,
        reason: [task.stopCode, task.stoppedReason, reason].filter((it) => it).join(": "),
    };
}

async function start({ tasks, definition, clients }: Context, revision: string, command?: string[]): Promise<string> {
    const { cluster, subnetIds: subnets } = tasks;
    const mark = startedBy(definition, revision, command);
    const request = new RunTaskCommand({
        ...runRequest({ cluster, taskDefinition: revision, subnets, securityGroups: [definition.securityGroupId], startedBy: mark }),
        overrides: command && { containerOverrides: [{ name: definition.container, command }] },
    });
    const { tasks: started = [], failures = [] } = await clients.ecs(tasks.region).send(request);
    const taskArn = started[0]?.taskArn;
    if (taskArn !== undefined) return taskArn;
    throw new Error(`ECS didn't start the task: ${reasonsOf(failures) || "no reason given"}`);
}

/** A migration has the mark that functions/task-runner looks for, so that an update waits for this task instead of starting a second one. */
function startedBy({ kind }: Definition, revision: string, command?: string[]): string {
    if (kind !== "migration" || command) return "npm-run-task";
    return startedByOf(nameInArn(revision));
}

async function follow(context: Context, taskArn: string, log: Log): Promise<Task> {
    const { tasks, clients, notify, sleep, isInterrupted } = context;
    const ecs = clients.ecs(tasks.region);
    let token: string | undefined;
    let isStopping = false;
    for (;;) {
        const { tasks: found = [] } = await ecs.send(new DescribeTasksCommand({ cluster: tasks.cluster, tasks: [taskArn] }));
        const [task] = found;
        // Read after the status: at the end, the last events are there.
        token = await printNew(context, log, token);
        if (task?.lastStatus === "STOPPED") return task;
        if (isInterrupted() && !isStopping) {
            isStopping = true;
            notify("Stopping the task ...");
            await ecs.send(new StopTaskCommand({ cluster: tasks.cluster, task: taskArn, reason: "Ctrl-C in npm run task" }));
        }
        await sleep(POLL);
    }
}

interface Log {
    logGroup: string;
    logStream: string;
}

/** Prints the events since the last call. The stream appears with the first event. */
async function printNew({ tasks, clients, print }: Context, log: Log, since: string | undefined): Promise<string | undefined> {
    let token = since;
    for (;;) {
        const request = new GetLogEventsCommand({
            logGroupName: log.logGroup,
            logStreamName: log.logStream,
            startFromHead: true,
            nextToken: token,
        });
        try {
            const { events = [], nextForwardToken } = await clients.logs(tasks.region).send(request);
            for (const { message = "" } of events) print(message.replace(/\n$/, ""));
            // The same token marks the end.
            if (nextForwardToken === token) return token;
            token = nextForwardToken;
        } catch (error) {
            if (error instanceof Error && error.name === "ResourceNotFoundException") return token;
            throw error;
        }
    }
}

const containerOf = ({ containers = [] }: Task, { container }: Definition): Container =>
    containers.find(({ name }) => name === container) ?? {};
