import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { EventHub, type EventHubArgs, type Route } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parseJson, parsePolicy, record, resolve } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const LOG_KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-2";
const ACCOUNT_RULE = "arn:aws:events:us-east-1:123456789012:rule/prod-events/";
const args: EventHubArgs = { busName: "prod-events", kmsKeyArn: KEY, logKeyArn: LOG_KEY, stream: { bucketArn: "arn:aws:s3:::raw" } };
const routes: Record<string, Route> = {
    everything: { detailTypes: [], to: ["stream"] },
    work: { detailTypes: ["Document Requested"], source: ["com.example"], to: ["queue", "notifications"] },
};
const recorded = (more: Partial<EventHubArgs> = {}, use: (hub: EventHub) => void = () => undefined) =>
    record(() => {
        use(new EventHub("events", { ...args, ...more }));
    });

describe("EventHub", () => {
    it("creates an encrypted bus with an encrypted archive of 30 days", async () => {
        const recording = await recorded();
        const bus = recording.one(aws.cloudwatch.EventBus);
        expect(bus.inputs).to.include({ name: "prod-events", kmsKeyIdentifier: KEY });
        expect(recording.one(aws.cloudwatch.EventArchive).inputs).to.include({
            eventSourceArn: bus.outputs.arn,
            retentionDays: 30,
            kmsKeyIdentifier: KEY,
        });
        expect(recording.all(aws.schemas.Discoverer)).to.be.empty;
    });

    it("sends events that the bus can't encrypt to a queue that doesn't use the bus's key", async () => {
        const recording = await recorded();
        const queue = recording.one(aws.sqs.Queue, "events-dead-letters");
        const bus = recording.one(aws.cloudwatch.EventBus);
        expect(queue.inputs).to.include({ sqsManagedSseEnabled: true, messageRetentionSeconds: 14 * 86400 });
        expect(queue.inputs.kmsMasterKeyId).to.be.undefined;
        expect(bus.inputs.deadLetterConfig).to.deep.equal({ arn: queue.outputs.arn });
        const { Statement } = parsePolicy(recording.one(aws.sqs.QueuePolicy, "events-dead-letters-policy").inputs.policy);
        expect(Statement[1]).to.deep.include({ Principal: ["events.amazonaws.com"], Action: ["sqs:SendMessage"] });
        expect(Statement[1]?.Condition).to.deep.equal({ ArnEquals: { "aws:SourceArn": [bus.outputs.arn] } });
    });

    it("discovers schemas on a bus with the AWS owned key, which schema discovery requires", async () => {
        const recording = await recorded({ schemaDiscovery: true, encryptBus: false });
        const bus = recording.one(aws.cloudwatch.EventBus);
        expect(bus.inputs.kmsKeyIdentifier).to.be.undefined;
        expect(bus.inputs.deadLetterConfig).to.be.undefined;
        // Turning on discovery must not delete unread messages.
        expect(recording.all(aws.sqs.Queue, "events-dead-letters")).to.have.length(1);
        expect(recording.one(aws.schemas.Discoverer).inputs.sourceArn).to.equal(bus.outputs.arn);
        expect(recording.one(aws.cloudwatch.EventArchive).inputs.kmsKeyIdentifier).to.equal(KEY);
    });

    it("keeps events for the configured time, or has no archive", async () => {
        expect((await recorded({ archiveRetentionDays: 365 })).one(aws.cloudwatch.EventArchive).inputs.retentionDays).to.equal(365);
        expect((await recorded({ archiveRetentionDays: 0 })).all(aws.cloudwatch.EventArchive)).to.be.empty;
    });

    it("sends everything to the stream by default", async () => {
        const recording = await recorded();
        expect(parseJson(recording.one(aws.cloudwatch.EventRule).inputs.eventPattern)).to.deep.equal({ source: [{ prefix: "" }] });
        const stream = recording.one(aws.kinesis.Stream);
        expect(recording.one(aws.cloudwatch.EventTarget).inputs).to.include({ targetId: "stream", arn: stream.outputs.arn });
    });

    it("creates a rule per route and a target per destination", async () => {
        const recording = await recorded({ routes });
        const patterns = recording
            .all(aws.cloudwatch.EventRule)
            .map(({ name, inputs }) => [name, inputs.eventBusName, parseJson(inputs.eventPattern)]);
        expect(patterns).to.have.deep.members([
            ["events-everything", "prod-events", { source: [{ prefix: "" }] }],
            ["events-work", "prod-events", { source: ["com.example"], "detail-type": ["Document Requested"] }],
        ]);
        const arn = (recorded: { outputs: Record<string, unknown> }) => recorded.outputs.arn;
        expect(
            recording.all(aws.cloudwatch.EventTarget).map(({ name, inputs }) => [name, inputs.eventBusName, inputs.arn]),
        ).to.have.deep.members([
            ["events-everything-stream", "prod-events", arn(recording.one(aws.kinesis.Stream))],
            ["events-work-queue", "prod-events", arn(recording.one(aws.sqs.Queue, "events-work-queue"))],
            ["events-work-notifications", "prod-events", arn(recording.one(aws.sns.Topic))],
        ]);
    });

    it("matches by detail type only if there is no source", async () => {
        const recording = await recorded({ routes: { some: { detailTypes: ["A", "B"], to: ["stream"] } } });
        expect(parseJson(recording.one(aws.cloudwatch.EventRule).inputs.eventPattern)).to.deep.equal({ "detail-type": ["A", "B"] });
    });

    it("retries each target for a day, then sends the event to the encrypted dead-letter queue, to which only its rules can write", async () => {
        const recording = await recorded({ routes });
        const queue = recording.one(aws.sqs.Queue, "events-undelivered");
        expect(queue.inputs).to.include({ kmsMasterKeyId: KEY, messageRetentionSeconds: 14 * 86400 });
        for (const { inputs } of recording.all(aws.cloudwatch.EventTarget)) {
            expect(inputs.retryPolicy).to.deep.equal({ maximumEventAgeInSeconds: 86400, maximumRetryAttempts: 185 });
            expect(inputs.deadLetterConfig).to.deep.equal({ arn: queue.outputs.arn });
        }
        const { Statement } = parsePolicy(recording.one(aws.sqs.QueuePolicy, "events-undelivered-policy").inputs.policy);
        expect(Statement.map(({ Sid, Action }) => [Sid, Action])).to.deep.equal([
            ["TlsOnly", ["sqs:*"]],
            ["SendByRules", ["sqs:SendMessage"]],
        ]);
        const rules = Statement[1]?.Condition?.ArnEquals?.["aws:SourceArn"] as string[];
        expect(rules.map((it) => it.replace(/-[0-9a-f]{7}$/, ""))).to.deep.equal([
            `${ACCOUNT_RULE}events-everything`,
            `${ACCOUNT_RULE}events-work`,
        ]);
        const hours = (await recorded({ retryHours: 2 })).one(aws.cloudwatch.EventTarget).inputs.retryPolicy;
        expect(hours?.maximumEventAgeInSeconds).to.equal(7200);
    });

    it("allows only rules with that destination to send to the queue", async () => {
        const recording = await recorded({ routes });
        const { Statement } = parsePolicy(recording.one(aws.sqs.QueuePolicy, "events-work-policy").inputs.policy);
        expect(Statement.map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly", "SendByRules"]);
        const rule = recording.one(aws.cloudwatch.EventRule, "events-work").outputs.arn;
        expect(Statement[1]?.Condition).to.deep.equal({ ArnEquals: { "aws:SourceArn": [rule] } });
    });

    it("allows rules to publish to the topic, without a condition, which AWS doesn't support for topics", async () => {
        const recording = await recorded({ routes });
        const arn = recording.one(aws.sns.Topic).outputs.arn;
        const { Statement } = parsePolicy(recording.one(aws.sns.TopicPolicy).inputs.policy);
        expect(Statement[0]).to.deep.include({
            Effect: "Deny",
            Action: ["sns:Publish"],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        });
        expect(Statement.slice(1)).to.deep.equal([
            { Sid: "PublishByRules", Effect: "Allow", Principal: ["events.amazonaws.com"], Action: ["sns:Publish"], Resource: [arn] },
        ]);
        const without = parsePolicy((await recorded()).one(aws.sns.TopicPolicy).inputs.policy).Statement;
        expect(without.map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly"]);
    });

    it("creates a target after its policies", async () => {
        const recording = await recorded({ routes });
        const dependenciesOf = (name: string) => recording.one(aws.cloudwatch.EventTarget, name).dependencies.join();
        expect(dependenciesOf("events-work-queue")).to.contain("QueuePolicy::events-work-policy");
        expect(dependenciesOf("events-work-notifications")).to.contain("TopicPolicy::events-notifications-policy");
        expect(dependenciesOf("events-everything-stream")).to.contain("RolePolicy::events-stream-writer-events-stream-write");
    });

    it("puts records on the stream with a role that only its rules can assume, without other permissions", async () => {
        const recording = await recorded();
        const [trust] = parsePolicy(recording.one(aws.iam.Role, "events-stream-writer").inputs.assumeRolePolicy).Statement;
        expect(trust?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnEquals: { "aws:SourceArn": recording.all(aws.cloudwatch.EventRule).map(({ outputs }) => outputs.arn) },
        });
        const stream = String(recording.one(aws.kinesis.Stream).outputs.arn);
        expect(recording.one(aws.cloudwatch.EventTarget).inputs.roleArn).to.equal(
            recording.one(aws.iam.Role, "events-stream-writer").outputs.arn,
        );
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy, "events-stream-writer-events-stream-write").inputs.policy);
        expect(Statement.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["kinesis:PutRecord", "kinesis:PutRecords"], [stream]],
            [["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [KEY]],
        ]);
        expect(Statement[1]?.Condition).to.deep.equal({ StringEquals: { "kms:ViaService": "kinesis.us-east-1.amazonaws.com" } });
    });

    it("has no stream without a route to it", async () => {
        const recording = await recorded({ routes: { work: routes.work! }, stream: undefined }, (hub) => {
            expect([hub.stream, hub.streamArn]).to.deep.equal([undefined, undefined]);
        });
        expect(recording.all(aws.kinesis.Stream)).to.be.empty;
        expect(recording.all(aws.iam.Role)).to.be.empty;
    });

    it("passes options to the work queue and the topic", async () => {
        const recording = await recorded({
            workQueue: { queueName: "prod-work", visibilityTimeoutSeconds: 600, maxReceiveCount: 2 },
            topicName: "prod-news",
        });
        expect(recording.one(aws.sqs.Queue, "events-work-queue").inputs).to.include({
            name: "prod-work",
            visibilityTimeoutSeconds: 600,
            kmsMasterKeyId: KEY,
        });
        expect(recording.one(aws.sns.Topic).inputs).to.include({ name: "prod-news", kmsMasterKeyId: KEY });
    });

    it("grants publishing from the listed sources, and consuming its queue", async () => {
        const recording = await recorded({}, (hub) => {
            const role = (name: string) => new ServiceRole(name, { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
            hub.grantPublish(role("api"), ["com.example"]);
            hub.grantPublish(role("other"));
            hub.grantConsume(role("worker"));
            hub.notifications.grantPublish(role("notifier"));
        });
        const bus = recording.one(aws.cloudwatch.EventBus).outputs.arn;
        const statements = (name: string) => parsePolicy(recording.one(aws.iam.RolePolicy, name).inputs.policy).Statement;
        expect(statements("api-events-publish")).to.deep.equal([
            {
                Effect: "Allow",
                Action: ["events:PutEvents"],
                Resource: [bus],
                Principal: [],
                Condition: { StringEquals: { "events:source": ["com.example"] } },
            },
        ]);
        expect(statements("other-events-publish")[0]?.Condition).to.be.undefined;
        expect(statements("worker-events-work-consume")[0]?.Action).to.include("sqs:ReceiveMessage");
        expect(statements("notifier-events-notifications-publish").map(({ Action }) => Action)).to.deep.equal([
            ["sns:Publish"],
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
        ]);
    });

    it("subscribes email addresses and queues to its notifications", async () => {
        const recording = await recorded({}, (hub) => {
            hub.subscribe("ops", { protocol: "email", endpoint: "ops@example.com" });
            hub.subscribe("copy", { protocol: "sqs", endpoint: "arn:aws:sqs:us-east-1:123456789012:copy", detailTypes: ["A"] });
        });
        const topic = recording.one(aws.sns.Topic).outputs.arn;
        const email = recording.one(aws.sns.TopicSubscription, "events-notifications-ops").inputs;
        expect(email).to.deep.include({ topic, protocol: "email", endpoint: "ops@example.com" });
        expect(email.filterPolicy).to.be.undefined;
        const queue = recording.one(aws.sns.TopicSubscription, "events-notifications-copy").inputs;
        expect(queue).to.include({ protocol: "sqs", rawMessageDelivery: true, filterPolicyScope: "MessageBody" });
        expect(parseJson(queue.filterPolicy)).to.deep.equal({ "detail-type": ["A"] });
    });

    it("has alarms for its queues, topic, stream, and rules", async () => {
        await record(async () => {
            const hub = new EventHub("events", { ...args, routes });
            expect(hub.alarms.map(({ name }) => name)).to.deep.equal([
                "bus-dead-letters",
                "work-dead-letters",
                "work-age",
                "notifications-failed",
                "stream-iterator-age",
                "stream-write-throttles",
                "stream-delivery-freshness",
                "stream-delivery-failed",
                "undelivered",
                "everything-failed",
                "work-failed",
            ]);
            expect(new Set(hub.alarms.map(({ name }) => name)).size).to.equal(hub.alarms.length);
            const paging = hub.alarms.filter(({ severity }) => severity === "page").map(({ name }) => name);
            expect(paging).to.include.members(["bus-dead-letters", "work-dead-letters", "undelivered"]);
            const failed = hub.alarms.find(({ name }) => name === "work-failed");
            const dimensions = await resolve(failed?.dimensions ?? {});
            expect(dimensions.EventBusName).to.equal("prod-events");
            expect(dimensions.RuleName).to.match(/^events-work-[0-9a-f]{7}$/);
            expect(failed?.metricName).to.equal("FailedInvocations");
        });
    });

    it("applies transforms last, and is the parent of its resources", async () => {
        const recording = await recorded({
            routes,
            transform: {
                bus: { transform: { bus: { description: "bus" }, archive: { description: "archive" } } },
                rules: { state: "DISABLED" },
                targets: { retryPolicy: { maximumRetryAttempts: 1 } },
                workQueue: { transform: { queue: { delaySeconds: 1 } } },
                notifications: { transform: { topic: { displayName: "News" } } },
                stream: { transform: { stream: { retentionPeriod: 48 }, delivery: { tags: { of: "delivery" } } } },
            },
        });
        expect(recording.one(aws.cloudwatch.EventBus).inputs.description).to.equal("bus");
        expect(recording.one(aws.cloudwatch.EventArchive).inputs.description).to.equal("archive");
        expect(recording.all(aws.cloudwatch.EventRule).every(({ inputs }) => inputs.state === "DISABLED")).to.equal(true);
        expect(recording.all(aws.cloudwatch.EventTarget).every(({ inputs }) => inputs.retryPolicy?.maximumRetryAttempts === 1)).to.equal(
            true,
        );
        expect(recording.one(aws.sqs.Queue, "events-work-queue").inputs.delaySeconds).to.equal(1);
        expect(recording.one(aws.sns.Topic).inputs.displayName).to.equal("News");
        expect(recording.one(aws.kinesis.Stream).inputs.retentionPeriod).to.equal(48);
        expect(recording.one(aws.kinesis.FirehoseDeliveryStream).inputs.tags).to.deep.equal({ of: "delivery" });
        expect(recording.registered.filter(({ parent, type }) => !parent && type !== "pulumi:pulumi:Stack")).to.be.empty;
        expect(recording.one(aws.cloudwatch.EventRule, "events-work").parent).to.contain("ai-platform:components:EventHub::events");
    });
});
