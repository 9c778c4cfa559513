/** Error of the function itself. Its message never contains document text, model responses or secrets, so it's safe to log. */
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

/** Error codes of broken connections, which occur when a frozen function resumes. The Bedrock client uses HTTP/2. */
const BROKEN_CONNECTION = /^(ECONNRESET|EPIPE|ETIMEDOUT|ERR_HTTP2_\w+)$/;

/** True for temporary errors: throttling, overload, a model that isn't ready, a broken connection. */
export function isRetryable(error: unknown): boolean {
    const { name, code, status } = factsOf(error);
    return RETRYABLE.includes(name) || BROKEN_CONNECTION.test(code ?? "") || (status ?? 0) >= 500;
}

/** MongoDB error codes for a failed authentication: `AuthenticationFailed` (18), and 8000 from Atlas. */
const AUTHENTICATION_FAILED = ["18", "8000"];

/** True if the document database rejects the user or the password. */
export function isAuthenticationFailure(error: unknown): boolean {
    const { name, code } = factsOf(error);
    return name === "MongoServerError" && AUTHENTICATION_FAILED.includes(code ?? "");
}

/**
 * Returns the properties of an error that are safe to log. Omits messages of foreign errors: parsers quote their input, and drivers quote
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
