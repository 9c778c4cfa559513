import { readFileSync, writeFileSync } from "node:fs";
import { changedFiles } from "../support/samples";
import { ProjectCopy } from "./copy";

/** A key that isn't a switch or a choice, so that the tests need its examples. */
const TEXT_KEY = `
    snapshotWindow: dailyWindow().default(DEFAULTS.snapshotWindow).describe("Window of the daily snapshot, in UTC."),`;

/** Adds the key to the section of the cache. */
function withTextKey(section: string): string {
    const changes: [place: RegExp, text: string][] = [
        [/\n +tokenVersion: version\(\)/, `${TEXT_KEY}$&`],
        [/^import \{ applyImmediately, /m, "$&dailyWindow, "],
    ];
    return changes.reduce((before, [place, text]) => {
        if (!place.test(before)) throw new Error(`stacks/cache.ts doesn't contain ${String(place)}`);
        return before.replace(place, text);
    }, section);
}

describe("a copy of the project with the key, alarm, and second-database recipes of docs/extending.md", function () {
    this.timeout(20 * 60_000);
    let copy: ProjectCopy;

    before(async () => {
        copy = new ProjectCopy();
        const files = changedFiles("docs/extending.md", ["Add a configuration key", "Add an alarm", "Add a second database"]);
        for (const [file, text] of files) writeFileSync(copy.file(file), text);
        const section = copy.file("stacks/cache.ts");
        writeFileSync(section, withTextKey(readFileSync(section, "utf8")));
        await copy.run("npm run schema && npm run docs");
    });
    after(() => {
        copy.remove();
    });

    for (const command of ["npx tsc --noEmit", "npm test"]) it(`passes ${command}`, () => copy.run(command));
});
