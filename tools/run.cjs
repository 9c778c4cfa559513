// Starts a tool of this repository: bundles its TypeScript once, then runs the bundle. What a person waits for is loading, so this
// loads what is used when it is used and, where Node.js can, compiled code from the last run. docs/performance.md has the figures.
"use strict";
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const v8 = require("node:v8");

const root = path.dirname(__dirname);
const cache = path.join(root, "node_modules", ".cache", "ai-platform");

/**
 * Modules that are loaded at start and seldom or never used, by who asks for them: @pulumi/pulumi's automation API and what it serialises
 * closures with, and the 260 services of @pulumi/aws, of which a program uses some thirty. They are loaded on first use.
 */
const ON_FIRST_USE = [
    { of: "@pulumi/pulumi", modules: /^(typescript|@npmcli\/arborist|normalize-package-data|fdir|upath|require-from-string)$/ },
    { of: "@pulumi/pulumi/index.js", modules: /^\.\/(automation|dynamic)$/ },
    { of: "@pulumi/aws/index.js", modules: /^\.\/(?!utilities$|provider$)/ },
].map(({ of, modules }) => ({ of: path.join("node_modules", of), modules }));

function loadOnFirstUse() {
    const load = Module._load;
    Module._load = function (request, parent, isMain) {
        const from = parent?.filename ?? "";
        const late = ON_FIRST_USE.some(({ of, modules }) => modules.test(request) && from.includes(of));
        return late ? onFirstUse(() => load.call(Module, request, parent, isMain)) : load.call(Module, request, parent, isMain);
    };
}

/** Stands for a module until one of its exports is wanted. Compiled imports ask for `__esModule` before that. */
function onFirstUse(load) {
    let loaded;
    const get = (_, key) => {
        if (key === "__esModule") return true;
        loaded ??= load();
        return key === "default" && !loaded.__esModule ? loaded : loaded[key];
    };
    return new Proxy({}, { get, has: (_, key) => get(_, key) !== undefined });
}

/** Without its packages nothing works; Node.js's own message names a file that nobody knows. */
function requireInstalled() {
    if (fs.existsSync(path.join(root, "node_modules", "@pulumi", "pulumi"))) return;
    console.error("error: the packages are not installed: run `npm ci` first");
    process.exit(1);
}

/** The bundle of a tool, made anew when a file that went into it changed. */
function bundle(tool) {
    const outfile = path.join(cache, `${tool}.cjs`);
    const stampFile = `${outfile}.json`;
    const stampOf = (file) => {
        const { mtimeMs, size } = fs.statSync(path.join(root, file));
        return `${mtimeMs}/${size}`;
    };
    try {
        const stamps = Object.entries(JSON.parse(fs.readFileSync(stampFile, "utf8")));
        if (stamps.every(([file, stamp]) => stampOf(file) === stamp)) return outfile;
    } catch {
        // Nothing bundled yet, or a file is gone.
    }
    const { metafile } = require("esbuild").buildSync({
        absWorkingDir: root,
        entryPoints: [`tools/${tool}/main.ts`],
        outfile,
        bundle: true,
        platform: "node",
        format: "cjs",
        target: "node20",
        sourcemap: "linked",
        external: ["@pulumi/*", "esbuild", "google-protobuf"],
        metafile: true,
        logLevel: "error",
    });
    const files = [...Object.keys(metafile.inputs), "package-lock.json"].filter((file) => fs.existsSync(path.join(root, file)));
    fs.writeFileSync(stampFile, JSON.stringify(Object.fromEntries(files.map((file) => [file, stampOf(file)]))));
    return outfile;
}

const [tool, ...args] = process.argv.slice(2);
requireInstalled();
// A tool runs for a second: what the optimising compiler gains in it costs more than it saves.
if (tool !== "bench") v8.setFlagsFromString("--no-opt");
Module.enableCompileCache?.(path.join(cache, "compiled"));
loadOnFirstUse();
process.argv = [process.argv[0], tool, ...args];
require(bundle(tool));
