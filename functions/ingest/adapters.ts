import { Readable } from "node:stream";
import { type BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { EVENT_SOURCE } from "./contract";
import { IngestError } from "./errors";
import type { Events, Model, Objects } from "./ports";

/** S3 implementation of `Objects`. */
export function s3Objects(client: S3Client): Objects {
    return {
        async open({ bucket, key, versionId, etag }, signal) {
            try {
                // Without a version, only the etag shows whether this is still the content that the event announced.
                const version = versionId === undefined ? { IfMatch: `"${etag}"` } : { VersionId: versionId };
                const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...version });
                const {
                    Body: body,
                    ContentType: contentType,
                    ContentLength: size = 0,
                } = await client.send(command, { abortSignal: signal });
                const discard = () => {
                    if (body instanceof Readable) body.destroy();
                };
                // The signal of `send` doesn't end the download of the body.
                signal.addEventListener("abort", discard);
                return {
                    contentType,
                    size,
                    read: async () => (body ? await body.transformToByteArray() : new Uint8Array()),
                    discard,
                };
            } catch (error) {
                const name = error instanceof Error ? error.name : "";
                if (error instanceof NoSuchKey || name === "NoSuchVersion") return "gone";
                if (name === "PreconditionFailed") return "superseded";
                // Without permission to list the whole bucket, S3 can return AccessDenied for a missing object.
                if (name === "AccessDenied" && !(await isListed(client, bucket, key, signal))) return "gone";
                throw error;
            }
        },
        async write({ bucket, key }, body, signal) {
            const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: "application/json" });
            await client.send(command, { abortSignal: signal });
        },
    };
}

/** Checks whether the object exists. One result is enough: of all keys with this prefix, the key itself sorts first. */
async function isListed(client: S3Client, bucket: string, key: string, signal: AbortSignal): Promise<boolean> {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
    const { Contents: contents = [] } = await client.send(command, { abortSignal: signal });
    return contents.some((object) => object.Key === key);
}

/** Bedrock Converse API implementation of `Model`. */
export function bedrockModel(client: BedrockRuntimeClient): Model {
    return {
        async converse(request, signal) {
            const { output, stopReason } = await client.send(new ConverseCommand(request), { abortSignal: signal });
            const text = (output?.message?.content ?? []).map((block) => block.text ?? "").join("");
            return { text, stopReason };
        },
    };
}

/** Error codes of an entry of PutEvents that are temporary. */
const TEMPORARY = ["InternalException", "InternalFailure", "ThrottlingException", "LimitExceededException"];

/** EventBridge implementation of `Events`. */
export function busEvents(client: EventBridgeClient, busName: string): Events {
    return {
        async publish(detailType, detail, signal) {
            const entry = { EventBusName: busName, Source: EVENT_SOURCE, DetailType: detailType, Detail: JSON.stringify(detail) };
            const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal });
            // PutEvents returns status 200 even if it rejects the entry.
            if (!FailedEntryCount) return;
            const code = Entries?.[0]?.ErrorCode ?? "unknown";
            const name = TEMPORARY.includes(code) ? "PublishThrottled" : "PublishFailed";
            throw new IngestError(name, `EventBridge rejected the event: ${code}`);
        },
    };
}
