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
 * Compiles bundles with the code of a previous run. Keeps the code of this run instead if it took much longer: it called more functions, such
 * as a plan after `--help`.
 *
 * @param tool compiled code is stored per tool, because tools call different functions
 */
function compile(bundles, tool) {
    return bundles.map(({ file, text }) => {
        const codeFile = `${file}.${tool}.${process.version}-${process.arch}.code`;
        const known = readCode(codeFile);
        const script = new vm.Script(text, { filename: file, cachedData: known.code });
        process.once("exit", () => {
            const { user, system } = process.cpuUsage();
            const time = user + system;
            // At exit, the code includes all functions that were called.
            if (script.cachedDataRejected || time > 1.5 * known.time)
                writeWhole(codeFile, v8.serialize({ time, code: script.createCachedData() }));
        });
        return { file, script };
    });
}

function readCode(file) {
    try {
        return v8.deserialize(fs.readFileSync(file));
    } catch {
        // Not compiled yet, or written by another version.
        return { time: 0 };
    }
}

/** Runs a compiled bundle as a CommonJS module, and returns its exports. */
function run({ file, script }, requireModule) {
    const module = { exports: {} };
    script.runInThisContext().call(module.exports, module.exports, requireModule, module, file, path.dirname(file));
    return module.exports;
}

/** Options of the tools that npm has none of. Without `--`, npm takes them, and the tool would run without them. */
const TAKEN = ["accept", "against", "check", "config-file", "fix", "policy", "set", "strict"];

async function main([tool, ...args]) {
    const taken = TAKEN.find((name) => process.env[`npm_config_${name.replaceAll("-", "_")}`]);
    if (taken) throw new Error(`npm took the option --${taken}: put options after --, as in \`npm run ${tool} -- --${taken}\``);
    if (!fs.existsSync(path.join(root, "node_modules", "@pulumi", "pulumi"))) throw new Error("packages are missing: run `npm ci` first");
    try {
        fs.mkdirSync(cache, { recursive: true });
    } catch {
        // It can't be written: each run bundles again.
    }
    const bundles = await bundled(root, cache, tool);
    // A tool runs for about a second: optimizing code takes longer than it saves.
    if (tool !== "bench") v8.setFlagsFromString("--no-opt");
    process.argv = [process.argv[0], tool, ...args];
    const [compiledTool, compiledSdk] = compile([bundles.tool, bundles.sdk], tool);
    const requireInstalled = Module.createRequire(path.join(cache, "tool.cjs"));
    const sdk = run(compiledSdk, requireInstalled);
    const requireFromSdk = (name) => (Object.hasOwn(sdk, name) ? sdk[name]() : requireInstalled(name));
    run(compiledTool, Object.assign(requireFromSdk, requireInstalled));
}

main(process.argv.slice(2)).catch((error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
});
