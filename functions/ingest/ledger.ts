import { type Collection, MongoServerError } from "mongodb";
import type { IngestedDocument, Outcome, SourceObject } from "./document";
import { IngestError } from "./errors";
import type { Claim, Failure, Ledger } from "./ports";

/** Document in the collection: the ingested document with its processing state and lease. */
export interface Entry extends Omit<IngestedDocument, "id" | "outcome" | "processedAt"> {
    _id: string;
    state: "claimed" | "analysed" | "done";
    leaseUntil?: Date;
    /** Token of the last claim. */
    claimToken?: string;
    claimedAt: Date;
    /** `failed` after the last delivery, until the message is redriven. */
    outcome?: Outcome | "failed";
    /** Reason of the last failed delivery. */
    failure?: Failure;
    processedAt?: string;
}

/** Calls a function with the connected collection. */
export type UseCollection = <T>(work: (collection: Collection<Entry>) => Promise<T>) => Promise<T>;

const DUPLICATE_KEY = 11000;
const NOT_DONE = { $ne: "done" as const };

/**
 * Ledger in a MongoDB-compatible collection. A claim is one atomic upsert: it inserts the entry, or updates an entry with an expired lease.
 * If the entry is done or leased, the upsert tries to insert it and fails with a duplicate key error.
 */
export function documentLedger(use: UseCollection): Ledger {
    const update = async (id: string, filter: object, changes: object): Promise<void> => {
        const { matchedCount } = await use((collection) => collection.updateOne({ _id: id, ...filter }, changes));
        if (matchedCount === 0) throw new IngestError("ClaimLost", "another delivery has claimed the document");
    };
    return {
        claim: (id, source, { token, now, until }) =>
            use(async (collection) => {
                const unclaimed = { _id: id, state: NOT_DONE, leaseUntil: { $not: { $gt: new Date(now) } } };
                const claim = {
                    $set: { leaseUntil: new Date(until), claimToken: token },
                    $setOnInsert: { state: "claimed" as const, source, claimedAt: new Date(now) },
                };
                try {
                    const entry = await collection.findOneAndUpdate(unclaimed, claim, { upsert: true, returnDocument: "after" });
                    return claimOf(id, source, entry);
                } catch (error) {
                    if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
                    // The connection string can prefer secondaries, which lag.
                    const entry = await collection.findOne({ _id: id }, { readPreference: "primary" });
                    if (entry?.state === "done") return { state: "done" };
                    // The response to an earlier attempt of this claim was lost.
                    return entry?.claimToken === token ? claimOf(id, source, entry) : { state: "busy" };
                }
            }),
        save({ id, ...document }, claimToken) {
            return update(id, { claimToken, state: NOT_DONE }, { $set: { ...document, state: "analysed" } });
        },
        complete({ id, ...document }, claimToken) {
            // An entry that is done isn't claimed again, so it keeps its token, and a repeated call succeeds.
            return update(id, { claimToken }, { $set: { ...document, state: "done" }, $unset: { leaseUntil: "", failure: "" } });
        },
        async fail(id, claimToken, failure, isLast) {
            const changes = { $set: { failure, ...(isLast ? { outcome: "failed" as const } : {}) } };
            const released = { $unset: { leaseUntil: "" as const, claimToken: "" as const } };
            await use((collection) => collection.updateOne({ _id: id, claimToken, state: NOT_DONE }, { ...changes, ...released }));
        },
    };
}

function claimOf(id: string, source: SourceObject, entry: Entry | null): Claim {
    if (entry?.state !== "analysed" || !entry.processedAt) return { state: "new" };
    const { contentType, analysis, truncated, model, curated, processedAt } = entry;
    const document = { id, source, contentType, analysis, truncated, model, curated, outcome: "ingested" as const, processedAt };
    return { state: "analysed", document };
}
