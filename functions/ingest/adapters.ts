import { Readable } from "node:stream";
import { type BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Collection, MongoClient } from "mongodb";
import { EVENT_SOURCE } from "./contract";
import { IngestError, isAuthenticationFailure } from "./errors";
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

/** A collection, connected when it is used. */
export interface Connection {
    /** Does something with the collection. Done once more, with the secret read anew, where the database does not know the password. */
    use: <T>(work: (collection: Collection<Entry>) => Promise<T>) => Promise<T>;
    close: () => Promise<void>;
}

/** A collection of the document database, and the end of its connections. */
export interface Opened {
    collection: Collection<Entry>;
    close(): Promise<void>;
}

interface DatabaseSecret {
    connectionString: string;
    database: string | undefined;
}

async function openCollection({ connectionString, database }: DatabaseSecret, name: string): Promise<Opened> {
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
    try {
        await client.connect();
    } catch (error) {
        await client.close();
        throw error;
    }
    return { collection: client.db(database).collection<Entry>(name), close: () => client.close() };
}

/**
 * A collection of the document database, connected on first use and kept. The secret is read anew after a failure to connect, and when
 * the database refuses the password in the midst of work, as it does after a rotation for every connection that the client adds: a
 * changed password needs neither a new deployment nor a new instance of the function.
 *
 * @param open connects; replaced in tests
 */
export function documentConnection(
    secrets: SecretsManagerClient,
    secretArn: string,
    collection: string,
    open: (secret: DatabaseSecret, collection: string) => Promise<Opened> = openCollection,
): Connection {
    const connect = async () => {
        const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
        return { ...(await open(parseSecret(SecretString), collection)), users: 0, retired: false };
    };
    let current: ReturnType<typeof connect> | undefined;

    const attempt = async <T>(work: (collection: Collection<Entry>) => Promise<T>): Promise<T> => {
        const used = (current ??= connect());
        // Another call may have connected anew by now.
        const forget = () => {
            if (current === used) current = undefined;
        };
        const held = await used.catch((error: unknown) => {
            forget();
            throw error;
        });
        held.users++;
        try {
            return await work(held.collection);
        } catch (error) {
            if (isAuthenticationFailure(error)) {
                forget();
                held.retired = true;
            }
            throw error;
        } finally {
            held.users--;
            // Those who still have a connection that works finish first. That the old client does not close well is no failure of the work.
            if (held.retired && held.users === 0) await held.close().catch(() => undefined);
        }
    };

    return {
        async use(work) {
            try {
                return await attempt(work);
            } catch (error) {
                if (!isAuthenticationFailure(error)) throw error;
                return await attempt(work);
            }
        },
        async close() {
            const last = current;
            current = undefined;
            await (await last)?.close();
        },
    };
}

function parseSecret(text: string | undefined): DatabaseSecret {
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
