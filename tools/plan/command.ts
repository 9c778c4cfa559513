import { parsePlanArguments, type PlanArguments, USAGE } from "./arguments";
import { differences } from "./compare";
import { planStack } from "./plan";
import { render } from "./render";
import { renderDiff } from "./render-diff";

/**
 * `npm run plan`: the text that it prints.
 *
 * @param directory folder of the stack files
 * @throws Error for invalid arguments, an unknown stack, and an invalid configuration
 */
export async function planCommand(argv: string[], directory = process.cwd()): Promise<string> {
    const args = parsePlanArguments(argv);
    if (args.help) return USAGE;
    return args.diff ? diff(args, directory) : plan(args, directory);
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
