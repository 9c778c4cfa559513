import { createHash } from "node:crypto";
import { DOCUMENTS_FOLDER } from "./contract";

/** Version of an object in the raw bucket, from the EventBridge event. */
export interface SourceObject {
    bucket: string;
    key: string;
    /** Undefined if the bucket isn't versioned. */
    versionId?: string;
    etag: string;
    /** Hexadecimal number that increases with each upload of the key. Distinguishes uploads to a bucket that isn't versioned. */
    sequencer?: string;
    /** Size in bytes. */
    size: number;
    /** Creation time, ISO 8601. */
    createdAt: string;
}

/** The model's analysis of a document. */
export interface Analysis {
    /** At most 2,000 characters. */
    summary: string;
    /** One of the configured categories. */
    category: string;
    /** At most 10, each at most 100 characters. */
    topics: string[];
    /** ISO 639-1 code. Undefined if the model can't identify the language. */
    language?: string;
}

/**
 * Permanent reasons not to analyze a document. A retry would have the same result.
 *
 * - `blocked`: by the guardrail
 * - `unanswerable`: the model's responses don't have the requested format
 * - `gone`: the object or version was deleted
 * - `superseded`: the bucket isn't versioned, and a later upload replaced the content
 */
export type Rejection = "unsupported" | "too-large" | "empty" | "blocked" | "unanswerable" | "gone" | "superseded";
export type Outcome = "ingested" | Rejection;

export interface ObjectLocation {
    bucket: string;
    key: string;
}

/** Document in the document database. The ID is derived from the source, so that a redelivery has the same ID. */
export interface IngestedDocument {
    id: string;
    source: SourceObject;
    outcome: Outcome;
    contentType?: string;
    analysis?: Analysis;
    /** True if the model received only the beginning of the text. */
    truncated?: boolean;
    /** ID of the model or inference profile. */
    model?: string;
    curated?: ObjectLocation;
    /** Processing time, ISO 8601. */
    processedAt: string;
}

/** ID of an object version or, if the bucket isn't versioned, of an upload. Redeliveries have the same ID. */
export function documentId({ bucket, key, versionId, etag, sequencer }: SourceObject): string {
    const version = versionId === undefined ? [etag, sequencer].filter((part) => part !== undefined) : [versionId];
    return createHash("sha256")
        .update(JSON.stringify([bucket, key, ...version]))
        .digest("hex");
}

/** Key of the curated object, partitioned by the UTC date of the source object. Redeliveries have the same key. */
export function curatedKey(id: string, source: SourceObject): string {
    return `${DOCUMENTS_FOLDER}dt=${source.createdAt.slice(0, 10)}/${id}.json`;
}

/** Content of the curated object: one line of JSON, which Athena can read. */
export function curatedBody(document: IngestedDocument): string {
    const { id, source, contentType, analysis, truncated, model, processedAt } = document;
    return `${JSON.stringify({ id, source, contentType, ...analysis, truncated, model, processedAt })}\n`;
}

/** Detail of the event: location and classification of the document, but none of its content. */
export function eventDetail(document: IngestedDocument): Record<string, unknown> {
    const { id, source, analysis, curated, processedAt } = document;
    return { id, source, curated, category: analysis?.category, language: analysis?.language, processedAt };
}

const TEXT_TYPES = ["application/json", "application/ld+json", "application/x-ndjson", "application/csv", "application/markdown"];
const UNKNOWN_TYPES = ["", "binary/octet-stream", "application/octet-stream"];
const TEXT_EXTENSIONS = [".csv", ".json", ".jsonl", ".log", ".markdown", ".md", ".ndjson", ".text", ".txt"];

/** True for text, JSON, Markdown, and CSV. If S3 has no specific content type, the file extension of the key decides. */
export function isSupported(contentType: string | undefined, key: string): boolean {
    const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
    if (UNKNOWN_TYPES.includes(type)) return TEXT_EXTENSIONS.some((extension) => key.toLowerCase().endsWith(extension));
    return type.startsWith("text/") || TEXT_TYPES.includes(type);
}

/** Decodes UTF-8 text. Returns undefined if the content isn't valid UTF-8. */
export function decode(body: Uint8Array): string | undefined {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(body);
    } catch {
        return undefined;
    }
}
