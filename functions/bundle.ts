/**
 * Bundles the TypeScript of Lambda functions while the program runs.
 *
 * - One CommonJS file, `index.js`, with a source map: nothing to install, `handler: "index.handler"`. Not minified, so that a stack trace
 *   can be read.
 * - `@aws-sdk/*` stays outside: Lambda's Node.js runtime brings it and AWS patches it, and whoever installs this library installs no
 *   clients. Measured for `ingest`: with the SDK inside the file has 2.8 MB in place of 1.6 MB, bundling takes 0.4 s in place of 0.15 s,
 *   and loading it (on a workstation) some 50 ms less, which nobody waits for behind a queue.
 * - The same sources and packages give the same bytes on every machine: no absolute path, no time. A second `pulumi up` finds no change.
 * - A bundle is made once. It stands under `node_modules/.cache`, and is found again while its sources and packages are the same.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

export interface Bundle {
    /** Path of `index.js`. */
    code: string;
    /** Path of `index.js.map`. */
    map: string;
    /** SHA-256 of both, hexadecimal. */
    hash: string;
}

/** What a bundle was made from. */
interface Manifest {
    hash: string;
    /** Version of esbuild and settings. */
    settings: string;
    /** Own sources and the `package.json` of each package, with the SHA-256 of their content; paths relative to the root. */
    inputs: Record<string, string>;
}

/** Optional packages of the MongoDB driver: it does without what is not there. */
const OPTIONAL = [
    "@aws-sdk/credential-providers",
    "@mongodb-js/zstd",
    "aws4",
    "gcp-metadata",
    "kerberos",
    "mongodb-client-encryption",
    "snappy",
    "socks",
];

const SETTINGS = {
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minify: false,
    charset: "utf8",
    legalComments: "none",
    // Whatever the program's own tsconfig says.
    tsconfigRaw: "{}",
    sourcemap: "linked",
    sourcesContent: false,
    external: ["@aws-sdk/*", ...OPTIONAL],
    write: false,
    metafile: true,
    logLevel: "silent",
} as const;

const made = new Map<string, Promise<Bundle>>();

/**
 * The bundle of a function's entry file, from the cache where it is there.
 *
 * @param entry absolute path of a TypeScript file that exports `handler`
 * @param cacheDirectory where bundles are kept
 * @throws Error with esbuild's messages where the sources do not compile
 */
export function bundle(entry: string, cacheDirectory = defaultCacheDirectory()): Promise<Bundle> {
    const key = `${cacheDirectory}\0${entry}`;
    const bundled = made.get(key) ?? findOrMake(entry, cacheDirectory);
    made.set(key, bundled);
    return bundled;
}

/** Path of a file of this package, wherever it is installed. */
export function ownFile(...path: string[]): string {
    return join(packageRoot(__dirname), ...path);
}

async function findOrMake(entry: string, cacheDirectory: string): Promise<Bundle> {
    const root = packageRoot(dirname(entry));
    const settings = JSON.stringify([await versionOfEsbuild(), SETTINGS]);
    const manifestFile = join(cacheDirectory, `${sha256(entry).slice(0, 16)}.json`);
    const found = await readManifest(manifestFile);
    if (found?.settings === settings && existsSync(join(cacheDirectory, found.hash)) && (await isCurrent(root, found))) {
        return locate(cacheDirectory, found.hash);
    }
    const { files, inputs } = await make(root, entry);
    const hash = sha256(JSON.stringify(files));
    await keep(cacheDirectory, hash, files);
    await writeWhole(manifestFile, JSON.stringify({ hash, settings, inputs } satisfies Manifest));
    return locate(cacheDirectory, hash);
}

async function make(root: string, entry: string): Promise<{ files: Record<string, string>; inputs: Record<string, string> }> {
    const { build } = await import("esbuild");
    // Paths in the output are relative to the working directory and to the output's; both are the package's root.
    const result = await build({
        ...SETTINGS,
        external: [...SETTINGS.external],
        entryPoints: [entry],
        absWorkingDir: root,
        outfile: join(root, "index.js"),
    });
    const files = result.outputFiles.map(({ path, text }) => [basename(path), text] as const);
    return { files: Object.fromEntries(files), inputs: await inputsOf(root, Object.keys(result.metafile.inputs)) };
}

/** Own sources are known by their content; a package's files by its `package.json`, since a published version does not change. */
async function inputsOf(root: string, paths: string[]): Promise<Record<string, string>> {
    const manifests = paths.map((path) => packageManifest(root, path));
    const wanted = new Set(paths.map((path, i) => manifests[i] ?? path));
    const entries = [...wanted].sort().map(async (path) => [path, await fingerprint(root, path)] as const);
    return Object.fromEntries(await Promise.all(entries));
}

/** `node_modules/mongodb/package.json` for a file of mongodb; undefined for an own source, which no package outside the root is. */
function packageManifest(root: string, path: string): string | undefined {
    const file = resolve(root, path);
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    return folder !== undefined && folder !== root ? relative(root, join(folder, "package.json")) : undefined;
}

async function fingerprint(root: string, path: string): Promise<string> {
    const text = await readFile(resolve(root, path), "utf8").catch(() => "missing");
    return sha256(text);
}

async function isCurrent(root: string, { inputs }: Manifest): Promise<boolean> {
    const checks = Object.entries(inputs).map(async ([path, known]) => (await fingerprint(root, path)) === known);
    return (await Promise.all(checks)).every(Boolean);
}

async function readManifest(file: string): Promise<Manifest | undefined> {
    try {
        return JSON.parse(await readFile(file, "utf8")) as Manifest;
    } catch {
        return undefined;
    }
}

async function keep(cacheDirectory: string, hash: string, files: Record<string, string>): Promise<void> {
    await mkdir(join(cacheDirectory, hash), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeWhole(join(cacheDirectory, hash, name), text);
}

/** Never leaves half a file: another program may be reading. */
async function writeWhole(file: string, text: string): Promise<void> {
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, text);
    await rename(temporary, file);
}

const locate = (cacheDirectory: string, hash: string): Bundle => ({
    code: join(cacheDirectory, hash, "index.js"),
    map: join(cacheDirectory, hash, "index.js.map"),
    hash,
});

/** `node_modules/.cache` of the program; a temporary directory where no `node_modules` is above it. */
function defaultCacheDirectory(): string {
    const above = ancestors(process.cwd()).find((directory) => existsSync(join(directory, "node_modules")));
    return above ? join(above, "node_modules", ".cache", "ai-platform", "functions") : join(tmpdir(), "ai-platform-functions");
}

function packageRoot(directory: string): string {
    return ancestors(directory).find((it) => existsSync(join(it, "package.json"))) ?? directory;
}

const ancestors = (directory: string): string[] =>
    directory.split(sep).map((_, i, parts) => parts.slice(0, parts.length - i).join(sep) || sep);

async function versionOfEsbuild(): Promise<string> {
    // Reading its manifest is faster than loading it, and a cached bundle needs no more.
    const file = require.resolve("esbuild/package.json");
    return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
