// `npm run test:sdk`: runs the tests of components/testing with the latest release of Pulumi's SDK, in a temporary folder. The recorder
// uses internals of the SDK (components/testing/pulumi-runtime.ts): this shows whether an upgrade would break it.
"use strict";
const { execFileSync, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.dirname(__dirname);
const { dependencies, devDependencies } = require("../package.json");
const SDK = "@pulumi/pulumi";
const PACKAGES = ["@pulumi/aws", "@pulumi/awsx", "@pulumi/random", "google-protobuf", "mocha", "chai", "tsx"];

function latestVersion() {
    try {
        return execFileSync("npm", ["view", SDK, "version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
        return undefined;
    }
}

function main() {
    const version = latestVersion();
    if (!version) {
        console.log("skipped: the npm registry can't be reached");
        return 0;
    }
    console.log(`Testing with ${SDK} ${version}`);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ai-platform-sdk-"));
    try {
        const versions = Object.fromEntries(PACKAGES.map((name) => [name, dependencies[name] ?? devDependencies[name]]));
        fs.writeFileSync(
            path.join(folder, "package.json"),
            JSON.stringify({ private: true, dependencies: { ...versions, [SDK]: version } }),
        );
        execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
            cwd: folder,
            stdio: ["ignore", "ignore", "inherit"],
        });
        for (const name of ["tsconfig.json", "components", "test/unit/testing.test.ts"])
            fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
        const mocha = path.join(folder, "node_modules", "mocha", "bin", "mocha.js");
        const args = [mocha, "--import=tsx", "--timeout=60000", "--exit", "test/unit/testing.test.ts"];
        return spawnSync(process.execPath, args, { cwd: folder, stdio: "inherit" }).status ?? 1;
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

process.exitCode = main();
