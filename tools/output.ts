/** A reader who has seen enough (`| head`) is no error: ends the tool, quietly. */
export function letReadersStop(beforeEnd: () => void = () => undefined): void {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
        beforeEnd();
        process.exit(0);
    });
}

/** What went wrong, on standard error, without a stack trace. */
export function printError(error: unknown): void {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
}
