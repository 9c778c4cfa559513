import { connect } from "node:net";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { describeError, IngestError, isRetryable } from "../../functions/ingest/errors";
import { limited } from "../../functions/ingest/retry";
import { awsError } from "./ingest.fixture";

/** The error of a connection to a local port that refuses connections. */
const refused = (): Promise<Error> => new Promise((done) => connect(1, "127.0.0.1").on("error", done));

describe("ingest: errors", () => {
    it("are described with their causes, codes and frames, without messages", async () => {
        const error = new Error("mongodb://app:hunter2@host\n    at hunter2 (/secret.ts:1:2)", { cause: await refused() });
        const described = describeError(error);
        expect(described.causes?.[0]).to.include({ error: "Error", code: "ECONNREFUSED" });
        expect(described.frames?.[0]).to.match(/ingest-errors\.test\.ts:\d+:\d+\)?$/);
        expect(JSON.stringify(described)).not.to.contain("hunter2");
    });

    it("have no frames if the stack can contain another message", () => {
        const error = new Error("hunter2\n    at hunter2 (/secret.ts:1:2)");
        expect(error.stack).to.contain("hunter2");
        error.message = "other";
        expect(describeError(error)).not.to.have.property("frames");
    });

    it("name the first address that failed", () => {
        const failed = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
        expect(describeError(new AggregateError([failed])).causes?.[0]).to.include({ code: "ECONNREFUSED" });
    });

    it("end with a cause that refers to itself", () => {
        const error = new Error("x");
        error.cause = error;
        expect(describeError(error)).not.to.have.property("causes");
    });

    for (const [what, host, code] of [
        ["a refused port", "127.0.0.1:1", "ECONNREFUSED"],
        ["an unknown host", "unknown.invalid:27017", /^(ENOTFOUND|EAI_AGAIN)$/],
    ] as const) {
        it(`of the database contain ${what}`, async () => {
            const client = new MongoClient(`mongodb://app:hunter2@${host}`, { serverSelectionTimeoutMS: 300 });
            const error: unknown = await client.connect().catch((reason: unknown) => reason);
            await client.close();
            const { causes = [] } = describeError(error);
            expect(causes.map((cause) => cause.code).join(" ")).to.match(
                typeof code === "string" ? new RegExp(code) : /ENOTFOUND|EAI_AGAIN/,
            );
            expect(isRetryable(error)).to.be.true;
        });
    }

    it("name a certificate that no known authority signed", () => {
        const untrusted = Object.assign(new Error("self-signed certificate in chain"), { code: "SELF_SIGNED_CERT_IN_CHAIN" });
        const described = describeError(new Error("selection", { cause: untrusted }));
        expect(described.causes?.map(({ code }) => code)).to.deep.equal(["SELF_SIGNED_CERT_IN_CHAIN"]);
    });

    it("are temporary if the service or the connection caused them", () => {
        const codeOf = (code: string | number) => Object.assign(new Error("x"), { code });
        for (const error of [
            awsError("ModelErrorException", 424),
            awsError("RequestTimeout", 400),
            codeOf("ECONNREFUSED"),
            new Error("wrapped", { cause: codeOf("ECONNRESET") }),
            Object.assign(codeOf(10107), { name: "MongoServerError" }),
            new IngestError("AttemptTimeout", "x"),
            new IngestError("Busy", "x"),
            new IngestError("PublishThrottled", "x"),
            Object.assign(new SyntaxError("Unexpected end of JSON input"), { $response: {} }),
        ]) {
            expect(isRetryable(error), error.name).to.be.true;
        }
        for (const error of [
            Object.assign(codeOf(13), { name: "MongoServerError" }),
            new IngestError("ClaimLost", "x"),
            new IngestError("DeadlineExceeded", "x"),
            new IngestError("PublishFailed", "x"),
            new SyntaxError("x"),
        ]) {
            expect(isRetryable(error), error.name).to.be.false;
        }
    });
});

describe("ingest: limited", () => {
    it("aborts the call at the limit, and at the deadline", async () => {
        const signals: AbortSignal[] = [];
        const silent = (signal: AbortSignal) => {
            signals.push(signal);
            return new Promise<never>(() => undefined);
        };
        expect(await limited(silent, 10).catch(describeError)).to.include({ error: "AttemptTimeout" });
        const deadline = new AbortController();
        const waiting = limited(silent, 60_000, deadline.signal).catch(describeError);
        deadline.abort();
        expect(await waiting).to.include({ error: "DeadlineExceeded" });
        expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
        expect(await limited(silent, 60_000, deadline.signal).catch(describeError)).to.include({ error: "DeadlineExceeded" });
        expect(signals).to.have.length(2);
    });
});
