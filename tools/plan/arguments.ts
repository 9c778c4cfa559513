import { parseArgs } from "node:util";

export interface PlanArguments {
    stack: string;
    json: boolean;
    /** `KEY=VALUE` pairs that override the stack file. */
    config: string[];
    /** Keys of `config` are paths into maps and lists. */
    configPath: boolean;
    /** Stack file. Default: `Pulumi.<stack>.yaml`. */
    configFile?: string;
    help: boolean;
}

export const USAGE = `usage: npm run plan -- [STACK] [--json] [-c KEY=VALUE]... [--config-path] [--config-file FILE]

Runs the program with the stack's configuration, offline, and shows what it would create.

  STACK               name of the stack (default: prod)
  --json              print the deployment in the format of \`pulumi stack export\`
  -c, --config        a configuration value in place of the stack file's, as in \`pulumi preview\`
  --config-path       keys of --config are paths: -c ai-platform:database.multiAz=false
  --config-file       the stack file (default: Pulumi.STACK.yaml)`;

/** @throws Error with what is wrong and the usage */
export function parsePlanArguments(argv: string[]): PlanArguments {
    try {
        const { values, positionals } = parseArgs({
            args: argv,
            allowPositionals: true,
            options: {
                json: { type: "boolean", short: "j", default: false },
                config: { type: "string", short: "c", multiple: true, default: [] },
                "config-path": { type: "boolean", default: false },
                "config-file": { type: "string" },
                stack: { type: "string", short: "s" },
                help: { type: "boolean", short: "h", default: false },
            },
        });
        if (positionals.length > 1) throw new Error(`one stack at a time: ${positionals.join(", ")}`);
        return {
            stack: positionals[0] ?? values.stack ?? "prod",
            json: values.json,
            config: values.config,
            configPath: values["config-path"],
            configFile: values["config-file"],
            help: values.help,
        };
    } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    }
}
