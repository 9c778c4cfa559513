/**
 * A `pulumi` for engines whose provider keeps Terraform's state in the hidden output `__meta`, in which a resource ID must change as well when a
 * state is imported. The provider of Pulumi keeps no IDs there, and the state passes unchanged.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const SCRIPT = `#!${process.execPath}
const { spawnSync } = require("node:child_process");
const path = require("node:path");
const args = process.argv.slice(2);
const PATH = process.env.PATH.split(path.delimiter).filter((folder) => folder !== __dirname).join(path.delimiter);
const isImport = args[0] === "stack" && args[1] === "import";
const input = isImport ? withIds(require("node:fs").readFileSync(0, "utf8")) : undefined;
const { status } = spawnSync("pulumi", args, { env: { ...process.env, PATH }, input, stdio: [isImport ? "pipe" : "inherit", "inherit", "inherit"] });
process.exit(status ?? 1);

function withIds(text) {
    const content = JSON.parse(text);
    for (const { type, id, outputs } of content.deployment.resources) {
        if (type !== "aws:rds/instance:Instance" || !outputs?.__meta) continue;
        const meta = JSON.parse(outputs.__meta);
        if (typeof meta.state !== "string") continue;
        const state = Buffer.from(meta.state, "base64").toString("latin1").replaceAll(/db-[0-9A-Z]{26}/g, id);
        outputs.__meta = JSON.stringify({ ...meta, state: Buffer.from(state, "latin1").toString("base64") });
    }
    return JSON.stringify(content);
}
`;

/** Creates the program in a folder. Returns the PATH on which it's first. */
export function withPulumiShim(folder: string): string {
    const bin = path.join(folder, "shim");
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, "pulumi"), SCRIPT);
    chmodSync(path.join(bin, "pulumi"), 0o755);
    return [bin, process.env.PATH].join(path.delimiter);
}
