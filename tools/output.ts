import { messageOf } from "../components/internal/unknown";

/** Exits without an error if the reader of standard output stops early, as in `| head`. */
export function letReadersStop(beforeEnd: () => void = () => undefined): void {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
        beforeEnd();
        process.exit(0);
    });
}

/** Prints an error to standard error, without a stack trace. */
export function printError(error: unknown): void {
    console.error(`error: ${messageOf(error)}`);
}
