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
    /** Bytes of a document that are read; larger ones are recorded as too large. */
    maxBytes: number;
}

/** The time that one invocation has. */
export interface Budget {
    /** Milliseconds since 1970. */
    deadline: number;
    /** Aborts at the deadline. */
    signal: AbortSignal;
}

/** Ends one document: nothing more to do though there is nothing to analyse. */
class Rejected extends Error {
    constructor(
        readonly outcome: Rejection,
        readonly contentType?: string,
    ) {
        super(outcome);
    }
}

/**
 * Takes one object in: reads it, has it summarised and classified, writes the result to the curated bucket and to the document database,
 * and announces it.
 *
 * Whatever is delivered again is done once. A document that is done is left alone; one that is written but perhaps not announced is
 * announced, without asking the model again; one that another delivery works on is put off. Only a crash between the announcement and its
 * record can announce a document twice, with the same id.
 *
 * @returns what became of it; `duplicate` where an earlier delivery has done all
 * @throws whatever may go well on a later delivery
 */
export async function ingest(source: SourceObject, settings: IngestSettings, ports: Ports, budget: Budget): Promise<Outcome | "duplicate"> {
    const id = documentId(source);
    const claim = await ports.ledger.claim(id, source, ports.clock.now(), budget.deadline);
    if (claim.state === "done") return "duplicate";
    if (claim.state === "busy") throw new IngestError("Busy", "another delivery of the same object is being worked on");
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
        // The claim ends by itself at the deadline; giving it back only saves the next delivery the wait.
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
        const verdict = await ask(id, text, settings, ports, budget);
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

function ask(id: string, text: string, settings: IngestSettings, { model, clock, log }: Ports, budget: Budget): Promise<Verdict> {
    const request = converseRequest(text, settings);
    const once = async () => {
        const answer = await model.converse(request, budget.signal);
        return readAnswer(answer.text, answer.stopReason, settings.categories);
    };
    return retrying(once, clock, budget.deadline, (error) => {
        log.write("WARN", "model call is tried again", { id, ...describeError(error) });
    });
}
