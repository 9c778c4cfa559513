import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import { MongoClient } from "mongodb";
import { bundle, ownFile } from "../../functions/bundle";
import { LambdaProcess } from "../lambda/process";
import { AwsStub } from "./aws-stub";
import { median, percentile } from "./measure";

const COLD_STARTS = 5;
const BATCHES = 24;
const BATCH_SIZE = 5;
const TIMEOUT = 120_000;
const DOCUMENT = Buffer.from("Invoice 4711 for paper. ".repeat(200));

/**
 * Measures the bundled ingest function in separate processes, with a stub in place of AWS and a real database.
 *
 * @param documentsUrl connection string of a MongoDB-compatible database. A temporary database is created and dropped.
 */
export async function benchIngest(documentsUrl: string): Promise<void> {
    const database = `bench_${randomUUID().slice(0, 8)}`;
    const stub = new AwsStub(JSON.stringify({ connectionString: documentsUrl, database }), DOCUMENT, 0);
    const { code } = await bundle(ownFile("functions", "ingest", "index.ts"));
    const environment = environmentOf(await stub.start());
    try {
        const size = statSync(code).size;
        console.log(`bundle: ${(size / 1e6).toFixed(2)} MB, ${Math.round(gzipSync(readFileSync(code)).length / 1000)} kB compressed`);
        await benchColdStart(code, environment);
        for (const milliseconds of [0, 1500]) {
            stub.modelMilliseconds = milliseconds;
            await benchBatches(code, environment, milliseconds);
        }
        await benchMemory(code, environment);
    } finally {
        stub.stop();
        const client = await new MongoClient(documentsUrl).connect();
        await client.db(database).dropDatabase();
        await client.close();
    }
}

async function benchColdStart(code: string, environment: Record<string, string>): Promise<void> {
    const loads: number[] = [];
    const firsts: number[] = [];
    const memory: number[] = [];
    for (let i = 0; i < COLD_STARTS; i++) {
        const lambda = new LambdaProcess(code, environment);
        const ready = await lambda.ready;
        loads.push(ready.loadMilliseconds);
        memory.push(ready.memory);
        firsts.push((await timed(lambda, batch(BATCH_SIZE))).milliseconds);
        lambda.kill();
    }
    console.log(
        `load: ${median(loads).toFixed(0)} ms, ${median(memory)} MiB; first batch of ${BATCH_SIZE}: ${median(firsts).toFixed(0)} ms`,
    );
}

/** Runs one batch at a time in one environment, as Lambda does. */
async function benchBatches(code: string, environment: Record<string, string>, modelMilliseconds: number): Promise<void> {
    const lambda = new LambdaProcess(code, environment);
    await timed(lambda, batch(BATCH_SIZE));
    const count = modelMilliseconds > 0 ? BATCHES / 4 : BATCHES;
    const runs: { milliseconds: number; memory: number; cpu: number }[] = [];
    const started = performance.now();
    for (let i = 0; i < count; i++) runs.push(await timed(lambda, batch(BATCH_SIZE)));
    const seconds = (performance.now() - started) / 1000;
    lambda.kill();
    const documents = count * BATCH_SIZE;
    const times = runs.map((run) => run.milliseconds);
    const cpu = ((runs.at(-1)?.cpu ?? 0) - (runs[0]?.cpu ?? 0)) / (documents - BATCH_SIZE);
    console.log(
        `model ${modelMilliseconds} ms: ${(documents / seconds).toFixed(1)} documents/s; batch p50 ${median(times).toFixed(0)} ms, ` +
            `p99 ${percentile(times, 99).toFixed(0)} ms; ${cpu.toFixed(1)} ms CPU a document; at most ${Math.max(...runs.map((run) => run.memory))} MiB`,
    );
}

/** Ten documents of the largest size that `maxBytes` allows. */
async function benchMemory(code: string, environment: Record<string, string>): Promise<void> {
    const bytes = 10 * 1024 * 1024;
    const large = new AwsStub("", Buffer.alloc(bytes, "x"), 0);
    const url = await large.start();
    const lambda = new LambdaProcess(code, {
        ...environment,
        AWS_ENDPOINT_URL_S3: url,
        MAX_BYTES: String(bytes),
    });
    const { memory } = await timed(lambda, batch(10));
    lambda.kill();
    large.stop();
    console.log(`10 documents of 10 MiB in one batch: ${memory} MiB`);
}

async function timed(lambda: LambdaProcess, event: SQSEvent) {
    await lambda.ready;
    const started = performance.now();
    const { result, error, memory, cpu } = await lambda.invoke(event, TIMEOUT);
    if (error !== undefined || result?.batchItemFailures.length)
        throw new Error(`documents failed: ${JSON.stringify(lambda.lines.at(-1))}`);
    return { milliseconds: performance.now() - started, memory, cpu: (cpu.user + cpu.system) / 1000 };
}

function batch(size: number): SQSEvent {
    const records = Array.from({ length: size }, () => {
        const id = randomUUID();
        const object = { key: `documents/${id}.txt`, etag: id, "version-id": id, size: DOCUMENT.length };
        const event = {
            source: "aws.s3",
            "detail-type": "Object Created",
            time: new Date().toISOString(),
            detail: { bucket: { name: "raw" }, object },
        };
        return { messageId: id, body: JSON.stringify(event), attributes: { ApproximateReceiveCount: "1" } } as SQSRecord;
    });
    return { Records: records };
}

const environmentOf = (endpoint: string): Record<string, string> => ({
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_ENDPOINT_URL: endpoint,
    MODEL_ID: "us.amazon.nova-lite-v1:0",
    GUARDRAIL_ID: "gr-1",
    GUARDRAIL_VERSION: "1",
    CURATED_BUCKET: "curated",
    BUS_NAME: "bus",
    DOCUMENTS_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench",
});
