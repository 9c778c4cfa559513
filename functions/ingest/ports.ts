import type { ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import type { IngestedDocument, ObjectLocation, SourceObject } from "./document";
import type { ErrorFacts } from "./errors";
import type { Clock } from "./retry";
import type { Trace } from "./trace";

/** A delivery's exclusive right to process a document. */
export interface Lease {
    /** Random token. Another delivery that claims the document replaces it. */
    token: string;
    /** Claim time in milliseconds since 1970. */
    now: number;
    /** End of the lease in milliseconds since 1970. */
    until: number;
}

/** State of a document when a delivery tries to claim it. */
export type Claim =
    | { state: "new" }
    /** Analyzed, but its result might not be written, or its event might not be published. */
    | { state: "analysed"; document: IngestedDocument }
    | { state: "done" }
    /** Another delivery is processing it. */
    | { state: "busy" };

/** Reason of a failed delivery. */
export interface Failure extends Pick<ErrorFacts, "error" | "code" | "status" | "detail"> {
    /** Time, ISO 8601. */
    failedAt: string;
    /** Number of the delivery. */
    delivery: number;
}

/**
 * Processing state of documents, stored in the document database. All changes require the token of the current lease. Without it, `save` and
 * `complete` throw `ClaimLost`, and `fail` does nothing.
 */
export interface Ledger {
    /** Claims a document unless it is done or claimed. Repeating a claim with the same token succeeds. */
    claim(id: string, source: SourceObject, lease: Lease): Promise<Claim>;
    /** Saves the analysis, before its result is written and announced. */
    save(document: IngestedDocument, token: string): Promise<void>;
    /** Saves the final document. */
    complete(document: IngestedDocument, token: string): Promise<void>;
    /**
     * Records the reason and releases the claim, so that the next delivery doesn't have to wait.
     *
     * @param isLast no other delivery follows: records the outcome `failed`
     */
    fail(id: string, token: string, failure: Failure, isLast: boolean): Promise<void>;
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
    /** Returns `gone` if the object doesn't exist, and `superseded` if a later upload replaced its content. */
    open(source: SourceObject, signal: AbortSignal): Promise<StoredObject | "gone" | "superseded">;
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
    trace: Trace;
    clock: Clock;
}
