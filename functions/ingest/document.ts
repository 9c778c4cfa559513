import { createHash } from "node:crypto";
import { DOCUMENTS_FOLDER } from "./contract";

/** A version of an object in the raw bucket, as EventBridge announces it. */
export interface SourceObject {
    bucket: string;
    key: string;
    /** Undefined where the bucket is not versioned. */
    versionId?: string;
    etag: string;
    /** Bytes. */
    size: number;
    /** When the object was created, ISO 8601. */
    createdAt: string;
}

/** What the model says about a document. */
export interface Analysis {
    /** At most 2,000 characters. */
    summary: string;
    /** One of the configured categories. */
    category: string;
    /** At most ten. */
    topics: string[];
    /** ISO 639-1, where the model knows it. */
    language?: string;
}

/** Why a document was not analysed though nothing failed: trying again would end the same way. */
export type Rejection = "unsupported" | "too-large" | "empty" | "blocked" | "gone";
export type Outcome = "ingested" | Rejection;

export interface ObjectLocation {
    bucket: string;
    key: string;
}

/** A document as it is kept in the document database. Its id follows from its source, so that a redelivery finds it. */
export interface IngestedDocument {
    id: string;
    source: SourceObject;
    outcome: Outcome;
    contentType?: string;
    analysis?: Analysis;
    /** True where the model has seen only the beginning. */
    truncated?: boolean;
    /** Id of the model or inference profile. */
    model?: string;
    curated?: ObjectLocation;
    /** ISO 8601. */
    processedAt: string;
}

/** The id of a version of an object: the same on every delivery, different for every version. */
export function documentId({ bucket, key, versionId, etag }: SourceObject): string {
    return createHash("sha256")
        .update(JSON.stringify([bucket, key, versionId ?? etag]))
        .digest("hex");
}

/** Where the curated copy goes, by the day of the source (UTC): the same on every delivery, and a partition of the lake. */
export function curatedKey(id: string, source: SourceObject): string {
    return `${DOCUMENTS_FOLDER}dt=${source.createdAt.slice(0, 10)}/${id}.json`;
}

/** The curated object: the document as one line of JSON, as Athena reads it. */
export function curatedBody(document: IngestedDocument): string {
    const { id, source, contentType, analysis, truncated, model, processedAt } = document;
    return `${JSON.stringify({ id, source, contentType, ...analysis, truncated, model, processedAt })}\n`;
}

/** What the event says: where the document is and what it is about, nothing of its content. */
export function eventDetail(document: IngestedDocument): Record<string, unknown> {
    const { id, source, analysis, curated, processedAt } = document;
    return { id, source, curated, category: analysis?.category, language: analysis?.language, processedAt };
}

const TEXT_TYPES = ["application/json", "application/ld+json", "application/x-ndjson", "application/csv", "application/markdown"];
const UNKNOWN_TYPES = ["", "binary/octet-stream", "application/octet-stream"];
const TEXT_EXTENSIONS = [".csv", ".json", ".jsonl", ".log", ".markdown", ".md", ".ndjson", ".text", ".txt"];

/** True for text, JSON, Markdown and CSV. S3's default type says nothing, so that the key's extension decides. */
export function isSupported(contentType: string | undefined, key: string): boolean {
    const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
    if (UNKNOWN_TYPES.includes(type)) return TEXT_EXTENSIONS.some((extension) => key.toLowerCase().endsWith(extension));
    return type.startsWith("text/") || TEXT_TYPES.includes(type);
}

/** The object's text; undefined where it is not UTF-8. */
export function decode(body: Uint8Array): string | undefined {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(body);
    } catch {
        return undefined;
    }
}
