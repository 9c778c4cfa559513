import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parseJson } from "../../components/testing";
import { type StackTasks, tasksOf } from "../../tools/task/outputs";
import { taskCommand } from "../../tools/task/command";
import { ran } from "../support/command";
import { plan } from "../support/plans";
import { clientsWith } from "../support/preflight";

const TASK = "arn:aws:ecs:us-east-1:123456789012:task/ai-platform-prod/0123456789abcdef";
const definition = (kind: "service" | "job" | "migration", name: string) => ({
    kind,
    family: `ai-platform-prod-${name}`,
    container: `ai-platform-${name}`,
    securityGroupId: `sg-${name}`,
});
const TASKS: StackTasks = {
    region: "us-east-1",
    cluster: "arn:aws:ecs:us-east-1:123456789012:cluster/ai-platform-prod",
    subnetIds: ["subnet-1", "subnet-2"],
    definitions: {
        api: definition("service", "api"),
        nightly: definition("job", "nightly"),
        schema: definition("migration", "schema"),
    },
};

const logConfiguration = { options: { "awslogs-group": "logs", "awslogs-stream-prefix": "prefix" } };
const described = ({ taskDefinition = "" }: { taskDefinition?: string }) => ({
    taskDefinition: {
        taskDefinitionArn: `arn:aws:ecs:us-east-1:123456789012:task-definition/${taskDefinition}:7`,
        containerDefinitions: Object.values(TASKS.definitions).map(({ container }) => ({ name: container, logConfiguration })),
    },
});
const running = { tasks: [{ taskArn: TASK, lastStatus: "RUNNING" }] };
const exited = (exitCode?: number, more: object = {}) => ({
    tasks: [
        {
            taskArn: TASK,
            lastStatus: "STOPPED",
            stopCode: "EssentialContainerExited",
            stoppedReason: "Essential container in task exited",
            containers: ["collector", ...Object.values(TASKS.definitions).map(({ container }) => container)].map((name) => ({
                name,
                exitCode: name === "collector" ? 143 : exitCode,
            })),
            ...more,
        },
    ],
});

interface Options {
    answers?: Record<string, unknown>;
    outputs?: string;
    /** Presses Ctrl-C at this pause. */
    interruptAt?: number;
}

/** Runs the command. A list of answers is one for each request, and its last one is repeated. */
async function task(args: string[], { answers = {}, outputs = JSON.stringify({ tasks: TASKS }), interruptAt }: Options = {}) {
    const sent: { command: string; input: Record<string, unknown> }[] = [];
    const all: Record<string, unknown> = {
        DescribeTaskDefinition: described,
        RunTask: { tasks: [{ taskArn: TASK }] },
        DescribeTasks: [running, exited(0)],
        GetLogEvents: { events: [], nextForwardToken: "end" },
        StopTask: {},
        ...answers,
    };
    const inTurn = Object.entries(all).map(([command, given]) => {
        const queue = Array.isArray(given) ? [...(given as unknown[])] : [given];
        const answer = (input: Record<string, unknown>) => {
            sent.push({ command, input });
            const next = queue.length > 1 ? queue.shift() : queue[0];
            return typeof next === "function" ? (next as (input: object) => object)(input) : next;
        };
        return [command, answer] as const;
    });
    const printed: string[] = [];
    const exits: number[] = [];
    let interrupt: () => void = () => undefined;
    let pauses = 0;
    const stacks: string[] = [];
    const command = taskCommand({
        clients: () => clientsWith(Object.fromEntries(inTurn)),
        outputs: (stack) => {
            stacks.push(stack);
            return Promise.resolve(outputs);
        },
        print: (line) => void printed.push(line),
        sleep: () => {
            if (++pauses === interruptAt) interrupt();
            return Promise.resolve();
        },
        onInterrupt: (handle) => {
            interrupt = handle;
            return () => undefined;
        },
        exit: (code) => void exits.push(code),
    });
    const outcome = await ran(command, args);
    const inputsOf = (name: string) => sent.filter((it) => it.command === name).map(({ input }) => input);
    return {
        ...outcome,
        printed,
        exits,
        stacks,
        inputsOf,
        interrupt: () => {
            interrupt();
        },
    };
}

describe("npm run task", () => {
    it("runs the newest revision in the network of the stack, and exits with the code of its container", async () => {
        const { code, stdout, inputsOf, stacks } = await task(["nightly", "--stack", "dev"]);
        expect([code, stdout]).to.deep.equal([0, "nightly exited with 0\n"]);
        expect(stacks).to.deep.equal(["dev"]);
        expect(inputsOf("RunTask")).to.have.length(1);
        expect(inputsOf("RunTask")[0]).to.deep.include({
            cluster: TASKS.cluster,
            taskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/ai-platform-prod-nightly:7",
            launchType: "FARGATE",
            networkConfiguration: {
                awsvpcConfiguration: { subnets: TASKS.subnetIds, securityGroups: ["sg-nightly"], assignPublicIp: "DISABLED" },
            },
        });
        const failed = await task(["nightly"], { answers: { DescribeTasks: exited(3) } });
        expect(failed.code).to.equal(3);
        expect(failed.stdout)
            .to.contain("nightly exited with 3: EssentialContainerExited")
            .and.to.contain("Log group logs, stream prefix/");
    });

    it("marks a migration like the function that runs migrations, so that an update doesn't run it a second time", async () => {
        const startedBy = async (args: string[]) => (await task(args)).inputsOf("RunTask")[0]?.startedBy;
        expect(await startedBy(["schema"])).to.equal("ai-platform-prod-schema/7");
        expect(await startedBy(["schema", "--command", "seed"])).not.to.contain("/");
        expect(await startedBy(["nightly"])).not.to.contain("/");
    });

    it("replaces the command of the container with all words after --command, also with options", async () => {
        const { inputsOf } = await task(["api", "-s", "prod", "--command", "dotnet", "api.dll", "--stack", "x"]);
        expect(inputsOf("RunTask")[0]?.overrides).to.deep.equal({
            containerOverrides: [{ name: "ai-platform-api", command: ["dotnet", "api.dll", "--stack", "x"] }],
        });
        expect((await task(["schema"])).inputsOf("RunTask")[0]?.overrides).to.equal(undefined);
    });

    it("follows the logs, whose stream appears late, and prints the events of the end", async () => {
        const GetLogEvents = [
            "ResourceNotFoundException",
            ({ nextToken }: { nextToken?: string }) => ({
                events: [{ message: "one\n" }, { message: "two" }],
                nextForwardToken: nextToken ?? "a",
            }),
            { events: [], nextForwardToken: "a" },
            { events: [{ message: "three" }], nextForwardToken: "b" },
            { events: [], nextForwardToken: "b" },
        ];
        const { printed, inputsOf } = await task(["schema"], { answers: { GetLogEvents, DescribeTasks: [running, running, exited(0)] } });
        expect(printed).to.deep.equal(["one", "two", "three"]);
        expect(inputsOf("GetLogEvents")[0]).to.include({
            logGroupName: "logs",
            logStreamName: "prefix/ai-platform-schema/0123456789abcdef",
            startFromHead: true,
        });
    });

    it("stops the task at Ctrl-C and waits for its end; a second Ctrl-C doesn't wait", async () => {
        const answers = { DescribeTasks: [running, running, exited(143, { stopCode: "UserInitiated" })] };
        const { code, inputsOf, stderr, exits } = await task(["schema"], { answers, interruptAt: 1 });
        expect(code).to.equal(130);
        expect(inputsOf("StopTask")).to.have.length(1);
        expect(inputsOf("StopTask")[0]).to.include({ cluster: TASKS.cluster, task: TASK });
        expect(stderr).to.contain("Stopping the task");
        expect(exits).to.be.empty;
        const again = await task(["schema"], { answers: { DescribeTasks: [running, exited(0)] }, interruptAt: 1 });
        again.interrupt();
        expect(again.exits).to.deep.equal([130]);
    });

    it("prints one JSON document, and the logs to standard error, with --json", async () => {
        const GetLogEvents = [
            { events: [{ message: "one" }], nextForwardToken: "a" },
            { events: [], nextForwardToken: "a" },
        ];
        const { stdout, stderr, printed, code } = await task(["schema", "--json"], { answers: { GetLogEvents, DescribeTasks: exited(3) } });
        expect(JSON.parse(stdout)).to.deep.equal({
            stack: "prod",
            name: "schema",
            taskArn: TASK,
            taskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/ai-platform-prod-schema:7",
            logGroup: "logs",
            logStream: "prefix/ai-platform-schema/0123456789abcdef",
            exitCode: 3,
            reason: "EssentialContainerExited: Essential container in task exited",
        });
        expect(stderr).to.contain("one");
        expect(printed).to.be.empty;
        expect(code).to.equal(3);
    });

    it("exits with 1 if the task didn't start or was killed", async () => {
        const DescribeTasks = exited(undefined, { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError" });
        const { code, stdout } = await task(["schema"], { answers: { DescribeTasks } });
        expect(code).to.equal(1);
        expect(stdout).to.contain("schema has no exit code: TaskFailedToStart: CannotPullContainerError");
        const refused = await task(["schema"], { answers: { RunTask: { failures: [{ reason: "Capacity is unavailable" }] } } });
        expect([refused.code, refused.stderr]).to.deep.equal([1, "error: ECS didn't start the task: Capacity is unavailable\n"]);
    });

    const rejected: [string[], number, string, string?][] = [
        [[], 2, "NAME is missing"],
        [["schema", "seed"], 2, "only one NAME is allowed: schema, seed"],
        [["schema", "--command"], 2, "--command requires a command"],
        [["web"], 1, "prod has no task web: it must be one of api, nightly, schema"],
        [["api"], 1, "api is a service, whose own command doesn't end by itself: pass --command"],
        [["schema"], 1, "prod has no output tasks: run `pulumi up --stack prod` first", "{}"],
        [["schema"], 1, "`pulumi stack output --json --stack prod` didn't print a map in JSON", "warning: a new version"],
        [
            ["schema"],
            1,
            "this version can't read the outputs of prod (tasks.cluster is missing; tasks.subnetIds: Invalid input: expected array, received string; " +
                "tasks.definitions.api.container is missing): run `pulumi up --stack prod` first",
            JSON.stringify({
                tasks: {
                    ...TASKS,
                    cluster: undefined,
                    subnetIds: "subnet-1",
                    definitions: { api: { ...TASKS.definitions.api, container: undefined } },
                },
            }),
        ],
        [["schema"], 1, "(tasks: Invalid input: expected object, received string)", JSON.stringify({ tasks: "[secret]" })],
    ];
    for (const [args, code, message, outputs] of rejected) {
        it(`rejects ${JSON.stringify(args)}${outputs ? `: ${message}` : ""}`, async () => {
            const outcome = await task(args, { outputs });
            expect(outcome.stderr).to.contain(message);
            expect(outcome.code).to.equal(code);
            expect(outcome.inputsOf("RunTask")).to.be.empty;
        });
    }

    it("finds the tasks of all workloads in the outputs of a stack", async () => {
        const image = "registry.example.org/shop/app:1";
        const overrides = [
            `jobs.nightly.image=${image}`,
            "jobs.nightly.schedule=rate(1 day)",
            "jobs.nightly.uses[0]=database",
            `migrations.schema.image=${image}`,
        ];
        const recording = await plan(
            "prod",
            overrides.map((it) => `ai-platform:${it}`),
        );
        const { definitions, ...place } = tasksOf("prod", JSON.stringify(recording.outputs));
        expect(place).to.deep.equal({
            region: "us-east-1",
            cluster: recording.one(aws.ecs.Cluster).outputs.arn,
            subnetIds: recording.all(aws.ec2.Subnet, /private/).map(({ id }) => id),
        });
        const kinds = Object.entries(definitions).map(([name, { kind }]) => [name, kind]);
        expect(kinds).to.have.deep.members([
            ["api", "service"],
            ["nightly", "job"],
            ["schema", "migration"],
        ]);
        for (const [name, { family, container, securityGroupId }] of Object.entries(definitions)) {
            const { inputs } = recording.one(aws.ecs.TaskDefinition, `${name}-task`);
            expect(family).to.equal(inputs.family);
            expect(parseJson<{ name: string }[]>(inputs.containerDefinitions).map((it) => it.name)).to.include(container);
            const rule = recording.one(aws.vpc.SecurityGroupIngressRule, `database-from-${name}-5432`);
            expect(rule.inputs.referencedSecurityGroupId).to.equal(securityGroupId);
        }
    });
});
