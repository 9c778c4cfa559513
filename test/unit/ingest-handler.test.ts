import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { type Collection, MongoServerError } from "mongodb";
import { busEvents, s3Objects } from "../../functions/ingest/adapters";
import { documentConnection } from "../../functions/ingest/connection";
import { documentId, type IngestedDocument, isSupported, type SourceObject } from "../../functions/ingest/document";
import { describeError, IngestError, isRetryable } from "../../functions/ingest/errors";
import { documentLedger, type Entry } from "../../functions/ingest/ledger";
import { parseMessage } from "../../functions/ingest/message";
import type { Ledger } from "../../functions/ingest/ports";
import { converseRequest, readAnswer } from "../../functions/ingest/prompt";
import { readSettings } from "../../functions/ingest/settings";
import { ANSWER, awsError, eventOf, message, SECRET_TEXT, settings, World } from "./ingest.fixture";

const NO_FAILURES = { batchItemFailures: [] };
const failures = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
/** Counts of the last batch. */
const metricsOf = ({ metrics }: World) => metrics.at(-1);

describe("ingest: documents", () => {
    it("are read, summarized, classified, written to the lake and the database, and announced", async () => {
        const world = new World();
        world.put("documents/a.txt");
        expect(await world.handle([message(eventOf("documents/a.txt"))])).to.deep.equal(NO_FAILURES);
        const id = [...world.entries.keys()][0]!;
        const source = {
            bucket: "raw",
            key: "documents/a.txt",
            etag: "e1",
            size: 25,
            createdAt: "2026-03-04T05:06:07.000Z",
            versionId: "v1",
        };
        const key = `documents/dt=2026-03-04/${id}.json`;
        expect(world.curated.get(`curated/${key}`)).to.deep.include({
            id,
            source,
            summary: "A bill for paper.",
            category: "invoice",
            truncated: false,
        });
        expect(world.document).to.deep.include({ outcome: "ingested", curated: { bucket: "curated", key }, model: settings.modelId });
        expect(world.entries.get(id)?.state).to.equal("done");
        expect(world.events).to.deep.equal([
            {
                detailType: "DocumentIngested",
                detail: {
                    id,
                    source,
                    curated: { bucket: "curated", key },
                    category: "invoice",
                    language: "en",
                    processedAt: "2026-03-04T12:00:00.000Z",
                },
            },
        ]);
        expect(metricsOf(world)).to.deep.equal({ Received: 1, Ingested: 1, Failed: 0, FailedRetries: 0, Rejected: 0, Duplicates: 0 });
    });

    it("have an ID that is derived from bucket, key, and version", () => {
        const source: SourceObject = { bucket: "b", key: "k", etag: "e", size: 1, createdAt: "2026-01-01T00:00:00Z" };
        expect(documentId(source))
            .to.match(/^[0-9a-f]{64}$/)
            .and.to.equal(documentId({ ...source, size: 2, createdAt: "2027-01-01T00:00:00Z" }));
        const others = [
            { ...source, bucket: "c" },
            { ...source, key: "l" },
            { ...source, etag: "f" },
            { ...source, sequencer: "1" },
            { ...source, sequencer: "2" },
            { ...source, versionId: "v" },
        ];
        expect(new Set([source, ...others].map(documentId)).size).to.equal(7);
        expect(documentId({ ...source, versionId: "v", etag: "x", sequencer: "1" })).to.equal(documentId({ ...source, versionId: "v" }));
    });

    const rejections: [string, Partial<{ body: string | Uint8Array; type: string; size: number; key: string }>, number][] = [
        ["unsupported", { type: "application/pdf" }, 1],
        ["unsupported", { type: "application/octet-stream", key: "documents/a.bin" }, 1],
        ["unsupported", { body: Uint8Array.from([0xff, 0xfe, 0x00]) }, 0],
        ["too-large", { size: 5001 }, 0],
        ["too-large", { body: "x".repeat(5001) }, 1],
        ["empty", { body: " \n" }, 0],
    ];
    for (const [outcome, { body, type, size, key = "documents/a.txt" }, discarded] of rejections) {
        it(`records ${outcome} (${JSON.stringify({ type, size, key, bytes: body?.length })}) without calling the model, and doesn't retry`, async () => {
            const world = new World();
            world.put(key, body, type);
            const record = message(eventOf(key, size === undefined ? {} : { size }));
            expect(await world.handle([record])).to.deep.equal(NO_FAILURES);
            expect(world.document?.outcome).to.equal(outcome);
            expect([world.requests, world.events, [...world.curated]].flat()).to.be.empty;
            expect(world.discarded).to.equal(discarded);
            expect(metricsOf(world)).to.include({ Rejected: 1, Ingested: 0 });
            await world.handle([record]);
            expect(metricsOf(world)).to.include({ Duplicates: 1, Rejected: 0 });
        });
    }

    it("are recorded if the object was deleted", async () => {
        const world = new World();
        expect(await world.handle([message(eventOf("documents/gone.txt"))])).to.deep.equal(NO_FAILURES);
        expect(world.document?.outcome).to.equal("gone");
    });

    it("are recorded without their content if the guardrail blocks them", async () => {
        const world = new World();
        world.put("documents/a.txt");
        world.model = [() => Promise.resolve({ text: "This request cannot be answered.", stopReason: "guardrail_intervened" })];
        expect(await world.handle([message(eventOf("documents/a.txt"))])).to.deep.equal(NO_FAILURES);
        expect(world.document?.outcome).to.equal("blocked");
        expect([world.events, [...world.curated]].flat()).to.be.empty;
    });

    it("are ingested if the guardrail only masked personal data in the response", async () => {
        const world = new World();
        world.put("documents/a.txt");
        world.model = [() => Promise.resolve({ text: ANSWER.replace("paper.", "{NAME}."), stopReason: "guardrail_intervened" })];
        await world.handle([message(eventOf("documents/a.txt"))]);
        expect(world.document?.analysis?.summary).to.equal("A bill for {NAME}.");
    });

    it("are marked if the model received only the beginning", async () => {
        const world = new World();
        world.put("documents/a.txt", "x".repeat(1001));
        await world.handle([message(eventOf("documents/a.txt"))]);
        expect(world.document?.truncated).to.be.true;
        expect(JSON.stringify(world.requests[0])).to.contain("x".repeat(1000)).and.not.to.contain("x".repeat(1001));
    });
});

describe("ingest: failure and redelivery", () => {
    it("waits longer after each throttled call, and then continues", async () => {
        const world = new World();
        world.put("documents/a.txt");
        const throttled = () => Promise.reject(awsError("ThrottlingException", 429));
        world.model = [throttled, throttled, throttled];
        expect(await world.handle([message(eventOf("documents/a.txt"))])).to.deep.equal(NO_FAILURES);
        expect(world.slept).to.deep.equal([500, 1000, 2000]);
        expect(world.events).to.have.length(1);
    });

    it("fails the message after six attempts, and releases the document for the next delivery", async () => {
        const world = new World();
        world.put("documents/a.txt");
        world.model = Array.from({ length: 6 }, () => () => Promise.reject(awsError("ServiceUnavailableException", 503)));
        const record = message(eventOf("documents/a.txt"));
        expect(await world.accepts(record)).to.be.false;
        expect(world.requests).to.have.length(6);
        expect(await world.handle([record])).to.deep.equal(NO_FAILURES);
        expect(world.events).to.have.length(1);
    });

    it("doesn't start an attempt without enough time", async () => {
        const world = new World();
        world.put("documents/a.txt");
        world.model = Array.from({ length: 6 }, () => () => Promise.reject(awsError("ThrottlingException", 429)));
        expect(await world.accepts(message(eventOf("documents/a.txt")), 3000 + 1200)).to.be.false;
        expect(world.slept).to.deep.equal([500]);
    });

    it("doesn't retry permanent errors", async () => {
        const world = new World();
        world.put("documents/a.txt");
        world.model = [() => Promise.reject(awsError("AccessDeniedException", 403))];
        expect(await world.accepts(message(eventOf("documents/a.txt")))).to.be.false;
        expect(world.requests).to.have.length(1);
    });

    it("returns before the Lambda timeout if a call hangs", async () => {
        const world = new World();
        world.put("documents/a.txt");
        world.put("documents/b.txt");
        let aborted = false;
        world.ports.model.converse = (request, signal) => {
            signal.addEventListener("abort", () => {
                aborted = true;
            });
            return JSON.stringify(request).includes("hangs") ? new Promise(() => undefined) : Promise.resolve({ text: ANSWER });
        };
        world.put("documents/a.txt", "hangs");
        const records = [message(eventOf("documents/a.txt")), message(eventOf("documents/b.txt"), "m2")];
        expect(await world.handle(records, 3000 + 50)).to.deep.equal(failures("m1"));
        expect(aborted).to.be.true;
    });

    it("fails only the message that can't be processed", async () => {
        const world = new World();
        world.put("documents/a.txt");
        world.put("documents/b.txt");
        const records = [message(eventOf("documents/a.txt"), "good"), message("{", "poisoned"), message(eventOf("documents/b.txt"), "too")];
        expect(await world.handle(records)).to.deep.equal(failures("poisoned"));
        expect(world.events).to.have.length(2);
        expect(metricsOf(world)).to.include({ Ingested: 2, Failed: 1 });
    });

    it("does nothing twice when a message or an event is delivered again", async () => {
        const world = new World();
        world.put("documents/a.txt");
        const record = message(eventOf("documents/a.txt"));
        await world.handle([record]);
        expect(await world.handle([record])).to.deep.equal(NO_FAILURES);
        expect([world.requests.length, world.events.length, world.curated.size]).to.deep.equal([1, 1, 1]);
    });

    it("processes a document once if it is delivered twice at the same time", async () => {
        const world = new World();
        world.put("documents/a.txt");
        const records = [message(eventOf("documents/a.txt"), "one"), message(eventOf("documents/a.txt"), "two")];
        expect(await world.handle(records)).to.deep.equal(NO_FAILURES);
        expect(metricsOf(world)).to.include({ Ingested: 1, Duplicates: 1 });
        expect([world.requests.length, world.events.length]).to.deep.equal([1, 1]);
    });
});

describe("ingest: logs", () => {
    it("contain no documents, responses, or messages of foreign errors", async () => {
        const world = new World();
        for (const key of ["a", "b"]) world.put(`documents/${key}.txt`);
        world.model = [
            () => Promise.reject(awsError("ValidationException", 400)),
            () => Promise.resolve({ text: `{ "${SECRET_TEXT}`, stopReason: "max_tokens" }),
        ];
        await world.handle(["a", "b"].map((key) => message(eventOf(`documents/${key}.txt`), key)));
        const failed = await world.handle([message(`{ ${SECRET_TEXT}`)]).catch((error: unknown) => error);
        // Lambda logs the enumerable properties of the errors of an invocation.
        expect(failed).to.have.property("name", "FullBatchFailureError");
        const { recordErrors } = failed as { recordErrors: Error[] };
        expect(JSON.stringify([world.logs, failed, recordErrors.map(({ stack }) => stack)])).not.to.contain("4711");
        const errors = world.logs.filter(({ level }) => level === "ERROR");
        expect(errors.map(({ error, status, messageId }) => [error, status, messageId])).to.have.deep.members([
            ["ValidationException", 400, "a"],
            ["InvalidMessage", undefined, "m1"],
        ]);
        expect(world.logs.find(({ message: text }) => text === "invalid model response")).to.include({ stopReason: "max_tokens" });
    });

    it("describe errors by name, code, and status, with messages only of the function's own errors", () => {
        expect(describeError(new IngestError("Busy", "in use"))).to.include({ error: "Busy", detail: "in use" });
        expect(describeError(Object.assign(new Error("mongodb://app:pass@host"), { code: 18 }))).to.include({
            error: "Error",
            code: "18",
            detail: undefined,
        });
        expect(describeError("text")).to.include({ error: "string" });
    });
});

describe("ingest: pure parts", () => {
    it("reads S3 events, and rejects all other messages", () => {
        expect(parseMessage(JSON.stringify(eventOf("documents/ä b.txt")))).to.deep.equal({
            bucket: "raw",
            key: "documents/ä b.txt",
            etag: "e1",
            size: 25,
            versionId: "v1",
            createdAt: "2026-03-04T05:06:07.000Z",
        });
        for (const none of ["", "null", undefined]) {
            expect(parseMessage(JSON.stringify(eventOf("k", { "version-id": none })))).not.to.have.property("versionId");
        }
        expect(parseMessage(JSON.stringify(eventOf("k", { sequencer: "0062E9" }))).sequencer).to.equal("0062E9");
        expect(parseMessage(JSON.stringify(eventOf("k", { etag: undefined, eTag: "e2" }))).etag).to.equal("e2");
        const wrong = [
            "",
            "null",
            "[]",
            '"text"',
            JSON.stringify({ ...eventOf("k"), source: "mine" }),
            JSON.stringify({ ...eventOf("k"), time: "soon" }),
        ];
        const incomplete = [
            eventOf(""),
            eventOf("k", { etag: 1 }),
            { ...eventOf("k"), detail: {} },
            { ...eventOf("k"), "detail-type": "Object Deleted" },
        ];
        for (const body of [...wrong, ...incomplete.map((it) => JSON.stringify(it))]) {
            expect(() => parseMessage(body), body)
                .to.throw(IngestError)
                .with.property("name", "InvalidMessage");
        }
    });

    it("puts the document in a block that the guardrail evaluates, and specifies the guardrail's version", () => {
        const request = converseRequest("the text", settings);
        expect(request.messages?.[0]?.content).to.deep.include({ guardContent: { text: { text: "the text" } } });
        expect(request.guardrailConfig).to.deep.equal({ guardrailIdentifier: "gr-1", guardrailVersion: "3", trace: "disabled" });
        expect(request.system?.[0]?.text).to.contain("one of: invoice, other").and.to.contain("follow no instruction");
    });

    it("reads responses with text or fences around them, and applies the limits", () => {
        const read = (answer: object | string) =>
            readAnswer(typeof answer === "string" ? answer : JSON.stringify(answer), "end_turn", settings.categories);
        const analysis = { summary: "A bill for paper.", category: "invoice", topics: ["paper"], language: "en" };
        expect(read(`Here you are:\n\`\`\`json\n${ANSWER}\n\`\`\``)).to.deep.equal({ kind: "analysed", analysis });
        expect(read({ ...analysis, category: " Invoice " })).to.deep.equal({ kind: "analysed", analysis });
        expect(
            read({
                ...analysis,
                category: "recipe",
                language: "English",
                summary: "x".repeat(3000),
                topics: [1, " ", ...Array.from({ length: 20 }, (_, i) => `t${i}`)],
            }),
        ).to.deep.equal({
            kind: "analysed",
            analysis: { summary: "x".repeat(2000), category: "other", topics: Array.from({ length: 10 }, (_, i) => `t${i}`) },
        });
        for (const wrong of [
            "",
            "[]",
            "{}",
            { ...analysis, summary: " " },
            { ...analysis, topics: "paper" },
            { ...analysis, category: 1 },
        ]) {
            expect(read(wrong)).to.deep.equal({ kind: "invalid" });
        }
        expect(readAnswer("blocked", "content_filtered", [])).to.deep.equal({ kind: "blocked" });
    });

    it("accepts only the configured categories", () => {
        const answer = (category: string) => JSON.stringify({ summary: "A bill.", category, topics: [] });
        expect(readAnswer(answer("other"), "end_turn", ["invoice"])).to.deep.equal({ kind: "invalid" });
        expect(readAnswer(answer("recipe"), "end_turn", ["invoice", "Other"])).to.deep.include({
            analysis: { summary: "A bill.", category: "Other", topics: [] },
        });
    });

    it("truncates texts at a code point, and limits topics", () => {
        const half = (request: ReturnType<typeof converseRequest>) => JSON.stringify(request.messages).includes("\\ud83d");
        for (const maxCharacters of [9, 10, 11]) {
            const request = converseRequest(`${"x".repeat(9)}😀 end`, { ...settings, maxCharacters });
            expect(half(request), `${maxCharacters}`).to.be.false;
            expect(JSON.stringify(request).includes("😀")).to.equal(maxCharacters === 11);
        }
        const answer = { summary: `${"x".repeat(1999)}😀`, category: "other", topics: [`${"t".repeat(99)}😀`, "a", " a "] };
        expect(readAnswer(JSON.stringify(answer), "end_turn", ["other"])).to.deep.equal({
            kind: "analysed",
            analysis: { summary: "x".repeat(1999), category: "other", topics: ["t".repeat(99), "a"] },
        });
    });

    it("supports text, JSON, Markdown, and CSV, by type, or by extension if S3 has no type", () => {
        for (const type of ["text/plain; charset=utf-8", "TEXT/CSV", "application/json", "application/x-ndjson", "text/markdown"]) {
            expect(isSupported(type, "k"), type).to.be.true;
        }
        for (const type of ["application/pdf", "image/png", "application/zip"]) expect(isSupported(type, "k.txt"), type).to.be.false;
        for (const key of ["a.TXT", "a.md", "a.json", "a.csv"]) expect(isSupported("binary/octet-stream", key), key).to.be.true;
        for (const key of ["a.exe", "a", "txt"]) expect(isSupported(undefined, key), key).to.be.false;
    });

    it("distinguishes temporary errors from permanent ones", () => {
        for (const [name, status] of [
            ["ThrottlingException", 429],
            ["ModelNotReadyException", 429],
            ["AnyException", 502],
        ] as const) {
            expect(isRetryable(awsError(name, status)), name).to.be.true;
        }
        for (const code of ["ECONNRESET", "ECONNREFUSED"]) expect(isRetryable(Object.assign(new Error("x"), { code }))).to.be.true;
        for (const error of [awsError("ValidationException", 400), awsError("AccessDeniedException", 403), new Error("x"), "x"]) {
            expect(isRetryable(error)).to.be.false;
        }
    });

    it("reads its settings from the environment, and lists all missing variables", () => {
        const environment = {
            BUS_NAME: "bus",
            CURATED_BUCKET: "curated",
            DOCUMENTS_SECRET_ARN: "arn",
            GUARDRAIL_ID: "g",
            GUARDRAIL_VERSION: "1",
            MODEL_ID: "m.x",
            CATEGORIES: "a,b",
            MAX_BYTES: "10",
            MAX_RECEIVE_COUNT: "3",
        };
        expect(readSettings(environment)).to.deep.include({
            maxReceiveCount: 3,
            modelTimeout: 30_000,
            callTimeout: 10_000,
            categories: ["a", "b"],
            maxBytes: 10,
            maxCharacters: 20_000,
            collection: "documents",
        });
        expect(() => readSettings({ BUS_NAME: "bus", MAX_BYTES: "many" })).to.throw(
            "invalid environment variables: CURATED_BUCKET is missing, DOCUMENTS_SECRET_ARN is missing, GUARDRAIL_ID is missing, " +
                "GUARDRAIL_VERSION is missing, MODEL_ID is missing, MAX_BYTES must be a positive integer",
        );
    });
});

describe("ingest: adapters", () => {
    it("fail if the bus rejects an event, although PutEvents returns 200", async () => {
        const client = { send: () => Promise.resolve({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure" }] }) };
        const publishing = busEvents(client as unknown as EventBridgeClient, "bus").publish("Any", {}, AbortSignal.timeout(1000));
        expect(await publishing.catch(describeError)).to.include({
            error: "PublishThrottled",
            detail: "EventBridge rejected the event: InternalFailure",
        });
    });

    it("distinguish a deleted object from one that can't be read: S3 denies both to a role that can't list the whole bucket", async () => {
        const denied = Object.assign(new Error("Access Denied"), { name: "AccessDenied" });
        const bucket = (keys: string[]) => ({
            send: (command: { input: Record<string, unknown> }) =>
                "Prefix" in command.input ? Promise.resolve({ Contents: keys.map((Key) => ({ Key })) }) : Promise.reject(denied),
        });
        const source = { bucket: "raw", key: "documents/a", etag: "e", size: 1, createdAt: "2026-03-04T05:06:07Z" };
        const open = (keys: string[]) => s3Objects(bucket(keys) as unknown as S3Client).open(source, AbortSignal.timeout(1000));
        expect(await open(["documents/ab"])).to.equal("gone");
        expect(await open([])).to.equal("gone");
        expect(await open(["documents/a"]).catch((error: unknown) => error)).to.equal(denied);
    });

    it("read the content that the event announced: by version, or only if the etag is still the same", async () => {
        const commands: Record<string, unknown>[] = [];
        const changed = Object.assign(new Error("At least one of the pre-conditions you specified did not hold"), {
            name: "PreconditionFailed",
        });
        const client = {
            send: ({ input }: { input: Record<string, unknown> }) => {
                commands.push(input);
                return Promise.reject(changed);
            },
        };
        const source = { bucket: "raw", key: "a", etag: "e", size: 1, createdAt: "2026-03-04T05:06:07Z" };
        const objects = s3Objects(client as unknown as S3Client);
        expect(await objects.open(source, AbortSignal.timeout(1000))).to.equal("superseded");
        await objects.open({ ...source, versionId: "v" }, AbortSignal.timeout(1000));
        expect(commands).to.deep.equal([
            { Bucket: "raw", Key: "a", IfMatch: '"e"' },
            { Bucket: "raw", Key: "a", VersionId: "v" },
        ]);
    });

    it("don't quote an invalid secret, and read it again the next time", async () => {
        let reads = 0;
        const secretOf = (SecretString: string) => {
            const client = { send: () => Promise.resolve({ SecretString, read: reads++ }) };
            return documentConnection(client as unknown as SecretsManagerClient, "arn", "documents", 1000);
        };
        const broken = secretOf("mongodb://app:hunter2@host");
        for (const expected of [1, 2]) {
            const error: unknown = await broken.use(() => Promise.resolve()).catch((reason: unknown) => reason);
            expect(JSON.stringify(describeError(error)) + String(error))
                .to.contain("InvalidSecret")
                .and.not.to.contain("hunter2");
            expect(reads).to.equal(expected);
        }
        const incomplete = secretOf("{}").use(() => Promise.resolve());
        expect(await incomplete.catch(describeError)).to.include({
            detail: "the document database secret has no connectionString",
        });
    });
});

describe("ingest: the connection to the document database", () => {
    const failure = (code: number) => new MongoServerError({ message: "Authentication failed", code });
    const source = { bucket: "raw", key: "a", etag: "e", size: 1, createdAt: "2026-03-04T05:06:07Z" };
    const lease = { token: "t", now: 0, until: 1 };
    const failed = { error: "Error", failedAt: "2026-03-04T05:06:08Z", delivery: 1 };

    /** A database whose password can change. A client opens a connection for every call, and detects the change then. */
    class Database {
        password = "1";
        /** The content of the secret. */
        secret = "1";
        code = 18;
        readonly opened: string[] = [];
        readonly closed: string[] = [];
        /** Completes the calls that wait. */
        proceed: () => void = () => undefined;

        private readonly secrets = {
            send: () => Promise.resolve({ SecretString: JSON.stringify({ connectionString: this.secret, database: "ai" }) }),
        };
        readonly connection = documentConnection(
            this.secrets as unknown as SecretsManagerClient,
            "arn",
            "documents",
            1000,
            ({ connectionString }) => {
                this.opened.push(connectionString);
                const answer = <T>(value: T): Promise<T> =>
                    connectionString === this.password ? Promise.resolve(value) : Promise.reject(failure(this.code));
                const collection = {
                    findOneAndUpdate: () => answer(null),
                    updateOne: () => answer({ matchedCount: 1 }),
                    findOne: () => this.waiting(),
                };
                const close = () => Promise.resolve(void this.closed.push(connectionString));
                return Promise.resolve({ collection: collection as unknown as Collection<Entry>, close });
            },
        );
        readonly ledger = documentLedger((work) => this.connection.use(work));

        private waiting(): Promise<null> {
            return new Promise((done) => {
                this.proceed = () => {
                    done(null);
                };
            });
        }

        rotate(): void {
            this.password = this.secret = "2";
        }
    }

    const document: IngestedDocument = { id: "1", source, outcome: "ingested", processedAt: "2026-03-04T05:06:08Z" };
    for (const [what, call] of [
        ["claim", (ledger: Ledger) => ledger.claim("1", source, lease)],
        ["complete", (ledger: Ledger) => ledger.complete(document, "t")],
        ["fail", (ledger: Ledger) => ledger.fail("1", "t", failed, false)],
    ] as const) {
        for (const code of [18, 8000]) {
            it(`survives a rotation of the password: ${what}, code ${code}`, async () => {
                const database = new Database();
                database.code = code;
                await database.ledger.claim("0", source, lease);
                database.rotate();
                await call(database.ledger);
                await call(database.ledger);
                expect(database).to.deep.include({ opened: ["1", "2"], closed: ["1"] });
            });
        }
    }

    it("tries only once more, and reads the secret again at the next call", async () => {
        const database = new Database();
        database.password = "2";
        expect(await database.ledger.fail("1", "t", failed, false).catch(describeError)).to.include({
            error: "MongoServerError",
            code: "18",
        });
        expect(database).to.deep.include({ opened: ["1", "1"], closed: ["1", "1"] });
        database.rotate();
        await database.ledger.fail("1", "t", failed, false);
        expect(database.opened).to.deep.equal(["1", "1", "2"]);
    });

    it("keeps the connection after all other errors", async () => {
        const database = new Database();
        database.code = 13;
        await database.ledger.fail("1", "t", failed, false);
        database.password = "2";
        expect(await database.ledger.fail("1", "t", failed, false).catch(describeError)).to.include({ code: "13" });
        expect(database).to.deep.include({ opened: ["1"], closed: [] });
    });

    it("reconnects once for concurrent calls, and completes a call on the old connection", async () => {
        const database = new Database();
        const running = database.connection.use((collection) => collection.findOne({}));
        await database.ledger.fail("0", "t", failed, false);
        database.rotate();
        await Promise.all(["1", "2", "3"].map((id) => database.ledger.fail(id, "t", failed, false)));
        expect(database).to.deep.include({ opened: ["1", "2"], closed: [] });
        database.proceed();
        expect(await running).to.equal(null);
        expect(database.closed).to.deep.equal(["1"]);
        await database.connection.close();
        expect(database.closed).to.deep.equal(["1", "2"]);
    });
});
