import { messageOf } from "../components/internal/unknown";

/** Wrong arguments. The message includes the usage. */
export class UsageError extends Error {}

/**
 * Reads a tool's arguments: `readArguments(USAGE, () => parseArgs({ ... }))`.
 *
 * @throws UsageError with a message and the usage
 */
export function readArguments<T>(usage: string, read: () => T): T {
    try {
        return read();
    } catch (error) {
        throw new UsageError(`${complaintOf(error, usage)}\n\n${usage}`);
    }
}

/**
 * The stack in a tool's arguments: a positional argument, or `--stack`.
 *
 * @throws Error if they name more than one
 */
export function stackOf(positionals: string[], option?: string): string {
    const [stack = "prod", ...more] = new Set([...positionals, ...(option === undefined ? [] : [option])]);
    if (more.length > 0) throw new Error(`only one stack is allowed: ${[stack, ...more].join(", ")}`);
    return stack;
}

/** Omits the advice that Node.js adds about positional arguments. */
function complaintOf(error: unknown, usage: string): string {
    const message = messageOf(error);
    const [, unknown] = /^Unknown option '([^']+)'/.exec(message) ?? [];
    if (unknown === undefined) return message;
    const isConfig = ["-c", "--config", "--config-path"].includes(unknown) && usage.includes("--set KEY=VALUE");
    return `unknown option ${unknown}${isConfig ? "; use --set KEY=VALUE" : ""}`;
}
