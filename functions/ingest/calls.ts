import { describeError } from "./errors";
import type { Ports } from "./ports";
import { limited, retrying } from "./retry";

/** Time limits of one attempt, in milliseconds. */
export interface TimeoutSettings {
    /** Limit of one call to the model. */
    modelTimeout: number;
    /** Limit of one call to any other service. */
    callTimeout: number;
}

/** Time limit of an invocation. */
export interface Budget {
    /** Length in milliseconds. */
    total: number;
    /** Deadline in milliseconds since 1970. */
    deadline: number;
    /** Aborts at the deadline. */
    signal: AbortSignal;
}

/** Operations on other services, with the names of the services in traces. */
const OPERATIONS = {
    claim: "DocumentDB",
    read: "S3",
    analyse: "Bedrock Runtime",
    save: "DocumentDB",
    write: "S3",
    publish: "EventBridge",
    complete: "DocumentDB",
} as const;

export type Operation = keyof typeof OPERATIONS;
export type Call = <T>(operation: Operation, attempt: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * Creates the function that calls other services for a document. Each attempt has a time limit and a trace segment. An attempt that exceeds
 * the limit or fails with a temporary error is retried within the budget, because the next delivery starts only after the visibility timeout.
 */
export function callsFor(id: string, { modelTimeout, callTimeout }: TimeoutSettings, { clock, log, trace }: Ports, budget: Budget): Call {
    const limitOf = (operation: Operation) => {
        // A call to the database might have to connect first.
        const databaseTimeout = 2 * callTimeout;
        const limit = operation === "analyse" ? modelTimeout : OPERATIONS[operation] === "DocumentDB" ? databaseTimeout : callTimeout;
        // Leave time for a second attempt.
        return Math.min(limit, Math.floor(budget.total / 2));
    };
    return (operation, attempt) => {
        const traced = (signal: AbortSignal) => trace({ service: OPERATIONS[operation], operation, id }, () => attempt(signal));
        const work = () => limited(traced, limitOf(operation), budget.signal);
        return retrying(work, clock, budget.deadline, (error) => {
            log.write("WARN", "retrying", { operation, id, ...describeError(error) });
        });
    };
}
