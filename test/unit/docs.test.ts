import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as components from "../../components";
import * as testing from "../../components/testing";
import { render } from "../../tools/plan/render";
import { jsonSchemaOf, type JsonSchema } from "../support/config";
import { plan } from "../support/plans";
import { inRelease, RELEASE_CHECKS } from "../support/release";
import { fences, markdownFiles, read, root, run } from "../support/samples";

const pages = path.join(root, "docs", "components");

/** Names of the components that the library exports. */
const names = Object.entries(components)
    .filter(([, it]) => typeof it === "function" && it.prototype instanceof pulumi.ComponentResource)
    .map(([name]) => name);
const pageOf = (name: string) => `${name.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase()}.md`;
const documented = names.filter((name) => existsSync(path.join(pages, pageOf(name))));

const withoutFences = (text: string) => text.replace(/^ *```[^]*?^ *```$/gm, "").replace(/`[^`\n]*`/g, "");

describe("pages of the components", function () {
    this.timeout(60_000);
    const directory = mkdtempSync(path.join(tmpdir(), "samples-"));
    after(() => {
        rmSync(directory, { recursive: true });
    });

    inRelease("exist for every component that the library exports", () => {
        const missing = names.filter((name) => !documented.includes(name)).map((name) => `docs/components/${pageOf(name)}`);
        expect(missing, "add a page for each new component").to.deep.equal([]);
    });

    it("have the component's name as heading, and one sample", () => {
        expect(documented).to.include.members(["Vpc", "FargateService", "PostgresCluster", "RedisCluster", "Edge"]);
        for (const name of documented) {
            const text = readFileSync(path.join(pages, pageOf(name)), "utf8");
            expect(text.split("\n")[0], pageOf(name)).to.equal(`# ${name}`);
            expect(fences(text, "ts"), `samples in ${pageOf(name)}`).to.have.length(1);
        }
    });

    for (const name of documented) {
        it(`have a sample of ${name} that can be planned`, async () => {
            const [sample = ""] = fences(read(`docs/components/${pageOf(name)}`), "ts");
            // Other files of the sample, such as a function's handler.
            for (const [, file = ""] of sample.matchAll(/join\(__dirname, "([\w-]+\.ts)"\)/g)) {
                writeFileSync(path.join(directory, file), "export const handler = async (): Promise<void> => {};\n");
            }
            const recording = await testing.record(() => run(sample, directory));
            expect(recording.all(`ai-platform:components:${name}`), `${name} in its own sample`).to.not.be.empty;
        });
    }
});

/** Anchors of a page's headings, as GitHub generates them. */
const anchorsOf = (text: string) =>
    [...text.replace(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replace(/[^\w\s-]/g, "")
            .trim()
            .replaceAll(" ", "-"),
    );

/** Links of a page to files of the project: the text, the file relative to the root, and the anchor, if any. */
const linksOf = (file: string) =>
    [...withoutFences(read(file)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
        if (/^[a-z]+:/.test(target)) return [];
        const [to = "", anchor] = target.split("#");
        return [{ target, page: to === "" ? file : path.posix.join(path.posix.dirname(file), to), anchor }];
    });

describe("documentation", () => {
    const files = markdownFiles();

    it("has no broken links", () => {
        const broken = files.flatMap((file) =>
            linksOf(file).flatMap(({ target, page, anchor }) => {
                const found = existsSync(path.join(root, page));
                return found && (anchor === undefined || anchorsOf(read(page)).includes(anchor)) ? [] : [`${file}: ${target}`];
            }),
        );
        expect(files).to.include.members(["README.md", "docs/README.md", "docs/architecture.md", "docs/operations.md"]);
        expect(broken).to.deep.equal([]);
    });

    inRelease("has no page that the README does not lead to", () => {
        const reached = new Set(["README.md"]);
        // The loop also visits pages that it adds.
        for (const file of reached) {
            for (const { page } of linksOf(file)) if (files.includes(page)) reached.add(page);
        }
        expect(files.filter((file) => !reached.has(file))).to.deep.equal([]);
    });

    inRelease("has an index that leads to every component and every decision, which are numbered without a gap", () => {
        const index = read("docs/README.md");
        const listed = (folder: string) => readdirSync(path.join(root, "docs", folder)).filter((file) => file.endsWith(".md"));
        for (const folder of ["components", "decisions"]) {
            for (const file of listed(folder)) expect(index, file).to.contain(`](${folder}/${file})`);
        }
        const numbers = listed("decisions").map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]));
        expect(numbers.sort((a, b) => a - b)).to.deep.equal(numbers.map((_, i) => i + 1));
    });

    it("mentions only existing npm scripts", () => {
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        const named = files.flatMap((file) => [...read(file).matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].map(([, name]) => name));
        expect(named).to.include("plan");
        expect(named.filter((name = "") => !(name in scripts))).to.deep.equal([]);
    });

    const roles = [jsonSchemaOf("primary"), jsonSchemaOf("dr")];
    const exists = (key: string) => roles.some((schema) => has(schema, key));

    it("lists only existing configuration keys in tables", () => {
        const section = read("docs/configuration.md").split("\n## Sections\n")[1]?.split("\n## ")[0] ?? "";
        const rows = [...section.matchAll(/^\| `([\w.]+)` \|(.*)\|$/gm)];
        expect(rows.length).to.be.greaterThan(10);
        for (const [, key = "", row = ""] of rows) {
            expect(exists(key), key).to.equal(true);
            const below = [...(row.split(" | ")[0] ?? "").matchAll(/`([a-zA-Z][\w.]*)`/g)].map(([, name = ""]) => `${key}.${name}`);
            for (const name of below) expect(exists(name), name).to.equal(true);
        }
    });

    inRelease("names every section of the configuration", () => {
        const text = files.map(read).join("\n");
        const sections = new Set(roles.flatMap(({ properties = {} }) => Object.keys(properties)));
        const missing = [...sections].filter((key) => !new RegExp(`\`(ai-platform:)?${key}\\b`).test(text));
        expect(missing).to.deep.equal([]);
    });

    it("mentions only existing configuration keys", () => {
        const named = files.flatMap((file) =>
            [...read(file).matchAll(/\bai-platform:(\w+(?:\.\w+)*)(?!:?\w)/g)].map(([, key = ""]) => ({ file, key })),
        );
        expect(named).to.not.be.empty;
        expect(named.filter(({ key }) => !exists(key))).to.deep.equal([]);
    });

    it("shows plans with sections and resources of the real plan, regardless of counts", async () => {
        for (const sample of files.flatMap((file) => fences(read(file), "text"))) {
            const [, stack] = /^(?:Plan of |ai-platform-)(\w+)/.exec(sample) ?? [];
            if (stack === undefined) continue;
            const recording = await plan(stack);
            const { resources } = recording.deployment().deployment;
            const rendered = render({ stack, resources, outputs: recording.outputs, warnings: recording.warnings });
            const isTree = (line: string) => /[├└]─/.test(line);
            for (const line of sample.split("\n").filter(isTree)) {
                const [, resource = ""] = /[├└]─ (.*)$/.exec(line) ?? [];
                expect(rendered, "the tree").to.contain(`─ ${resource}`);
            }
            // Headings start the line and contain at most a number.
            const headings = (text: string) =>
                text
                    .split("\n")
                    .filter((line) => /^(?!Plan of|ai-platform)[\dA-Z]/.test(line))
                    .map((line) => line.replace(/\d+/g, "N"));
            expect(headings(rendered).map((it) => it.split(":")[0])).to.include.members(headings(sample).map((it) => it.split(":")[0]));
        }
    });

    it("explains how to rotate every secret that has a version key", () => {
        const versions = roles.flatMap((role) => rotatable(role));
        expect(versions).to.include.members(["database.passwordVersion"]);
        const text = files.map(read).join("\n");
        const missing = versions.filter((key) => !text.includes(`ai-platform:${key} `));
        if (RELEASE_CHECKS) expect(missing).to.deep.equal([]);
        else expect(missing.length).to.be.below(versions.length);
    });
});

function has(schema: JsonSchema, key: string): boolean {
    const [first = "", ...rest] = key.split(".");
    if (schema.oneOf) return schema.oneOf.some((choice) => has(choice, key));
    const entry = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    const property = schema.properties?.[first] ?? entry;
    return property !== undefined && (rest.length === 0 || has(property, rest.join(".")));
}

/** Version keys at any depth: incrementing one generates a new secret. */
function rotatable({ properties = {} }: JsonSchema): string[] {
    return Object.entries(properties).flatMap(([key, below]) =>
        below.type === "integer" && /version$/i.test(key) ? [key] : rotatable(below).map((rest) => `${key}.${rest}`),
    );
}
