/** The dependencies of the ingest handler, in memory. */
import type { ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import type { SQSRecord } from "aws-lambda";
import { documentId, type IngestedDocument } from "../../functions/ingest/document";
import { createHandler } from "../../functions/ingest/handler";
import { IngestError } from "../../functions/ingest/errors";
import type { IngestSettings } from "../../functions/ingest/ingest";
import type { Claim, Failure, Ports } from "../../functions/ingest/ports";
import { parseMessage } from "../../functions/ingest/message";
import type { TracedCall } from "../../functions/ingest/trace";

export const settings: IngestSettings = {
    modelId: "us.amazon.nova-lite-v1:0",
    guardrailId: "gr-1",
    guardrailVersion: "3",
    categories: ["invoice", "other"],
    maxCharacters: 1000,
    maxBytes: 5000,
    curatedBucket: "curated",
    maxReceiveCount: 5,
    modelTimeout: 30_000,
    callTimeout: 10_000,
};
export const ANSWER = JSON.stringify({ summary: "A bill for paper.", category: "invoice", topics: ["paper"], language: "en" });
export const SECRET_TEXT = "Invoice 4711 for Jane Doe";

/** Error of an AWS service, whose message quotes the document. */
export const awsError = (name: string, httpStatusCode: number): Error =>
    Object.assign(new Error(`${name} about ${SECRET_TEXT}`), { name, $metadata: { httpStatusCode } });

interface MemoryEntry {
    state: "claimed" | "analysed" | "done";
    until?: number;
    token?: string;
    document?: IngestedDocument;
    outcome?: "failed";
    failure?: Failure;
}

/** The dependencies of the handler, and their records. */
export class World {
    readonly objects = new Map<string, { body: Uint8Array; contentType?: string }>();
    readonly entries = new Map<string, MemoryEntry>();
    readonly curated = new Map<string, Record<string, unknown>>();
    readonly events: { detailType: string; detail: Record<string, unknown> }[] = [];
    readonly requests: ConverseCommandInput[] = [];
    readonly logs: Record<string, unknown>[] = [];
    readonly metrics: Record<string, number>[] = [];
    readonly traced: TracedCall[] = [];
    readonly slept: number[] = [];
    discarded = 0;
    time = Date.parse("2026-03-04T12:00:00Z");
    /** The model's behavior in its next calls. After these, it returns a valid response. */
    model: (() => Promise<{ text: string; stopReason?: string }>)[] = [];
    /** Called before an operation; can throw. */
    before: (operation: string) => void = () => undefined;

    put(key: string, body: string | Uint8Array = SECRET_TEXT, contentType: string | undefined = "text/plain"): void {
        this.objects.set(key, { body: typeof body === "string" ? Buffer.from(body) : body, contentType });
    }

    readonly ports: Ports = {
        ledger: {
            claim: async (id, _source, { token, now, until }): Promise<Claim> => {
                await this.step("claim");
                const entry = this.entries.get(id);
                if (entry?.state === "done") return { state: "done" };
                if (entry?.until !== undefined && entry.until > now && entry.token !== token) return { state: "busy" };
                this.entries.set(id, { state: "claimed", ...entry, until, token });
                return entry?.document ? { state: "analysed", document: entry.document } : { state: "new" };
            },
            save: async (document, token) => {
                await this.step("save");
                Object.assign(this.held(document.id, token), { state: "analysed", document });
            },
            complete: async (document, token) => {
                await this.step("complete");
                const entry = this.held(document.id, token);
                Object.assign(entry, { state: "done", document, until: undefined, failure: undefined, outcome: undefined });
            },
            fail: async (id, token, failure, isLast) => {
                await this.step("fail");
                const entry = this.entries.get(id);
                if (entry?.token !== token || entry.state === "done") return;
                Object.assign(entry, { failure, until: undefined, ...(isLast ? { outcome: "failed" } : {}) });
            },
        },
        objects: {
            open: async ({ key }) => {
                await this.step("open");
                const object = this.objects.get(key);
                if (!object) return "gone";
                const discard = () => {
                    this.discarded++;
                };
                return { ...object, size: object.body.length, read: () => Promise.resolve(object.body), discard };
            },
            write: async ({ bucket, key }, body) => {
                await this.step("write");
                this.curated.set(`${bucket}/${key}`, JSON.parse(body) as Record<string, unknown>);
            },
        },
        model: {
            converse: (request) => {
                this.requests.push(request);
                return this.model.shift()?.() ?? Promise.resolve({ text: ANSWER, stopReason: "end_turn" });
            },
        },
        events: {
            publish: async (detailType, detail) => {
                await this.step("publish");
                this.events.push({ detailType, detail });
            },
        },
        log: {
            write: (level, message, facts) => this.logs.push({ level, message, ...facts }),
            count: (counts) => this.metrics.push(counts),
        },
        trace: (call, work) => {
            this.traced.push(call);
            return work();
        },
        clock: {
            now: () => this.time,
            sleep: (milliseconds) => {
                this.slept.push(milliseconds);
                this.time += milliseconds;
                // Others continue meanwhile.
                return new Promise((done) => setImmediate(done));
            },
            random: () => 1,
        },
    };

    handle(records: SQSRecord[], remaining = 60_000, changed: Partial<IngestSettings> = {}) {
        const handler = createHandler({ ...settings, ...changed }, this.ports);
        return handler({ Records: records }, { getRemainingTimeInMillis: () => remaining });
    }

    /** Delivers one message, and returns whether the handler accepted it. */
    async accepts(record: SQSRecord, remaining?: number, changed?: Partial<IngestSettings>): Promise<boolean> {
        return await this.handle([record], remaining, changed).then(
            () => true,
            () => false,
        );
    }

    /** The only entry of the ledger. */
    get entry(): MemoryEntry | undefined {
        return [...this.entries.values()][0];
    }

    /** The only document of the ledger. */
    get document(): IngestedDocument | undefined {
        return this.entry?.document;
    }

    private async step(operation: string): Promise<void> {
        await Promise.resolve();
        this.before(operation);
    }

    private held(id: string, token: string): MemoryEntry {
        const entry = this.entries.get(id);
        if (entry?.token !== token) throw new IngestError("ClaimLost", "another delivery has claimed the document");
        return entry;
    }
}

export const eventOf = (key: string, more: Record<string, unknown> = {}) => ({
    source: "aws.s3",
    "detail-type": "Object Created",
    time: "2026-03-04T05:06:07Z",
    detail: { bucket: { name: "raw" }, object: { key, etag: "e1", size: 25, "version-id": "v1", ...more } },
});

export const message = (body: unknown, messageId = "m1", delivery = 1): SQSRecord =>
    ({
        messageId,
        body: typeof body === "string" ? body : JSON.stringify(body),
        attributes: { ApproximateReceiveCount: String(delivery) },
    }) as SQSRecord;

/** ID of the document of a message. */
export const idOf = (record: SQSRecord): string => documentId(parseMessage(record.body));

/** Throws the error on the first calls of an operation. */
export function failing(operation: string, times: number, error: () => Error): (operation: string) => void {
    let left = times;
    return (name) => {
        if (name === operation && left-- > 0) throw error();
    };
}
