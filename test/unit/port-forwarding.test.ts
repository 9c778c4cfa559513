import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { PortForwarding, type PortForwardingArgs } from "../../components";
import { parseJson, parsePolicy, record } from "../../components/testing";
import { planOf } from "../support/plans";
import { cluster, exec, keys, placement } from "../support/minimal";

const args = { ...keys, ...placement, cluster: { ...cluster, exec } };
const recorded = (more: Partial<PortForwardingArgs> = {}) => record(() => new PortForwarding("tunnel", { ...args, ...more }));
const TASKS = `${cluster.clusterArn.replace(":cluster/", ":task/")}/*`;
const IN_CLUSTER = { ArnEquals: { "ecs:cluster": cluster.clusterArn } };
const OWN = { StringEquals: { "aws:ResourceTag/TaskDefinitionFamily": "it-tunnel" } };

describe("PortForwarding", () => {
    it("runs a task that ends by itself, has the agent of Session Manager, and has the tag of its policy", async () => {
        const recording = await recorded({ maxHours: 2 });
        const { inputs } = recording.one(aws.ecs.TaskDefinition);
        const [container] = parseJson<{ command: string[]; readonlyRootFilesystem: boolean }[]>(inputs.containerDefinitions);
        expect(container?.command).to.deep.equal(["sleep", "7200"]);
        // The agent writes to the file system.
        expect(container?.readonlyRootFilesystem).to.equal(false);
        expect(inputs.tags).to.deep.equal({ TaskDefinitionFamily: inputs.family });
        const actions = recording
            .all(aws.iam.RolePolicy, /^tunnel-task/)
            .flatMap(({ inputs: { policy } }) => parsePolicy(policy).Statement);
        expect(actions.flatMap(({ Action }) => Action)).to.include("ssmmessages:OpenDataChannel");
    });

    it("lets developers run only this task, stop only its runs, and start only port forwarding in them", async () => {
        const recording = await recorded();
        const { Statement } = parsePolicy(recording.one(aws.iam.Policy).inputs.policy);
        const of = (action: string) => Statement.filter(({ Action }) => Action.includes(action));
        const family = String(recording.one(aws.ecs.TaskDefinition).outputs.arn).replace(/:\d+$/, "");
        expect(of("ecs:RunTask")[0]).to.deep.include({
            Resource: [`${family}:*`],
            Condition: IN_CLUSTER,
        });
        expect(of("ecs:StopTask")).to.have.length(1);
        expect(of("ecs:StopTask")[0]).to.deep.include({ Resource: [TASKS], Condition: OWN });
        // A stopped task has no tags, and the command reports why it stopped.
        expect(of("ecs:DescribeTasks")).to.have.length(1);
        expect(of("ecs:DescribeTasks")[0]).to.deep.include({ Resource: [TASKS], Condition: IN_CLUSTER });
        const [sessions, documents, ...more] = of("ssm:StartSession");
        expect(more).to.be.empty;
        // Without this condition, AWS allows an interactive shell in the task: a session without a document needs no permission for one.
        const onlyDocuments = { BoolIfExists: { "ssm:SessionDocumentAccessCheck": "true" } };
        expect(sessions).to.deep.include({ Resource: [TASKS], Condition: { ...OWN, ...onlyDocuments } });
        expect(documents?.Condition).to.deep.equal(onlyDocuments);
        expect(documents?.Resource).to.deep.equal(["arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSessionToRemoteHost"]);
        expect(of("ssm:TerminateSession")[0]?.Resource).to.deep.equal(["arn:aws:ssm:us-east-1:123456789012:session/${aws:userid}-*"]);
        const actions = Statement.flatMap(({ Action }) => Action);
        expect(actions).not.to.include("ecs:ExecuteCommand");
        expect(actions.filter((action) => /^(secretsmanager|rds-db|kms):/.test(action))).to.be.empty;
        expect(Statement.filter(({ Resource }) => Resource.includes("*"))).to.be.empty;
    });

    for (const [more, message] of [
        [{ maxHours: 25 }, "maxHours must be between 1 and 24"],
        [{ cluster }, "cluster.exec must be set"],
    ] as const) {
        it(`rejects ${Object.keys(more).join()}`, async () => {
            expect(await recorded(more).then(String, String)).to.contain(`PortForwarding "tunnel": ${message}`);
        });
    }

    it("exists in the platform only if it's enabled, and reaches nothing but the database", async () => {
        const off = await planOf({ stack: "prod" });
        expect(off.all(aws.iam.Policy)).to.be.empty;
        const on = await planOf({ stack: "prod", overrides: ["ai-platform:database.connect.enabled=true"] });
        const rules = on.all(aws.vpc.SecurityGroupIngressRule, /-from-database-connect-/).map(({ name }) => name);
        expect(rules).to.deep.equal(["database-from-database-connect-5432"]);
        const grants = on.all(aws.iam.RolePolicy, /^database-connect-/).flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement);
        const services = new Set(grants.flatMap(({ Action }) => Action).map((action) => action.split(":")[0]));
        expect([...services]).to.have.members(["kms", "logs", "ssmmessages"]);
    });
});
