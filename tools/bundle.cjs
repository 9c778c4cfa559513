// Bundles a tool, and the packages that it loads, into one file each. Loading two files takes a fraction of the time of loading 400.
// Packages are bundled again only when they change.
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/** Packages of Pulumi's SDK. They share one bundle, because a second copy of the SDK wouldn't contain the resources of the first one. */
const SDK = ["@pulumi/*", "google-protobuf"];
const COMMON = {
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    metafile: true,
    write: false,
    logLevel: "error",
    // `require` instead of `import()`, which needs an experimental option in a script with cached code.
    supported: { "dynamic-import": false },
};

/**
 * Bundles `tools/<tool>/main.ts` and the SDK, unless the bundles are up to date.
 *
 * @returns the files of both bundles; the SDK's exports a map of functions that load a module, by its name in `require`
 */
async function bundled(root, cache, tool) {
    const outfile = path.join(cache, `${tool}.cjs`);
    const own = await upToDate(`${outfile}.json`, root, () => bundleTool(root, tool, outfile));
    // Tools that use the same modules share a bundle.
    const hash = createHash("sha256").update(JSON.stringify(own.modules)).digest("hex");
    const sdk = path.join(cache, `sdk-${hash.slice(0, 8)}.cjs`);
    await upToDate(`${sdk}.json`, root, () => bundleSdk(root, own.modules, sdk), own.modules);
    return { tool: outfile, sdk };
}

/** The last result of `build`. Runs it again if one of its files or `modules` changed. */
async function upToDate(stampFile, root, build, modules) {
    const stampOf = (file) => {
        const { mtimeMs, size } = fs.statSync(path.join(root, file));
        return `${mtimeMs}/${size}`;
    };
    try {
        const last = JSON.parse(fs.readFileSync(stampFile, "utf8"));
        const isSame = modules === undefined || JSON.stringify(modules) === JSON.stringify(last.modules);
        if (isSame && Object.entries(last.files).every(([file, stamp]) => stampOf(file) === stamp)) return last;
    } catch {
        // Not bundled yet, or a file was deleted.
    }
    const built = await build();
    const lockFiles = ["package-lock.json", "node_modules/.package-lock.json", "tools/bundle.cjs"];
    const files = [...new Set([...built.files, ...lockFiles])].filter((file) => fs.existsSync(path.join(root, file)));
    const result = { modules: built.modules, files: Object.fromEntries(files.map((file) => [file, stampOf(file)])) };
    for (const { path: file, contents } of built.outputFiles) writeWhole(file, contents);
    writeWhole(stampFile, JSON.stringify(result));
    return result;
}

/** Writes a file atomically, so that other processes never read a part of it. */
function writeWhole(file, contents) {
    fs.writeFileSync(`${file}.${process.pid}`, contents);
    fs.renameSync(`${file}.${process.pid}`, file);
}

async function bundleTool(root, tool, outfile) {
    const { metafile, outputFiles } = await require("esbuild").build({
        ...COMMON,
        absWorkingDir: root,
        entryPoints: [`tools/${tool}/main.ts`],
        outfile,
        sourcemap: "linked",
        external: [...SDK, "esbuild"],
        plugins: [oneNamespace],
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const modules = [...new Set(imports.map((it) => it.path))].filter((name) => /^(@pulumi|google-protobuf)\//.test(name)).sort();
    const files = Object.keys(metafile.inputs).filter((file) => fs.existsSync(path.join(root, file)));
    return { modules, files, outputFiles };
}

async function bundleSdk(root, modules, outfile) {
    const entries = modules.map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)})`);
    const { outputFiles } = await require("esbuild").build({
        ...COMMON,
        absWorkingDir: root,
        stdin: { contents: `module.exports = { ${entries.join(", ")} };`, resolveDir: root },
        outfile,
        minifyWhitespace: true,
        legalComments: "none",
        external: EXTERNAL,
        plugins: [servicesOnUse, modulesOnUse],
    });
    return { modules, files: [], outputFiles };
}

/** `import * as aws` in each of 60 files would copy the 270 properties of `@pulumi/aws` in each of them: this shares one copy. */
const oneNamespace = {
    name: "one-namespace",
    setup(build) {
        build.onResolve({ filter: /^@pulumi\/(aws|pulumi)$/ }, ({ path: name, namespace }) =>
            namespace === "file" ? { path: name, namespace: "shared" } : { path: name, external: true },
        );
        build.onLoad({ filter: /.*/, namespace: "shared" }, ({ path: name }) => ({ contents: `export * from ${JSON.stringify(name)};` }));
    },
};

/** The index of `@pulumi/aws` loads all 240 services, of which a program uses about forty: this loads each on first use. */
const servicesOnUse = {
    name: "services-on-use",
    setup(build) {
        build.onLoad({ filter: /[\\/]@pulumi[\\/]aws[\\/]index\.js$/ }, ({ path: file }) => ({
            contents: fs
                .readFileSync(file, "utf8")
                .replace(
                    /^const (\w+) = __importStar\(require\("(\.\/\w+)"\)\);\nexports\.\1 = \1;$/gm,
                    `Object.defineProperty(exports, "$1", { enumerable: true, get: () => require("$2") });`,
                ),
            resolveDir: path.dirname(file),
        }));
    },
};

/** Packages for the automation API and for serializing closures. They are large, and a tool needs neither. */
const EXTERNAL = ["typescript", "@npmcli/arborist", "normalize-package-data", "fdir", "upath", "require-from-string"];
const ON_USE = new RegExp(`^(${EXTERNAL.join("|")}|\\./automation|\\./dynamic)$`);

/** Loads these, and the parts of `@pulumi/pulumi` that need them, on first use. */
const modulesOnUse = {
    name: "modules-on-use",
    setup(build) {
        build.onResolve({ filter: ON_USE }, ({ path: name, importer, resolveDir }) =>
            /[\\/]@pulumi[\\/]pulumi[\\/]/.test(importer) ? { path: name, namespace: "on-use", pluginData: resolveDir } : undefined,
        );
        build.onLoad({ filter: /.*/, namespace: "on-use" }, ({ path: name, pluginData: resolveDir }) => ({
            // Importers read `__esModule` immediately: this must not load the module.
            contents: `let loaded;
                const get = (_, key) => {
                    if (key === "__esModule") return true;
                    loaded ??= require(${JSON.stringify(name)});
                    return key === "default" && !loaded.__esModule ? loaded : loaded[key];
                };
                module.exports = new Proxy({}, { get, has: (_, key) => get(_, key) !== undefined });`,
            resolveDir,
        }));
    },
};

module.exports = { bundled, writeWhole };
