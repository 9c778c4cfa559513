import { parseArgs } from "node:util";
import { readArguments } from "../arguments";

export interface PlanArguments {
    stack: string;
    json: boolean;
    /** Shows what the values of `config` change, in place of the plan. */
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

Runs the program with the stack's configuration, offline, and shows what it would create from nothing: it knows no state.

  STACK               name of the stack, also as -s or --stack (default: prod)
  -j, --json          print the deployment in the format of \`pulumi stack export\`, or the differences
  -c, --config        a configuration value in place of the stack file's, as in \`pulumi preview\`
  --config-path       keys of --config are paths: -c ai-platform:database.multiAz=false
  --config-file       the stack file (default: Pulumi.STACK.yaml)
  --diff              show only what the values of --config change`;

/** @throws Error with what is wrong and the usage */
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
    if (positionals.length > 1) throw new Error(`one stack at a time: ${positionals.join(", ")}`);
    if (values.diff && values.config.length === 0) throw new Error("--diff shows what --config changes: give one");
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
