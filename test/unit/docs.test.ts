import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as components from "../../components";
import * as testing from "../../components/testing";
import { jsonSchemaOf, type JsonSchema } from "../../stacks/explain";
import { render } from "../../tools/plan/render";
import { plan } from "../support/plans";
import { changedFiles, fences, filesOf, problemsOfTypes, read, root, run } from "../support/samples";

const pages = path.join(root, "docs", "components");

/** Names of the components that the library exports. */
const names = Object.entries(components)
    .filter(([, it]) => typeof it === "function" && it.prototype instanceof pulumi.ComponentResource)
    .map(([name]) => name);
const pageOf = (name: string) => `${name.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase()}.md`;

const withoutFences = (text: string) => text.replace(/^ *```[^]*?^ *```$/gm, "").replace(/`[^`\n]*`/g, "");

/** Each page's sample, by the path of a file beside the page that exists in memory only. */
const samples = new Map(
    names
        .filter((name) => existsSync(path.join(pages, pageOf(name))))
        .map((name) => [path.join(pages, `${name}.sample.ts`), fences(read(`docs/components/${pageOf(name)}`), "ts")[0] ?? ""]),
);
const ofReadme = fences(read("README.md"), "ts").map((code, i) => [path.join(root, `README.${i + 1}.sample.ts`), code] as const);
for (const [file, code] of ofReadme) samples.set(file, code);

/** What the guides show; test/unit/guides.test.ts runs it. */
const guides = () => [
    ...filesOf("docs/testing.md").map(([file, code]) => [path.join(root, "docs", file), code] as const),
    ...[...changedFiles("docs/extending.md")].map(([file, code]) => [path.join(root, file), code] as const),
];

describe("pages of the components", function () {
    this.timeout(60_000);
    const directory = mkdtempSync(path.join(tmpdir(), "samples-"));
    after(() => {
        rmSync(directory, { recursive: true });
    });

    it("are there for every component that the library exports, with one sample each", () => {
        expect(names).to.include.members(["Vpc", "FargateService", "PostgresCluster", "RedisCluster", "Edge"]);
        for (const name of names) {
            const page = path.join(pages, pageOf(name));
            expect(existsSync(page), `docs/components/${pageOf(name)} exists`).to.equal(true);
            const text = readFileSync(page, "utf8");
            expect(text.split("\n")[0], pageOf(name)).to.equal(`# ${name}`);
            expect(fences(text, "ts"), `samples in ${pageOf(name)}`).to.have.length(1);
        }
    });

    it("have samples that compile, as the guides have", () => {
        expect(problemsOfTypes(new Map([...samples, ...guides()]))).to.deep.equal([]);
    });

    for (const name of names) {
        it(`have a sample of ${name} that can be planned`, async () => {
            const sample = samples.get(path.join(pages, `${name}.sample.ts`)) ?? "";
            // Files beside the program: a function's handler.
            for (const [, file = ""] of sample.matchAll(/join\(__dirname, "([\w-]+\.ts)"\)/g)) {
                writeFileSync(path.join(directory, file), "export const handler = async (): Promise<void> => {};\n");
            }
            const recording = await testing.record(() => run(sample, directory));
            expect(recording.all(`ai-platform:components:${name}`), `${name} in its own sample`).to.not.be.empty;
        });
    }
});

/** Markdown files of the project, by path from its root. */
function markdownFiles(below = ""): string[] {
    return readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((entry) => {
        const file = path.posix.join(below, entry.name);
        if (entry.isDirectory()) return ["node_modules", ".git", ".cache", "dist"].includes(entry.name) ? [] : markdownFiles(file);
        return entry.name.endsWith(".md") ? [file] : [];
    });
}

/** Anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (text: string) =>
    [...text.replace(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replace(/[^\w\s-]/g, "")
            .trim()
            .replaceAll(" ", "-"),
    );

/** Links of a page to files of the project: as written, the file from the root, and the anchor where there is one. */
const linksOf = (file: string) =>
    [...withoutFences(read(file)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
        if (/^[a-z]+:/.test(target)) return [];
        const [to = "", anchor] = target.split("#");
        return [{ target, page: to === "" ? file : path.posix.join(path.posix.dirname(file), to), anchor }];
    });

describe("documentation", () => {
    const files = markdownFiles();

    it("has links that lead somewhere", () => {
        const broken = files.flatMap((file) =>
            linksOf(file).flatMap(({ target, page, anchor }) => {
                const found = existsSync(path.join(root, page));
                return found && (anchor === undefined || anchorsOf(read(page)).includes(anchor)) ? [] : [`${file}: ${target}`];
            }),
        );
        expect(files).to.include.members(["README.md", "docs/README.md", "docs/architecture.md", "docs/operations.md"]);
        expect(broken).to.deep.equal([]);
    });

    it("has no page that the README does not lead to", () => {
        const reached = new Set(["README.md"]);
        // What is added while the loop runs is visited too.
        for (const file of reached) {
            for (const { page } of linksOf(file)) if (files.includes(page)) reached.add(page);
        }
        expect(files.filter((file) => !reached.has(file))).to.deep.equal([]);
    });

    it("has an index that leads to every component and every decision, which are numbered without a gap", () => {
        const index = read("docs/README.md");
        const listed = (folder: string) => readdirSync(path.join(root, "docs", folder)).filter((file) => file.endsWith(".md"));
        for (const folder of ["components", "decisions"]) {
            for (const file of listed(folder)) expect(index, file).to.contain(`](${folder}/${file})`);
        }
        const numbers = listed("decisions").map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]));
        expect(numbers.sort((a, b) => a - b)).to.deep.equal(numbers.map((_, i) => i + 1));
    });

    it("names npm scripts that exist", () => {
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        const named = files.flatMap((file) => [...read(file).matchAll(/npm run (?:-s |--silent )?([\w:]+)/g)].map(([, name]) => name));
        expect(named).to.include("plan");
        expect(Object.keys(scripts)).to.include.members(named);
    });

    it("names configuration keys that exist, all of the first level in the README", () => {
        const roles = [jsonSchemaOf("primary"), jsonSchemaOf("dr")];
        const table = read("README.md").split("## Configuration")[1]?.split("\n## ")[0] ?? "";
        const rows = [...table.matchAll(/^\| `([\w.]+)` \|(.*)\|$/gm)];
        for (const [, section = "", row = ""] of rows) {
            expect(
                roles.some((schema) => has(schema, section)),
                section,
            ).to.equal(true);
            const keys = [...(row.split(" | ")[0] ?? "").matchAll(/`([a-zA-Z][\w.]*)`/g)].map(([, key = ""]) => key);
            for (const key of keys) {
                expect(
                    roles.some((schema) => has(schema, `${section}.${key}`)),
                    `${section}.${key}`,
                ).to.equal(true);
            }
        }
        const firstLevel = new Set(roles.flatMap(({ properties = {} }) => Object.keys(properties)));
        expect(rows.map(([, section]) => section)).to.have.members([...firstLevel]);
    });

    it("names configuration keys that exist wherever it names them in full", () => {
        const roles = [jsonSchemaOf("primary"), jsonSchemaOf("dr")];
        const named = files.flatMap((file) =>
            [...read(file).matchAll(/\bai-platform:(\w+(?:\.\w+)*)(?!:?\w)/g)].map(([, key = ""]) => ({ file, key })),
        );
        const unknown = named.filter(({ key }) => !roles.some((schema) => has(schema, key)));
        expect(named.map(({ key }) => key)).to.include.members(["active", "database.passwordVersion", "recovery.continuousBackups"]);
        expect(unknown).to.deep.equal([]);
    });

    it("shows what a plan of prod comes to, in the README: counts, the longest chain, warnings and total", async () => {
        const recording = await plan("prod");
        const { resources } = recording.deployment().deployment;
        const rendered = render({ stack: "prod", resources, outputs: recording.outputs, warnings: recording.warnings }).split("\n\n");
        const [sample = "", ...more] = fences(read("README.md"), "text").filter((it) => it.startsWith("Plan of prod"));
        expect(more).to.be.empty;
        const shown = sample.trimEnd().split("\n\n");
        // The tree, of which most is left out: what is there stands in the plan, in this order.
        const [elided = "", ...others] = shown.filter((it) => /^ *│? *\.\.\.$/m.test(it));
        expect(others).to.be.empty;
        const tree = (rendered.find((it) => it.startsWith("ai-platform-prod")) ?? "").split("\n");
        const wanted = elided.split("\n").filter((it) => !/^[ │]*\.\.\.$/.test(it));
        expect(tree.filter((it) => wanted.includes(it))).to.deep.equal(wanted);
        // All else is there to the letter, but for the outputs.
        const whole = shown.filter((it) => it !== elided);
        expect(whole).to.deep.equal(rendered.filter((it) => !/^(ai-platform-prod|Outputs)/.test(it)));
        expect(whole).to.have.length(5);
    });

    it("has a row in the runbook for every secret that the configuration can rotate", () => {
        const versions = rotatable(jsonSchemaOf("primary"));
        expect(versions).to.include.members(["database.passwordVersion", "jwtVersion"]);
        const runbook = read("docs/operations.md").split("## Rotating secrets")[1]?.split("\n## ")[0] ?? "";
        for (const key of versions) expect(runbook, key).to.contain(`ai-platform:${key} 2 `);
    });
});

function has(schema: JsonSchema, key: string): boolean {
    const [first = "", ...rest] = key.split(".");
    const property = schema.properties?.[first];
    return property !== undefined && (rest.length === 0 || has(property, rest.join(".")));
}

/** Keys that are raised by one to make a new secret, at any depth. */
function rotatable({ properties = {} }: JsonSchema): string[] {
    return Object.entries(properties).flatMap(([key, below]) =>
        below.description?.startsWith("Raised by one") ? [key] : rotatable(below).map((rest) => `${key}.${rest}`),
    );
}
