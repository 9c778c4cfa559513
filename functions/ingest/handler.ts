import { setMaxListeners } from "node:events";
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Budget } from "./calls";
import { documentId, type Outcome } from "./document";
import { describeError, IngestError } from "./errors";
import { ingest, type IngestSettings } from "./ingest";
import { parseMessage } from "./message";
import type { Ports } from "./ports";

type InvocationContext = Pick<Context, "getRemainingTimeInMillis"> & Partial<Pick<Context, "awsRequestId">>;
export type IngestHandler = (event: SQSEvent, context: InvocationContext) => Promise<SQSBatchResponse>;

/** Milliseconds reserved before the Lambda timeout to record failures and return the response. */
const RESERVE = 3000;

interface Result {
    outcome: Outcome | "duplicate" | "failed";
    delivery: number;
}

/**
 * Creates the Lambda handler. It processes the messages of a batch concurrently and reports the failed ones, so that SQS redelivers only
 * these. It returns before the Lambda timeout and reports unfinished messages as failed.
 *
 * If all messages fail, the invocation fails, so that it counts as an error of the function, and Lambda slows down.
 */
export function createHandler(settings: IngestSettings, ports: Ports): IngestHandler {
    return async (event, context) => {
        const budget = startBudget(ports.clock.now(), Math.max(0, context.getRemainingTimeInMillis() - RESERVE));
        const results: Result[] = [];
        const process = async (record: SQSRecord) => {
            const result = await work(record, context.awsRequestId, settings, ports, budget);
            results.push(result);
            // Lambda logs the errors of an invocation: this one contains nothing of the original error.
            if (result.outcome === "failed") throw new IngestError("MessageFailed", "see the log message of the document");
        };
        try {
            return await processPartialResponse(event, process, new BatchProcessor(EventType.SQS));
        } finally {
            ports.log.count(tally(results));
            budget.end();
        }
    };
}

async function work(
    record: SQSRecord,
    requestId: string | undefined,
    settings: IngestSettings,
    ports: Ports,
    budget: Budget,
): Promise<Result> {
    const delivery = deliveryOf(record);
    const facts = { messageId: record.messageId, requestId, delivery };
    let id: string | undefined;
    try {
        const source = parseMessage(record.body);
        id = documentId(source);
        const outcome = await ingest(source, delivery, settings, ports, budget);
        const level = outcome === "ingested" || outcome === "duplicate" ? "INFO" : "WARN";
        ports.log.write(level, "object processed", { ...facts, outcome, id, size: source.size });
        return { outcome, delivery };
    } catch (error) {
        const isLast = delivery >= settings.maxReceiveCount;
        ports.log.write("ERROR", isLast ? "message given up" : "message failed", { ...facts, id, ...describeError(error) });
        return { outcome: "failed", delivery };
    }
}

/** Number of the delivery. Messages that are sent to the function directly can have no attributes. */
function deliveryOf({ attributes }: Partial<Pick<SQSRecord, "attributes">>): number {
    const count = Number(attributes?.ApproximateReceiveCount);
    return Number.isInteger(count) && count > 0 ? count : 1;
}

function startBudget(now: number, total: number): Budget & { end(): void } {
    const controller = new AbortController();
    // Each document of the batch listens.
    setMaxListeners(0, controller.signal);
    const timer = setTimeout(() => {
        controller.abort();
    }, total);
    return {
        total,
        deadline: now + total,
        signal: controller.signal,
        end: () => {
            clearTimeout(timer);
        },
    };
}

/** Includes every metric, even if it is 0, so that alarms have data whenever the function runs. */
function tally(results: readonly Result[]): Record<string, number> {
    const count = (...outcomes: Result["outcome"][]) => results.filter(({ outcome }) => outcomes.includes(outcome)).length;
    return {
        Received: results.length,
        Ingested: count("ingested"),
        Duplicates: count("duplicate"),
        Rejected: results.length - count("ingested", "duplicate", "failed"),
        Failed: count("failed"),
        FailedRetries: results.filter(({ outcome, delivery }) => outcome === "failed" && delivery > 1).length,
    };
}
