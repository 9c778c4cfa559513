// Starts a tool of this repository: `node tools/run.cjs <tool> [arguments]`. It bundles the tool's TypeScript and runs the bundle with
// V8's code cache, because loading takes longer than anything else. docs/performance.md has the figures.
"use strict";
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const v8 = require("node:v8");
const vm = require("node:vm");
const { bundled, writeWhole } = require("./bundle.cjs");

const root = path.dirname(__dirname);
const cache = path.join(root, "node_modules", ".cache", "ai-platform");

/**
 * Runs a CommonJS file with the compiled code of its last run, and keeps the code of this one if there was none.
 *
 * @param requireModule replaces `require` in the file
 * @param tool compiled code is kept for each tool, because tools call different functions
 * @returns what the file exports
 */
function run(file, requireModule, tool) {
    const source = fs.openSync(file);
    // V8 compares only the length of the source with that of the code, so the time of the build distinguishes bundles.
    const prefix = `${tool}-${path.basename(file)}-`;
    const codeName = `${prefix}${fs.fstatSync(source).mtimeMs}-${process.version}.code`;
    const codeFile = path.join(cache, codeName);
    const cachedData = fs.existsSync(codeFile) ? fs.readFileSync(codeFile) : undefined;
    const script = new vm.Script(Module.wrap(fs.readFileSync(source, "utf8")), {
        filename: file,
        cachedData,
    });
    fs.closeSync(source);
    if (cachedData === undefined || script.cachedDataRejected) {
        // At exit, the code includes all functions that were called.
        process.once("exit", () => {
            for (const old of fs.readdirSync(cache))
                if (old.startsWith(prefix) && old.endsWith(".code")) fs.rmSync(path.join(cache, old), { force: true });
            writeWhole(codeFile, script.createCachedData());
        });
    }
    const module = { exports: {} };
    script.runInThisContext().call(module.exports, module.exports, requireModule, module, file, path.dirname(file));
    return module.exports;
}

async function main([tool, ...args]) {
    if (!fs.existsSync(path.join(root, "node_modules", "@pulumi", "pulumi"))) throw new Error("packages are missing: run `npm ci` first");
    fs.mkdirSync(cache, { recursive: true });
    const files = await bundled(root, cache, tool);
    // A tool runs for about a second: optimizing the code takes longer than it saves.
    if (tool !== "bench") v8.setFlagsFromString("--no-opt");
    process.argv = [process.argv[0], tool, ...args];
    const requireInstalled = Module.createRequire(path.join(cache, "tool.cjs"));
    const sdk = run(files.sdk, requireInstalled, tool);
    const requireFromSdk = (name) => (Object.hasOwn(sdk, name) ? sdk[name]() : requireInstalled(name));
    run(files.tool, Object.assign(requireFromSdk, requireInstalled), tool);
}

main(process.argv.slice(2)).catch((error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
});
