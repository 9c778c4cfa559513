import { messageOf } from "../components/internal/unknown";

/** An error as a line for standard error, without a stack trace. */
export const errorLine = (error: unknown): string => `error: ${messageOf(error)}`;

/** Prints an error to standard error, without a stack trace. */
export function printError(error: unknown): void {
    console.error(errorLine(error));
}
