/**
 * Node.js 20.20 and 22.23 don't end when they format an error in color whose stack has a file directly in `node_modules` or in a scope of it, until
 * they run out of string space: 15 seconds and 3 GB of memory (nodejs/node#64011). Pulumi formats each error of a program that way, and the source
 * maps of its SDK lead to such files: `node_modules/@pulumi/resource.ts`.
 */
const UNFORMATTABLE = /node_modules[\\/](@[^\\/]+[\\/])?[^\\/]*$/;

/** Removes these lines from the stack of an error. */
export function removeUnformattable(error: unknown): void {
    if (!(error instanceof Error) || typeof error.stack !== "string") return;
    const lines = error.stack.split("\n");
    const formattable = lines.filter((line) => !UNFORMATTABLE.test(line));
    if (formattable.length < lines.length) error.stack = formattable.join("\n");
}

let isInstalled = false;

/** Removes them before Pulumi formats the error that ends the program. */
export function keepErrorsFormattable(): void {
    if (isInstalled) return;
    isInstalled = true;
    process.prependListener("unhandledRejection", removeUnformattable);
    process.prependListener("uncaughtException", removeUnformattable);
}
