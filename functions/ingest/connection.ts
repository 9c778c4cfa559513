import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type Collection, MongoClient } from "mongodb";
import { IngestError, isAuthenticationFailure } from "./errors";
import type { Entry, UseCollection } from "./ledger";

/** A collection, connected when it is used. */
export interface Connection {
    /** Does something with the collection. Done once more, with the secret read anew, where the database does not know the password. */
    use: UseCollection;
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
