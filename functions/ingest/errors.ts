const RETRYABLE_OWN = ["AttemptTimeout", "Busy", "PublishThrottled"];

/** Error of the function itself. Its message never contains document text, model responses, or secrets, so it's safe to log. */
export class IngestError extends Error {
    override readonly name: string;

    constructor(
        name:
            | "AttemptTimeout"
            | "Busy"
            | "ClaimLost"
            | "DeadlineExceeded"
            | "InvalidMessage"
            | "InvalidSecret"
            | "MessageFailed"
            | "PublishFailed"
            | "PublishThrottled",
        message: string,
    ) {
        super(message);
        this.name = name;
    }
}

/** Temporary errors of AWS services. The model's errors are those of Bedrock's Converse operation. */
const RETRYABLE = [
    "ThrottlingException",
    "TooManyRequestsException",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "InternalServerException",
    "ModelErrorException",
    "ModelNotReadyException",
    "ModelTimeoutException",
    "TimeoutError",
    // S3: the server closed an idle connection during a request (status 400).
    "RequestTimeout",
    // MongoDB driver.
    "MongoNetworkError",
    "MongoNetworkTimeoutError",
    "MongoServerSelectionError",
    "MongoPoolClearedError",
    "MongoPoolClearedOnNetworkError",
];

/** Error codes of failed connections. They also occur when a frozen function resumes. */
const FAILED_CONNECTION = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE)$/;

/**
 * MongoDB error codes of a server that is shutting down or no longer the primary, such as during a failover. Source: "retryable error" of
 * https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md
 */
const PRIMARY_CHANGED = ["6", "7", "89", "91", "189", "262", "9001", "10107", "11600", "11602", "13435", "13436"];

/** True for temporary errors: throttling, overload, a model that isn't ready, a failed or silent connection, a database failover. */
export function isRetryable(error: unknown): boolean {
    return chainOf(error).some((link) => {
        const { name, code = "", status = 0 } = factsOf(link);
        if (link instanceof IngestError) return RETRYABLE_OWN.includes(name);
        if (name === "MongoServerError") return PRIMARY_CHANGED.includes(code);
        return RETRYABLE.includes(name) || FAILED_CONNECTION.test(code) || status >= 500 || isTruncatedResponse(link);
    });
}

/** True if the SDK couldn't parse a response, because the connection ended too early or a proxy answered. */
const isTruncatedResponse = (error: unknown): boolean => error instanceof SyntaxError && "$response" in error;

/** MongoDB error codes for a failed authentication: `AuthenticationFailed` (18), and 8000 from Atlas. */
const AUTHENTICATION_FAILED = ["18", "8000"];

/** True if the document database rejects the user or the password. */
export function isAuthenticationFailure(error: unknown): boolean {
    const { name, code } = factsOf(error);
    return name === "MongoServerError" && AUTHENTICATION_FAILED.includes(code ?? "");
}

/** Properties of an error that are safe to log. */
export interface ErrorFacts {
    error: string;
    code?: string;
    /** HTTP status of the response. */
    status?: number;
    /** AWS request ID. */
    requestId?: string;
    /** Message of an `IngestError`. */
    detail?: string;
    /** Stack frames, without the message. */
    frames?: string[];
    /** Errors that caused this one, outermost first. */
    causes?: Omit<ErrorFacts, "causes" | "frames">[];
}

const MAX_FRAMES = 8;

/**
 * Returns the properties of an error that are safe to log, with its causes. Omits messages of foreign errors: parsers quote their input, and
 * drivers quote connection strings.
 */
export function describeError(error: unknown): ErrorFacts {
    const [, ...causes] = chainOf(error);
    const frames = framesOf(error);
    return {
        ...describeOne(error),
        ...(frames.length > 0 ? { frames } : {}),
        ...(causes.length > 0 ? { causes: causes.map(describeOne) } : {}),
    };
}

function describeOne(error: unknown): ErrorFacts {
    const { name, code, status, requestId } = factsOf(error);
    return { error: name, code, status, requestId, detail: error instanceof IngestError ? error.message : undefined };
}

/** Stack frames. They follow the message, which can have any content: there are none if the stack doesn't begin with the name and this message. */
function framesOf(error: unknown): string[] {
    if (!(error instanceof Error) || typeof error.stack !== "string") return [];
    const { stack, message } = error;
    const start = message === "" ? stack.indexOf("\n") : stack.indexOf(message);
    if (start < 0 || !/^[\w$.]+( \[\w+\])?(: )?$/.test(stack.slice(0, start))) return [];
    const lines = stack.slice(start + message.length).split("\n");
    return lines.flatMap((line) => /^\s+at (.+:\d+:\d+\)?)$/.exec(line)?.[1] ?? []).slice(0, MAX_FRAMES);
}

const MAX_CAUSES = 5;

/** The error and its causes. The cause of an `AggregateError` is its first error: it contains one for each address of a host. */
function chainOf(error: unknown): unknown[] {
    const chain: unknown[] = [];
    for (let next = error; next !== undefined && !chain.includes(next) && chain.length <= MAX_CAUSES;) {
        chain.push(next);
        const { cause, errors } = next instanceof Error ? (next as { cause?: unknown; errors?: unknown }) : {};
        next = cause ?? (Array.isArray(errors) ? (errors as unknown[])[0] : undefined);
    }
    return chain;
}

export interface Facts {
    name: string;
    code?: string;
    status?: number;
    requestId?: string;
}

export function factsOf(error: unknown): Facts {
    if (!(error instanceof Error)) return { name: typeof error };
    const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number; requestId?: string } };
    return {
        name: error.name,
        code: typeof code === "string" || typeof code === "number" ? String(code) : undefined,
        status: $metadata?.httpStatusCode,
        requestId: $metadata?.requestId,
    };
}
