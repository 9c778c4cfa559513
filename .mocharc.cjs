"use strict";
const { readdirSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const path = require("node:path");

// Mocha adds the files of the command line to its configuration's: `npm test -- test/unit/vpc.test.ts` is to run that one alone.
const named = process.argv.slice(2).some((argument) => argument.endsWith(".test.ts"));

// The notice is about later versions of the SDK than the pinned one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** These files make the most plans. They start first, so that no process ends long after the others. */
const LONGEST = ["stacks-keys", "protection", "optional-systems", "organization", "recipes", "live-changes"].map(
    (name) => `${name}.test.ts`,
);

function unitTests() {
    const files = readdirSync(path.join(__dirname, "test", "unit"), { recursive: true }).filter((name) => name.endsWith(".test.ts"));
    const others = files.filter((name) => !LONGEST.includes(name)).sort();
    return [...LONGEST.filter((name) => files.includes(name)), ...others].map((name) => path.join("test", "unit", name));
}

module.exports = {
    // Plans make many short-lived objects: with a small nursery the collector takes two fifths of the time. The processes use all cores,
    // so threads of the collector would only compete with them.
    "node-option": ["import=tsx", "min-semi-space-size=128", "max-semi-space-size=256", "single-threaded-gc"],
    extension: ["ts"],
    // Files share nothing but caches that are written whole.
    parallel: !named,
    jobs: Math.max(2, Math.min(4, availableParallelism() - 1)),
    spec: named ? [] : [...unitTests(), "examples/*/*.test.ts"],
    timeout: 60000,
    reporter: "test/reporter.cjs",
};
