// Starts a tool of this repository: bundles its TypeScript once, then runs the bundle. What a person waits for is loading, so this
// loads little: no TypeScript compiler, no package manager (both are wanted by @pulumi/pulumi and never used), and, where Node.js can,
// compiled code from the last run.
"use strict";
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.dirname(__dirname);
const cache = path.join(root, "node_modules", ".cache", "ai-platform");

/** Modules that @pulumi/pulumi loads for serialising closures, which no tool does. They appear on first use. */
const UNUSED = new Set(["typescript", "@npmcli/arborist"]);

function leaveOutUnused() {
    const load = Module._load;
    Module._load = function (request, parent, isMain) {
        if (!UNUSED.has(request)) return load.call(this, request, parent, isMain);
        return new Proxy({}, { get: (_, key) => (key === "__esModule" ? false : load.call(Module, request, parent, isMain)[key]) });
    };
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
Module.enableCompileCache?.(path.join(cache, "compiled"));
leaveOutUnused();
process.argv = [process.argv[0], tool, ...args];
require(bundle(tool));
