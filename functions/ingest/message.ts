import type { SourceObject } from "./document";
import { IngestError } from "./errors";

/**
 * Reads the S3 object from a queue message, which contains an EventBridge "Object Created" event.
 *
 * @throws IngestError `InvalidMessage` if the message is anything else
 */
export function parseMessage(body: string): SourceObject {
    const event = parse(body);
    if (event.source !== "aws.s3" || event["detail-type"] !== "Object Created") {
        throw new IngestError("InvalidMessage", "the message is not an S3 Object Created event");
    }
    const detail = record(event.detail);
    const object = record(detail.object);
    const versionId = object["version-id"];
    const { sequencer } = object;
    return {
        bucket: text(record(detail.bucket).name, "detail.bucket.name"),
        key: text(object.key, "detail.object.key"),
        // EventBridge events use etag. S3 notifications and S3 emulators use eTag.
        etag: text(object.etag ?? object.eTag, "detail.object.etag"),
        size: typeof object.size === "number" ? object.size : 0,
        createdAt: time(event.time),
        // Without versioning, the version ID is always "null".
        ...(typeof versionId === "string" && versionId !== "" && versionId !== "null" ? { versionId } : {}),
        ...(typeof sequencer === "string" && sequencer !== "" ? { sequencer } : {}),
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
    if (typeof value !== "string" || value === "") throw new IngestError("InvalidMessage", `the event has no ${path}`);
    return value;
}

function time(value: unknown): string {
    const date = new Date(text(value, "time"));
    if (Number.isNaN(date.getTime())) throw new IngestError("InvalidMessage", "the time of the event is not a date");
    return date.toISOString();
}
