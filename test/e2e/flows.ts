/** Flows through the deployed platform: events to their consumers, and documents through the ingest function, with the permissions of its role. */
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetShardIteratorCommand, GetRecordsCommand, KinesisClient, ListShardsCommand } from "@aws-sdk/client-kinesis";
import {
    DeleteBucketPolicyCommand,
    DeleteObjectCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
    CreateQueueCommand,
    DeleteMessageCommand,
    DeleteQueueCommand,
    GetQueueAttributesCommand,
    type Message,
    PurgeQueueCommand,
    ReceiveMessageCommand,
    SendMessageCommand,
    SetQueueAttributesCommand,
    SQSClient,
} from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { SQSRecord } from "aws-lambda";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { type ConnectedHandler, handlerFor } from "../../functions/ingest/factory";
import { BedrockServer } from "./bedrock-server";
import { bedrockAt, logTo } from "./ingest-log";
import { assume, removeTwin, twinOf, withPlainPaths } from "./emulator";
import type { Deployment } from "./support";

const region = "us-east-1";
const ANSWER = JSON.stringify({ summary: "A bill for paper.", category: "invoice", topics: ["paper"], language: "en" });

export function describeFlows(platform: () => Deployment): void {
    const sqs = new SQSClient({ region });
    const s3 = new S3Client({ region, forcePathStyle: true });

    describe("an event on the bus", () => {
        const detail = { document: "4711" };
        let subscriber: string;

        before(async () => {
            // A subscriber of the notifications: a queue of this test.
            subscriber = (await sqs.send(new CreateQueueCommand({ QueueName: "end-to-end-subscriber" }))).QueueUrl ?? "";
            const { outputs } = await platform().resource("aws:sns/topic:Topic", "events-notifications-topic");
            const { Attributes = {} } = await sqs.send(
                new GetQueueAttributesCommand({ QueueUrl: subscriber, AttributeNames: ["QueueArn"] }),
            );
            await new SNSClient({ region }).send(
                new SubscribeCommand({ TopicArn: String(outputs.arn), Protocol: "sqs", Endpoint: Attributes.QueueArn }),
            );
            const put = (DetailType: string) => ({
                EventBusName: "ai-platform-prod",
                Source: "end.to.end",
                DetailType,
                Detail: JSON.stringify(detail),
            });
            const { FailedEntryCount } = await new EventBridgeClient({ region }).send(
                new PutEventsCommand({ Entries: [put("WorkRequested"), put("NotificationRequested")] }),
            );
            expect(FailedEntryCount).to.equal(0);
        });

        after(async () => {
            await sqs.send(new DeleteQueueCommand({ QueueUrl: subscriber }));
        });

        it("reaches the work queue", async () => {
            const { outputs } = await platform().resource("aws:sqs/queue:Queue", "events-work-queue");
            const messages = await receive(sqs, String(outputs.url), 1);
            expect(JSON.parse(messages[0]?.Body ?? "{}")).to.deep.include({ "detail-type": "WorkRequested", detail });
            for (const { ReceiptHandle } of messages)
                await sqs.send(new DeleteMessageCommand({ QueueUrl: String(outputs.url), ReceiptHandle }));
        });

        it("reaches the notification topic's subscriber", async () => {
            const [message] = await receive(sqs, subscriber, 1);
            const { Message: text } = JSON.parse(message?.Body ?? "{}") as { Message: string };
            expect(JSON.parse(text)).to.deep.include({ "detail-type": "NotificationRequested", detail });
        });

        it("reaches the stream, as every event does", async () => {
            // Emulators support HTTP/1.1. By default, this client uses HTTP/2.
            const kinesis = new KinesisClient({ region, requestHandler: new NodeHttpHandler() });
            const { outputs } = await platform().resource("aws:kinesis/stream:Stream", "events-stream-stream");
            const StreamName = String(outputs.name);
            const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
            const records = await Promise.all(
                Shards.map(async ({ ShardId }) => {
                    const { ShardIterator } = await kinesis.send(
                        new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
                    );
                    return (await kinesis.send(new GetRecordsCommand({ ShardIterator }))).Records ?? [];
                }),
            );
            const types = records
                .flat()
                .map(({ Data }) => (JSON.parse(Buffer.from(Data ?? []).toString()) as Record<string, unknown>)["detail-type"]);
            expect(types).to.include.members(["WorkRequested", "NotificationRequested"]);
        });
    });

    describe("a document in the raw bucket", () => {
        const bedrock = new BedrockServer((_, n) => (n === 1 ? { error: "ThrottlingException", status: 429 } : { text: ANSWER }));
        const logs: string[] = [];
        let documents: MongoClient | undefined;
        let handler: ConnectedHandler | undefined;
        let asRole: { s3: S3Client; sqs: SQSClient; secrets: SecretsManagerClient };
        let queue: { url: string; deadLetters: string };
        let buckets: { raw: string; curated: string };

        before(async function () {
            if (!process.env.DOCUMENTS_URL) {
                console.log("    skipped: DOCUMENTS_URL isn't set (a MongoDB-compatible database)");
                this.skip();
            }
            const url = async (name: string) => String((await platform().resource("aws:sqs/queue:Queue", name)).outputs.url);
            queue = { url: await url("ingest-work-queue"), deadLetters: await url("ingest-work-dead-letters") };
            // The visibility timeout of the function is too long for a test.
            await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { VisibilityTimeout: "1" } }));
            const bucket = async (name: string) => String((await platform().resource("aws:s3/bucket:Bucket", name)).outputs.bucket);
            buckets = { raw: await bucket("lake-raw-bucket"), curated: await bucket("lake-curated-bucket") };
            // Emulators enforce `Deny` statements but ignore their conditions (plain HTTP, requests without the endpoint).
            for (const Bucket of Object.values(buckets)) await s3.send(new DeleteBucketPolicyCommand({ Bucket }));

            documents = await new MongoClient(process.env.DOCUMENTS_URL, { serverSelectionTimeoutMS: 5000 }).connect();
            const lambda = await platform().resource("aws:lambda/function:Function", "ingest-reader-function");
            const { variables } = lambda.outputs.environment as { variables: Record<string, string> };
            // The database of the test replaces the cluster, which the emulator doesn't run.
            const secret = { connectionString: process.env.DOCUMENTS_URL, database: "end_to_end" };
            await new SecretsManagerClient({ region }).send(
                new PutSecretValueCommand({ SecretId: variables.DOCUMENTS_SECRET_ARN, SecretString: JSON.stringify(secret) }),
            );

            const role = await platform().resource("aws:iam/role:Role", "ingest-reader-role");
            const credentials = await assume(await twinOf(String(role.outputs.name)));
            asRole = {
                s3: withPlainPaths(new S3Client({ region, forcePathStyle: true, credentials })),
                sqs: new SQSClient({ region, credentials }),
                secrets: new SecretsManagerClient({ region, credentials }),
            };
            handler = handlerFor(
                variables,
                {
                    s3: asRole.s3,
                    events: new EventBridgeClient({ region, credentials }),
                    secrets: asRole.secrets,
                    bedrock: bedrockAt(await bedrock.start(), region),
                },
                logTo(logs),
            );
        });

        after(async () => {
            if (handler) await removeTwin();
            await handler?.close();
            await documents?.db("end_to_end").dropDatabase();
            await documents?.close();
            await bedrock.stop();
        });

        it("goes through the function, with its role's permissions, to the curated bucket, the database, and the bus", async () => {
            await s3.send(
                new PutObjectCommand({
                    Bucket: buckets.raw,
                    Key: "documents/invoice.txt",
                    Body: "Invoice 4711",
                    ContentType: "text/plain",
                }),
            );
            await enforcing(async () => {
                const messages = await receive(asRole.sqs, queue.url, 1);
                expect(await handle(messages), logs.join()).to.deep.equal({ batchItemFailures: [] });
                for (const { ReceiptHandle } of messages)
                    await asRole.sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle }));
            });
            const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: buckets.curated, Prefix: "documents/" }));
            expect(Contents).to.have.length(1);
            const { Body } = await s3.send(new GetObjectCommand({ Bucket: buckets.curated, Key: Contents[0]?.Key }));
            expect(JSON.parse((await Body?.transformToString()) ?? "{}")).to.include({ category: "invoice" });
            const collections = (await documents?.db("end_to_end").collections()) ?? [];
            const kept = (await Promise.all(collections.map((it) => it.find({}).toArray()))).flat();
            expect(kept.map((it) => [it.state, it.outcome].join(" "))).to.deep.equal(["done ingested"]);
            // A rule of the bus sends the event to the work queue.
            const { outputs } = await platform().resource("aws:sqs/queue:Queue", "events-work-queue");
            const [event] = await receive(sqs, String(outputs.url), 1);
            expect(JSON.parse(event?.Body ?? "{}")).to.deep.include({ source: "ai-platform.ingest", "detail-type": "DocumentIngested" });
        });

        it("moves alone to the dead-letter queue if it always fails", async () => {
            await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: "poison" }));
            for (let delivery = 0; delivery < 6; delivery++) {
                const messages = await receive(sqs, queue.url, 1);
                if (messages.length === 0) break;
                // All messages of the batch failed, so the invocation fails.
                expect(await handle(messages)?.catch((error: unknown) => (error as Error).name)).to.equal("FullBatchFailureError");
                await new Promise((done) => setTimeout(done, 1200));
            }
            expect((await receive(sqs, queue.deadLetters, 1)).map(({ Body }) => Body)).to.deep.equal(["poison"]);
            expect(await receive(sqs, queue.url, 1)).to.deep.equal([]);
        });

        it("is processed with a role that allows nothing else", async () => {
            const refused = async (what: string, attempt: Promise<unknown>) => {
                const status = await attempt.then(
                    () => "allowed",
                    (error: unknown) => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode,
                );
                expect(status, what).to.equal(403);
            };
            await enforcing(async () => {
                await refused(
                    "putting into the raw bucket",
                    asRole.s3.send(new PutObjectCommand({ Bucket: buckets.raw, Key: "documents/x", Body: "x" })),
                );
                await refused(
                    "deleting from the raw bucket",
                    asRole.s3.send(new DeleteObjectCommand({ Bucket: buckets.raw, Key: "documents/invoice.txt" })),
                );
                await refused(
                    "deleting from the curated bucket",
                    asRole.s3.send(new DeleteObjectCommand({ Bucket: buckets.curated, Key: "documents/x" })),
                );
                await refused(
                    "putting elsewhere into the curated bucket",
                    asRole.s3.send(new PutObjectCommand({ Bucket: buckets.curated, Key: "elsewhere/x", Body: "x" })),
                );
                await refused("emptying its own queue", asRole.sqs.send(new PurgeQueueCommand({ QueueUrl: queue.url })));
                await refused(
                    "changing the secret",
                    asRole.secrets.send(new PutSecretValueCommand({ SecretId: "ai-platform/prod/documents", SecretString: "x" })),
                );
            });
        });

        const handle = (messages: Message[]) => handler?.({ Records: messages.map(record) }, { getRemainingTimeInMillis: () => 60_000 });
    });
}

/** Calls a function while the emulator checks the caller's permissions. */
async function enforcing(run: () => Promise<void>): Promise<void> {
    const set = (calls: string) =>
        fetch(`${process.env.AWS_ENDPOINT_URL ?? ""}/moto-api/reset-auth`, {
            method: "POST",
            headers: { "content-type": "text/plain" },
            body: calls,
        });
    await set("0");
    try {
        await run();
    } finally {
        await set("inf");
    }
}

/** Messages that arrive within three seconds, up to the requested number. */
async function receive(client: SQSClient, QueueUrl: string, wanted: number): Promise<Message[]> {
    const end = Date.now() + 3000;
    while (Date.now() < end) {
        const { Messages = [] } = await client.send(
            new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: wanted, MessageSystemAttributeNames: ["All"], WaitTimeSeconds: 1 }),
        );
        if (Messages.length > 0) return Messages;
    }
    return [];
}

const record = ({ MessageId = "", Body = "", Attributes = {}, ReceiptHandle = "" }: Message): SQSRecord => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes as unknown as SQSRecord["attributes"],
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "",
    awsRegion: region,
});
