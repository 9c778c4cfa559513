// Writes dist/failover.cjs: the failover tool in one file, which needs Node.js 20 or later and nothing else.
"use strict";
const path = require("node:path");
const { build } = require("esbuild");

const root = path.dirname(__dirname);
const [outfile = path.join(root, "dist", "failover.cjs")] = process.argv.slice(2);

build({
    absWorkingDir: root,
    entryPoints: ["tools/failover/main.ts"],
    outfile: path.resolve(outfile),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // Names stay readable in messages of errors.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "error",
    tsconfigRaw: "{}",
}).then(
    () => console.error(`Wrote ${path.relative(process.cwd(), outfile)}`),
    () => process.exit(1),
);
