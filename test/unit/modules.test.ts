import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { build, type Metafile, transformSync } from "esbuild";

const root = path.join(__dirname, "..", "..");
const FOLDERS = ["components", "stacks", "functions", "policy", "tools"];

const sources = (): string[] => [
    "index.ts",
    ...FOLDERS.flatMap((folder) =>
        readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
            .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
            .map((file) => path.posix.join(folder, file.replaceAll("\\", "/"))),
    ),
];

/** What each file imports when it is loaded. Type-only imports are left out, as at run time. */
async function importsOf(contents: Record<string, string> = {}, files = sources()): Promise<Map<string, string[]>> {
    const { metafile } = await build({
        // One entry point: each would become a bundle of its own.
        stdin: {
            contents: files.map((file) => `import ${JSON.stringify(file in contents ? file : `./${file}`)};`).join("\n"),
            resolveDir: root,
        },
        absWorkingDir: root,
        outdir: "out",
        bundle: true,
        write: false,
        metafile: true,
        platform: "node",
        packages: "external",
        logLevel: "silent",
        plugins: [
            {
                name: "contents",
                setup(setup) {
                    setup.onResolve({ filter: /./ }, ({ path: file }) =>
                        file in contents ? { path: file, namespace: "test" } : undefined,
                    );
                    setup.onLoad({ filter: /./, namespace: "test" }, ({ path: file }) => ({ contents: contents[file], loader: "ts" }));
                },
            },
        ],
    });
    const loaded = ({ imports }: Metafile["inputs"][string]) =>
        imports.filter(({ kind }) => kind !== "dynamic-import").map(({ path: file }) => file.replace(/^test:/, ""));
    return new Map(Object.entries(metafile.inputs).map(([file, input]) => [file.replace(/^test:/, ""), loaded(input)]));
}

/** Circular imports, each as the files from one to itself. */
function cycles(imports: Map<string, string[]>): string[] {
    const found: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, above: string[]): void => {
        if (above.includes(file)) found.push([...above.slice(above.indexOf(file)), file].join(" -> "));
        if (above.includes(file) || done.has(file)) return;
        for (const other of imports.get(file) ?? []) visit(other, [...above, file]);
        done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
    return found;
}

describe("modules", () => {
    // Which module of a cycle is loaded first depends on the entry point: the tests can pass and `pulumi up` fail.
    it("don't import each other in a circle", async () => {
        expect(cycles(await importsOf())).to.deep.equal([]);
    });

    it("are found in a circle, unless they import only types", async () => {
        const second = (how: string) => ({
            a: 'import { b } from "b"; export const a = b;',
            b: `import ${how} { a } from "a"; export const b: typeof a | 1 = 1;`,
        });
        expect(cycles(await importsOf(second("type"), ["a"]))).to.deep.equal([]);
        const circular = { ...second(""), b: 'import { a } from "a"; export const b = () => a;' };
        expect(cycles(await importsOf(circular, ["a"]))).to.deep.equal(["b -> a -> b"]);
    });

    it("take the path of the API from one place", () => {
        // CloudFront runs the text of the router, which can't import anything. Its test compares the paths.
        const own = ["components/internal/api-path.ts", "components/edge/spa-router.ts"];
        const files = sources().filter((file) => /^(components|stacks)\//.test(file) && !own.includes(file));
        // Without comments.
        const codeOf = (file: string) => transformSync(readFileSync(path.join(root, file), "utf8"), { loader: "ts" }).code;
        const literal = /["'`](ANY )?\/api(\/(\*|\{proxy\+\})?)?["'`]|\^\(\?!\\?\/api/;
        expect(files.filter((file) => literal.test(codeOf(file)))).to.deep.equal([]);
    });

    it("of npm run changes don't load the SDK to read a preview", async () => {
        const imports = await importsOf({}, ["tools/changes/main.ts"]);
        const loaded = new Set<string>();
        const visit = (file: string): void => {
            if (loaded.has(file)) return;
            loaded.add(file);
            imports.get(file)?.forEach(visit);
        };
        visit("tools/changes/main.ts");
        expect([...loaded].filter((file) => file.startsWith("@pulumi/"))).to.deep.equal([]);
        expect([...loaded]).to.include("tools/changes/preview.ts");
    });
});
