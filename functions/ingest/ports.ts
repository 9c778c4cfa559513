import type { ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import type { IngestedDocument, ObjectLocation, SourceObject } from "./document";
import type { Clock } from "./retry";

/** What the record of earlier deliveries says about a document, after it was claimed. */
export type Claim =
    | { state: "new" }
    /** Analysed and written, but perhaps not announced. */
    | { state: "stored"; document: IngestedDocument }
    | { state: "done" }
    /** Another delivery works on it at this moment. */
    | { state: "busy" };

/** What is known of documents, and who works on them. Lives in the document database. */
export interface Ledger {
    /** Reserves a document until the given time (milliseconds since 1970), unless it is done or reserved. */
    claim(id: string, source: SourceObject, now: number, until: number): Promise<Claim>;
    /** Keeps the document; `stored` until its event is out, `done` after that or where there is no event. */
    save(document: IngestedDocument, state: "stored" | "done"): Promise<void>;
    /** Gives a reserved document back, so that the next delivery need not wait. */
    release(id: string): Promise<void>;
}

/** An object's body, read only when it is wanted. */
export interface StoredObject {
    contentType?: string;
    size: number;
    read(): Promise<Uint8Array>;
    /** Ends the transfer without reading. */
    discard(): void;
}

export interface Objects {
    /** Undefined where the object is gone. */
    open(source: SourceObject, signal: AbortSignal): Promise<StoredObject | undefined>;
    write(location: ObjectLocation, body: string, signal: AbortSignal): Promise<void>;
}

export interface Model {
    converse(request: ConverseCommandInput, signal: AbortSignal): Promise<{ text: string; stopReason?: string }>;
}

export interface Events {
    /** Throws where the bus does not take the event. */
    publish(detailType: string, detail: Record<string, unknown>, signal: AbortSignal): Promise<void>;
}

export type Level = "INFO" | "WARN" | "ERROR";

export interface Log {
    write(level: Level, message: string, facts?: Record<string, unknown>): void;
    /** Counts, as metrics of CloudWatch. */
    count(counts: Record<string, number>): void;
}

/** Everything outside the function. */
export interface Ports {
    ledger: Ledger;
    objects: Objects;
    model: Model;
    events: Events;
    log: Log;
    clock: Clock;
}
