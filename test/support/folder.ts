import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Creates a folder for the tests of the suite that calls this function, which deletes it after them. */
export function temporaryFolder(name: string): string {
    const folder = mkdtempSync(path.join(tmpdir(), `${name}-`));
    after(() => {
        rmSync(folder, { recursive: true });
    });
    return folder;
}
