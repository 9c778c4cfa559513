import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { compileFunction } from "node:vm";
import { transformSync } from "esbuild";
import * as components from "../../components";
import * as testing from "../../components/testing";

export const root = path.join(__dirname, "..", "..");
export const read = (file: string) => readFileSync(path.join(root, file), "utf8");

/** Markdown files of the project, by path from its root. */
export function markdownFiles(below = ""): string[] {
    return readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((entry) => {
        const file = path.posix.join(below, entry.name);
        if (entry.isDirectory()) return ["node_modules", ".git", ".cache", "dist"].includes(entry.name) ? [] : markdownFiles(file);
        return entry.name.endsWith(".md") ? [file] : [];
    });
}

/** The code blocks of a page in one language. */
export const fences = (text: string, language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, code = ""]) => code);

/** A page's code blocks whose first line names a file, `// shop.ts`, by that name. */
export const filesOf = (page: string): [file: string, code: string][] => filesIn(read(page));

const filesIn = (text: string): [file: string, code: string][] =>
    fences(text, "ts").flatMap((code) => {
        const [, file] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? [];
        return file === undefined ? [] : [[file, code]];
    });

/**
 * The files that a page's recipes create or change, by path. The `diff` blocks are applied in order. In a block, `--- <file>` precedes the
 * places in a file, and `@@` separates them. Throws if a file doesn't contain a place exactly once.
 *
 * @param headings the recipes to apply. All by default
 */
export function changedFiles(page: string, headings?: string[]): Map<string, string> {
    const text = headings ? headings.map((it) => recipe(page, it)).join("\n") : read(page);
    const files = new Map(filesIn(text));
    for (const change of fences(text, "diff").flatMap((block) => block.split(/^--- /m).slice(1))) {
        const [file = "", ...lines] = change.split("\n");
        const places = lines.join("\n").split(/^@@\n/m);
        files.set(
            file,
            places.reduce((before, place) => changed(before, place, file), files.get(file) ?? read(file)),
        );
    }
    return files;
}

/** The files that the recipe below a heading of a page creates or changes. */
export const filesOfRecipe = (page: string, heading: string): string[] => [...changedFiles(page, [heading]).keys()];

function recipe(page: string, heading: string): string {
    const [, section = ""] = read(page).split(`\n## ${heading}\n`);
    return section.split("\n## ")[0] ?? "";
}

function changed(text: string, place: string, file: string): string {
    const lines = place.trimEnd().split("\n");
    const having = (marks: string) => lines.filter((line) => marks.includes(line[0] ?? " ")).map((line) => `${line.slice(1)}\n`);
    const [before = "", ...more] = text.split(having(" -").join(""));
    if (more.length !== 1) throw new Error(`${file} must contain these lines once, not ${more.length} times:\n${place}`);
    return before + having(" +").join("") + more.join("");
}

/**
 * Runs a sample as a program in `directory`, which contains the files that it refers to.
 *
 * @param beside texts of the modules that it imports from the same folder, by the name in the import
 */
export function run(sample: string, directory: string, beside: Record<string, string> = {}): Record<string, unknown> {
    const { code } = transformSync(sample, { loader: "ts", format: "cjs", target: "node20" });
    const own: Record<string, unknown> = { "ai-platform": components, "ai-platform/testing": testing };
    const requireHere = createRequire(__filename);
    const load = (id: string): unknown => {
        const text = beside[id];
        return own[id] ?? (text === undefined ? requireHere(id) : run(text, directory, beside));
    };
    const module = { exports: {} as Record<string, unknown> };
    const program = compileFunction(code, ["require", "module", "exports", "__dirname"]) as (...args: unknown[]) => void;
    program(load, module, module.exports, directory);
    return { ...module.exports };
}
