import { letReadersStop, printError } from "../output";
import { parsePlanArguments, type PlanArguments, USAGE } from "./arguments";
import { differences } from "./compare";
import { planStack } from "./plan";
import { render } from "./render";
import { renderDiff } from "./render-diff";

let finished = false;

async function main(): Promise<void> {
    const args = parsePlanArguments(process.argv.slice(2));
    if (args.help) {
        console.log(USAGE);
        return;
    }
    const text = args.diff ? await diff(args) : await plan(args);
    await new Promise<void>((done) => {
        process.stdout.write(`${text}\n`, () => {
            done();
        });
    });
}

const run = (args: PlanArguments, overrides: string[]) =>
    planStack({
        stack: args.stack,
        configFile: args.configFile,
        overrides,
        configPath: args.configPath,
        // Loaded only now: a mistake in the arguments or the stack file shows without it.
        program: async () => (await import("../..")).default,
    });

async function plan(args: PlanArguments): Promise<string> {
    const recording = await run(args, args.config);
    const deployment = recording.deployment();
    if (args.json) return JSON.stringify(deployment, null, 4);
    const { resources } = deployment.deployment;
    return render({ stack: args.stack, resources, outputs: recording.outputs, warnings: recording.warnings });
}

async function diff(args: PlanArguments): Promise<string> {
    const resourcesWith = async (overrides: string[]) => (await run(args, overrides)).deployment().deployment.resources;
    const found = differences(await resourcesWith([]), await resourcesWith(args.config));
    return args.json ? JSON.stringify(found, null, 4) : renderDiff(args.stack, args.config, found);
}

letReadersStop(() => {
    finished = true;
});

// A program that waits for what never comes ends by itself, without a word.
process.exitCode = 1;
process.once("exit", () => {
    if (!finished) console.error("error: the program did not finish: something in it waits for what never comes");
});

main().then(
    () => {
        finished = true;
        process.exit(0); // nothing is left to do, and the SDK's timers would keep the process
    },
    (error: unknown) => {
        finished = true;
        printError(error);
        process.exit(1);
    },
);
