/** The bundled ingest function in separate processes, with a queue, and a poller in place of Lambda's event source mapping. */
import { randomUUID } from "node:crypto";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
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
import type { SQSRecord } from "aws-lambda";
import { MongoClient } from "mongodb";
import { bundle, ownFile } from "../../functions/bundle";
import type { Entry } from "../../functions/ingest/ledger";
import { LambdaProcess } from "../../tools/lambda/process";
import { BedrockServer, type ConverseAnswer, type ConverseCall } from "./bedrock-server";
import { AwsProxy, DatabaseProxy, Faults } from "./faults";

const ANSWER = JSON.stringify({ summary: "A bill for paper.", category: "invoice", topics: ["paper"], language: "en" });
const MAX_RECEIVE_COUNT = 3;
const region = "us-east-1";

interface RigSettings {
    /** Timeout of an invocation in seconds. The function stops working three seconds earlier. @default 13 */
    timeout?: number;
    /** Seconds between a failed delivery and the next one. @default `timeout` */
    visibilityTimeout?: number;
}

export interface Counts {
    /** Outcomes of completed documents in the ledger, and states of the others. */
    ledger: string[];
    /** Objects in the curated bucket. */
    curated: number;
    /** Number of events, and of distinct document IDs in them. */
    events: number;
    ids: number;
    /** Calls of the model. */
    calls: number;
    /** Messages that the function received, including redeliveries. */
    deliveries: number;
    /** Messages in the dead-letter queue. */
    dead: number;
}

export class Rig {
    readonly faults = new Faults();
    readonly aws = new AwsProxy(process.env.AWS_ENDPOINT_URL ?? "", this.faults);
    readonly bedrock = new BedrockServer((call, n) => this.converse(call, n));
    /** Log lines of all processes. */
    readonly lines: Record<string, unknown>[] = [];
    readonly warnings: string[] = [];
    /** The model's answer to the n-th call. */
    answer: (call: ConverseCall, n: number) => ConverseAnswer = () => ({ text: ANSWER });
    queueUrl = "";
    private deadLettersUrl = "";
    private deliveries = 0;
    private timeout = 0;
    private isStopped = false;
    private current?: LambdaProcess;
    private readonly run = randomUUID().slice(0, 8);
    private readonly database: DatabaseProxy;
    private readonly documents = new MongoClient(process.env.DOCUMENTS_URL ?? "", { serverSelectionTimeoutMS: 5000 });
    private readonly s3 = new S3Client({ region, forcePathStyle: true });
    private readonly sqs = new SQSClient({ region });
    private readonly pollers: Promise<void>[] = [];
    private environment: Record<string, string> = {};

    constructor() {
        const { hostname: host, port } = new URL(process.env.DOCUMENTS_URL ?? "");
        this.database = new DatabaseProxy({ host, port: Number(port || 27017) }, this.faults);
        this.faults.onProcessFault = (fault) => {
            if (fault === "kill") this.current?.kill();
            else this.current?.freeze();
        };
    }

    async start({ timeout = 13, visibilityTimeout = timeout }: RigSettings = {}): Promise<this> {
        this.timeout = timeout * 1000;
        for (const name of ["raw", "curated"]) await this.s3.send(new CreateBucketCommand({ Bucket: `${name}-${this.run}` }));
        this.deadLettersUrl = await this.createQueue("dead", {});
        const deadLetterTargetArn = await this.arnOf(this.deadLettersUrl);
        this.queueUrl = await this.createQueue("work", {
            VisibilityTimeout: String(visibilityTimeout),
            RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVE_COUNT }),
        });
        const url = new URL(process.env.DOCUMENTS_URL ?? "");
        url.host = `127.0.0.1:${await this.database.start()}`;
        const secret = { connectionString: url.toString(), database: `faults_${this.run}` };
        const command = new CreateSecretCommand({ Name: `faults-${this.run}`, SecretString: JSON.stringify(secret) });
        const { ARN } = await new SecretsManagerClient({ region }).send(command);
        this.environment = {
            AWS_REGION: region,
            AWS_ENDPOINT_URL: await this.aws.start(),
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME: await this.bedrock.start(),
            MODEL_ID: "us.amazon.nova-lite-v1:0",
            GUARDRAIL_ID: "gr-1",
            GUARDRAIL_VERSION: "1",
            CURATED_BUCKET: `curated-${this.run}`,
            BUS_NAME: "default",
            DOCUMENTS_SECRET_ARN: ARN ?? "",
            MAX_RECEIVE_COUNT: String(MAX_RECEIVE_COUNT),
            CALL_TIMEOUT_MS: "2000",
            MODEL_TIMEOUT_MS: "2000",
        };
        return this;
    }

    async stop(): Promise<void> {
        if (this.isStopped) return;
        this.isStopped = true;
        this.current?.kill();
        await Promise.all(this.pollers);
        await this.documents.db(`faults_${this.run}`).dropDatabase();
        await this.documents.close();
        this.aws.stop();
        this.database.stop();
        await this.bedrock.stop();
    }

    /** Uploads an object. Returns the message that EventBridge sends for it. */
    async put(key: string, body: string, sequencer = "01"): Promise<string> {
        const Bucket = `raw-${this.run}`;
        const { ETag = "" } = await this.s3.send(new PutObjectCommand({ Bucket, Key: key, Body: body, ContentType: "text/plain" }));
        const object = { key, etag: ETag.replaceAll('"', ""), size: body.length, sequencer };
        const event = { source: "aws.s3", "detail-type": "Object Created", time: new Date().toISOString() };
        return JSON.stringify({ ...event, detail: { bucket: { name: Bucket }, object } });
    }

    async send(...messages: string[]): Promise<void> {
        for (const MessageBody of messages) await this.sqs.send(new SendMessageCommand({ QueueUrl: this.queueUrl, MessageBody }));
    }

    /** Starts an execution environment with its poller. */
    poll(batchSize = 1): void {
        const poller = this.pollUntilStopped(batchSize).catch((error: unknown) => {
            // `stop` ends the process.
            if (!this.isStopped) throw error;
        });
        this.pollers.push(poller);
    }

    /** Waits until the queue is empty, with no message in flight. */
    async settled(): Promise<Counts> {
        for (const end = Date.now() + 50_000; Date.now() < end;) {
            const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = await this.attributes(
                this.queueUrl,
            );
            if (Number(visible) + Number(hidden) === 0) break;
            await new Promise((done) => setTimeout(done, 100));
        }
        return this.counts();
    }

    async counts(): Promise<Counts> {
        const { KeyCount = 0 } = await this.s3.send(new ListObjectsV2Command({ Bucket: `curated-${this.run}` }));
        const entries = await this.entries();
        return {
            ledger: entries.map(summary).sort(),
            curated: KeyCount,
            events: this.aws.events.length,
            ids: new Set(this.aws.events).size,
            calls: this.bedrock.calls.length,
            deliveries: this.deliveries,
            dead: Number((await this.attributes(this.deadLettersUrl)).ApproximateNumberOfMessages),
        };
    }

    /** Like `ledger` of the counts, for one object. */
    async ledgerOf(key: string): Promise<string[]> {
        return (await this.entries()).filter(({ source }) => source.key === key).map(summary);
    }

    entries(): Promise<Entry[]> {
        return this.documents.db(`faults_${this.run}`).collection<Entry>("documents").find().toArray();
    }

    /** Moves the messages of the dead-letter queue back. */
    async redrive(): Promise<void> {
        const { Messages = [] } = await this.sqs.send(
            new ReceiveMessageCommand({ QueueUrl: this.deadLettersUrl, MaxNumberOfMessages: 10 }),
        );
        for (const { Body = "", ReceiptHandle } of Messages) {
            await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.deadLettersUrl, ReceiptHandle }));
            await this.send(Body);
        }
    }

    /** The process that started last. */
    get process(): LambdaProcess | undefined {
        return this.current;
    }

    private async converse(call: ConverseCall, n: number): Promise<ConverseAnswer> {
        const fault = this.faults.take("analyse");
        if (fault === "lose" || fault === "reset") return "cut";
        if (fault === "unavailable") return { error: "ServiceUnavailableException", status: 503 };
        return Promise.resolve(fault === undefined ? this.answer(call, n) : "silent");
    }

    /** Works like Lambda: invokes the function with a batch, deletes processed messages, and replaces a process that ended. */
    private async pollUntilStopped(batchSize: number): Promise<void> {
        let lambda = await this.startProcess();
        while (!this.isStopped) {
            const command = new ReceiveMessageCommand({
                QueueUrl: this.queueUrl,
                MaxNumberOfMessages: batchSize,
                MessageSystemAttributeNames: ["All"],
                WaitTimeSeconds: 1,
            });
            const { Messages: messages = [] } = await this.sqs.send(command);
            if (messages.length === 0) continue;
            this.deliveries += messages.length;
            try {
                const { result } = await lambda.invoke({ Records: messages.map(recordOf) }, this.timeout);
                const failed =
                    result?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? messages.map(({ MessageId }) => MessageId);
                for (const { MessageId, ReceiptHandle } of messages)
                    if (!failed.includes(MessageId))
                        await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }));
            } catch {
                lambda = await this.startProcess();
            }
        }
        this.warnings.push(...lambda.warnings);
        lambda.kill();
    }

    private async startProcess(): Promise<LambdaProcess> {
        const { code } = await bundle(ownFile("functions", "ingest", "index.ts"));
        const lambda = new LambdaProcess(code, this.environment, (line) => this.lines.push(line));
        this.current = lambda;
        await lambda.ready;
        return lambda;
    }

    private async createQueue(name: string, Attributes: Record<string, string>): Promise<string> {
        return (await this.sqs.send(new CreateQueueCommand({ QueueName: `${name}-${this.run}`, Attributes }))).QueueUrl ?? "";
    }

    private async attributes(url: string): Promise<Record<string, string>> {
        return (await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }))).Attributes ?? {};
    }

    private async arnOf(url: string): Promise<string> {
        return (await this.attributes(url)).QueueArn ?? "";
    }
}

const summary = ({ state, outcome }: Entry): string => (state === "done" || outcome === "failed" ? String(outcome) : state);

const recordOf = ({ MessageId, Body, Attributes }: Message): SQSRecord =>
    ({ messageId: MessageId, body: Body, attributes: Attributes }) as unknown as SQSRecord;
