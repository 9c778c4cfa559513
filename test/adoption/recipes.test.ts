import { readFileSync, writeFileSync } from "node:fs";
import { changedFiles } from "../support/samples";
import { ProjectCopy } from "./copy";

/** Keys of types that the recipes don't show. */
const MORE_KEYS = `
        snapshotWindow: dailyWindow().default(DEFAULTS.snapshotWindow).describe("Window of the daily snapshot, in UTC."),
        secretName: z.string().min(1).optional().describe("Name of the secret."),`;

/** Adds the keys to a section, and passes them to the component. */
function withMoreKeys(section: string): string {
    const changes: [place: string | RegExp, text: string][] = [
        [/\n +applyImmediately: applyImmediately\(\),/, `${MORE_KEYS}$&`],
        ["{ applyImmediately, ", "{ applyImmediately, dailyWindow, "],
        ['...config.cache, secretName: names.secret("cache")', 'secretName: names.secret("cache"), ...config.cache'],
    ];
    return changes.reduce((before, [place, text]) => {
        const after = before.replace(place, text);
        if (after === before) throw new Error(`stacks/cache.ts doesn't contain ${String(place)}`);
        return after;
    }, section);
}

describe("a copy of the project with the key and alarm recipes of docs/extending.md", function () {
    this.timeout(20 * 60_000);
    let copy: ProjectCopy;

    before(async () => {
        copy = new ProjectCopy();
        const files = changedFiles("docs/extending.md", ["Add a configuration key", "Add an alarm"]);
        for (const [file, text] of files) writeFileSync(copy.file(file), text);
        const section = copy.file("stacks/cache.ts");
        writeFileSync(section, withMoreKeys(readFileSync(section, "utf8")));
        await copy.run("npm run schema && npm run docs");
    });
    after(() => {
        copy.remove();
    });

    for (const command of ["npx tsc --noEmit", "npm test"]) it(`passes ${command}`, () => copy.run(command));
});
