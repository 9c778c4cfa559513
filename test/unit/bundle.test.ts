import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";

interface Bundle {
    modules: string[];
    file: string;
    text: string;
}
interface Build {
    modules: string[];
    inputs: string[];
    outputFiles: { path: string; contents: string; text: string }[];
}
interface Options {
    root: string;
    cache: string;
    name: string;
    build: () => Promise<Build>;
}
const { upToDate } = createRequire(__filename)("../../tools/bundle.cjs") as { upToDate: (options: Options) => Promise<Bundle> };

describe("the bundle of a tool", () => {
    let root: string;
    let source: string;
    let builds: number;
    beforeEach(() => {
        root = mkdtempSync(path.join(tmpdir(), "tool-"));
        source = path.join(root, "main.ts");
        write("first");
        builds = 0;
    });
    afterEach(() => {
        rmSync(root, { recursive: true });
    });
    const write = (text: string, file = source) => {
        writeFileSync(file, text);
        // Of a time before the build.
        const past = new Date(Date.now() - 60_000);
        utimesSync(file, past, past);
    };
    const bundle = async (cache = root, during = () => undefined as unknown) => {
        // A file that changed just before it's bundled isn't known to be current.
        while (Date.now() <= statSync(source).ctimeMs + 25) await new Promise((done) => setTimeout(done, 1));
        const build = () => {
            builds++;
            const text = `bundle ${builds}`;
            during();
            const output = { path: path.join(cache, `tool-${builds}.cjs`), contents: text, text };
            return Promise.resolve({ modules: ["@pulumi/aws"], inputs: ["main.ts"], outputFiles: [output] });
        };
        return upToDate({ root, cache, name: "tool", build });
    };

    it("is built once, and again after a change", async () => {
        const first = await bundle();
        expect(first).to.include({ text: "bundle 1", file: path.join(root, "tool-1.cjs") });
        expect(await bundle()).to.deep.equal(first);
        write("second");
        expect(await bundle()).to.include({ text: "bundle 2" });
        expect(readdirSync(root).filter((name) => name.endsWith(".cjs"))).to.deep.equal(["tool-2.cjs"]);
    });

    it("is built again if a file of the same size and time replaces a source", async () => {
        await bundle();
        const { atime, mtime } = statSync(source);
        const other = path.join(root, "other.ts");
        writeFileSync(other, "third");
        utimesSync(other, atime, mtime);
        renameSync(other, source);
        expect(await bundle()).to.include({ text: "bundle 2" });
    });

    it("is not built again if a source has another time but the same content, such as in a new checkout", async () => {
        await bundle();
        write("first");
        expect(await bundle()).to.include({ text: "bundle 1" });
        expect(await bundle()).to.include({ text: "bundle 1" });
    });

    it("is built again after a source changed during the build", async () => {
        await bundle(root, () => {
            write("second");
        });
        expect(await bundle()).to.include({ text: "bundle 2" });
    });

    it("is built again if it's missing or if its description can't be read", async () => {
        const { file } = await bundle();
        rmSync(file);
        expect(await bundle()).to.include({ text: "bundle 2" });
        writeFileSync(path.join(root, "tool.json"), "{");
        expect(await bundle()).to.include({ text: "bundle 3" });
    });

    it("is built in each run if the cache can't be written", async () => {
        const cache = path.join(source, "cache");
        expect(await bundle(cache)).to.include({ text: "bundle 1" });
        expect(await bundle(cache)).to.include({ text: "bundle 2" });
    });
});
