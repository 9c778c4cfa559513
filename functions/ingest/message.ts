import type { SourceObject } from "./document";
import { IngestError } from "./errors";

/**
 * The object that a message of the queue is about: EventBridge's event "Object Created" of S3, as the rule passes it on.
 *
 * @throws IngestError `InvalidMessage` for anything else
 */
export function parseMessage(body: string): SourceObject {
    const event = parse(body);
    if (event.source !== "aws.s3" || event["detail-type"] !== "Object Created") {
        throw new IngestError("InvalidMessage", "the message is not an event of S3 of the type Object Created");
    }
    const detail = record(event.detail);
    const object = record(detail.object);
    const versionId = object["version-id"];
    return {
        bucket: text(record(detail.bucket).name, "detail.bucket.name"),
        key: text(object.key, "detail.object.key"),
        // EventBridge writes etag; S3's own notifications, and what imitates them, eTag.
        etag: text(object.etag ?? object.eTag, "detail.object.etag"),
        size: typeof object.size === "number" ? object.size : 0,
        createdAt: time(event.time),
        // Without versioning all contents of a key have the version "null": only the etag tells them apart.
        ...(typeof versionId === "string" && versionId !== "" && versionId !== "null" ? { versionId } : {}),
    };
}

type Json = Record<string, unknown>;

function parse(body: string): Json {
    try {
        return record(JSON.parse(body));
    } catch {
        throw new IngestError("InvalidMessage", "the message is not a JSON object");
    }
}

const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {});

function text(value: unknown, path: string): string {
    if (typeof value !== "string" || value === "") throw new IngestError("InvalidMessage", `the event lacks ${path}`);
    return value;
}

function time(value: unknown): string {
    const date = new Date(text(value, "time"));
    if (Number.isNaN(date.getTime())) throw new IngestError("InvalidMessage", "the event's time is not a date");
    return date.toISOString();
}
