import { parseArgs } from "node:util";
import { readArguments } from "../arguments";

export interface ChangingArguments {
    /** Record these keys only. */
    keys: string[];
    /** Also record changes that aren't out of date. */
    all: boolean;
    /** Compare the recording with the offline plans. */
    check: boolean;
    /** Folder of the stacks. It isn't deleted. */
    folder?: string;
    json: boolean;
    help: boolean;
}

export const USAGE = `usage: npm run changing -- [KEY]... [--all] [--folder FOLDER] [--json]
       npm run changing -- [KEY]... --check [--json]

Records the effect of changing each configuration key on a live stack, and writes docs/changing.md. Deploys the stacks in tools/changing/stacks
to an AWS emulator with the Pulumi engine, and previews the changes that are out of date. Requires \`pulumi\` on PATH and AWS_ENDPOINT_URL, and takes up
to an hour. If it's interrupted, the next run continues.

  KEY           configuration key, such as database.dbName: record only its changes
      --all     also record changes that aren't out of date
      --folder  folder for the stacks and their state, which isn't deleted (default: a folder in node_modules/.cache, deleted after the recording)
      --check   compare the recording with offline plans, without the engine; exit with 1 if it's out of date
  -j, --json    print the result as JSON
  -h, --help    print this text`;

/** @throws Error with the problem and the usage */
export const parseChangingArguments = (argv: string[]): ChangingArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): ChangingArguments {
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            all: { type: "boolean", default: false },
            check: { type: "boolean", default: false },
            folder: { type: "string" },
            json: { type: "boolean", short: "j", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.check && (values.all || values.folder !== undefined))
        throw new Error("--check can't be combined with --all or --folder, because it records nothing");
    return { keys: positionals, ...values };
}
