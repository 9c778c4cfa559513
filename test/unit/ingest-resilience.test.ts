import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SQSRecord } from "aws-lambda";
import { expect } from "chai";
import type { Collection } from "mongodb";
import { documentConnection } from "../../functions/ingest/connection";
import { describeError } from "../../functions/ingest/errors";
import type { Entry } from "../../functions/ingest/ledger";
import { awsError, eventOf, failing, idOf, message, World } from "./ingest.fixture";

const KEY = "documents/a.txt";
const worldWithDocument = (): World => {
    const world = new World();
    world.put(KEY);
    return world;
};
const NO_COLLECTION = Object.create(null) as Collection<Entry>;
const unavailable = () => awsError("ServiceUnavailableException", 503);
const counts = ({ requests, curated, events }: World) => ({ calls: requests.length, objects: curated.size, events: events.length });
const ONCE = { calls: 1, objects: 1, events: 1 };

describe("ingest: temporary failures", () => {
    for (const operation of ["claim", "open", "save", "write", "publish", "complete"]) {
        it(`of ${operation} are retried in the same invocation`, async () => {
            const world = worldWithDocument();
            world.before = failing(operation, 3, unavailable);
            expect(await world.accepts(message(eventOf(KEY)))).to.be.true;
            expect(world.slept).to.deep.equal([500, 1000, 2000]);
            expect(counts(world)).to.deep.equal(ONCE);
            expect(world.entry?.state).to.equal("done");
        });
    }

    for (const operation of ["write", "publish", "complete"]) {
        it(`of ${operation} that last longer cause no second call to the model`, async () => {
            const world = worldWithDocument();
            world.before = failing(operation, 6, unavailable);
            expect(await world.accepts(message(eventOf(KEY)))).to.be.false;
            expect(await world.accepts(message(eventOf(KEY), "m1", 2))).to.be.true;
            expect(world.requests).to.have.length(1);
            expect(world.document?.analysis?.summary).to.equal("A bill for paper.");
            expect(world.entry?.state).to.equal("done");
        });
    }

    it("include a call without a response", async () => {
        const world = worldWithDocument();
        world.model = [() => new Promise(() => undefined)];
        expect(await world.accepts(message(eventOf(KEY)), undefined, { modelTimeout: 20 })).to.be.true;
        expect(world.requests).to.have.length(2);
        expect(world.logs.find(({ message: text }) => text === "retrying")).to.include({ operation: "analyse", error: "AttemptTimeout" });
    });

    it("leave time for a second attempt in a short invocation", async () => {
        const world = worldWithDocument();
        world.model = [() => new Promise(() => undefined)];
        world.ports.clock.now = Date.now;
        world.ports.clock.random = () => 0;
        expect(await world.accepts(message(eventOf(KEY)), 3000 + 200)).to.be.true;
        expect(world.requests).to.have.length(2);
    });

    it("are traced, with each attempt separately", async () => {
        const world = worldWithDocument();
        world.before = failing("write", 1, unavailable);
        await world.accepts(message(eventOf(KEY)));
        const operations = world.traced.map(({ service, operation }) => `${service} ${operation}`);
        expect(operations.filter((it) => it === "S3 write")).to.have.length(2);
        expect(operations).to.include.members(["DocumentDB claim", "S3 read", "Bedrock Runtime analyse", "EventBridge publish"]);
    });
});

describe("ingest: a delivery that returns after its lease", () => {
    /** The first call of the model takes an hour, and another delivery runs meanwhile. */
    const stalled = (during: (world: World, record: SQSRecord) => Promise<unknown>) => {
        const world = worldWithDocument();
        const record = message(eventOf(KEY));
        world.model = [
            async () => {
                world.time += 3_600_000;
                await during(world, record);
                return { text: JSON.stringify({ summary: "Late.", category: "other", topics: [] }) };
            },
        ];
        return { world, record };
    };

    it("changes nothing that another delivery has completed", async () => {
        const { world, record } = stalled((it, same) => it.accepts(same));
        expect(await world.accepts(record)).to.be.false;
        expect(counts(world)).to.deep.equal({ calls: 2, objects: 1, events: 1 });
        expect(world.document?.analysis?.summary).to.equal("A bill for paper.");
        expect(world.entry?.state).to.equal("done");
        expect(world.logs.at(-1)).to.include({ error: "ClaimLost" });
    });

    it("doesn't release a claim that another delivery holds", async () => {
        const { world, record } = stalled((it, same) => {
            Object.assign(it.entries.get(idOf(same)) ?? {}, { token: "other", until: it.time + 60_000 });
            return Promise.resolve();
        });
        expect(await world.accepts(record)).to.be.false;
        expect(world.entry).to.deep.include({ state: "claimed", token: "other", until: world.time + 60_000 });
        expect(counts(world)).to.deep.equal({ calls: 1, objects: 0, events: 0 });
    });
});

describe("ingest: failed documents", () => {
    const invalid = () => Promise.resolve({ text: "I can't answer that.", stopReason: "end_turn" });

    it("calls the model a second time with another temperature, and records the document as unanswerable", async () => {
        const world = worldWithDocument();
        world.model = [invalid, invalid];
        const record = message(eventOf(KEY));
        expect(await world.accepts(record)).to.be.true;
        expect(world.document?.outcome).to.equal("unanswerable");
        expect(world.requests.map(({ inferenceConfig }) => inferenceConfig?.temperature)).to.deep.equal([0, 0.5]);
        await world.accepts(record);
        expect(counts(world)).to.deep.equal({ calls: 2, objects: 0, events: 0 });
        expect(world.metrics[0]).to.include({ Rejected: 1, Failed: 0 });
    });

    it("uses the second response if it's valid", async () => {
        const world = worldWithDocument();
        world.model = [invalid];
        expect(await world.accepts(message(eventOf(KEY)))).to.be.true;
        expect(counts(world)).to.deep.equal({ calls: 2, objects: 1, events: 1 });
    });

    it("record the reason in the ledger, and fail finally at the last delivery", async () => {
        const world = worldWithDocument();
        const denied = () => Promise.reject(awsError("AccessDeniedException", 403));
        world.model = [denied, denied];
        await world.accepts(message(eventOf(KEY), "m1", 4));
        expect(world.entry?.failure).to.deep.include({ error: "AccessDeniedException", status: 403, delivery: 4 });
        expect(world.entry).not.to.have.property("outcome");
        await world.accepts(message(eventOf(KEY), "m1", 5));
        expect(world.entry).to.deep.include({ state: "claimed", outcome: "failed" });
        expect(world.logs.filter(({ level }) => level === "ERROR").map((line) => line.message)).to.deep.equal([
            "message failed",
            "message given up",
        ]);
        // After a redrive, SQS counts deliveries from 1.
        expect(await world.accepts(message(eventOf(KEY), "m2"))).to.be.true;
        expect(world.entry).to.deep.include({ state: "done", outcome: undefined, failure: undefined });
    });

    it("count as failed retries from the second delivery", async () => {
        const world = worldWithDocument();
        world.model = [() => Promise.reject(awsError("AccessDeniedException", 403))];
        await world.handle([message(eventOf(KEY), "m1", 2), message("{", "m2", 1), message("{", "m3", 3)]).catch(() => undefined);
        expect(world.metrics).to.deep.equal([{ Received: 3, Ingested: 0, Duplicates: 0, Rejected: 0, Failed: 3, FailedRetries: 2 }]);
    });

    it("fail the invocation if the whole batch failed, so that Lambda counts an error", async () => {
        const world = worldWithDocument();
        expect(await world.handle([message("{")]).catch((error: unknown) => error)).to.have.property("name", "FullBatchFailureError");
        expect(await world.handle([message("{", "m1"), message(eventOf(KEY), "m2")])).to.deep.equal({
            batchItemFailures: [{ itemIdentifier: "m1" }],
        });
    });
});

describe("ingest: batches", () => {
    it("of any size cause no warning about listeners", async () => {
        const world = new World();
        const warnings: Error[] = [];
        const onWarning = (warning: Error) => warnings.push(warning);
        process.on("warning", onWarning);
        const keys = Array.from({ length: 30 }, (_, i) => `documents/${i}.txt`);
        for (const key of keys) world.put(key);
        await world.handle(keys.map((key) => message(eventOf(key), key)));
        await new Promise((done) => setImmediate(done));
        process.off("warning", onWarning);
        expect(warnings).to.deep.equal([]);
        expect(world.events).to.have.length(30);
    });

    it("process a message without attributes", async () => {
        const world = worldWithDocument();
        const bare = { ...message(eventOf(KEY)), attributes: undefined } as unknown as SQSRecord;
        expect(await world.handle([bare, message("{", "m2")])).to.deep.equal({
            batchItemFailures: [{ itemIdentifier: "m2" }],
        });
        expect(world.events).to.have.length(1);
    });
});

describe("ingest: a secret that takes too long", () => {
    it("fails the call, and the next one reads it again", async () => {
        let reads = 0;
        let aborted = false;
        const client = {
            send: (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) => {
                abortSignal.addEventListener("abort", () => (aborted = true));
                const secret = { SecretString: JSON.stringify({ connectionString: "mongodb://host" }) };
                return reads++ === 0 ? new Promise(() => undefined) : Promise.resolve(secret);
            },
        } as unknown as SecretsManagerClient;
        const opened = { collection: NO_COLLECTION, close: () => Promise.resolve() };
        const connection = documentConnection(client, "arn", "documents", 30, () => Promise.resolve(opened));
        expect(await connection.use(() => Promise.resolve(1)).catch(describeError)).to.include({ error: "AttemptTimeout" });
        expect(aborted).to.be.true;
        expect(await connection.use(() => Promise.resolve(2))).to.equal(2);
        expect(reads).to.equal(2);
    });

    it("closes a connection that opens too late", async () => {
        let closed = 0;
        const secret = { SecretString: JSON.stringify({ connectionString: "mongodb://host" }) };
        const client = { send: () => Promise.resolve(secret) } as unknown as SecretsManagerClient;
        const close = () => {
            closed++;
            return Promise.resolve();
        };
        const opened = { collection: NO_COLLECTION, close };
        const open = () => new Promise<typeof opened>((done) => setTimeout(done, 60, opened));
        const connection = documentConnection(client, "arn", "documents", 30, open);
        expect(await connection.use(() => Promise.resolve()).catch(describeError)).to.include({ error: "AttemptTimeout" });
        await new Promise((done) => setTimeout(done, 60));
        expect(closed).to.equal(1);
    });
});
