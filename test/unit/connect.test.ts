import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { connectCommand } from "../../tools/connect/command";
import { connectOf } from "../../tools/connect/session";
import { ran } from "../support/command";
import { plan } from "../support/plans";
import { clientsWith } from "../support/preflight";

const CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/ai-platform-prod";
const TASK = "arn:aws:ecs:us-east-1:123456789012:task/ai-platform-prod/0123456789abcdef";
const OUTPUTS = {
    tasks: { region: "us-east-1", cluster: CLUSTER, subnetIds: ["subnet-1", "subnet-2"], definitions: {} },
    databaseConnect: {
        family: "ai-platform-prod-database-connect",
        container: "database-connect",
        securityGroupId: "sg-1",
        host: "db.example.internal",
        port: 5432,
        dbName: "shop",
    },
};
const withAgent = (lastStatus: string) => ({
    tasks: [
        {
            taskArn: TASK,
            lastStatus: "RUNNING",
            containers: [
                {
                    name: "database-connect",
                    runtimeId: "0123456789abcdef-42",
                    managedAgents: [{ name: "ExecuteCommandAgent", lastStatus }],
                },
            ],
        },
    ],
});

interface Options {
    answers?: Record<string, object | string>;
    outputs?: object;
    missing?: string;
    /** Exit code of the session, or its error. */
    session?: number | null | Error;
    interruptAt?: number;
}

async function connected(args: string[], { answers = {}, outputs = OUTPUTS, missing, session = 0, interruptAt }: Options = {}) {
    const sent: { command: string; input: Record<string, unknown> }[] = [];
    const described = [{ tasks: [{ taskArn: TASK, lastStatus: "PENDING" }] }, withAgent("PENDING"), withAgent("RUNNING")];
    const all: Record<string, object | string | undefined> = { RunTask: { tasks: [{ taskArn: TASK }] }, StopTask: {}, ...answers };
    const answerOf = (command: string) => (input: Record<string, unknown>) => {
        sent.push({ command, input });
        return all[command] ?? (described.length > 1 ? described.shift() : described[0]) ?? {};
    };
    const sessions: string[][] = [];
    let interrupt: () => void = () => undefined;
    let pauses = 0;
    const command = connectCommand({
        clients: () => clientsWith(Object.fromEntries(["RunTask", "DescribeTasks", "StopTask"].map((it) => [it, answerOf(it)]))),
        outputs: () => Promise.resolve(JSON.stringify(outputs)),
        isOnPath: (program) => program !== missing,
        aws: (given) => {
            sessions.push(given);
            // Ctrl-C ends the session.
            if (session === null) interrupt();
            return session instanceof Error ? Promise.reject(session) : Promise.resolve(session);
        },
        sleep: () => {
            if (++pauses === interruptAt) interrupt();
            return Promise.resolve();
        },
        onInterrupt: (handle) => {
            interrupt = handle;
            return () => undefined;
        },
    });
    const outcome = await ran(command, args);
    const inputsOf = (name: string) => sent.filter((it) => it.command === name).map(({ input }) => input);
    return { ...outcome, sessions, inputsOf };
}

describe("npm run connect", () => {
    it("starts the task with the agent, waits for it, forwards the port to the database, and stops the task", async () => {
        const { code, stderr, sessions, inputsOf } = await connected(["database", "--port", "15432", "--profile", "dev"]);
        expect(code).to.equal(0);
        expect(inputsOf("RunTask")[0]).to.deep.include({
            cluster: CLUSTER,
            taskDefinition: "ai-platform-prod-database-connect",
            enableExecuteCommand: true,
            // The policy for developers depends on the tags.
            propagateTags: "TASK_DEFINITION",
            networkConfiguration: {
                awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" },
            },
        });
        expect(inputsOf("DescribeTasks")).to.have.length(3);
        expect(sessions).to.have.length(1);
        const [session = []] = sessions;
        const option = (name: string) => session[session.indexOf(name) + 1] ?? "";
        expect(session.slice(0, 2)).to.deep.equal(["ssm", "start-session"]);
        expect(option("--target")).to.equal("ecs:ai-platform-prod_0123456789abcdef_0123456789abcdef-42");
        expect(option("--document-name")).to.equal("AWS-StartPortForwardingSessionToRemoteHost");
        expect(JSON.parse(option("--parameters"))).to.deep.equal({
            host: ["db.example.internal"],
            portNumber: ["5432"],
            localPortNumber: ["15432"],
        });
        expect([option("--region"), option("--profile")]).to.deep.equal(["us-east-1", "dev"]);
        // The certificate is that of the database, not of the local address.
        expect(stderr).to.contain('psql "host=db.example.internal hostaddr=127.0.0.1 port=15432 dbname=shop sslmode=verify-full');
        expect(inputsOf("StopTask")).to.have.length(1);
        expect(inputsOf("StopTask")[0]).to.include({ cluster: CLUSTER, task: TASK });
    });

    const ends: [string, Options, number][] = [
        ["Ctrl-C during the session", { session: null }, 0],
        ["Ctrl-C while the task starts", { interruptAt: 1 }, 1],
        ["a session that fails", { session: 255 }, 1],
        ["a CLI that can't be started", { session: new Error("EACCES") }, 1],
        ["a task that stops", { answers: { DescribeTasks: { tasks: [{ lastStatus: "STOPPED", stoppedReason: "no image" }] } } }, 1],
    ];
    for (const [what, options, expected] of ends) {
        it(`stops the task after ${what}`, async () => {
            const { code, inputsOf } = await connected(["database"], options);
            expect(inputsOf("StopTask").map(({ task }) => task)).to.deep.equal([TASK]);
            expect(code).to.equal(expected);
        });
    }

    it("says how to stop the task if AWS refuses", async () => {
        const { stderr } = await connected(["database"], { answers: { StopTask: "AccessDeniedException" } });
        expect(stderr).to.contain(`aws ecs stop-task --cluster ${CLUSTER} --task ${TASK}`);
    });

    const rejected: [string[], Options, number, string][] = [
        [[], {}, 2, "the argument must be database"],
        [["cache"], {}, 2, "the argument must be database"],
        [["database", "--port", "0"], {}, 2, "--port must be between 1 and 65535"],
        [["database"], { missing: "session-manager-plugin" }, 1, "session-manager-plugin isn't on PATH. Install it: https://"],
        [["database"], { missing: "aws" }, 1, "aws isn't on PATH. Install it: https://"],
        [["database"], { outputs: { tasks: OUTPUTS.tasks } }, 1, "prod has no output databaseConnect: set database.connect.enabled"],
        [
            ["database"],
            { outputs: { ...OUTPUTS, databaseConnect: { ...OUTPUTS.databaseConnect, host: undefined, port: "5432" } } },
            1,
            "can't read the outputs of prod (databaseConnect.host is missing; databaseConnect.port: Invalid input: expected number, received string)",
        ],
        [
            ["database"],
            { answers: { RunTask: { failures: [{ reason: "RESOURCE:ENI", detail: "no free address" }] } } },
            1,
            "ECS didn't start the task: RESOURCE:ENI no free address",
        ],
        [["database"], { answers: { RunTask: {} } }, 1, "ECS didn't start the task: no reason given"],
    ];
    for (const [args, options, code, message] of rejected) {
        it(`fails with a message: ${message}`, async () => {
            const outcome = await connected(args, options);
            expect([outcome.code, outcome.sessions.length]).to.deep.equal([code, 0]);
            expect(outcome.stderr).to.contain(message);
            expect(outcome.inputsOf("StopTask")).to.be.empty;
        });
    }

    it("finds the task and the database in the outputs of a stack", async () => {
        const recording = await plan("prod", ["ai-platform:database.connect.enabled=true"]);
        const { connect } = connectOf("prod", JSON.stringify(recording.outputs));
        const database = recording.one(aws.rds.Instance, "database-instance");
        expect(connect).to.deep.include({
            family: recording.one(aws.ecs.TaskDefinition, "database-connect-task").inputs.family,
            container: "database-connect",
            securityGroupId: recording.one(aws.ec2.SecurityGroup, /^database-connect-/).id,
            host: database.outputs.address,
            port: 5432,
            dbName: database.inputs.dbName,
        });
    });
});
