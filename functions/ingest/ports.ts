import type { ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import type { IngestedDocument, ObjectLocation, SourceObject } from "./document";
import type { Clock } from "./retry";

/** State of a document when a delivery tries to claim it. */
export type Claim =
    | { state: "new" }
    /** Analysed and stored, but its event may not be published. */
    | { state: "stored"; document: IngestedDocument }
    | { state: "done" }
    /** Another delivery is processing it. */
    | { state: "busy" };

/** Processing state of documents, stored in the document database. */
export interface Ledger {
    /** Claims a document until `until` (milliseconds since 1970), unless it is done or claimed. */
    claim(id: string, source: SourceObject, now: number, until: number): Promise<Claim>;
    /** Saves the document: as `stored` before its event is published, as `done` afterwards or if there is no event. */
    save(document: IngestedDocument, state: "stored" | "done"): Promise<void>;
    /** Releases a claim, so that the next delivery doesn't have to wait. */
    release(id: string): Promise<void>;
}

/** Object whose body is read on demand. */
export interface StoredObject {
    contentType?: string;
    size: number;
    read(): Promise<Uint8Array>;
    /** Stops the download without reading the body. */
    discard(): void;
}

export interface Objects {
    /** Returns undefined if the object doesn't exist. */
    open(source: SourceObject, signal: AbortSignal): Promise<StoredObject | undefined>;
    write(location: ObjectLocation, body: string, signal: AbortSignal): Promise<void>;
}

export interface Model {
    converse(request: ConverseCommandInput, signal: AbortSignal): Promise<{ text: string; stopReason?: string }>;
}

export interface Events {
    /** Throws if the bus rejects the event. */
    publish(detailType: string, detail: Record<string, unknown>, signal: AbortSignal): Promise<void>;
}

export type Level = "INFO" | "WARN" | "ERROR";

export interface Log {
    write(level: Level, message: string, facts?: Record<string, unknown>): void;
    /** Records counts as CloudWatch metrics. */
    count(counts: Record<string, number>): void;
}

/** External dependencies of the function. */
export interface Ports {
    ledger: Ledger;
    objects: Objects;
    model: Model;
    events: Events;
    log: Log;
    clock: Clock;
}
