import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { documentId } from "./document";
import { describeError, IngestError } from "./errors";
import { type Budget, ingest, type IngestSettings } from "./ingest";
import { parseMessage } from "./message";
import type { Ports } from "./ports";

export type IngestHandler = (event: SQSEvent, context: Pick<Context, "getRemainingTimeInMillis">) => Promise<SQSBatchResponse>;

/** Milliseconds that are left for the answer when an invocation gives up on its records. */
const RESERVE = 3000;

/**
 * The Lambda handler: takes a batch of messages, works on them side by side, and reports those that failed, so that SQS delivers these again,
 * and these only. It answers before Lambda's timeout: what is not done by then is reported as failed.
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

async function work(record: SQSRecord, settings: IngestSettings, ports: Ports, time: Budget & { over: Promise<never> }) {
    const { messageId } = record;
    const delivery = Number(record.attributes.ApproximateReceiveCount);
    try {
        const source = parseMessage(record.body);
        const outcome = await Promise.race([ingest(source, settings, ports, time), time.over]);
        const level = outcome === "ingested" || outcome === "duplicate" ? "INFO" : "WARN";
        ports.log.write(level, "object handled", { outcome, messageId, delivery, id: documentId(source), size: source.size });
        return { messageId, outcome };
    } catch (error) {
        ports.log.write("ERROR", "message failed", { messageId, delivery, ...describeError(error) });
        return { messageId, outcome: "failed" as const };
    }
}

/** A deadline that aborts what takes a signal, and rejects for what does not. */
function budget(now: number, milliseconds: number): Budget & { over: Promise<never>; end(): void } {
    const controller = new AbortController();
    const over = new Promise<never>((_, reject) => {
        controller.signal.addEventListener("abort", () => {
            reject(new IngestError("DeadlineExceeded", "the function's time is up"));
        });
    });
    // Nobody waits for it where all records were done in time.
    over.catch(() => undefined);
    const timer = setTimeout(() => {
        controller.abort();
    }, milliseconds);
    return {
        deadline: now + milliseconds,
        signal: controller.signal,
        over,
        end: () => {
            clearTimeout(timer);
        },
    };
}

/** Every metric in every line, so that an alarm on one always has data while the function runs. */
function tally(outcomes: readonly string[]): Record<string, number> {
    const count = (...wanted: string[]) => outcomes.filter((outcome) => wanted.includes(outcome)).length;
    return {
        Ingested: count("ingested"),
        Duplicates: count("duplicate"),
        Rejected: outcomes.length - count("ingested", "duplicate", "failed"),
        Failed: count("failed"),
    };
}
