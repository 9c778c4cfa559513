import * as aws from "@pulumi/aws";
import { parsePolicy, record, type Recording } from "ai-platform/testing";
import { expect } from "chai";
import program = require("./index");

const config = {
    "queue-worker:availabilityZoneNames": '["us-east-1a", "us-east-1b"]',
    "queue-worker:image": "registry.example.org/worker:1",
};

describe("the queue worker", () => {
    let recording: Recording;
    before(async () => {
        recording = await record(program, { project: "queue-worker", stack: "test", region: "us-east-1", config });
    });

    it("runs no task while the queue is empty, and scales with the messages that wait", () => {
        expect(recording.one(aws.appautoscaling.Target).inputs).to.include({ minCapacity: 0, maxCapacity: 20 });
        const policy = recording.one(aws.appautoscaling.Policy, "worker-scale-by-messages").inputs;
        expect(policy.targetTrackingScalingPolicyConfiguration?.targetValue).to.equal(50);
    });

    it("accepts no connections", () => {
        expect(recording.all(aws.lb.LoadBalancer)).to.deep.equal([]);
        expect(recording.all(aws.vpc.SecurityGroupIngressRule)).to.deep.equal([]);
    });

    it("can consume the queue and write below orders/, and nothing else", () => {
        const actions = recording
            .all(aws.iam.RolePolicy)
            .filter(({ inputs }) => inputs.role === recording.one(aws.iam.Role, "worker-task").outputs.name)
            .flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement)
            .flatMap(({ Action, Resource }) => [Action].flat().map((action) => [action, [Resource].flat()] as const));
        const resources = (action: string) => actions.filter(([it]) => it === action).flatMap(([, all]) => all);
        expect(resources("sqs:ReceiveMessage")).to.deep.equal([recording.one(aws.sqs.Queue, "orders-queue").outputs.arn]);
        expect(resources("s3:PutObject").every((arn) => arn.endsWith("/orders/*"))).to.equal(true);
        expect(actions.map(([action]) => action))
            .to.include("s3:PutObject")
            .and.not.include("s3:GetObject")
            .and.not.include("sqs:SendMessage");
    });

    it("sets messages aside after three attempts", () => {
        const { redrivePolicy } = recording.one(aws.sqs.Queue, "orders-queue").inputs;
        expect(JSON.parse(redrivePolicy ?? "{}")).to.include({ maxReceiveCount: 3 });
    });
});
