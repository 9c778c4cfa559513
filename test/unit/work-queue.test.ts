import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { WorkQueue, type WorkQueueArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parseJson, parsePolicy, record, resolve } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const RULE = "arn:aws:events:us-east-1:123456789012:rule/created";
const recorded = (args: Partial<WorkQueueArgs> = {}, use: (queue: WorkQueue) => void = () => undefined) =>
    record(() => {
        use(new WorkQueue("work", { kmsKeyArn: KEY, ...args }));
    });

describe("WorkQueue", () => {
    it("creates an encrypted queue that moves messages to its dead-letter queue after five failures", async () => {
        const recording = await recorded();
        const deadLetters = recording.one(aws.sqs.Queue, "work-dead-letters");
        const queue = recording.one(aws.sqs.Queue, "work-queue");
        expect(queue.inputs).to.include({
            kmsMasterKeyId: KEY,
            visibilityTimeoutSeconds: 180,
            messageRetentionSeconds: 4 * 86400,
            receiveWaitTimeSeconds: 20,
        });
        expect(parseJson(queue.inputs.redrivePolicy)).to.deep.equal({ deadLetterTargetArn: deadLetters.outputs.arn, maxReceiveCount: 5 });
        expect(deadLetters.inputs).to.include({ kmsMasterKeyId: KEY, messageRetentionSeconds: 14 * 86400 });
        expect(queue.parent).to.contain("ai-platform:components:WorkQueue::work");
    });

    it("allows no other queue to use the dead-letter queue", async () => {
        const recording = await recorded();
        const { inputs } = recording.one(aws.sqs.RedriveAllowPolicy);
        expect(inputs.queueUrl).to.equal(recording.one(aws.sqs.Queue, "work-dead-letters").outputs.url);
        expect(parseJson(inputs.redriveAllowPolicy)).to.deep.equal({
            redrivePermission: "byQueue",
            sourceQueueArns: [recording.one(aws.sqs.Queue, "work-queue").outputs.arn],
        });
    });

    it("passes all options on", async () => {
        const recording = await recorded({
            visibilityTimeoutSeconds: 900,
            maxReceiveCount: 3,
            retentionDays: 14,
            queueName: "ingest",
            transform: {
                queue: { delaySeconds: 5 },
                deadLetterQueue: { messageRetentionSeconds: 86400 },
            },
        });
        const queue = recording.one(aws.sqs.Queue, "work-queue").inputs;
        expect(queue).to.include({ name: "ingest", visibilityTimeoutSeconds: 900, messageRetentionSeconds: 14 * 86400, delaySeconds: 5 });
        expect(parseJson<{ maxReceiveCount: number }>(queue.redrivePolicy).maxReceiveCount).to.equal(3);
        expect(recording.one(aws.sqs.Queue, "work-dead-letters").inputs).to.include({
            name: "ingest-dead-letters",
            messageRetentionSeconds: 86400,
        });
    });

    it("requires TLS, and allows only the configured rules and topics to send", async () => {
        const topic = "arn:aws:sns:us-east-1:123456789012:news";
        const recording = await recorded({ senders: { rules: [RULE, `${RULE}-2`], topics: [topic] } });
        const arn = recording.one(aws.sqs.Queue, "work-queue").outputs.arn;
        const { Statement } = parsePolicy(recording.one(aws.sqs.QueuePolicy, "work-policy").inputs.policy);
        expect(Statement).to.deep.equal([
            {
                Sid: "TlsOnly",
                Effect: "Deny",
                Principal: ["*"],
                Action: ["sqs:*"],
                Resource: [arn],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
            {
                Sid: "SendByRules",
                Effect: "Allow",
                Principal: ["events.amazonaws.com"],
                Action: ["sqs:SendMessage"],
                Resource: [arn],
                Condition: { ArnEquals: { "aws:SourceArn": [RULE, `${RULE}-2`] } },
            },
            {
                Sid: "SendByTopics",
                Effect: "Allow",
                Principal: ["sns.amazonaws.com"],
                Action: ["sqs:SendMessage"],
                Resource: [arn],
                Condition: { ArnEquals: { "aws:SourceArn": [topic] } },
            },
        ]);
        const ofDeadLetters = parsePolicy(recording.one(aws.sqs.QueuePolicy, "work-dead-letters-policy").inputs.policy);
        expect(ofDeadLetters.Statement.map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly"]);
    });

    it("depends on the rules that send, and has no statement without any", async () => {
        const recording = await record(() => {
            const rule = new aws.cloudwatch.EventRule("created", { eventPattern: "{}" });
            new WorkQueue("work", { kmsKeyArn: KEY, senders: { rules: [rule.arn] } });
        });
        expect(recording.one(aws.sqs.QueuePolicy, "work-policy").dependencies.join()).to.contain("EventRule::created");
        const alone = parsePolicy((await recorded()).one(aws.sqs.QueuePolicy, "work-policy").inputs.policy).Statement;
        expect(alone.map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly"]);
    });

    it("grants consuming and sending, each with the key through SQS only", async () => {
        const recording = await recorded({}, (queue) => {
            const role = new ServiceRole("app", { service: "lambda.amazonaws.com", description: "test" }, {});
            queue.grantConsume(role);
            queue.grantSend(role);
        });
        const statements = (name: string) =>
            parsePolicy(recording.one(aws.iam.RolePolicy, name).inputs.policy).Statement.map(({ Action, Resource, Condition }) => ({
                Action,
                Resource,
                Condition,
            }));
        const arn = String(recording.one(aws.sqs.Queue, "work-queue").outputs.arn);
        const throughSqs = { StringEquals: { "kms:ViaService": "sqs.us-east-1.amazonaws.com" } };
        expect(statements("app-work-consume")).to.deep.equal([
            {
                Action: [
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:GetQueueUrl",
                    "sqs:ReceiveMessage",
                ],
                Resource: [arn],
                Condition: undefined,
            },
            { Action: ["kms:Decrypt", "kms:DescribeKey"], Resource: [KEY], Condition: throughSqs },
        ]);
        expect(statements("app-work-send")).to.deep.equal([
            { Action: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"], Resource: [arn], Condition: undefined },
            { Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], Resource: [KEY], Condition: throughSqs },
        ]);
    });

    it("has paging alarms on dead letters and on waiting messages", async () => {
        await record(async () => {
            const queue = new WorkQueue("work", { kmsKeyArn: KEY, queueName: "ingest" });
            expect(queue.alarms.map(({ name, severity, threshold }) => [name, severity, threshold])).to.deep.equal([
                ["dead-letters", "page", 0],
                ["age", "page", 900],
            ]);
            expect(await resolve(queue.alarms.map(({ dimensions }) => dimensions))).to.deep.equal([
                { QueueName: "ingest-dead-letters" },
                { QueueName: "ingest" },
            ]);
        });
    });

    it("rejects invalid arguments, all at once", () => {
        const bad = { kmsKeyArn: KEY, visibilityTimeoutSeconds: 43201, maxReceiveCount: 0, retentionDays: 15, queueName: "a.fifo" };
        expect(() => new WorkQueue("work", bad)).to.throw(
            'WorkQueue "work": visibilityTimeoutSeconds must be between 0 and 43200\n' +
                'WorkQueue "work": maxReceiveCount must be between 1 and 1000\n' +
                'WorkQueue "work": retentionDays must be between 1 and 14\n' +
                'WorkQueue "work": queueName must be 1 to 67 letters, digits, -, and _',
        );
    });
});
