import { createHash } from "node:crypto";
import {
    accessSync,
    constants,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import { messageOf } from "../../components/internal/unknown";
import { type DataSources, Recording } from "../../components/testing";

const root = path.resolve(__dirname, "..", "..");
const directory = path.join(root, "node_modules", ".cache", "ai-platform", "plans");

/** Everything that determines a plan, besides its configuration: the program, its files, and the tools. */
const SOURCES = [
    "components",
    "delivery",
    "functions",
    "stacks",
    "tools/plan",
    "test/support/plan-cache.ts",
    "index.ts",
    "package.json",
    "package-lock.json",
];
/** Older plans are deleted. */
const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
/** Longer than a plan takes on a busy machine. */
const LOCK_TIMEOUT_MS = 60_000;

const filesBelow = (file: string): string[] =>
    statSync(path.join(root, file)).isDirectory()
        ? readdirSync(path.join(root, file))
              .sort()
              .flatMap((name) => filesBelow(path.join(file, name)))
        : [file];

/** Hash of all sources, read once per process: a test run doesn't change them. */
let sources: string | undefined;
function hashOfSources(): string {
    if (sources !== undefined) return sources;
    const hash = createHash("sha256").update(JSON.stringify([root, process.version]));
    for (const file of SOURCES.filter((it) => existsSync(path.join(root, it))).flatMap(filesBelow)) {
        const content = readFileSync(path.join(root, file));
        hash.update(JSON.stringify([file, content.length])).update(content);
    }
    return (sources = hash.digest("hex"));
}

interface Stored {
    registered: Recording["registered"];
    outputs: Recording["outputs"];
    warnings: Recording["warnings"];
    lookups: Recording["lookups"];
    /** Message of the error, if the program failed. */
    failure?: string;
    /** What the test's data sources returned. @default none were called */
    answers?: Answer[];
}

interface Answer {
    token: string;
    inputs: Record<string, unknown>;
    result?: Record<string, unknown>;
    /** Message of the error that the data source threw instead. */
    error?: string;
}

type Options = { project: string; stack: string; region: string } & Record<string, unknown>;

/**
 * A plan from `node_modules/.cache`, or a new one that is stored there. The key is a hash of the contents of all sources and of `options`, so an
 * outdated plan can't be returned. A plan that failed is stored too, and fails again with the same message. Set `PLAN_CACHE=off` to plan without the
 * cache. If it's read-only, missing plans are computed in each run.
 *
 * @param options everything besides the sources that determines the plan: stack, resolved configuration
 */
export async function cachedPlan(options: Options, plan: () => Promise<Recording>): Promise<Recording> {
    if (process.env.PLAN_CACHE === "off") return plan();
    const file = fileOf(options);
    const stored = read(file) ?? (isWritable() ? await lock(file, () => read(file)) : undefined);
    if (stored) return recordingOf(stored, options);
    if (!isWritable()) return plan();
    try {
        return await planAndStore(file, plan);
    } finally {
        rmSync(`${file}.lock`, { force: true });
    }
}

/**
 * The same for a plan with the test's own data sources. Functions have no hash: a stored plan is used only if they return the same for the calls that
 * the plan made.
 *
 * @param plan takes the data sources, which record their answers
 */
export async function cachedPlanWith(
    options: Options,
    dataSources: DataSources,
    plan: (dataSources: DataSources) => Promise<Recording>,
): Promise<Recording> {
    if (process.env.PLAN_CACHE === "off" || !isWritable()) return plan(dataSources);
    const first = fileOf({ ...options, tokens: Object.keys(dataSources) });
    for (let variant = 0; ; variant++) {
        const file = `${first}-${variant}`;
        const stored = read(file);
        if (!stored) {
            const answers: Answer[] = [];
            return planAndStore(file, () => plan(recorded(dataSources, answers)), answers);
        }
        const isSame = ({ answers = [] }: Stored) =>
            answers.every((it) => isDeepStrictEqual(answerOf(dataSources[it.token], it.token, it.inputs), it));
        if (isSame(stored)) return recordingOf(stored, options);
    }
}

const fileOf = (options: object) =>
    path.join(directory, createHash("sha256").update(hashOfSources()).update(JSON.stringify(options)).digest("hex"));

function recordingOf({ registered, outputs, warnings, lookups, failure }: Stored, options: Options): Recording {
    if (failure !== undefined) throw Object.assign(new Error(failure), { registered });
    return new Recording(registered, outputs, warnings, options, lookups);
}

async function planAndStore(file: string, plan: () => Promise<Recording>, answers?: Answer[]): Promise<Recording> {
    try {
        const recording = await plan();
        const { registered, outputs, warnings, lookups } = recording;
        store(file, { registered, outputs, warnings, lookups, answers });
        return recording;
    } catch (error) {
        const { registered } = error as { registered?: Recording["registered"] };
        // An error without resources isn't the program's.
        if (registered) store(file, { registered, outputs: {}, warnings: [], lookups: [], failure: messageOf(error), answers });
        throw error;
    }
}

function store(file: string, stored: Stored): void {
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, serialize(stored));
    renameSync(temporary, file);
}

function answerOf(dataSource: DataSources[string] | undefined, token: string, inputs: Record<string, unknown>): Answer {
    try {
        return { token, inputs, result: dataSource?.(inputs) };
    } catch (error) {
        return { token, inputs, error: messageOf(error) };
    }
}

/** Data sources that keep what they return. */
const recorded = (dataSources: DataSources, answers: Answer[]): DataSources =>
    Object.fromEntries(
        Object.entries(dataSources).map(([token, dataSource]) => [
            token,
            (inputs) => {
                const answer = answerOf(dataSource, token, inputs);
                // The program may change what it gets.
                answers.push(structuredClone(answer));
                if (answer.error !== undefined) throw new Error(answer.error);
                return answer.result;
            },
        ]),
    );

function read(file: string): Stored | undefined {
    return existsSync(file) ? (deserialize(readFileSync(file)) as Stored) : undefined;
}

/** Takes the lock on a plan, or waits until the process that holds it has stored the plan. */
async function lock(file: string, stored: () => Stored | undefined): Promise<Stored | undefined> {
    removeOld();
    const deadline = Date.now() + LOCK_TIMEOUT_MS;
    for (;;) {
        try {
            writeFileSync(`${file}.lock`, "", { flag: "wx" });
            return stored();
        } catch {
            const plan = stored();
            if (plan) return plan;
        }
        // The process that held the lock has ended without a plan.
        if (Date.now() > deadline) rmSync(`${file}.lock`, { force: true });
        await new Promise((done) => setTimeout(done, 20));
    }
}

let writable: boolean | undefined;
function isWritable(): boolean {
    if (writable !== undefined) return writable;
    try {
        mkdirSync(directory, { recursive: true });
        accessSync(directory, constants.W_OK);
        return (writable = true);
    } catch {
        return (writable = false);
    }
}

let removed = false;
function removeOld(): void {
    if (removed) return;
    removed = true;
    for (const name of readdirSync(directory)) {
        const file = path.join(directory, name);
        const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
        if (age > (name.endsWith(".lock") ? LOCK_TIMEOUT_MS : MAX_AGE_MS)) rmSync(file, { force: true });
    }
}
