/** An error of the function's own. Its message never quotes a document, an answer or a secret, so that it can be logged. */
export class IngestError extends Error {
    override readonly name: string;

    constructor(
        name: "InvalidMessage" | "InvalidAnswer" | "InvalidSecret" | "Busy" | "DeadlineExceeded" | "PublishFailed",
        message: string,
    ) {
        super(message);
        this.name = name;
    }
}

const RETRYABLE = [
    "ThrottlingException",
    "TooManyRequestsException",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "InternalServerException",
    "ModelNotReadyException",
    "ModelTimeoutException",
    "TimeoutError",
];

/** A connection that broke, as it does when a frozen function wakes up; Bedrock's client speaks HTTP/2. */
const BROKEN_CONNECTION = /^(ECONNRESET|EPIPE|ETIMEDOUT|ERR_HTTP2_\w+)$/;

/** True for what may go well a moment later: throttling, overload, a model that warms up, a broken connection. */
export function isRetryable(error: unknown): boolean {
    const { name, code, status } = factsOf(error);
    return RETRYABLE.includes(name) || BROKEN_CONNECTION.test(code ?? "") || (status ?? 0) >= 500;
}

/** MongoDB's codes for a refused password: `AuthenticationFailed`, and what Atlas answers in its place. */
const AUTHENTICATION_FAILED = ["18", "8000"];

/** True where the document database does not know the user or the password. */
export function isAuthenticationFailure(error: unknown): boolean {
    const { name, code } = factsOf(error);
    return name === "MongoServerError" && AUTHENTICATION_FAILED.includes(code ?? "");
}

/**
 * What may be logged of an error. Messages of errors that others made are left out: parsers quote what they parse, drivers quote
 * connection strings.
 */
export function describeError(error: unknown): Record<string, unknown> {
    const { name, code, status, requestId } = factsOf(error);
    return { error: name, code, status, requestId, detail: error instanceof IngestError ? error.message : undefined };
}

interface Facts {
    name: string;
    code?: string;
    status?: number;
    requestId?: string;
}

function factsOf(error: unknown): Facts {
    if (!(error instanceof Error)) return { name: typeof error };
    const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number; requestId?: string } };
    return {
        name: error.name,
        code: typeof code === "string" || typeof code === "number" ? String(code) : undefined,
        status: $metadata?.httpStatusCode,
        requestId: $metadata?.requestId,
    };
}
