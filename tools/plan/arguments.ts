import { parseArgs } from "node:util";
import { readArguments } from "../arguments";

export interface PlanArguments {
    stack: string;
    json: boolean;
    /** Print what the values of `config` change, instead of the plan. */
    diff: boolean;
    /** `KEY=VALUE` pairs that override the stack file. */
    config: string[];
    /** Keys of `config` are paths into maps and lists. */
    configPath: boolean;
    /** Stack file. Default: `Pulumi.<stack>.yaml`. */
    configFile?: string;
    help: boolean;
}

export const USAGE = `usage: npm run plan -- [STACK] [--json] [-c KEY=VALUE]... [--config-path] [--config-file FILE] [--diff]

Runs the program offline with the configuration of a stack, and prints the resources that it creates in an empty stack. Needs no
Pulumi CLI, credentials or network.

  -s, --stack STACK          stack to plan; can also be the first argument (default: prod)
  -c, --config KEY=VALUE     configuration value to use instead of the one in the stack file; can be repeated
      --config-path          treat the keys of --config as paths: --config-path -c ai-platform:database.multiAz=false
      --config-file FILE     stack file to use (default: Pulumi.STACK.yaml)
  -j, --json                 print the deployment in the format of \`pulumi stack export\`; with --diff, the differences
      --diff                 print only what the values of --config change
  -h, --help                 print this text

Flags that \`pulumi preview\` has too work the same, except that --config isn't saved to the stack file, and that --json prints the
whole deployment instead of a list of steps.`;

/** @throws Error with a message and the usage */
export const parsePlanArguments = (argv: string[]): PlanArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): PlanArguments {
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            json: { type: "boolean", short: "j", default: false },
            config: { type: "string", short: "c", multiple: true, default: [] },
            "config-path": { type: "boolean", default: false },
            "config-file": { type: "string" },
            diff: { type: "boolean", default: false },
            stack: { type: "string", short: "s" },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (positionals.length > 1) throw new Error(`only one stack can be planned at a time: ${positionals.join(", ")}`);
    if (values.diff && values.config.length === 0) throw new Error("--diff needs at least one --config");
    return {
        stack: positionals[0] ?? values.stack ?? "prod",
        json: values.json,
        diff: values.diff,
        config: values.config,
        configPath: values["config-path"],
        configFile: values["config-file"],
        help: values.help,
    };
}
