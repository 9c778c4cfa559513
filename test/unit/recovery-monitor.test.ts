import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { RecoveryMonitor, type RecoveryMonitorArgs } from "../../components";
import { type DashboardBody } from "../../components/observability/dashboard";
import { parsePolicy, record, type Recording } from "../../components/testing";
import { actionOf } from "../support/preflight";
import { read } from "../support/samples";
import { failureOf } from "../support/failures";
import { monitor } from "../support/minimal";
import { plan, planOf } from "../support/plans";

const recorded = (more: Partial<RecoveryMonitorArgs> = {}) =>
    record(() => {
        const { alarms, graphs } = new RecoveryMonitor("it", { ...monitor, ...more });
        return { alarms, graphs };
    });
const statementsOf = (recording: Recording, policy: string) =>
    parsePolicy(recording.one(aws.iam.RolePolicy, policy).inputs.policy).Statement;

const restoreTests = {
    planName: "it_1",
    planArn: "arn:aws:backup:us-east-1:123456789012:restore-testing-plan:it_1-2",
    resourceTypes: ["RDS", "DocumentDB"],
};

describe("RecoveryMonitor", () => {
    it("runs the function every hour, from the creation of the schedule", async () => {
        const recording = await recorded();
        const lambda = recording.one(aws.lambda.Function).outputs.arn;
        const { inputs, dependencies } = recording.one(aws.scheduler.Schedule);
        expect(inputs).to.include({ scheduleExpression: "rate(1 hour)" });
        expect(inputs.startDate).to.equal(undefined);
        expect(inputs.target).to.deep.include({ arn: lambda, roleArn: recording.one(aws.iam.Role, "it-scheduler").outputs.arn });
        expect(dependencies).to.include(recording.one(aws.iam.RolePolicy, "it-scheduler-invoke").urn);
        const [invoke, ...more] = statementsOf(recording, "it-scheduler-invoke");
        expect(invoke).to.deep.include({ Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [lambda] });
        expect(more).to.be.empty;
        const [trust] = parsePolicy(recording.one(aws.iam.Role, "it-scheduler").inputs.assumeRolePolicy).Statement;
        expect(trust?.Condition?.StringEquals).to.deep.equal({
            "aws:SourceAccount": "123456789012",
            "aws:SourceArn": recording.one(aws.scheduler.ScheduleGroup).outputs.arn,
        });
    });

    it("encrypts the environment variables and the logs of the function, traces it, and keeps it out of the VPC", async () => {
        const recording = await recorded({ logRetentionDays: 14 });
        const { inputs } = recording.one(aws.lambda.Function);
        expect(inputs).to.include({ kmsKeyArn: monitor.kmsKeyArn });
        expect(inputs.environment?.variables).to.include({ TABLE_NAME: monitor.tableName, ENVIRONMENT: monitor.environment });
        expect(inputs.tracingConfig).to.deep.equal({ mode: "Active" });
        expect(inputs.vpcConfig).to.equal(undefined);
        expect(inputs.loggingConfig).to.include({ logGroup: recording.one(aws.cloudwatch.LogGroup).outputs.name });
        expect(recording.one(aws.cloudwatch.LogGroup).inputs).to.include({ kmsKeyId: monitor.logKeyArn, retentionInDays: 14 });
    });

    it("limits the function to the table, one item, and two clusters", async () => {
        const recording = await recorded();
        const all = statementsOf(recording, "it-role-watch");
        const of = (action: string) => {
            const [statement, ...more] = all.filter(({ Action }) => Action.includes(action));
            expect(more, action).to.be.empty;
            return statement ?? expect.fail(action);
        };
        const table = ["arn:aws:dynamodb:us-east-1:123456789012:table/it-recovery"];
        for (const action of ["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:DescribeTable"])
            expect(of(action), action).to.deep.include({ Resource: table });
        expect(of("dynamodb:PutItem")).to.deep.include({
            Action: ["dynamodb:PutItem"],
            Resource: table,
            Condition: {
                "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["capacity"] },
                Null: { "dynamodb:LeadingKeys": "false" },
            },
        });
        expect(of("ecs:DescribeServices").Resource).to.deep.equal([
            "arn:aws:ecs:us-east-1:123456789012:service/it/*",
            "arn:aws:ecs:us-west-2:123456789012:service/it-dr/*",
        ]);
        expect(of("cloudwatch:GetMetricStatistics").Condition).to.deep.equal({
            StringEquals: { "aws:RequestedRegion": ["us-east-1", "us-west-2"] },
        });
        const keys = all.filter(({ Action }) => Action.some((action) => action.startsWith("kms:")));
        expect(keys.map(({ Action, Condition }) => [...Action, Condition?.StringEquals?.["kms:ViaService"]])).to.deep.equal([
            ["kms:Decrypt", "dynamodb.us-east-1.amazonaws.com"],
            ["kms:Decrypt", "lambda.us-east-1.amazonaws.com"],
        ]);
    });

    it("lets the function send the requests that it sends, and no others to these services", async () => {
        const sources = ["counts", "restore-tests", "table"].map((file) => read(`functions/recovery-monitor/${file}.ts`)).join("\n");
        const signing = { DynamoDB: "dynamodb", CloudWatch: "monitoring", ECS: "ecs", Backup: "backup" };
        const serviceOf: Record<string, keyof typeof signing> = {
            GetMetricStatistics: "CloudWatch",
            DescribeServices: "ECS",
            GetRestoreTestingPlan: "Backup",
            ListRestoreJobs: "Backup",
        };
        const commands = new Set([...sources.matchAll(/new (\w+)Command\(/g)].map(([, command = ""]) => command));
        for (const [, command = ""] of sources.matchAll(/paginate(\w+)\(/g)) commands.add(command);
        const sent = [...commands].map((command) => actionOf(signing[serviceOf[command] ?? "DynamoDB"], command));
        const allowed = statementsOf(await recorded({ restoreTests }), "it-role-watch")
            .flatMap(({ Action }) => Action)
            .filter((action) => /^(dynamodb|cloudwatch|ecs|backup):/.test(action));
        expect(allowed).to.have.members(sent);
    });

    it("reads the tests of one restore testing plan, and has an alarm if none passed in 8 days, only with restoreTests", async () => {
        const recording = await recorded({ restoreTests });
        expect(recording.one(aws.lambda.Function).inputs.environment?.variables).to.include({
            RESTORE_TESTING_PLAN: "it_1",
            RESTORE_TESTING_TYPES: "RDS,DocumentDB",
        });
        const reads = statementsOf(recording, "it-role-watch").filter(({ Action }) => Action.some((it) => it.startsWith("backup:")));
        expect(reads.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["backup:GetRestoreTestingPlan"], [restoreTests.planArn]],
            [["backup:ListRestoreJobs"], ["*"]],
        ]);
        const alarmOf = ({ outputs }: Recording) =>
            (outputs.alarms as RecoveryMonitor["alarms"]).find(({ name }) => name === "restore-test-age");
        expect(alarmOf(recording)).to.include({ metricName: "LastRestoreTestAge", threshold: 8 * 86_400, comparison: "above" });
        expect(alarmOf(await recorded())).to.equal(undefined);
        const without = statementsOf(await recorded(), "it-role-watch").flatMap(({ Action }) => Action);
        expect(without.filter((it) => it.startsWith("backup:"))).to.be.empty;
    });

    it("compares what is measured with the objectives, in seconds", async () => {
        const { outputs } = await recorded({ drillAgeDays: 40, rtoMinutes: 15, rpoSeconds: 5 });
        const thresholds = Object.fromEntries(
            (outputs.alarms as RecoveryMonitor["alarms"]).map(({ name, threshold }) => [name, threshold]),
        );
        expect(thresholds).to.include({ "drill-age": 40 * 86_400, rto: 900, rpo: 5 });
    });

    it("rejects objectives out of bounds, and no clusters", async () => {
        const failure = await failureOf(recorded({ drillAgeDays: 0, rtoMinutes: 1441, rpoSeconds: -1, clusters: [] }));
        expect(failure)
            .to.contain('RecoveryMonitor "it": clusters must contain at least one cluster')
            .and.to.contain("drillAgeDays must be between 1 and 3650 days")
            .and.to.contain("rtoMinutes must be between 1 and 1440 minutes")
            .and.to.contain("rpoSeconds must be between 0 and 86400 seconds");
    });
});

describe("the recovery monitor of a stack", () => {
    const FUNCTION = "recovery-monitor-function";

    it("is part of dr in both roles, and of no primary stack", async () => {
        const inputsOf = (recording: Recording) =>
            Object.fromEntries(
                recording.registered.filter(({ name }) => name.startsWith("recovery-monitor")).map(({ name, inputs }) => [name, inputs]),
            );
        const [standby, active] = await Promise.all([plan("dr"), plan("dr", ["ai-platform:active=true"])]);
        expect(inputsOf(standby)).to.include.keys(FUNCTION, "recovery-monitor-schedule");
        expect(inputsOf(active)).to.deep.equal(inputsOf(standby));
        for (const stack of ["prod", "dev"]) expect(inputsOf(await plan(stack))).to.deep.equal({});
    });

    it("reads the table of the primary stack in its own region, with the key of the table, and the clusters of both stacks", async () => {
        const [dr, prod] = await Promise.all([plan("dr"), plan("prod")]);
        const { environment, kmsKeyArn } = dr.one(aws.lambda.Function, FUNCTION).inputs;
        expect(environment?.variables).to.include({ TABLE_NAME: prod.one(aws.dynamodb.Table).inputs.name, ENVIRONMENT: "dr" });
        const statements = statementsOf(dr, "recovery-monitor-role-watch");
        const of = (action: string) => statements.find(({ Action }) => Action.includes(action))?.Resource;
        expect(of("dynamodb:PutItem")).to.deep.equal(["arn:aws:dynamodb:us-west-2:123456789012:table/ai-platform-prod-recovery"]);
        expect(of("ecs:DescribeServices")).to.deep.equal([
            "arn:aws:ecs:us-east-1:123456789012:service/ai-platform-prod/*",
            "arn:aws:ecs:us-west-2:123456789012:service/ai-platform-dr/*",
        ]);
        expect(of("kms:Decrypt")).to.deep.equal([kmsKeyArn]);
        for (const [recording, name] of [
            [dr, "ai-platform-dr"],
            [prod, "ai-platform-prod"],
        ] as const)
            expect(recording.one(aws.ecs.Cluster).inputs.name).to.equal(name);
    });

    it("has alarms with the configured objectives, which notify, and a row on the dashboard with the lag of the replica", async () => {
        const overrides = ["drillAgeDays=100", "rtoMinutes=20", "rpoSeconds=10"].map((it) => `ai-platform:recoveryObjectives.${it}`);
        const recording = await planOf({ stack: "dr", overrides });
        for (const [name, threshold] of [
            ["drill-age", 100 * 86_400],
            ["rto", 1200],
            ["rpo", 10],
        ] as const) {
            const { inputs } = recording.one(aws.cloudwatch.MetricAlarm, `recovery-monitor-${name}`);
            expect(inputs).to.include({ namespace: "Recovery", threshold, treatMissingData: "notBreaching", actionsEnabled: true });
            expect(inputs.dimensions).to.deep.equal({ Environment: "dr" });
            expect(inputs.alarmActions).to.have.length(1);
        }
        const { widgets } = JSON.parse(recording.one(aws.cloudwatch.Dashboard).inputs.dashboardBody) as DashboardBody;
        const first = widgets.findIndex(({ properties }) => properties.markdown === "## Recovery");
        const next = widgets.findIndex(({ type }, i) => type === "text" && i > first);
        const row = widgets.slice(first + 1, next).map(({ properties }) => properties);
        const names = row.flatMap(({ metrics }) => (metrics as string[][]).map(([namespace, name]) => `${namespace} ${name}`));
        expect(names).to.include.members(["Recovery LastDrillAge", "Recovery RtoSeconds", "Recovery RpoSeconds", "AWS/RDS ReplicaLag"]);
        expect(row.find(({ title }) => title === "rto")).to.include({ start: "-P3M" });
        expect(row.find(({ title }) => title === "drill-age")).not.to.have.property("start");
    });
});
