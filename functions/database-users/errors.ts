/** Code of an error of PostgreSQL (`28P01`) or of Node.js (`ECONNREFUSED`). Empty for others. */
export const codeOf = (error: unknown): string =>
    error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** The code or the name of an error, and its message. Its other properties can contain statements. */
export const reasonOf = (error: unknown): string =>
    error instanceof Error ? `${codeOf(error) || error.name}: ${error.message}` : "unknown error";
