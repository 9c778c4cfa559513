import { spawn } from "node:child_process";

export interface PreviewOptions {
    stack: string;
    /** Called with the number of resources that the preview has reached. */
    progress?: (resources: number) => void;
}

/**
 * Runs `pulumi preview` and returns its JSON, even if the preview fails. Requests engine events, because only they contain the order of
 * replacements.
 *
 * @throws Error if `pulumi` isn't installed, or printed no preview
 */
export function runPreview({ stack, progress }: PreviewOptions): Promise<string> {
    const args = ["preview", "--json", "--non-interactive", "--stack", stack];
    return new Promise((resolve, reject) => {
        const child = spawn("pulumi", args, {
            env: { ...process.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1" },
            stdio: ["ignore", "pipe", "inherit"],
        });
        const chunks: Buffer[] = [];
        let resources = 0;
        child.stdout.on("data", (chunk: Buffer) => {
            chunks.push(chunk);
            const reached = chunk.toString().split('"resourcePreEvent"').length - 1;
            if (reached > 0) progress?.((resources += reached));
        });
        child.once("error", (error: NodeJS.ErrnoException) => {
            const missing = error.code === "ENOENT";
            reject(
                missing ? new Error("pulumi isn't on PATH: install it, or pass a preview with --file or an export with --against") : error,
            );
        });
        child.once("close", (code) => {
            const text = Buffer.concat(chunks).toString();
            if (text.trim() === "") reject(new Error(`pulumi preview of ${stack} printed nothing (exit code ${code ?? "none"})`));
            else resolve(text);
        });
    });
}
