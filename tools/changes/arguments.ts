import { parseArgs } from "node:util";
import { readArguments, stackOf } from "../arguments";

export interface ChangesArguments {
    stack: string;
    /** A preview to read instead of running one: a file, or `-` for standard input. */
    file?: string;
    /** A stack export to compare the offline plan with. */
    against?: string;
    /** Names of accepted changes. */
    accept: string[];
    /** `KEY=VALUE` pairs that override the stack file. */
    set: string[];
    json: boolean;
    help: boolean;
}

export const USAGE = `usage: npm run changes -- [STACK] [--accept NAME]... [--json]
       npm run changes -- --file PREVIEW|- [--accept NAME]... [--json]
       npm run changes -- [STACK] --against EXPORT [--accept NAME]... [--set KEY=VALUE]... [--json]

Explains which resources an update replaces, deletes, or restarts, what is lost, and which changes AWS rejects.

  STACK               name of the stack, also as -s or --stack (default: prod): runs \`pulumi preview\`
  -f, --file          read the output of \`pulumi preview --json\` from a file, or - for standard input
  --against           compare the offline plan with a \`pulumi stack export\`, or - for standard input; requires neither Pulumi nor AWS
  -a, --accept        logical name, or TYPE::NAME, of a resource whose change you accept; repeatable
  --set KEY=VALUE     with --against: a configuration value to use instead of the one in the stack file, as for \`npm run plan\`; repeatable
  -j, --json          print the report as JSON

exit codes: 0 nothing is lost, or every loss is accepted; 1 a change isn't accepted, or the preview failed;
            2 the arguments are invalid, or the preview can't be read`;

/** @throws Error with a message and the usage */
export const parseChangesArguments = (argv: string[]): ChangesArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): ChangesArguments {
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            stack: { type: "string", short: "s" },
            file: { type: "string", short: "f" },
            against: { type: "string" },
            accept: { type: "string", short: "a", multiple: true, default: [] },
            set: { type: "string", multiple: true, default: [] },
            json: { type: "boolean", short: "j", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    const { accept, against, set, json, help } = values;
    // `-` alone is standard input, as for --file.
    const stacks = [...positionals.filter((argument) => argument !== "-"), ...(values.stack === undefined ? [] : [values.stack])];
    const file = values.file ?? (positionals.includes("-") ? "-" : undefined);
    const stack = stackOf(help ? [] : stacks);
    if (!help) {
        if (file !== undefined && against !== undefined) throw new Error("--file and --against can't be combined");
        if (file !== undefined && stacks.length > 0) throw new Error(`--file is a preview of one stack: omit ${stack}`);
        if (against === undefined && set.length > 0) {
            throw new Error(
                "--set requires --against, because `pulumi preview` uses the stack file. Set the value with `pulumi config set`",
            );
        }
        if (accept.includes("")) throw new Error("--accept requires the logical name of a resource");
    }
    return { stack, file, against, accept, set, json, help };
}
