import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { FargateTask, TaskRun, type TaskRunArgs } from "../../components";
import { parsePolicy, record } from "../../components/testing";
import { cluster, keys, placement } from "../support/minimal";

const task = () => new FargateTask("schema", { ...keys, ...placement, cluster, image: "registry.example.org/shop:1", tracing: false });
const recorded = (more: Partial<TaskRunArgs> = {}, use?: (run: TaskRun) => void) =>
    record(() => {
        const rule = new aws.vpc.SecurityGroupIngressRule("rule", { securityGroupId: "sg-1", ipProtocol: "tcp" });
        const run = new TaskRun("schema-run", { ...keys, task: task(), runAfter: [rule], ...more });
        use?.(run);
    });

describe("TaskRun", () => {
    it("invokes the function when the task definition changes, and with nothing else that can change", async () => {
        const recording = await recorded();
        const { inputs } = recording.one(aws.lambda.Invocation);
        const taskDefinition = recording.one(aws.ecs.TaskDefinition).outputs.arn;
        expect(inputs).to.deep.equal({
            functionName: recording.one(aws.lambda.Function).outputs.name,
            input: JSON.stringify({ taskDefinition }),
            triggers: { taskDefinition },
        });
    });

    it("gives the function the cluster, the network, and the container of the task, and time to report after the timeout", async () => {
        const recording = await recorded({ timeout: 120 });
        const { inputs } = recording.one(aws.lambda.Function);
        expect(inputs.environment?.variables).to.include({
            CLUSTER_ARN: cluster.clusterArn,
            SUBNET_IDS: placement.subnetIds.join(","),
            SECURITY_GROUP_IDS: recording.one(aws.ec2.SecurityGroup).id,
            CONTAINER_NAME: "schema",
            LOG_GROUP_NAME: recording.one(aws.cloudwatch.LogGroup, "schema-logs").outputs.name,
            TIMEOUT: "120",
        });
        expect(inputs).to.include({ timeout: 180, kmsKeyArn: keys.kmsKeyArn });
        // Lambda's maximum.
        const longest = await recorded({ timeout: 840 });
        expect(longest.one(aws.lambda.Function).inputs.timeout).to.be.at.most(900);
    });

    it("waits for the permissions of the task, and for what it is told to wait for", async () => {
        const recording = await recorded();
        const dependencies = recording.one(aws.lambda.Invocation).dependencies;
        expect(dependencies).to.include(recording.one(aws.vpc.SecurityGroupIngressRule, "rule").urn);
        expect(dependencies).to.include(recording.one(aws.iam.RolePolicy, "schema-execution-start").urn);
        expect(dependencies).to.include(recording.one(aws.vpc.SecurityGroupEgressRule, "schema-https-out").urn);
    });

    it("lets the function run only this task in its cluster, stop only its runs, and pass only the roles of the task to ECS", async () => {
        const recording = await recorded();
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "schema-run-role-run").inputs.policy);
        const family = String(recording.one(aws.ecs.TaskDefinition).outputs.arn).replace(/:\d+$/, "");
        const ofCluster = { ArnEquals: { "ecs:cluster": cluster.clusterArn } };
        const of = (action: string) => Statement.filter(({ Action }) => Action.includes(action));
        expect(of("ecs:RunTask")).to.have.length(1);
        expect(of("ecs:RunTask")[0]).to.deep.include({ Resource: [`${family}:*`], Condition: ofCluster });
        for (const action of ["ecs:DescribeTasks", "ecs:ListTasks"]) {
            expect(of(action), action).to.have.length(1);
            expect(of(action)[0]?.Condition, action).to.deep.equal(ofCluster);
        }
        const { family: name, tags } = recording.one(aws.ecs.TaskDefinition).inputs;
        expect(tags).to.deep.equal({ TaskDefinitionFamily: name });
        expect(of("ecs:StopTask")).to.have.length(1);
        expect(of("ecs:StopTask")[0]).to.deep.include({
            Resource: [`${cluster.clusterArn.replace(":cluster/", ":task/")}/*`],
            Condition: { StringEquals: { "aws:ResourceTag/TaskDefinitionFamily": name } },
        });
        expect(of("iam:PassRole")[0]).to.deep.include({
            Resource: ["schema-execution", "schema-task"].map((name) => recording.one(aws.iam.Role, name).outputs.arn),
            Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        });
        expect(Statement.flatMap(({ Action }) => Action).filter((action) => /^(secretsmanager|rds|iam:(?!PassRole))/.test(action))).to.be
            .empty;
    });

    it("runs nothing by itself if another tool invokes the function, which needs a grant", async () => {
        const recording = await recorded({ runOnUpdate: false }, (run) => {
            expect(run.run).to.equal(undefined);
            run.grantInvoke({ logicalName: "build", roleName: run.functionName });
        });
        expect(recording.all(aws.lambda.Invocation)).to.be.empty;
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "build-schema-run-invoke").inputs.policy);
        expect(Statement).to.have.length(1);
        expect(Statement[0]).to.deep.include({
            Action: ["lambda:InvokeFunction"],
            Resource: [recording.one(aws.lambda.Function).outputs.arn],
        });
    });

    for (const timeout of [59, 841, 90.5]) {
        it(`rejects a timeout of ${timeout}`, async () => {
            const message = await recorded({ timeout }).then(String, String);
            expect(message).to.contain('TaskRun "schema-run": timeout must be between 60 and 840 seconds');
        });
    }
});
