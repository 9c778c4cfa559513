import { writeFileSync } from "node:fs";
import type { DeployedResource } from "../../components/testing";
import type { Command } from "../command";
import { planStack } from "../plan/plan";
import { type ImportArguments, parseImportArguments, USAGE } from "./arguments";
import { match } from "./match";
import { accountOf, dataSourcesIn } from "./place";
import { report } from "./report";
import { readState } from "./state";

/** `npm run import`: writes the resources of a Terraform state that a stack can adopt to a file for `pulumi import --file`. */
export const importCommand: Command = {
    async run(argv, { directory }) {
        const args = parseImportArguments(argv);
        return { text: args.help ? USAGE : await imported(args, directory), code: 0 };
    },
};

async function imported(args: ImportArguments, directory: string): Promise<string> {
    const { state: file, stack, out, take } = args;
    const state = readState(file);
    const account = args.account ?? accountOf(state);
    const matching = match(state, await planned(args, directory, account), { account, take });
    if (args.json) return JSON.stringify({ stack, account, ...matching }, null, 4);
    if (matching.adopted.length > 0) writeFileSync(out, `${JSON.stringify(matching.file, null, 4)}\n`);
    return report(matching, { state: file, stack, account, count: state.length, out });
}

async function planned({ stack, set }: ImportArguments, directory: string, account?: string): Promise<DeployedResource[]> {
    const recording = await planStack({
        directory,
        stack,
        overrides: set,
        dataSources: account === undefined ? {} : dataSourcesIn(account),
    });
    return recording.deployment().deployment.resources;
}
