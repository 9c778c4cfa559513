import type { Command, Io, Result } from "../command";
import { checkStacks, hasErrors, renderCheck } from "./check";
import { parsePlanArguments, type PlanArguments, USAGE } from "./arguments";
import { differences } from "./compare";
import { planStack } from "./plan";
import { render } from "./render";
import { renderDiff } from "./render-diff";

/** `npm run plan`. Fails for an unknown stack, an invalid configuration, and, with `--check`, for stack files with errors. */
export const planCommand: Command = {
    async run(argv, io) {
        const { directory } = io;
        const args = parsePlanArguments(argv);
        if (args.help) return { text: USAGE, code: 0 };
        if (args.check) return check(args, directory);
        if (args.against !== undefined) return against(args, args.against, io);
        return { text: await (args.diff ? diff(args, directory) : plan(args, directory)), code: 0 };
    },
};

function check({ json }: PlanArguments, directory: string): Result {
    const result = checkStacks(directory);
    return { text: json ? JSON.stringify(result, null, 4) : renderCheck(result), code: hasErrors(result) ? 1 : 0 };
}

/** As `npm run changes -- --against`. */
async function against({ stack, set, json }: PlanArguments, file: string, io: Io): Promise<Result> {
    const { changesCommand } = await import("../changes/command");
    return changesCommand.run([stack, "--against", file, ...set.flatMap((it) => ["--set", it]), ...(json ? ["--json"] : [])], io);
}

const run = (args: PlanArguments, directory: string, overrides: string[]) =>
    planStack({
        directory,
        stack: args.stack,
        configFile: args.configFile,
        overrides,
    });

async function plan(args: PlanArguments, directory: string): Promise<string> {
    const recording = await run(args, directory, args.set);
    const deployment = recording.deployment();
    if (args.json) return JSON.stringify(deployment, null, 4);
    const { resources } = deployment.deployment;
    return render({ stack: args.stack, resources, outputs: recording.outputs, warnings: recording.warnings });
}

async function diff(args: PlanArguments, directory: string): Promise<string> {
    const resourcesWith = async (overrides: string[]) => (await run(args, directory, overrides)).deployment().deployment.resources;
    const found = differences(await resourcesWith([]), await resourcesWith(args.set));
    return args.json ? JSON.stringify(found, null, 4) : renderDiff(args.stack, args.set, found);
}
