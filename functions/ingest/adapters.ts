import { Readable } from "node:stream";
import { type BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Collection, MongoClient } from "mongodb";
import { IngestError } from "./errors";
import type { Entry } from "./ledger";
import type { Events, Model, Objects } from "./ports";

/** Objects in S3. */
export function s3Objects(client: S3Client): Objects {
    return {
        async open({ bucket, key, versionId }, signal) {
            try {
                const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId });
                const {
                    Body: body,
                    ContentType: contentType,
                    ContentLength: size = 0,
                } = await client.send(command, { abortSignal: signal });
                return {
                    contentType,
                    size,
                    read: async () => (body ? await body.transformToByteArray() : new Uint8Array()),
                    discard: () => {
                        if (body instanceof Readable) body.destroy();
                    },
                };
            } catch (error) {
                if (error instanceof NoSuchKey || (error instanceof Error && error.name === "NoSuchVersion")) return undefined;
                throw error;
            }
        },
        async write({ bucket, key }, body, signal) {
            const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: "application/json" });
            await client.send(command, { abortSignal: signal });
        },
    };
}

/** A model behind Bedrock's Converse API. */
export function bedrockModel(client: BedrockRuntimeClient): Model {
    return {
        async converse(request, signal) {
            const { output, stopReason } = await client.send(new ConverseCommand(request), { abortSignal: signal });
            const text = (output?.message?.content ?? []).map((block) => block.text ?? "").join("");
            return { text, stopReason };
        },
    };
}

/** The `Source` of the events that this function puts on the bus. */
export const EVENT_SOURCE = "ai-platform.ingest";

/** A bus of EventBridge. */
export function busEvents(client: EventBridgeClient, busName: string): Events {
    return {
        async publish(detailType, detail, signal) {
            const entry = { EventBusName: busName, Source: EVENT_SOURCE, DetailType: detailType, Detail: JSON.stringify(detail) };
            const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal });
            // PutEvents answers 200 to what it refuses.
            if (FailedEntryCount)
                throw new IngestError("PublishFailed", `the bus refused the event: ${Entries?.[0]?.ErrorCode ?? "unknown"}`);
        },
    };
}

/** A collection, connected when it is asked for. */
export interface Connection {
    collection: () => Promise<Collection<Entry>>;
    close: () => Promise<void>;
}

/**
 * A collection of the document database, connected on first use and kept. After a failure to connect the secret is read anew, so
 * that a changed password needs no new deployment.
 */
export function documentConnection(secrets: SecretsManagerClient, secretArn: string, collection: string): Connection {
    const connect = async () => {
        const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
        const { connectionString, database } = parseSecret(SecretString);
        const client = new MongoClient(connectionString, {
            // DocumentDB does not know retryable writes.
            retryWrites: false,
            ignoreUndefined: true,
            maxPoolSize: 10,
            connectTimeoutMS: 5000,
            serverSelectionTimeoutMS: 5000,
            socketTimeoutMS: 10_000,
            // An idle function is frozen: connections that outlive the freeze are dead.
            maxIdleTimeMS: 60_000,
        });
        await client.connect();
        return { client, collection: client.db(database).collection<Entry>(collection) };
    };
    let connection: ReturnType<typeof connect> | undefined;
    return {
        async collection() {
            connection ??= connect().catch((error: unknown) => {
                connection = undefined;
                throw error;
            });
            return (await connection).collection;
        },
        async close() {
            await (await connection)?.client.close();
            connection = undefined;
        },
    };
}

function parseSecret(text: string | undefined): { connectionString: string; database: string | undefined } {
    let secret: Record<string, unknown>;
    try {
        secret = JSON.parse(text ?? "") as Record<string, unknown>;
    } catch {
        // The parser's own message would quote the secret.
        throw new IngestError("InvalidSecret", "the secret of the document database is not JSON");
    }
    const { connectionString, database } = secret;
    if (typeof connectionString !== "string")
        throw new IngestError("InvalidSecret", "the secret of the document database lacks connectionString");
    return { connectionString, database: typeof database === "string" ? database : undefined };
}
