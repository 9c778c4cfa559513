import { ECSClient } from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { createRunner, type RunRequest } from "../../functions/task-runner/runner";
import { readSettings } from "../../functions/task-runner/settings";
import { answering } from "../support/preflight";

const CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/it";
const DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/it-schema:7";
const TASK = "arn:aws:ecs:us-east-1:123456789012:task/it/0123456789abcdef";
const ENVIRONMENT = {
    CLUSTER_ARN: CLUSTER,
    SUBNET_IDS: "subnet-1,subnet-2",
    SECURITY_GROUP_IDS: "sg-1",
    CONTAINER_NAME: "app",
    LOG_GROUP_NAME: "schema-logs",
    TIMEOUT: "300",
};
const STREAM = "app/app/0123456789abcdef";
const started = new Date();

/** A stopped task whose container has run. The collector stops with another code. */
const exited = (exitCode?: number, more: object = {}) => ({
    taskArn: TASK,
    lastStatus: "STOPPED",
    startedAt: started,
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [
        { name: "collector", exitCode: 143 },
        { name: "app", exitCode },
    ],
    ...more,
});
const notStarted = (stoppedReason: string) => ({ taskArn: TASK, lastStatus: "STOPPED", stopCode: "TaskFailedToStart", stoppedReason });

interface Sent {
    command: string;
    input: Record<string, unknown>;
}

/** Runs the handler with answers by command; a list is one answer for each request, and its last one is repeated. */
async function ran(answers: Record<string, unknown>, request: RunRequest = { taskDefinition: DEFINITION }) {
    const sent: Sent[] = [];
    const ecs = new ECSClient({ region: "us-east-1" });
    const all: Record<string, unknown> = { ListTasks: { taskArns: [] }, RunTask: { tasks: [{ taskArn: TASK }] }, StopTask: {}, ...answers };
    const inTurn = Object.entries(all).map(([command, given]) => {
        const queue = Array.isArray(given) ? [...(given as object[])] : [given as object];
        const answer = (input: Record<string, unknown>) => {
            sent.push({ command, input });
            return (queue.length > 1 ? queue.shift() : queue[0]) ?? {};
        };
        return [command, answer] as const;
    });
    answering(ecs, Object.fromEntries(inTurn));
    let time = 0;
    const clock = {
        now: () => time,
        sleep: (milliseconds: number) => {
            time += milliseconds;
            return Promise.resolve();
        },
    };
    const runner = createRunner(ecs, readSettings(ENVIRONMENT), clock);
    const outcome = await runner(request).catch((error: unknown) => error as Error);
    const inputsOf = (command: string) => sent.filter((it) => it.command === command).map(({ input }) => input);
    return {
        outcome,
        message: outcome instanceof Error ? outcome.message : "",
        inputsOf,
        time: () => time / 1000,
        order: sent.map(({ command }) => command),
    };
}

describe("the function that runs a task", () => {
    it("starts the revision in private subnets, waits until it has stopped, and returns where its logs are", async () => {
        const tasks = ["PROVISIONING", "RUNNING"].map((lastStatus) => ({ tasks: [{ taskArn: TASK, lastStatus }] }));
        const { outcome, inputsOf } = await ran({ DescribeTasks: [...tasks, { tasks: [exited(0)] }] });
        expect(outcome).to.deep.equal({ taskArn: TASK, logGroupName: "schema-logs", logStreamName: STREAM });
        const [input, ...more] = inputsOf("RunTask");
        expect(more).to.be.empty;
        expect(input).to.deep.include({
            cluster: CLUSTER,
            taskDefinition: DEFINITION,
            startedBy: "it-schema/7",
            launchType: "FARGATE",
            networkConfiguration: {
                awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" },
            },
        });
        expect(inputsOf("StopTask")).to.be.empty;
    });

    it("fails with the exit code of the application's container, the reason, and the log stream", async () => {
        const { message, inputsOf } = await ran({ DescribeTasks: { tasks: [exited(3)] } });
        expect(message).to.equal(
            `it-schema:7 failed with exit code 3: EssentialContainerExited: Essential container in task exited. Log group schema-logs, stream ${STREAM}`,
        );
        expect(inputsOf("RunTask"), "attempts").to.have.length(1);
    });

    it("fails if the container was killed and has no exit code", async () => {
        const killed = exited(undefined, {
            containers: [{ name: "app", reason: "OutOfMemoryError: Container killed due to memory usage" }],
        });
        expect((await ran({ DescribeTasks: { tasks: [killed] } })).message).to.contain(
            "exit code none: EssentialContainerExited: Essential container in task exited: OutOfMemoryError: Container killed due to memory usage",
        );
    });

    it("fails at once if the image can't be pulled", async () => {
        const reason = "CannotPullContainerError: pull image manifest has been retried 7 time(s): app:9: not found";
        const { message, inputsOf } = await ran({ DescribeTasks: { tasks: [notStarted(reason)] } });
        expect(message).to.equal(`it-schema:7 didn't start: TaskFailedToStart: ${reason}`);
        expect(inputsOf("RunTask")).to.have.length(1);
    });

    const capacity = {
        failures: [{ reason: "Capacity is unavailable at this time. Please try again later or in a different availability zone" }],
    };
    const denied = Object.assign(new Error("not authorized to perform: ecs:RunTask"), { name: "AccessDeniedException" });
    const unready = { tasks: [notStarted("ResourceInitializationError: unable to pull secrets: AccessDeniedException")] };
    const temporary: [string, Record<string, unknown>][] = [
        ["Fargate has no capacity", { RunTask: [capacity, { tasks: [{ taskArn: TASK }] }], DescribeTasks: { tasks: [exited(0)] } }],
        [
            "the function's new role isn't effective yet",
            { RunTask: [denied, { tasks: [{ taskArn: TASK }] }], DescribeTasks: { tasks: [exited(0)] } },
        ],
        ["the task's new role isn't effective yet", { DescribeTasks: [unready, { tasks: [exited(0)] }] }],
    ];
    for (const [when, answers] of temporary) {
        it(`starts the task again after a pause if ${when}`, async () => {
            const { outcome, inputsOf, time } = await ran(answers);
            expect(outcome).to.include({ taskArn: TASK });
            expect(inputsOf("RunTask")).to.have.length(2);
            expect(time()).to.be.greaterThan(10);
        });
    }

    it("gives up if the task can't start, with the last reason", async () => {
        const { message, inputsOf } = await ran({ RunTask: capacity });
        expect(message).to.contain("it-schema:7 didn't start: Capacity is unavailable at this time");
        expect(inputsOf("RunTask").length).to.be.within(2, 10);
    });

    it("doesn't start a task again that has run, whatever the reason", async () => {
        const reason = "Capacity is unavailable at this time";
        const { inputsOf } = await ran({ DescribeTasks: { tasks: [exited(undefined, { stoppedReason: reason })] } });
        expect(inputsOf("RunTask")).to.have.length(1);
    });

    it("waits for a running task of the same revision instead of starting a second one", async () => {
        const { outcome, inputsOf } = await ran({ ListTasks: { taskArns: [TASK] }, DescribeTasks: { tasks: [exited(0)] } });
        expect(outcome).to.include({ taskArn: TASK });
        expect(inputsOf("RunTask")).to.be.empty;
        // With startedBy, ECS allows no other filter.
        expect(inputsOf("ListTasks")).to.deep.equal([{ cluster: CLUSTER, startedBy: "it-schema/7" }]);
        expect(inputsOf("DescribeTasks")[0]).to.deep.equal({ cluster: CLUSTER, tasks: [TASK] });
    });

    describe("while a task of an earlier revision is running", () => {
        const earlier = { taskArn: `${TASK}0`, startedBy: "it-schema/6" };
        const ofEarlier = (lastStatus: string, more: object = {}) => ({ tasks: [{ ...earlier, lastStatus, ...more }] });
        const none = { taskArns: [] };
        const listed = [none, { taskArns: [earlier.taskArn] }, none];

        it("starts its task only after that one has stopped: two revisions must not change a schema at once", async () => {
            const states = [ofEarlier("RUNNING"), ofEarlier("RUNNING"), ofEarlier("STOPPED"), { tasks: [exited(0)] }];
            const { outcome, inputsOf, order } = await ran({ ListTasks: listed, DescribeTasks: states });
            expect(outcome).to.include({ taskArn: TASK });
            expect(inputsOf("ListTasks")[1]).to.deep.equal({ cluster: CLUSTER, family: "it-schema", desiredStatus: "RUNNING" });
            expect(order.indexOf("RunTask")).to.equal(order.lastIndexOf("DescribeTasks") - 1);
            expect(order.filter((it) => it === "RunTask")).to.have.length(1);
        });

        it("fails without starting its task if that one doesn't stop in time, and leaves it alone", async () => {
            const { message, inputsOf } = await ran({ ListTasks: listed, DescribeTasks: ofEarlier("RUNNING") });
            expect(message).to.contain("it-schema:7 didn't start: the earlier task 0123456789abcdef0 is still running");
            expect(inputsOf("RunTask")).to.be.empty;
            expect(inputsOf("StopTask")).to.be.empty;
        });

        it("also waits for a task that was stopped after its time limit, and still has time to end", async () => {
            const stopping = [none, none, { taskArns: [TASK] }];
            const states = ["DEACTIVATING", "STOPPED"].map((lastStatus) => ({
                tasks: [{ ...earlier, startedBy: "it-schema/7", lastStatus }],
            }));
            const { outcome, inputsOf, order } = await ran({ ListTasks: stopping, DescribeTasks: [...states, { tasks: [exited(0)] }] });
            expect(outcome).to.include({ taskArn: TASK });
            expect(inputsOf("ListTasks")[2]).to.include({ family: "it-schema", desiredStatus: "STOPPED" });
            expect(order.filter((it) => it === "DescribeTasks" || it === "RunTask")).to.deep.equal([
                ...["DescribeTasks", "DescribeTasks", "RunTask", "DescribeTasks"],
            ]);
        });

        it("doesn't wait for tasks that have ended", async () => {
            const states = [ofEarlier("STOPPED"), { tasks: [exited(0)] }];
            const { outcome, order } = await ran({ ListTasks: listed, DescribeTasks: states });
            expect(outcome).to.include({ taskArn: TASK });
            expect(order.filter((it) => it === "DescribeTasks")).to.have.length(2);
        });

        it("doesn't wait for a task that somebody started with another command", async () => {
            const states = [ofEarlier("RUNNING", { startedBy: "npm-run-task" }), { tasks: [exited(0)] }];
            expect((await ran({ ListTasks: listed, DescribeTasks: states })).outcome).to.include({ taskArn: TASK });
        });
    });

    it("stops a task that runs for too long, and fails", async () => {
        const { message, inputsOf, time } = await ran({ DescribeTasks: { tasks: [{ taskArn: TASK, lastStatus: "RUNNING" }] } });
        expect(message).to.contain("hadn't finished after 300 seconds").and.to.contain(STREAM);
        expect(inputsOf("StopTask")[0]).to.include({ cluster: CLUSTER, task: TASK });
        expect(time()).to.be.within(300, 310);
    });

    it("waits for a new task that ECS doesn't return yet, but not for one that doesn't exist", async () => {
        const late = await ran({ DescribeTasks: [{ tasks: [] }, { tasks: [exited(0)] }] });
        expect(late.outcome).to.include({ taskArn: TASK });
        const never = await ran({ DescribeTasks: { tasks: [] } });
        expect(never.message).to.equal("ECS doesn't know the task 0123456789abcdef");
    });

    it("identifies a revision by its end if the name is too long for startedBy", async () => {
        const { inputsOf } = await ran(
            { DescribeTasks: { tasks: [exited(0)] } },
            { taskDefinition: `${DEFINITION.slice(0, -2)}${"x".repeat(130)}:12` },
        );
        expect(inputsOf("RunTask")[0]?.startedBy).to.match(/^x{125}\/12$/);
    });

    it("lists the environment variables that are missing", () => {
        expect(() => readSettings({ ...ENVIRONMENT, TIMEOUT: undefined, CLUSTER_ARN: "" })).to.throw(
            "these environment variables are missing: CLUSTER_ARN, TIMEOUT",
        );
    });
});
