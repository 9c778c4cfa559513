/** Checks the types of all code samples in the documentation: part of `npm run lint`. */
import path from "node:path";
import ts from "typescript";
import { RELEASE_CHECKS } from "./release";
import { changedFiles, fences, filesOf, markdownFiles, read, root } from "./samples";

/** Pages whose samples are files that belong together. */
const TESTING = "docs/testing.md";
/** Page whose samples change files of the project. */
const RECIPES = "docs/extending.md";

/** Samples by path. The files exist only in memory, or replace files of the project. */
function samples(): Map<string, string> {
    const single = markdownFiles()
        .filter((page) => page !== TESTING && page !== RECIPES)
        .flatMap((page) =>
            fences(read(page), "ts").map((code, i) => [path.join(root, page.replace(/\.md$/, `.${i + 1}.sample.ts`)), code] as const),
        );
    const together = filesOf(TESTING).map(([file, code]) => [path.join(root, path.dirname(TESTING), file), code] as const);
    return new Map([...single, ...together, ...recipes()]);
}

function recipes(): (readonly [string, string])[] {
    try {
        return [...changedFiles(RECIPES)].map(([file, code]) => [path.join(root, file), code] as const);
    } catch (error) {
        if (RELEASE_CHECKS) throw error;
        console.log(`${RECIPES} is not checked, because its recipes don't apply to the changed program: ${String(error)}`);
        return [];
    }
}

/** Checks the types of samples as files of one program, because loading the SDK's types takes most of the time. Samples can replace files. */
function problemsOfTypes(samples: Map<string, string>): string[] {
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
    const directories = new Set([...samples.keys()].map((file) => path.dirname(file)));
    const fileExists = host.fileExists.bind(host);
    const directoryExists = host.directoryExists?.bind(host);
    const getSourceFile = host.getSourceFile.bind(host);
    host.fileExists = (file) => samples.has(path.normalize(file)) || fileExists(file);
    // The compiler resolves no import in a directory that doesn't exist.
    host.directoryExists = (directory) => directories.has(path.normalize(directory)) || (directoryExists?.(directory) ?? true);
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

const problems = problemsOfTypes(samples());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
