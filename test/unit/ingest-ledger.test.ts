import { expect } from "chai";
import { type Collection, MongoServerError } from "mongodb";
import { documentLedger, type Entry } from "../../functions/ingest/ledger";
import type { IngestedDocument, SourceObject } from "../../functions/ingest/document";
import { describeError } from "../../functions/ingest/errors";

const source: SourceObject = { bucket: "raw", key: "a", etag: "e", size: 1, createdAt: "2026-03-04T05:06:07Z" };
const document: IngestedDocument = { id: "1", source, outcome: "ingested", processedAt: "2026-03-04T05:06:08Z" };
const lease = { token: "mine", now: 0, until: 1000 };
const failure = { error: "Error", failedAt: "2026-03-04T05:06:08Z", delivery: 1 };

/** A ledger whose collection has one entry, which another client has claimed. */
function ledgerWith(entry: Partial<Entry>, matchedCount = 1) {
    const filters: Record<string, unknown>[] = [];
    const reads: unknown[] = [];
    const collection = {
        findOneAndUpdate: () => Promise.reject(new MongoServerError({ message: "E11000", code: 11000 })),
        findOne: (_: unknown, options: unknown) => {
            reads.push(options);
            return Promise.resolve({ _id: "1", source, claimedAt: new Date(0), ...entry });
        },
        updateOne: (filter: Record<string, unknown>) => {
            filters.push(filter);
            return Promise.resolve({ matchedCount });
        },
    } as unknown as Collection<Entry>;
    return { ledger: documentLedger((work) => work(collection)), filters, reads };
}

describe("ingest: ledger", () => {
    it("changes an entry only with the token of its claim, and never after it's done", async () => {
        const { ledger, filters } = ledgerWith({});
        await ledger.save(document, "mine");
        await ledger.fail("1", "mine", failure, true);
        await ledger.complete(document, "mine");
        const mine = { _id: "1", claimToken: "mine" };
        const notDone = { state: { $ne: "done" } };
        expect(filters).to.deep.equal([{ ...mine, ...notDone }, { ...mine, ...notDone }, mine]);
    });

    it("reports a lost claim", async () => {
        const { ledger } = ledgerWith({}, 0);
        for (const lost of [ledger.save(document, "mine"), ledger.complete(document, "mine")]) {
            expect(await lost.catch(describeError)).to.include({ error: "ClaimLost" });
        }
        await ledger.fail("1", "mine", failure, false);
    });

    it("reads the state of a claimed document from the primary", async () => {
        const { ledger, reads } = ledgerWith({ state: "done" });
        expect(await ledger.claim("1", source, lease)).to.deep.equal({ state: "done" });
        expect(reads).to.deep.equal([{ readPreference: "primary" }]);
    });

    it("recognizes its own claim if the response to the first attempt was lost", async () => {
        expect(await ledgerWith({ state: "claimed", claimToken: "mine" }).ledger.claim("1", source, lease)).to.deep.equal({ state: "new" });
        expect(await ledgerWith({ state: "claimed", claimToken: "other" }).ledger.claim("1", source, lease)).to.deep.equal({
            state: "busy",
        });
    });
});
