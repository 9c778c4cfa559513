import { type Collection, MongoServerError } from "mongodb";
import type { IngestedDocument, SourceObject } from "./document";
import type { Claim, Ledger } from "./ports";

/** Document in the collection: the ingested document with its processing state and lease. */
export interface Entry extends Omit<IngestedDocument, "id" | "outcome" | "processedAt"> {
    _id: string;
    state: "claimed" | "stored" | "done";
    leaseUntil?: Date;
    claimedAt: Date;
    outcome?: IngestedDocument["outcome"];
    processedAt?: string;
}

/** Calls a function with the connected collection. */
export type UseCollection = <T>(work: (collection: Collection<Entry>) => Promise<T>) => Promise<T>;

const DUPLICATE_KEY = 11000;

/**
 * Ledger in a MongoDB-compatible collection. A claim is one atomic upsert: it inserts the entry, or updates an entry with an expired lease.
 * If the entry is done or leased, the upsert tries to insert it and fails with a duplicate key error.
 */
export function documentLedger(use: UseCollection): Ledger {
    return {
        claim: (id, source, now, until) =>
            use(async (collection) => {
                const unclaimed = { _id: id, state: { $ne: "done" as const }, leaseUntil: { $not: { $gt: new Date(now) } } };
                const claim = {
                    $set: { leaseUntil: new Date(until) },
                    $setOnInsert: { state: "claimed" as const, source, claimedAt: new Date(now) },
                };
                try {
                    const entry = await collection.findOneAndUpdate(unclaimed, claim, { upsert: true, returnDocument: "after" });
                    return claimOf(id, source, entry);
                } catch (error) {
                    if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
                    const entry = await collection.findOne({ _id: id });
                    return { state: entry?.state === "done" ? ("done" as const) : ("busy" as const) };
                }
            }),
        async save(document, state) {
            const { id, ...rest } = document;
            const lease = state === "done" ? { $unset: { leaseUntil: "" as const } } : {};
            await use((collection) => collection.updateOne({ _id: id }, { $set: { ...rest, state }, ...lease }));
        },
        async release(id) {
            await use((collection) => collection.updateOne({ _id: id }, { $unset: { leaseUntil: "" as const } }));
        },
    };
}

function claimOf(id: string, source: SourceObject, entry: Entry | null): Claim {
    if (entry?.state !== "stored" || !entry.outcome || !entry.processedAt) return { state: "new" };
    const { contentType, analysis, truncated, model, curated, outcome, processedAt } = entry;
    return { state: "stored", document: { id, source, contentType, analysis, truncated, model, curated, outcome, processedAt } };
}
