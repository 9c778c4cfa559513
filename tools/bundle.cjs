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
    // The name contains a hash of the content.
    entryNames: "[name]-[hash]",
    // As `Module.wrap`, which would copy the text.
    banner: { js: "(function (exports, require, module, __filename, __dirname) {" },
    footer: { js: "})" },
    // `require` instead of `import()`, which needs an experimental option in a script with cached code.
    supported: { "dynamic-import": false },
};

/**
 * Bundles `tools/<tool>/main.ts` and the SDK, unless the bundles are up to date.
 *
 * @returns both bundles, with their text and the file that contains it. The SDK's exports are functions that load a module, by its name in
 * `require`
 */
async function bundled(root, cache, tool) {
    const own = await upToDate({ root, cache, name: tool, build: () => bundleTool(root, tool, cache) });
    // Tools that use the same modules share a bundle.
    const hash = createHash("sha256").update(JSON.stringify(own.modules)).digest("hex").slice(0, 8);
    const sdk = await upToDate({ root, cache, name: `sdk-${hash}`, build: () => bundleSdk(root, own.modules, `sdk-${hash}`, cache) });
    return { tool: own, sdk };
}

/** File systems take times from a clock that can be some milliseconds slow. */
const CLOCK_MS = 20;

/** The bundle that `build` returned last. Builds it again if one of its files changed. */
async function upToDate({ root, cache, name, build }) {
    const stampFile = path.join(cache, `${name}.json`);
    const known = readKnown(root, stampFile);
    if (known) return known;
    const start = Date.now();
    const { modules, inputs, outputFiles } = await build();
    const lockFiles = ["package-lock.json", "node_modules/.package-lock.json", "tools/bundle.cjs"];
    const files = [...new Set([...inputs, ...lockFiles])].filter((file) => fs.existsSync(path.join(root, file)));
    const stamps = Object.fromEntries(files.map((file) => [file, { status: statusOf(root, file), hash: hashOf(root, file) }]));
    for (const { path: file, contents } of outputFiles) writeWhole(file, contents);
    const { path: file, text } = outputFiles.find((output) => output.path.endsWith(".cjs"));
    // The bundle contains the old text of a file that changed during the build.
    if (files.every((input) => fs.statSync(path.join(root, input)).ctimeMs < start - CLOCK_MS)) {
        if (writeWhole(stampFile, JSON.stringify({ modules, files: stamps, file }))) removeOthers(cache, name, file);
    }
    return { modules, file, text };
}

/** The bundle in the cache, or undefined if a file that it was built from changed. */
function readKnown(root, stampFile) {
    try {
        const { modules, files, file } = JSON.parse(fs.readFileSync(stampFile, "utf8"));
        const moved = Object.entries(files).filter(([name, { status }]) => statusOf(root, name) !== status);
        if (moved.some(([name, { hash }]) => hashOf(root, name) !== hash)) return undefined;
        // esbuild escapes all characters that aren't ASCII: `latin1` doesn't need to decode them.
        const text = fs.readFileSync(file, "latin1");
        for (const [name, stamp] of moved) stamp.status = statusOf(root, name);
        if (moved.length > 0) writeWhole(stampFile, JSON.stringify({ modules, files, file }));
        return { modules, file, text };
    } catch {
        // Not bundled yet, or a file was deleted.
        return undefined;
    }
}

/** Differs after each change of a file, because no program can set the time of the last change. It also differs in a copy of the file. */
function statusOf(root, file) {
    const { ino, size, mtimeMs, ctimeMs } = fs.statSync(path.join(root, file));
    return [ino, size, mtimeMs, ctimeMs].join("/");
}

const hashOf = (root, file) =>
    createHash("sha256")
        .update(fs.readFileSync(path.join(root, file)))
        .digest("hex");

/** Writes a file atomically, so that other processes never read a part of it. A cache that can't be written only costs time. */
function writeWhole(file, contents) {
    try {
        fs.writeFileSync(`${file}.${process.pid}`, contents);
        fs.renameSync(`${file}.${process.pid}`, file);
        return true;
    } catch {
        // Read-only, or the disk is full.
        return false;
    }
}

/** Deletes previous versions of a bundle, and their compiled code. */
function removeOthers(cache, name, current) {
    for (const other of fs.readdirSync(cache)) {
        const isOwn = other.startsWith(`${name}-`) && !other.startsWith(path.basename(current));
        if (isOwn) fs.rmSync(path.join(cache, other), { force: true });
    }
}

async function bundleTool(root, tool, outdir) {
    const { metafile, outputFiles } = await require("esbuild").build({
        ...COMMON,
        absWorkingDir: root,
        entryPoints: { [tool]: `tools/${tool}/main.ts` },
        outdir,
        outExtension: { ".js": ".cjs" },
        sourcemap: "linked",
        external: [...SDK, "esbuild"],
        plugins: [oneNamespace],
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const modules = [...new Set(imports.map((it) => it.path))].filter((name) => /^(@pulumi|google-protobuf)\//.test(name)).sort();
    return { modules, inputs: Object.keys(metafile.inputs), outputFiles };
}

async function bundleSdk(root, modules, name, outdir) {
    const entries = modules.map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)})`);
    const { outputFiles } = await require("esbuild").build({
        ...COMMON,
        absWorkingDir: root,
        stdin: { contents: `module.exports = { ${entries.join(", ")} };`, resolveDir: root },
        outdir,
        outExtension: { ".js": ".cjs" },
        entryNames: `${name}-[hash]`,
        minifyWhitespace: true,
        legalComments: "none",
        external: EXTERNAL,
        plugins: [servicesOnUse, modulesOnUse],
    });
    return { modules, inputs: [], outputFiles };
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
/** Those, and gRPC, which only a program with an engine needs. */
const ON_USE = new RegExp(`^(${EXTERNAL.join("|")}|\\./automation|\\./dynamic|@grpc/grpc-js|[./]+/proto/\\w+_grpc_pb)$`);

/** Loads these on first use. */
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

module.exports = { bundled, upToDate, writeWhole };
