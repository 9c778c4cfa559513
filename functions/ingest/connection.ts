import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Collection, MongoClient } from "mongodb";
import { IngestError, isAuthenticationFailure } from "./errors";
import type { Entry, UseCollection } from "./ledger";
import { limited } from "./retry";

/** Collection that connects on first use. */
export interface Connection {
    /** Calls a function with the collection. If the database rejects the password, reads the secret again and retries once. */
    use: UseCollection;
    close: () => Promise<void>;
}

/** Connected collection of the document database. */
export interface Opened {
    collection: Collection<Entry>;
    close(): Promise<void>;
}

interface DatabaseSecret {
    connectionString: string;
    database: string | undefined;
}

async function openCollection({ connectionString, database }: DatabaseSecret, name: string, timeout: number): Promise<Opened> {
    const client = new MongoClient(connectionString, {
        // DocumentDB doesn't support retryable writes.
        retryWrites: false,
        ignoreUndefined: true,
        maxPoolSize: 10,
        // Shorter than the limits of the attempts, so that the driver's errors, which have a cause, come first.
        connectTimeoutMS: timeout / 2,
        serverSelectionTimeoutMS: timeout / 2,
        socketTimeoutMS: timeout * 0.9,
        // Lambda freezes idle functions, and the server can close their connections in the meantime.
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
 * Connects to a collection of the document database on first use and reuses the connection. It reads the secret again after a failed
 * connection attempt and when the database rejects the password of a running client, which happens after a rotation as soon as the client
 * opens another connection. A changed password therefore requires no deployment or restart.
 *
 * @param timeout milliseconds for connecting, including reading the secret, and for each operation. An attempt to connect that takes longer
 *   is abandoned, so that the next call starts a new one.
 * @param open opens the connection; replaceable in tests
 */
export function documentConnection(
    secrets: SecretsManagerClient,
    secretArn: string,
    collection: string,
    timeout: number,
    open: (secret: DatabaseSecret, collection: string, timeout: number) => Promise<Opened> = openCollection,
): Connection {
    const connect = () =>
        limited(async (signal) => {
            const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }), { abortSignal: signal });
            const opened = await open(parseSecret(SecretString), collection, timeout);
            // Too late: the caller has given up.
            if (signal.aborted) await opened.close().catch(() => undefined);
            return { ...opened, users: 0, retired: false };
        }, timeout);
    let current: ReturnType<typeof connect> | undefined;

    const attempt = async <T>(work: (collection: Collection<Entry>) => Promise<T>): Promise<T> => {
        const connecting = (current ??= connect());
        // Another call might have replaced the connection in the meantime.
        const forget = () => {
            if (current === connecting) current = undefined;
        };
        const connected = await connecting.catch((error: unknown) => {
            forget();
            throw error;
        });
        connected.users++;
        try {
            return await limited(() => work(connected.collection), timeout);
        } catch (error) {
            if (isAuthenticationFailure(error)) {
                forget();
                connected.retired = true;
            }
            throw error;
        } finally {
            connected.users--;
            // Close the old client only after its last user finishes. An error on close doesn't affect the result.
            if (connected.retired && connected.users === 0) await connected.close().catch(() => undefined);
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
            const closing = current;
            current = undefined;
            await (await closing)?.close();
        },
    };
}

function parseSecret(text: string | undefined): DatabaseSecret {
    let secret: Record<string, unknown>;
    try {
        secret = JSON.parse(text ?? "") as Record<string, unknown>;
    } catch {
        // The parser's error message would contain the secret.
        throw new IngestError("InvalidSecret", "the document database secret is not JSON");
    }
    const { connectionString, database } = secret;
    if (typeof connectionString !== "string")
        throw new IngestError("InvalidSecret", "the document database secret has no connectionString");
    return { connectionString, database: typeof database === "string" ? database : undefined };
}
