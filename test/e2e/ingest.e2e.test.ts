/**
 * The ingest function with real services: buckets, queue, and bus at `AWS_ENDPOINT_URL` (an emulator), documents at `DOCUMENTS_URL` (a
 * MongoDB-compatible database), and a local server that responds like Bedrock. Skipped if one of the variables isn't set.
 */
import { randomUUID } from "node:crypto";
import { CreateEventBusCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
    CreateBucketCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    PutBucketNotificationConfigurationCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
    CreateQueueCommand,
    DeleteMessageCommand,
    GetQueueAttributesCommand,
    type Message,
    ReceiveMessageCommand,
    SendMessageCommand,
    SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { type ConnectedHandler, handlerFor } from "../../functions/ingest/factory";
import type { Entry } from "../../functions/ingest/ledger";
import { BedrockServer } from "./bedrock-server";
import { bedrockAt, logTo } from "./ingest-log";

const ANSWER = JSON.stringify({ summary: "A bill for paper.", category: "invoice", topics: ["paper"], language: "en" });

describe("ingest, with real services", function () {
    this.timeout(60_000);
    const run = randomUUID().slice(0, 8);
    const names = { raw: `raw-${run}`, curated: `curated-${run}`, bus: `bus-${run}`, database: `e2e_${run}` };
    const region = process.env.AWS_REGION ?? "us-east-1";
    const s3 = new S3Client({ region, forcePathStyle: true });
    const sqs = new SQSClient({ region });
    const events = new EventBridgeClient({ region });
    const secrets = new SecretsManagerClient({ region });
    const bedrock = new BedrockServer((_, n) => (n <= 2 ? { error: "ThrottlingException", status: 429 } : { text: ANSWER }));
    const logs: string[] = [];
    let documents: MongoClient | undefined;
    let work: { url: string; deadLetters: string };
    let heard: string;
    let handler: ConnectedHandler | undefined;

    before(async function () {
        if (!process.env.AWS_ENDPOINT_URL) {
            console.log("    skipped: AWS_ENDPOINT_URL isn't set (an emulator)");
            this.skip();
        }
        if (!process.env.DOCUMENTS_URL) {
            console.log("    skipped: DOCUMENTS_URL isn't set (a MongoDB-compatible database)");
            this.skip();
        }
        for (const name of [names.raw, names.curated]) await s3.send(new CreateBucketCommand({ Bucket: name }));
        const notification = { Bucket: names.raw, NotificationConfiguration: { EventBridgeConfiguration: {} } };
        await s3.send(new PutBucketNotificationConfigurationCommand(notification));
        work = await createWorkQueue();
        const pattern = { source: ["aws.s3"], "detail-type": ["Object Created"], detail: { bucket: { name: [names.raw] } } };
        await route("default", pattern, work.url);
        await events.send(new CreateEventBusCommand({ Name: names.bus }));
        heard = await createQueue(`heard-${run}`);
        await route(names.bus, { "detail-type": ["DocumentIngested"] }, heard);
        documents = await new MongoClient(process.env.DOCUMENTS_URL, { serverSelectionTimeoutMS: 5000 }).connect();
        handler = handlerFor(
            {
                MODEL_ID: "us.amazon.nova-lite-v1:0",
                GUARDRAIL_ID: "gr-1",
                GUARDRAIL_VERSION: "1",
                CURATED_BUCKET: names.curated,
                BUS_NAME: names.bus,
                DOCUMENTS_SECRET_ARN: await createSecret(process.env.DOCUMENTS_URL),
            },
            { s3, events, secrets, bedrock: bedrockAt(await bedrock.start(), region) },
            logTo(logs),
        );
    });

    after(async () => {
        await documents?.db(names.database).dropDatabase();
        await documents?.close();
        await handler?.close();
        await bedrock.stop();
    });

    it("processes an object from the raw bucket to the curated bucket, the database, and the bus, despite throttling", async () => {
        await put("documents/a.txt", "Invoice 4711 for Jane Doe");
        const [message] = await receive(work.url);
        expect(await handle([message!])).to.deep.equal({ batchItemFailures: [] });

        expect(bedrock.calls).to.have.length(3);
        expect(bedrock.calls[2]).to.deep.include({ modelId: "us.amazon.nova-lite-v1:0" });
        expect(bedrock.calls[2]?.body.guardrailConfig).to.include({ guardrailIdentifier: "gr-1", guardrailVersion: "1" });
        expect(bedrock.calls[2]?.body.messages[0]?.content[1]?.guardContent?.text.text).to.equal("Invoice 4711 for Jane Doe");

        const [document] = await allDocuments();
        expect(document).to.deep.include({ state: "done", outcome: "ingested", analysis: JSON.parse(ANSWER) as unknown });
        expect(document?.source).to.include({ bucket: names.raw, key: "documents/a.txt" });
        const key = `documents/dt=${String(document?.source.createdAt.slice(0, 10))}/${String(document?._id)}.json`;
        expect(await keysOf(names.curated)).to.deep.equal([key]);
        const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: names.curated, Key: key }));
        expect(ContentType).to.equal("application/json");
        expect(JSON.parse((await Body?.transformToString()) ?? "")).to.include({
            id: document?._id,
            category: "invoice",
            summary: "A bill for paper.",
        });

        const [event] = await receive(heard);
        expect(JSON.parse(event?.Body ?? "")).to.deep.include({ source: "ai-platform.ingest", "detail-type": "DocumentIngested" });
        expect((JSON.parse(event?.Body ?? "") as { detail: unknown }).detail).to.deep.include({
            id: document?._id,
            category: "invoice",
            curated: { bucket: names.curated, key },
        });
    });

    it("does nothing when the same message is delivered again", async () => {
        const [message] = await receive(work.url);
        expect(await handle([message!])).to.deep.equal({ batchItemFailures: [] });
        expect(bedrock.calls).to.have.length(3);
        expect(await receive(heard)).to.have.length(0);
        await remove(message!);
    });

    it("fails only the message that can't be processed, which moves to the dead-letter queue", async () => {
        await sqs.send(new SendMessageCommand({ QueueUrl: work.url, MessageBody: "poison" }));
        await put("documents/b.md", "# Paper");
        const messages = await receive(work.url, 2);
        const poisoned = messages.find(({ Body }) => Body === "poison")!;
        expect(await handle(messages)).to.deep.equal({ batchItemFailures: [{ itemIdentifier: poisoned.MessageId }] });
        // Like Lambda: deletes the processed messages, and leaves the others.
        for (const message of messages.filter((it) => it !== poisoned)) await remove(message);
        for (let delivery = 0; delivery < 3; delivery++) await receive(work.url);
        expect((await receive(work.deadLetters)).map(({ Body }) => Body)).to.deep.equal(["poison"]);
        expect(await waiting(work.url)).to.equal(0);
        expect(await allDocuments()).to.have.length(2);
        expect(await receive(heard)).to.have.length(1);
    });

    it("records documents that it can't read, and doesn't retry them", async () => {
        await put("documents/c.pdf", "%PDF", "application/pdf");
        const [message] = await receive(work.url);
        expect(await handle([message!])).to.deep.equal({ batchItemFailures: [] });
        await remove(message!);
        expect((await allDocuments()).map(({ outcome }) => outcome)).to.have.members(["ingested", "ingested", "unsupported"]);
        expect(await keysOf(names.curated)).to.have.length(2);
    });

    it("logs JSON without any content", () => {
        const lines = logs.map((line) => JSON.parse(line) as Record<string, unknown>);
        expect(lines.map(({ outcome }) => outcome)).to.include.members(["ingested", "duplicate", "unsupported"]);
        expect(logs.join()).not.to.contain("Invoice").and.not.to.contain("Jane Doe").and.not.to.contain("paper");
    });

    async function createQueue(name: string, attributes: Record<string, string> = {}): Promise<string> {
        const { QueueUrl } = await sqs.send(
            new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: "0", ...attributes } }),
        );
        return QueueUrl ?? "";
    }

    async function createWorkQueue(): Promise<{ url: string; deadLetters: string }> {
        const deadLetters = await createQueue(`dead-${run}`);
        const redrive = { deadLetterTargetArn: await arnOf(deadLetters), maxReceiveCount: 3 };
        return { url: await createQueue(`work-${run}`, { RedrivePolicy: JSON.stringify(redrive) }), deadLetters };
    }

    async function route(bus: string, pattern: object, queueUrl: string): Promise<void> {
        const rule = `${bus}-${run}`;
        await events.send(new PutRuleCommand({ Name: rule, EventBusName: bus, EventPattern: JSON.stringify(pattern) }));
        const targets = [{ Id: "queue", Arn: await arnOf(queueUrl) }];
        await events.send(new PutTargetsCommand({ Rule: rule, EventBusName: bus, Targets: targets }));
    }

    async function createSecret(url: string): Promise<string> {
        const text = JSON.stringify({ connectionString: url, database: names.database });
        return (await secrets.send(new CreateSecretCommand({ Name: `documents-${run}`, SecretString: text }))).ARN ?? "";
    }

    const attributes = async (url: string) =>
        (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }))).Attributes ?? {};
    const arnOf = async (url: string) => (await attributes(url)).QueueArn ?? "";
    const waiting = async (url: string) => Number((await attributes(url)).ApproximateNumberOfMessages);

    /** Messages that arrive within two seconds, in one batch of up to `wanted`. */
    async function receive(url: string, wanted = 1): Promise<Message[]> {
        const received = new Map<string, Message>();
        for (const end = Date.now() + 2000; received.size < wanted && Date.now() < end;) {
            const command = new ReceiveMessageCommand({
                QueueUrl: url,
                MaxNumberOfMessages: 10,
                MessageSystemAttributeNames: ["All"],
                WaitTimeSeconds: 1,
            });
            for (const message of (await sqs.send(command)).Messages ?? []) received.set(message.MessageId ?? "", message);
        }
        if (url === heard) for (const message of received.values()) await remove(message, heard);
        return [...received.values()];
    }

    const remove = (message: Message, url = work.url) =>
        sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));

    /** Calls the handler as Lambda's event source mapping does. */
    function handle(messages: Message[]): Promise<SQSBatchResponse> {
        const records = messages.map(
            ({ MessageId, Body, Attributes }) => ({ messageId: MessageId, body: Body, attributes: Attributes }) as unknown as SQSRecord,
        );
        return handler!({ Records: records }, { getRemainingTimeInMillis: () => 30_000 });
    }

    const put = (key: string, body: string, type = "text/plain") =>
        s3.send(new PutObjectCommand({ Bucket: names.raw, Key: key, Body: body, ContentType: type }));
    const keysOf = async (bucket: string) =>
        ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key }) => Key);
    const allDocuments = () => documents!.db(names.database).collection<Entry>("documents").find().toArray();
});
