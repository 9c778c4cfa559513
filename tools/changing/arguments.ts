import { parseArgs } from "node:util";
import { readArguments } from "../arguments";

export interface ChangingArguments {
    /** Record these keys only. */
    keys: string[];
    /** Record changes that aren't out of date, too. */
    all: boolean;
    /** Compare the recording with the offline plans. */
    check: boolean;
    /** Folder of the stacks. It's kept. */
    folder?: string;
    json: boolean;
    help: boolean;
}

export const USAGE = `usage: npm run changing -- [KEY]... [--all] [--folder FOLDER] [--json]
       npm run changing -- [KEY]... --check [--json]

Records what a change of each configuration key does to a live stack, and writes docs/changing.md. Deploys the stacks of tools/changing/stacks
with the Pulumi engine to an AWS emulator, and previews the changes that are out of date. Needs \`pulumi\` on PATH and AWS_ENDPOINT_URL, and takes up to an
hour. If it's interrupted, it continues with the next run.

  KEY           key of the configuration, such as database.dbName, to record only its changes
      --all     record changes that aren't out of date, too
      --folder  folder for the stacks and their state, which is kept (default: one in node_modules/.cache, until the recording is complete)
      --check   compare the recording with offline plans, without the engine; exit with 1 if it's out of date
  -j, --json    print the result as JSON
  -h, --help    print this text`;

/** @throws Error with what is wrong and the usage */
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
        throw new Error("--check records nothing: it takes neither --all nor --folder");
    return { keys: positionals, ...values };
}
