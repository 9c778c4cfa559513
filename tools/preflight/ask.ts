import type { Finding } from "./types";

/** Names of errors that services return if they deny a request. */
const DENIED =
    /^(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError(Exception)?|UnauthorizedAccess|NotAuthorized(Exception)?|Forbidden|403)$/;
const NOT_FOUND = /(NotFound|NoSuch|DoesNotExist|^404$)/;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));
export const isNotFound = (error: unknown): boolean => NOT_FOUND.test(nameOf(error));
const statusOf = (error: unknown): number | undefined =>
    (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
export const isDenied = (error: unknown): boolean => DENIED.test(nameOf(error)) || statusOf(error) === 403;

/** Runs a question. A failed request results in `unknown`, with the missing permission if access was denied. */
export async function ask(asked: string, permission: string, question: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
    try {
        const findings = await question();
        return Array.isArray(findings) ? findings : [findings];
    } catch (error) {
        return [unanswered(asked, permission, error)];
    }
}

export function unanswered(asked: string, permission: string, error: unknown): Finding {
    if (isDenied(error)) {
        const [, named] = /not authorized to perform: ([\w-]+:\w+)/.exec(error instanceof Error ? error.message : "") ?? [];
        return { status: "unknown", asked, found: "access denied", action: `Allow ${named ?? permission}.` };
    }
    // The SDK adds advice for its users after the first line.
    const message = error instanceof Error ? `${error.name}: ${error.message.split("\n")[0] ?? ""}` : String(error);
    return { status: "unknown", asked, found: message, action: `Check it manually; the request was ${permission}.` };
}

/** The answer, or undefined if the resource doesn't exist. */
export async function existing<T>(request: Promise<T>): Promise<T | undefined> {
    try {
        return await request;
    } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
    }
}

/** Runs several questions in parallel. */
export const all = async (questions: Promise<Finding[]>[]): Promise<{ findings: Finding[] }> => ({
    findings: (await Promise.all(questions)).flat(),
});
