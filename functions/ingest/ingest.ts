import { randomUUID } from "node:crypto";
import { type Budget, type Call, callsFor, type TimeoutSettings } from "./calls";
import { DOCUMENT_INGESTED } from "./contract";
import {
    curatedBody,
    curatedKey,
    decode,
    documentId,
    eventDetail,
    type IngestedDocument,
    isSupported,
    type Outcome,
    type Rejection,
    type SourceObject,
} from "./document";
import { describeError, IngestError } from "./errors";
import type { Failure, Ports } from "./ports";
import { converseRequest, type PromptSettings, readAnswer, type Verdict } from "./prompt";
import { limited } from "./retry";

export interface IngestSettings extends PromptSettings, TimeoutSettings {
    curatedBucket: string;
    /** Maximum document size in bytes. Larger documents are recorded as `too-large`. */
    maxBytes: number;
    /** Number of deliveries before the message moves to the dead-letter queue. */
    maxReceiveCount: number;
}

/** Stops processing a document that can't be analyzed. */
class Rejected extends Error {
    constructor(
        readonly outcome: Rejection,
        readonly contentType?: string,
    ) {
        super(outcome);
    }
}

/** Temperatures of the calls to the model. At 0, it would repeat an invalid response. */
const TEMPERATURES = [0, 0.5];

/** Milliseconds for recording a failure. Part of the reserve before the Lambda timeout. */
const FAIL_TIMEOUT = 1500;

/**
 * Processes one object: reads it, summarizes and classifies it with the model, writes the result to the curated bucket and the document
 * database, and publishes an event.
 *
 * A redelivery skips a document that is done. It continues with the saved analysis of a document that was analyzed, without calling the model
 * again. While another delivery is processing the document, it waits a few seconds, and then fails with `Busy`. A delivery whose lease has
 * expired can't change the document after another one has claimed it.
 *
 * The event is published at least once, always with the same document ID.
 *
 * @param delivery number of the delivery, from 1
 * @returns the outcome, or `duplicate` if an earlier delivery completed the document
 * @throws any error that a later delivery can recover from
 */
export async function ingest(
    source: SourceObject,
    delivery: number,
    settings: IngestSettings,
    ports: Ports,
    budget: Budget,
): Promise<Outcome | "duplicate"> {
    const { ledger, objects, events, clock } = ports;
    const id = documentId(source);
    const token = randomUUID();
    const call = callsFor(id, settings, ports, budget);
    const claim = await call("claim", async () => {
        const result = await ledger.claim(id, source, { token, now: clock.now(), until: budget.deadline });
        if (result.state === "busy") throw new IngestError("Busy", "another delivery of the same object is in progress");
        return result;
    });
    if (claim.state === "done") return "duplicate";
    try {
        const document = claim.state === "analysed" ? claim.document : await analyse(id, source, settings, ports, call);
        const { curated } = document;
        if (curated) {
            // First, so that a failure of the next steps doesn't cause another call to the model.
            if (claim.state === "new") await call("save", () => ledger.save(document, token));
            await call("write", (signal) => objects.write(curated, curatedBody(document), signal));
            await call("publish", (signal) => events.publish(DOCUMENT_INGESTED, eventDetail(document), signal));
        }
        await call("complete", () => ledger.complete(document, token));
        return document.outcome;
    } catch (error) {
        await recordFailure(id, token, failureOf(error, delivery, clock.now()), settings, ports);
        throw error;
    }
}

function failureOf(reason: unknown, delivery: number, now: number): Failure {
    const { error, code, status, detail } = describeError(reason);
    return { error, code, status, detail, failedAt: new Date(now).toISOString(), delivery };
}

async function recordFailure(id: string, token: string, failure: Failure, settings: IngestSettings, { ledger, log }: Ports): Promise<void> {
    const isLast = failure.delivery >= settings.maxReceiveCount;
    try {
        await limited(() => ledger.fail(id, token, failure, isLast), FAIL_TIMEOUT);
    } catch (error) {
        // The claim expires at the deadline. Releasing it early only lets the next delivery start sooner.
        log.write("WARN", "failure not recorded", { id, ...describeError(error) });
    }
}

async function analyse(id: string, source: SourceObject, settings: IngestSettings, ports: Ports, call: Call): Promise<IngestedDocument> {
    const processedAt = new Date(ports.clock.now()).toISOString();
    try {
        const { text, contentType } = await readText(source, settings, ports, call);
        const verdict = await askModel(id, text, settings, ports, call);
        if (verdict.kind !== "analysed") throw new Rejected(verdict.kind === "blocked" ? "blocked" : "unanswerable", contentType);
        return {
            id,
            source,
            outcome: "ingested",
            contentType,
            analysis: verdict.analysis,
            truncated: text.length > settings.maxCharacters,
            model: settings.modelId,
            curated: { bucket: settings.curatedBucket, key: curatedKey(id, source) },
            processedAt,
        };
    } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        return { id, source, outcome: error.outcome, contentType: error.contentType, processedAt };
    }
}

async function readText(source: SourceObject, { maxBytes }: IngestSettings, { objects }: Ports, call: Call) {
    if (source.size > maxBytes) throw new Rejected("too-large");
    const { body, contentType } = await call("read", async (signal) => {
        const object = await objects.open(source, signal);
        if (object === "gone" || object === "superseded") throw new Rejected(object);
        const { contentType } = object;
        const rejection: Rejection | undefined = !isSupported(contentType, source.key)
            ? "unsupported"
            : object.size > maxBytes
              ? "too-large"
              : undefined;
        if (rejection) {
            object.discard();
            throw new Rejected(rejection, contentType);
        }
        return { body: await object.read(), contentType };
    });
    const text = decode(body);
    if (text === undefined) throw new Rejected("unsupported", contentType);
    if (text.trim() === "") throw new Rejected("empty", contentType);
    return { text, contentType };
}

async function askModel(id: string, text: string, settings: IngestSettings, { model, log }: Ports, call: Call): Promise<Verdict> {
    for (const temperature of TEMPERATURES) {
        const request = converseRequest(text, settings, temperature);
        const response = await call("analyse", (signal) => model.converse(request, signal));
        const verdict = readAnswer(response.text, response.stopReason, settings.categories);
        if (verdict.kind !== "invalid") return verdict;
        log.write("WARN", "invalid model response", { id, stopReason: response.stopReason, characters: response.text.length });
    }
    return { kind: "invalid" };
}
