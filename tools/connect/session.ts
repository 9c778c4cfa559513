/** The task that a session runs in. */
import { DescribeTasksCommand, type ECSClient, RunTaskCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import * as z from "zod";
import { nameInArn, reasonsOf, runRequest } from "../../functions/task-runner/request";
import { messageOf } from "../../components/internal/unknown";
import { outputOf, type StackTasks, tasksOf } from "../task/outputs";

/** The output `databaseConnect` of a stack. */
const databaseConnect = z.object({
    family: z.string(),
    container: z.string(),
    securityGroupId: z.string(),
    host: z.string(),
    port: z.number(),
    dbName: z.string(),
});

export type DatabaseConnect = z.output<typeof databaseConnect>;

export interface Context {
    tasks: StackTasks;
    connect: DatabaseConnect;
    ecs: ECSClient;
    sleep: (milliseconds: number) => Promise<void>;
    isInterrupted: () => boolean;
}

const POLL = 2000;
const AGENT = "ExecuteCommandAgent";

/** @throws Error if the stack doesn't have the task */
export function connectOf(stack: string, outputs: string): { tasks: StackTasks; connect: DatabaseConnect } {
    const missing = `set database.connect.enabled, and run \`pulumi up --stack ${stack}\` first`;
    return { tasks: tasksOf(stack, outputs), connect: outputOf(stack, outputs, "databaseConnect", databaseConnect, missing) };
}

/**
 * Starts the task, and waits until the agent in its container is running. Returns the target of the session; undefined after Ctrl-C.
 *
 * @param started called with the ARN as soon as the task exists
 * @throws Error if the task doesn't start
 */
export async function startTask(context: Context, started: (taskArn: string) => void): Promise<string | undefined> {
    const { tasks, connect, ecs, sleep, isInterrupted } = context;
    const request = new RunTaskCommand({
        // The policy for developers permits sessions in tasks with the tag of the task definition.
        ...runRequest({
            cluster: tasks.cluster,
            taskDefinition: connect.family,
            subnets: tasks.subnetIds,
            securityGroups: [connect.securityGroupId],
            startedBy: "npm-run-connect",
        }),
        enableExecuteCommand: true,
    });
    const { tasks: [created] = [], failures = [] } = await ecs.send(request);
    const taskArn = created?.taskArn;
    if (taskArn === undefined) throw new Error(`ECS didn't start the task: ${reasonsOf(failures) || "no reason given"}`);
    started(taskArn);
    while (!isInterrupted()) {
        const { tasks: [task] = [] } = await ecs.send(new DescribeTasksCommand({ cluster: tasks.cluster, tasks: [taskArn] }));
        if (task?.lastStatus === "STOPPED") throw new Error(`the task stopped: ${task.stoppedReason ?? "no reason given"}`);
        const container = task?.containers?.find(({ name }) => name === connect.container);
        const isReady = container?.managedAgents?.some(({ name, lastStatus }) => name === AGENT && lastStatus === "RUNNING");
        if (isReady && container?.runtimeId !== undefined) return targetOf(tasks.cluster, taskArn, container.runtimeId);
        await sleep(POLL);
    }
    return undefined;
}

/** `ecs:<cluster>_<task>_<runtime>`: AWS Systems Manager API Reference, `StartSession`. */
function targetOf(cluster: string, taskArn: string, runtimeId: string): string {
    return `ecs:${nameInArn(cluster)}_${nameInArn(taskArn)}_${runtimeId}`;
}

interface Session {
    tasks: StackTasks;
    connect: DatabaseConnect;
    port: number;
    profile?: string;
}

/** Arguments of the AWS CLI. */
export function sessionArguments(target: string, { tasks, connect, port, profile }: Session): string[] {
    const parameters = { host: [connect.host], portNumber: [String(connect.port)], localPortNumber: [String(port)] };
    return [
        ...["ssm", "start-session", "--target", target, "--region", tasks.region],
        ...["--document-name", "AWS-StartPortForwardingSessionToRemoteHost", "--parameters", JSON.stringify(parameters)],
        ...(profile === undefined ? [] : ["--profile", profile]),
    ];
}

/** Stops the task. If that fails, says how to do it, because the task would run for hours. */
export async function stopTask({ tasks, ecs }: Context, taskArn: string, notify: (line: string) => void): Promise<void> {
    try {
        await ecs.send(new StopTaskCommand({ cluster: tasks.cluster, task: taskArn, reason: "End of npm run connect" }));
    } catch (error) {
        notify(`The task is still running: ${messageOf(error)}. Stop it: aws ecs stop-task --cluster ${tasks.cluster} --task ${taskArn}`);
    }
}
