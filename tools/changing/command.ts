import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { messageOf } from "../../components/internal/unknown";
import type { Command, Io, Result } from "../command";
import { type ChangingArguments, parseChangingArguments, USAGE } from "./arguments";
import { driftOf } from "./drift";
import { ROOT } from "./engine";
import type { Predicted } from "./group";
import { PAGE, withKeys } from "./page";
import { Predictions } from "./predict";
import { record } from "./record";
import { idOf, readRecording, type RecordedVariant, type Recording, writeRecording } from "./recording";
import { type Base, BASES } from "./variants";

const FOLDER = path.join(ROOT, "node_modules", ".cache", "ai-platform", "changing");

/** Differences between the recording and the plans, by the ID of the change. */
type Drift = Record<string, string[]>;

/** `npm run changing`: the effect of changing each key on a live stack. */
export const changingCommand: Command = {
    usageCode: 2,
    async run(argv, io) {
        const args = parseChangingArguments(argv);
        if (args.help) return { text: USAGE, code: 0 };
        const recording = readRecording();
        const recorded = new Map(recording.variants.map((it) => [idOf(it), it]));
        const spreading = new Set(recording.variants.filter(({ planLacks = [] }) => planLacks.length > 0).map(({ key }) => key));
        const { plans, digests } = await predictions(args, io);
        const predicted = plans.map((it) => ({ ...it, spreads: spreading.has(it.variant.key) }));
        const drift = predicted.flatMap((it) => {
            const problems = driftOf(recorded.get(idOf(it.variant)), it);
            return problems.length > 0 ? [[idOf(it.variant), problems] as const] : [];
        });
        if (args.check) return checked(Object.fromEntries(drift), args);
        const outdated = predicted.filter(({ variant }) => args.all || drift.some(([id]) => id === idOf(variant)));
        return update(args, io, { recording, outdated, digests, planned: predicted.length });
    },
};

interface Predicting {
    plans: Predicted[];
    digests: Map<Base, string>;
}

async function predictions({ keys }: ChangingArguments, { notify }: Io): Promise<Predicting> {
    const all = Predictions.variants();
    const unknown = keys.filter((key) => !all.some((it) => it.key === key));
    if (unknown.length > 0) throw new Error(`unknown configuration key: ${unknown.join(", ")}`);
    const variants = all.filter(({ key }) => keys.length === 0 || keys.includes(key));
    notify(`planning ${variants.length} changes ...`);
    const predictions = new Predictions();
    const plans: Predicted[] = [];
    const digests = new Map<Base, string>();
    try {
        const problems: string[] = [];
        for (const variant of variants) {
            try {
                plans.push({ variant, ...(await predictions.predict(variant)) });
            } catch (error) {
                problems.push(`${idOf(variant)}: ${messageOf(error)}`);
            }
        }
        if (problems.length > 0) throw new Error(problems.join("\n"));
        for (const base of BASES) digests.set(base, await predictions.digest(base));
    } finally {
        predictions.remove();
    }
    return { plans, digests };
}

function checked(drift: Drift, { json }: ChangingArguments): Result {
    const changes = Object.entries(drift);
    const code = changes.length > 0 ? 1 : 0;
    if (json) return { text: JSON.stringify({ drift }, null, 4), code };
    if (code === 0) return { text: "the recording is up to date", code };
    const lines = changes.flatMap(([id, problems]) => [id, ...problems.map((problem) => `    ${problem}`)]);
    return { text: `out of date; run \`npm run changing\`:\n\n${lines.join("\n")}`, code };
}

interface Update {
    recording: Recording;
    outdated: Predicted[];
    digests: Map<Base, string>;
    /** Number of planned changes. */
    planned: number;
}

async function update(args: ChangingArguments, { notify }: Io, { recording, outdated, digests, planned }: Update): Promise<Result> {
    const folder = args.folder ?? FOLDER;
    let { variants } = recording;
    const all = Predictions.variants();
    const save = (recorded: RecordedVariant[]) => {
        const found = new Map([...variants, ...recorded].map((it) => [idOf(it), it]));
        variants = all.flatMap((it): RecordedVariant[] => {
            const known = found.get(idOf(it));
            return known ? [{ ...known, ...it }] : [];
        });
        writeRecording({ provider: providerVersion(), variants });
    };
    if (outdated.length > 0) {
        if (!process.env.AWS_ENDPOINT_URL) throw new Error("AWS_ENDPOINT_URL is not set. Set it to the URL of an AWS emulator");
        mkdirSync(folder, { recursive: true });
        await record(outdated, { folder, notify, save, digests });
    }
    save([]);
    if (args.folder === undefined) rmSync(folder, { recursive: true, force: true });
    const before = readFileSync(PAGE, "utf8");
    const page = withKeys(before, readRecording());
    writeFileSync(PAGE, page);
    const isWritten = page !== before;
    const text = `recorded ${outdated.length} of ${planned} changes; docs/changing.md ${isWritten ? "is updated" : "is unchanged"}`;
    return {
        text: args.json ? JSON.stringify({ recorded: outdated.map(({ variant }) => idOf(variant)), page: isWritten }, null, 4) : text,
        code: 0,
    };
}

/** Version of the AWS provider, whose schema decides which properties replace a resource. */
function providerVersion(): string {
    const file = path.join(ROOT, "node_modules", "@pulumi", "aws", "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
