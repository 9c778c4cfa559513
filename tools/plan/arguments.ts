import { parseArgs } from "node:util";
import { readArguments, stackOf } from "../arguments";

export interface PlanArguments {
    stack: string;
    json: boolean;
    /** Print only the differences that the values of `set` cause. */
    diff: boolean;
    /** `KEY=VALUE` pairs that override the stack file. */
    set: string[];
    /** A stack export to compare the plan with: a file, or `-` for standard input. */
    against?: string;
    /** Stack file. Default: `Pulumi.<stack>.yaml`. */
    configFile?: string;
    /** Check all stack files instead of planning one. */
    check: boolean;
    help: boolean;
}

export const USAGE = `usage: npm run plan -- [STACK] [--json] [--set KEY=VALUE]... [--config-file FILE] [--diff]
       npm run plan -- [STACK] --against EXPORT [--json] [--set KEY=VALUE]...
       npm run plan -- --check [--json]

Runs the program offline with the configuration of a stack, and prints the resources that it creates in an empty stack. Doesn't
require the Pulumi CLI, credentials, or a network.

  -s, --stack STACK          stack to plan; can also be the first argument (default: prod)
      --set KEY=VALUE        configuration value to use instead of the one in the stack file, as \`pulumi config set --path\` would
                             write it: --set ai-platform:database.multiAz=false; can be repeated
      --config-file FILE     stack file to use (default: Pulumi.STACK.yaml)
  -j, --json                 print the deployment in the format of \`pulumi stack export\`; with --diff, the differences
      --diff                 print only the differences that the values of --set cause
      --against EXPORT       print what an update of the deployed stack would replace, delete, or restart, and what is lost: compares the plan
                             with a \`pulumi stack export\`, or - for standard input; same as \`npm run changes -- --against\`
      --check                validate all stack files in the folder, and check that they agree; the exit code is 1 if they have errors
  -h, --help                 print this text

Use --set instead of -c: \`pulumi preview -c\` saves the value to the stack file, and with --config-path it replaces the whole section.`;

/** @throws Error with a message and the usage */
export const parsePlanArguments = (argv: string[]): PlanArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): PlanArguments {
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            json: { type: "boolean", short: "j", default: false },
            set: { type: "string", multiple: true, default: [] },
            "config-file": { type: "string" },
            diff: { type: "boolean", default: false },
            against: { type: "string" },
            stack: { type: "string", short: "s" },
            check: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.diff && values.set.length === 0) throw new Error("--diff requires at least one --set");
    const forOneStack =
        positionals.length > 0 || values.stack !== undefined || values.set.length > 0 || values["config-file"] !== undefined;
    if (values.check && forOneStack)
        throw new Error("--check checks all stack files: it can't be combined with a stack, or with options other than --json");
    if (values.against !== undefined && (values.diff || values.check || values["config-file"] !== undefined))
        throw new Error("--against can only be combined with a stack, --set, and --json");
    return {
        check: values.check,
        stack: stackOf(positionals, values.stack),
        against: values.against,
        json: values.json,
        diff: values.diff,
        set: values.set,
        configFile: values["config-file"],
        help: values.help,
    };
}
