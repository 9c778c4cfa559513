"use strict";
const { availableParallelism } = require("node:os");

// Mocha adds the files of the command line to its configuration's: `npm test -- test/unit/vpc.test.ts` is to run that one alone.
const named = process.argv.slice(2).some((argument) => argument.endsWith(".test.ts"));

// The notice is about later versions of the SDK than the pinned one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

module.exports = {
    // Plans make many short-lived objects: with a small nursery the collector takes two fifths of the time. The processes use all cores,
    // so threads of the collector would only compete with them.
    "node-option": ["import=tsx", "min-semi-space-size=128", "max-semi-space-size=256", "single-threaded-gc"],
    extension: ["ts"],
    // Files share nothing but caches that are written whole.
    parallel: !named,
    jobs: Math.max(2, Math.min(4, availableParallelism() - 1)),
    spec: named ? [] : ["test/unit/**/*.test.ts", "examples/*/*.test.ts"],
    timeout: 60000,
    reporter: "test/reporter.cjs",
};
