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
import type { Ports } from "./ports";
import { converseRequest, type PromptSettings, readAnswer, type Verdict } from "./prompt";
import { retrying } from "./retry";

export interface IngestSettings extends PromptSettings {
    curatedBucket: string;
    /** Maximum document size in bytes. Larger documents are recorded as `too-large`. */
    maxBytes: number;
}

/** Time limit of an invocation. */
export interface Budget {
    /** Deadline in milliseconds since 1970. */
    deadline: number;
    /** Aborts at the deadline. */
    signal: AbortSignal;
}

/** Stops processing a document that can't be analysed. */
class Rejected extends Error {
    constructor(
        readonly outcome: Rejection,
        readonly contentType?: string,
    ) {
        super(outcome);
    }
}

/**
 * Processes one object: reads it, summarises and classifies it with the model, writes the result to the curated bucket and the document
 * database, and publishes an event.
 *
 * Processing is idempotent. A redelivery skips a document that is done. It publishes the event of a document that is stored, without calling
 * the model again. It fails with `Busy` while another delivery is processing the document, so that SQS retries later. The event can be
 * published twice only if the function crashes before it records the publication. Both events then have the same document ID.
 *
 * @returns the outcome, or `duplicate` if an earlier delivery completed the document
 * @throws any error that a later delivery can recover from
 */
export async function ingest(source: SourceObject, settings: IngestSettings, ports: Ports, budget: Budget): Promise<Outcome | "duplicate"> {
    const id = documentId(source);
    const claim = await ports.ledger.claim(id, source, ports.clock.now(), budget.deadline);
    if (claim.state === "done") return "duplicate";
    if (claim.state === "busy") throw new IngestError("Busy", "another delivery of the same object is in progress");
    try {
        const document = claim.state === "stored" ? claim.document : await analyse(id, source, settings, ports, budget);
        if (claim.state === "new" && document.curated) {
            await ports.objects.write(document.curated, curatedBody(document), budget.signal);
            await ports.ledger.save(document, "stored");
        }
        if (document.outcome === "ingested") await ports.events.publish(DOCUMENT_INGESTED, eventDetail(document), budget.signal);
        await ports.ledger.save(document, "done");
        return document.outcome;
    } catch (error) {
        // The claim expires at the deadline. Releasing it early only lets the next delivery start sooner.
        await ports.ledger.release(id).catch((reason: unknown) => {
            ports.log.write("WARN", "claim not released", { id, ...describeError(reason) });
        });
        throw error;
    }
}

async function analyse(
    id: string,
    source: SourceObject,
    settings: IngestSettings,
    ports: Ports,
    budget: Budget,
): Promise<IngestedDocument> {
    const processedAt = new Date(ports.clock.now()).toISOString();
    try {
        const { text, contentType } = await readText(source, settings, ports, budget);
        const verdict = await callModel(id, text, settings, ports, budget);
        if (verdict.kind === "blocked") throw new Rejected("blocked", contentType);
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

async function readText(source: SourceObject, { maxBytes }: IngestSettings, { objects }: Ports, { signal }: Budget) {
    if (source.size > maxBytes) throw new Rejected("too-large");
    const object = await objects.open(source, signal);
    if (!object) throw new Rejected("gone");
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
    const text = decode(await object.read());
    if (text === undefined) throw new Rejected("unsupported", contentType);
    if (text.trim() === "") throw new Rejected("empty", contentType);
    return { text, contentType };
}

function callModel(id: string, text: string, settings: IngestSettings, { model, clock, log }: Ports, budget: Budget): Promise<Verdict> {
    const request = converseRequest(text, settings);
    const attempt = async () => {
        const response = await model.converse(request, budget.signal);
        return readAnswer(response.text, response.stopReason, settings.categories);
    };
    return retrying(attempt, clock, budget.deadline, (error) => {
        log.write("WARN", "retrying the model call", { id, ...describeError(error) });
    });
}
