import { runPulumi } from "../pulumi";

export interface PreviewOptions {
    stack: string;
    /** Folder of the project. @default the current one */
    folder?: string;
    /** Added to the environment. @default none */
    env?: Record<string, string>;
    /** Called with the number of resources that the preview has reached. */
    progress?: (resources: number) => void;
}

/**
 * Runs `pulumi preview` and returns its JSON, even if the preview fails. Requests engine events, because only they contain the order of
 * replacements.
 *
 * @throws Error if `pulumi` isn't installed, or printed no preview
 */
export async function runPreview({ stack, folder = ".", env, progress }: PreviewOptions): Promise<string> {
    const otherwise = "install it, or pass a preview with --file or an export with --against";
    let resources = 0;
    const { stdout, code } = await runPulumi(["--cwd", folder, "preview", "--json", "--stack", stack], {
        otherwise,
        env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "1" },
        onOutput: (text) => {
            const reached = text.split('"resourcePreEvent"').length - 1;
            if (reached > 0) progress?.((resources += reached));
        },
    });
    if (stdout.trim() === "") throw new Error(`pulumi preview of ${stack} printed nothing (exit code ${code ?? "none"})`);
    return stdout;
}
