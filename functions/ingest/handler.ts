import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { documentId } from "./document";
import { describeError, IngestError } from "./errors";
import { type Budget, ingest, type IngestSettings } from "./ingest";
import { parseMessage } from "./message";
import type { Ports } from "./ports";

export type IngestHandler = (event: SQSEvent, context: Pick<Context, "getRemainingTimeInMillis">) => Promise<SQSBatchResponse>;

/** Milliseconds reserved before the Lambda timeout to return the response. */
const RESERVE = 3000;

/**
 * Creates the Lambda handler. It processes the messages of a batch concurrently and reports the failed ones, so that SQS redelivers only
 * these. It returns before the Lambda timeout and reports unfinished messages as failed.
 */
export function createHandler(settings: IngestSettings, ports: Ports): IngestHandler {
    return async (event, context) => {
        const milliseconds = Math.max(0, context.getRemainingTimeInMillis() - RESERVE);
        const time = budget(ports.clock.now(), milliseconds);
        try {
            const results = await Promise.all(event.Records.map((record) => work(record, settings, ports, time)));
            ports.log.count(tally(results.map(({ outcome }) => outcome)));
            const failed = results.filter(({ outcome }) => outcome === "failed");
            return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
        } finally {
            time.end();
        }
    };
}

async function work(record: SQSRecord, settings: IngestSettings, ports: Ports, time: Budget & { expired: Promise<never> }) {
    const { messageId } = record;
    const delivery = Number(record.attributes.ApproximateReceiveCount);
    try {
        const source = parseMessage(record.body);
        const outcome = await Promise.race([ingest(source, settings, ports, time), time.expired]);
        const level = outcome === "ingested" || outcome === "duplicate" ? "INFO" : "WARN";
        ports.log.write(level, "object processed", { outcome, messageId, delivery, id: documentId(source), size: source.size });
        return { messageId, outcome };
    } catch (error) {
        ports.log.write("ERROR", "message failed", { messageId, delivery, ...describeError(error) });
        return { messageId, outcome: "failed" as const };
    }
}

/** Deadline of the invocation. `signal` aborts operations that support it; `expired` rejects for all others. */
function budget(now: number, milliseconds: number): Budget & { expired: Promise<never>; end(): void } {
    const controller = new AbortController();
    const expired = new Promise<never>((_, reject) => {
        controller.signal.addEventListener("abort", () => {
            reject(new IngestError("DeadlineExceeded", "the invocation ran out of time"));
        });
    });
    // Prevent an unhandled rejection if no record is waiting for it.
    expired.catch(() => undefined);
    const timer = setTimeout(() => {
        controller.abort();
    }, milliseconds);
    return {
        deadline: now + milliseconds,
        signal: controller.signal,
        expired,
        end: () => {
            clearTimeout(timer);
        },
    };
}

/** Includes every metric, even if it is 0, so that alarms have data whenever the function runs. */
function tally(outcomes: readonly string[]): Record<string, number> {
    const count = (...counted: string[]) => outcomes.filter((outcome) => counted.includes(outcome)).length;
    return {
        Ingested: count("ingested"),
        Duplicates: count("duplicate"),
        Rejected: outcomes.length - count("ingested", "duplicate", "failed"),
        Failed: count("failed"),
    };
}
