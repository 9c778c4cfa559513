/** Explanations of failed lookups, and of results that the configuration can't be used with. The AWS provider reports failures only as text. */
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../components/internal/unknown";
import type { Problem } from "./config/rules";
import { PROJECT } from "./names";

/** Messages of the provider and of AWS about a resource that doesn't exist. Other errors, such as `no such host`, don't mean that it's missing. */
const MISSING =
    /couldn't find resource|empty result|no matching .*found|can't find the specified|NotFound(Exception|Fault)?\b|NoSuch[A-Z]\w+/;
const DENIED = /AccessDenied|UnauthorizedOperation|not authorized to perform|Forbidden|StatusCode: 403/;
/** Missing credentials, or credentials that AWS rejects. */
const CREDENTIALS =
    /[Nn]o valid credential sources|GetCallerIdentity, https response error StatusCode: 40[03]|[Ii]nvalid credentials|validate AWS credentials|refresh cached credentials|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|security token included in the request/;
const NAMED_ACTION = /not authorized to perform:? ([\w-]+:\w+)/;
/** Maximum length of an AWS message. */
const LONGEST = 400;

/** The AWS message in one line, without the prefix that the SDK adds. */
function answerOf(error: unknown): string {
    const text = messageOf(error)
        .replace(/^[^]*?invocation of \S+ returned an error: /, "")
        .replace(/\s+/g, " ")
        .trim();
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/**
 * The result of a lookup.
 *
 * @param what what it looks up, in messages
 * @param permissions actions that it needs, in messages
 * @throws pulumi.RunError if AWS doesn't answer, because of credentials, permissions, or anything else
 */
export async function answered<T>(what: string, permissions: string, lookup: Promise<T>): Promise<T> {
    try {
        return await lookup;
    } catch (error) {
        throw new pulumi.RunError(lookupProblem(what, permissions, answerOf(error)));
    }
}

/** The same, or undefined if what it looks up doesn't exist. */
export const existing = <T>(what: string, permissions: string, lookup: Promise<T>): Promise<T | undefined> =>
    answered(
        what,
        permissions,
        lookup.catch((error: unknown) => {
            if (isMissing(error)) return undefined;
            throw error;
        }),
    );

/** A resource is missing only if AWS reports that it doesn't exist. A denied request, for example, doesn't count. */
const isMissing = (error: unknown): boolean => MISSING.test(answerOf(error)) && !DENIED.test(answerOf(error));

/** Why a lookup failed, and what to do about it. */
function lookupProblem(what: string, permissions: string, answer: string): string {
    if (CREDENTIALS.test(answer)) {
        return `AWS credentials are missing or invalid. Set aws:profile in the stack file, AWS_PROFILE, or another source, and try: aws sts get-caller-identity. (${answer})`;
    }
    if (!DENIED.test(answer)) return `The ${what} can't be looked up: ${answer}`;
    const [, action = permissions] = NAMED_ACTION.exec(answer) ?? [];
    return `The ${what} can't be looked up: access denied. Allow ${action}. (${answer})`;
}

/**
 * Rejects a configuration because of what the lookups found.
 *
 * @param summary what the problems have in common, up to the stack: `CloudFront can't reach the network`
 * @throws pulumi.RunError with one line per problem, if there are any
 */
export function refuse(summary: string, problems: Problem[]): void {
    if (problems.length === 0) return;
    const lines = problems.map(([key, problem]) => `  ${PROJECT}:${key}: ${problem}`).join("\n");
    throw new pulumi.RunError(`${summary} of stack ${pulumi.getStack()}. Nothing was changed:\n${lines}`);
}
