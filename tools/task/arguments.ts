import { parseArgs } from "node:util";
import { readArguments } from "../arguments";

export interface TaskArguments {
    /** Key of `services`, `jobs`, or `migrations`. */
    name: string;
    stack: string;
    /** Replaces the command of the container. */
    command?: string[];
    json: boolean;
    profile?: string;
    help: boolean;
}

export const USAGE = `usage: npm run task -- NAME [--stack STACK] [--json] [--profile P] [--command WORD ...]

Runs a task once in the network of the stack, with your AWS credentials: a migration, a job, or a service with another command. Follows its
logs, and exits with the exit code of its container. Ctrl-C stops the task and waits for its end; a second Ctrl-C doesn't wait.

  NAME                key of migrations, jobs, or services. A service requires --command
      --command W ... command that replaces that of the container: all words after this option
  -s, --stack STACK   name of the stack (default: prod)
  -j, --json          print the result as JSON, and the logs to standard error
      --profile P     profile of the AWS configuration files
  -h, --help          print this text

Exit codes: that of the container; 1 the task didn't start or was killed, 2 the arguments are invalid, 130 Ctrl-C stopped the task.`;

/** @throws Error with a message and the usage */
export const parseTaskArguments = (argv: string[]): TaskArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): TaskArguments {
    const at = argv.indexOf("--command");
    const command = at < 0 ? undefined : argv.slice(at + 1);
    if (command?.length === 0) throw new Error("--command requires a command");
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({
        args: at < 0 ? argv : argv.slice(0, at),
        allowPositionals: true,
        options: {
            json: { ...flag, short: "j" },
            help: { ...flag, short: "h" },
            profile: { type: "string" },
            stack: { type: "string", short: "s", default: "prod" },
        },
    });
    const { json, help, profile, stack } = values;
    const [name = "", ...more] = positionals;
    if (!help && name === "") throw new Error("NAME is missing");
    if (more.length > 0) throw new Error(`only one NAME is allowed: ${positionals.join(", ")}. Put the words of a command after --command`);
    return { name, stack, command, json, profile, help };
}
