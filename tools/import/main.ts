/** `npm run import`: what of a Terraform state this program can adopt, as a file for `pulumi import --file`. */
import { writeFileSync } from "node:fs";
import type { DeployedResource } from "../../components/testing";
import { letReadersStop, printError } from "../output";
import { planStack } from "../plan/plan";
import { type ImportArguments, parseImportArguments, USAGE } from "./arguments";
import { match } from "./match";
import { accountOf, dataSourcesIn } from "./place";
import { report } from "./report";
import { readState } from "./state";

async function main(): Promise<string> {
    const args = parseImportArguments(process.argv.slice(2));
    if (args.help) return USAGE;
    const { state: file, stack, out, take } = args;
    const state = readState(file);
    const account = args.account ?? accountOf(state);
    const matching = match(state, await planned(args, account), { account, take });
    if (args.json) return JSON.stringify({ stack, account, ...matching }, null, 4);
    if (matching.adopted.length > 0) writeFileSync(out, `${JSON.stringify(matching.file, null, 4)}\n`);
    return report(matching, { state: file, stack, account, count: state.length, out });
}

async function planned({ stack, config, configPath }: ImportArguments, account?: string): Promise<DeployedResource[]> {
    const recording = await planStack({
        stack,
        overrides: config,
        configPath,
        program: async () => (await import("../..")).default,
        dataSources: account === undefined ? {} : dataSourcesIn(account),
    });
    return recording.deployment().deployment.resources;
}

letReadersStop();

main().then(
    (text) => {
        process.stdout.write(`${text}\n`, () => process.exit(0));
    },
    (error: unknown) => {
        printError(error);
        process.exit(1);
    },
);
