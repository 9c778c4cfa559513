/**
 * Bundles the TypeScript sources of Lambda functions during the Pulumi program.
 *
 * - The output is one CommonJS file, `index.js`, with a source map. The handler is `index.handler`. The code isn't minified, so that stack
 *   traces stay readable.
 * - `@aws-sdk/*` is external: the Lambda Node.js runtime includes it, AWS patches it, and users of this library don't need to install the
 *   clients. For `ingest`, bundling the SDK would increase the file from 2.1 MB to 3.5 MB. Packages that the runtime isn't guaranteed
 *   to include, such as `@smithy/*`, are in the bundle.
 * - The output is reproducible: it contains no absolute paths or timestamps, so an unchanged function causes no update.
 * - Bundles are cached in `node_modules/.cache` until their sources or packages change. If it can't be written, they are in a temporary
 *   directory.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
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

/** Inputs of a cached bundle. */
interface Manifest {
    hash: string;
    /** Version and settings of esbuild. */
    settings: string;
    /** SHA-256 of each source file and each package's `package.json`, by path relative to the package root. */
    inputs: Record<string, string>;
}

/** Optional dependencies of the MongoDB driver, which works without them. */
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
    // Ignore the tsconfig of the Pulumi program.
    tsconfigRaw: "{}",
    sourcemap: "linked",
    sourcesContent: false,
    external: ["@aws-sdk/*", ...OPTIONAL],
    write: false,
    metafile: true,
    logLevel: "silent",
} as const;

const bundles = new Map<string, Promise<Bundle>>();

/**
 * Bundles a function's entry file, or returns the cached bundle.
 *
 * @param entry absolute path of the TypeScript file that exports `handler`
 * @param cacheDirectory directory of cached bundles
 * @throws Error with the messages of esbuild if the build fails
 */
export function bundle(entry: string, cacheDirectory = defaultCacheDirectory()): Promise<Bundle> {
    const key = `${cacheDirectory}\0${entry}`;
    const bundled = bundles.get(key) ?? loadOrBuild(entry, cacheDirectory);
    bundles.set(key, bundled);
    return bundled;
}

/** Absolute path of a file in this package. */
export function ownFile(...path: string[]): string {
    return join(packageRoot(__dirname), ...path);
}

async function loadOrBuild(entry: string, cacheDirectory: string): Promise<Bundle> {
    const root = packageRoot(dirname(entry));
    const settings = JSON.stringify([await versionOfEsbuild(), SETTINGS]);
    const manifestName = `${sha256(entry).slice(0, 16)}.json`;
    const manifest = await readManifest(join(cacheDirectory, manifestName));
    if (manifest?.settings === settings && existsSync(join(cacheDirectory, manifest.hash)) && (await isCurrent(root, manifest))) {
        return locate(cacheDirectory, manifest.hash);
    }
    const { files, inputs } = await compile(root, entry);
    const hash = sha256(JSON.stringify(files));
    const storeIn = async (directory: string) => {
        await store(directory, hash, files);
        await writeAtomically(join(directory, manifestName), JSON.stringify({ hash, settings, inputs } satisfies Manifest));
        return locate(directory, hash);
    };
    return storeIn(cacheDirectory).catch(async () => storeIn(await mkdtemp(join(tmpdir(), "ai-platform-functions-"))));
}

async function compile(root: string, entry: string): Promise<{ files: Record<string, string>; inputs: Record<string, string> }> {
    const { build } = await import("esbuild");
    // Use the package root as the working and output directory, so that all paths in the output are relative to it.
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

/** Hashes source files by content and packages by their `package.json`, because a published version doesn't change. */
async function inputsOf(root: string, paths: string[]): Promise<Record<string, string>> {
    const manifests = paths.map((path) => packageManifest(root, path));
    const tracked = new Set(paths.map((path, i) => manifests[i] ?? path));
    const entries = [...tracked].sort().map(async (path) => [path, await fingerprint(root, path)] as const);
    return Object.fromEntries(await Promise.all(entries));
}

/** Path of the `package.json` for a file in `node_modules`. Undefined for source files of the package at `root`. */
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
    const checks = Object.entries(inputs).map(async ([path, hash]) => (await fingerprint(root, path)) === hash);
    return (await Promise.all(checks)).every(Boolean);
}

async function readManifest(file: string): Promise<Manifest | undefined> {
    try {
        return JSON.parse(await readFile(file, "utf8")) as Manifest;
    } catch {
        return undefined;
    }
}

async function store(cacheDirectory: string, hash: string, files: Record<string, string>): Promise<void> {
    await mkdir(join(cacheDirectory, hash), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeAtomically(join(cacheDirectory, hash, name), text);
}

/** Writes to a temporary file and renames it, so that concurrent readers never see a partial file. */
async function writeAtomically(file: string, text: string): Promise<void> {
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, text);
    await rename(temporary, file);
}

const locate = (cacheDirectory: string, hash: string): Bundle => ({
    code: join(cacheDirectory, hash, "index.js"),
    map: join(cacheDirectory, hash, "index.js.map"),
    hash,
});

/** `node_modules/.cache` in the nearest parent directory with `node_modules`, otherwise a temporary directory. */
function defaultCacheDirectory(): string {
    const project = ancestors(process.cwd()).find((directory) => existsSync(join(directory, "node_modules")));
    return project ? join(project, "node_modules", ".cache", "ai-platform", "functions") : join(tmpdir(), "ai-platform-functions");
}

function packageRoot(directory: string): string {
    return ancestors(directory).find((ancestor) => existsSync(join(ancestor, "package.json"))) ?? directory;
}

const ancestors = (directory: string): string[] =>
    directory.split(sep).map((_, i, parts) => parts.slice(0, parts.length - i).join(sep) || sep);

async function versionOfEsbuild(): Promise<string> {
    // Read the version from package.json: loading esbuild is slower and unnecessary for a cached bundle.
    const file = require.resolve("esbuild/package.json");
    return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
