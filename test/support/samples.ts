import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { compileFunction } from "node:vm";
import { transformSync } from "esbuild";
import ts from "typescript";
import * as components from "../../components";
import * as testing from "../../components/testing";

export const root = path.join(__dirname, "..", "..");
export const read = (file: string) => readFileSync(path.join(root, file), "utf8");

/** The code blocks of a page in one language. */
export const fences = (text: string, language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, code = ""]) => code);

/** A page's code blocks whose first line names a file, `// shop.ts`, by that name. */
export const filesOf = (page: string): [file: string, code: string][] =>
    fences(read(page), "ts").flatMap((code) => {
        const [, file] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? [];
        return file === undefined ? [] : [[file, code]];
    });

/**
 * The project's files as a page's recipes make them, by path from the root: new ones, and those that its code blocks in `diff` change, one after
 * the other. In a block, `--- <file>` stands before the places of each file, and `@@` between these. Throws where a place is not in its file, or
 * there twice.
 */
export function changedFiles(page: string): Map<string, string> {
    const files = new Map(filesOf(page));
    for (const change of fences(read(page), "diff").flatMap((block) => block.split(/^--- /m).slice(1))) {
        const [file = "", ...lines] = change.split("\n");
        const places = lines.join("\n").split(/^@@\n/m);
        files.set(
            file,
            places.reduce((text, place) => changed(text, place, file), files.get(file) ?? read(file)),
        );
    }
    return files;
}

function changed(text: string, place: string, file: string): string {
    const lines = place.trimEnd().split("\n");
    const having = (marks: string) => lines.filter((line) => marks.includes(line[0] ?? " ")).map((line) => `${line.slice(1)}\n`);
    const [before = "", ...more] = text.split(having(" -").join(""));
    if (more.length !== 1) throw new Error(`${file} has ${more.length} places such as\n${place}`);
    return before + having(" +").join("") + more.join("");
}

/** Checks texts as if they were files, in one program: loading the SDK's types is what takes time. They may stand in the place of files. */
export function problemsOfTypes(samples: Map<string, string>): string[] {
    const options: ts.CompilerOptions = {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.Preserve,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        lib: ["lib.es2023.d.ts"],
        types: ["node", "mocha"],
        strict: true,
        noUncheckedIndexedAccess: true,
        noUnusedLocals: true,
        esModuleInterop: true,
        skipLibCheck: true,
        noEmit: true,
        paths: { "ai-platform": [`${root}/components/index.ts`], "ai-platform/testing": [`${root}/components/testing/index.ts`] },
    };
    const host = ts.createCompilerHost(options);
    const fileExists = host.fileExists.bind(host);
    const getSourceFile = host.getSourceFile.bind(host);
    host.fileExists = (file) => samples.has(path.normalize(file)) || fileExists(file);
    host.getSourceFile = (file, version, ...rest) => {
        const sample = samples.get(path.normalize(file));
        return sample === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, sample, version);
    };
    const program = ts.createProgram([...samples.keys()], options, host);
    return [...samples.keys()].flatMap((file) => {
        const source = program.getSourceFile(file);
        const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
        return problems.map(({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
    });
}

/**
 * Runs a sample as a program in `directory`, where the files that it names are.
 *
 * @param beside texts of the modules that it imports from beside itself, by the name in the import
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
