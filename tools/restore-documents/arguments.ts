import { parseArgs } from "node:util";
import { readArguments } from "../arguments";

export interface RestoreArguments {
    stack: string;
    /** ARN of the recovery point. Default: the latest one. */
    point?: string;
    cleanup: boolean;
    dryRun: boolean;
    yes: boolean;
    json: boolean;
    profile?: string;
    help: boolean;
}

export const USAGE = `usage: npm run restore-documents -- [STACK] [--point ARN] [--dry-run] [--yes] [--json] [--profile P]
       npm run restore-documents -- [STACK] --cleanup [--dry-run] [--yes] [--json] [--profile P]

Fills the document database of a stack from the latest recovery point in the AWS Backup vault of its region. In a dr stack, this is a copy of
a backup of the primary stack's cluster. Restores a new cluster beside the existing one, with its settings, instances, and password, and then
exchanges their names. Nothing is deleted. If the command is interrupted, run it again: it continues.

  STACK               name of the stack, also as -s or --stack (default: dr)
      --point ARN     another recovery point in the vault
      --cleanup       delete the clusters that were replaced, each with a final snapshot
      --dry-run       make all checks and print the actions, but change nothing
  -y, --yes           don't ask for confirmation
  -j, --json          print the result as JSON
      --profile P     profile of the AWS configuration files
  -h, --help          print this text

Exit codes: 0 the cluster contains the recovery point, 1 a step failed and the same command continues, 2 the arguments are invalid, 3 the
restore was refused (a check failed, or it wasn't confirmed), 130 interrupted and the same command continues.`;

/** @throws Error with a message and the usage */
export const parseRestoreArguments = (argv: string[]): RestoreArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): RestoreArguments {
    const flag = { type: "boolean", default: false } as const;
    const text = { type: "string" } as const;
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            ...{ cleanup: flag, "dry-run": flag },
            yes: { ...flag, short: "y" },
            json: { ...flag, short: "j" },
            help: { ...flag, short: "h" },
            ...{ profile: text, point: text },
            stack: { ...text, short: "s" },
        },
    });
    const { cleanup, "dry-run": dryRun, yes, json, help, profile, point, stack } = values;
    const [name = "dr", ...more] = new Set([...positionals, ...(stack === undefined ? [] : [stack])]);
    if (more.length > 0) throw new Error(`only one stack is allowed: ${[name, ...more].join(", ")}`);
    if (cleanup && point !== undefined) throw new Error("--cleanup and --point exclude each other");
    return { stack: name, point, cleanup, dryRun, yes, json, help, profile };
}
