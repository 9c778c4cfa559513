import { parseArgs } from "node:util";
import { readArguments } from "../arguments";

export interface ConnectArguments {
    stack: string;
    /** Local port. */
    port: number;
    profile?: string;
    help: boolean;
}

export const USAGE = `usage: npm run connect -- database [--stack STACK] [--port PORT] [--profile P]

Forwards a local port to the database of a stack, with your AWS credentials: starts a task in the stack's network, and a session in this task. Ctrl-C ends the
session and stops the task. Requires \`database.connect.enabled\` in the stack, and the AWS CLI and its Session Manager plugin on PATH.

  -s, --stack STACK   name of the stack (default: prod)
      --port PORT     local port (default: 5432)
      --profile P     profile of the AWS configuration files
  -h, --help          print this text

Exit codes: 0 the session has ended, 1 no session, 2 the arguments are invalid.`;

/** @throws Error with a message and the usage */
export const parseConnectArguments = (argv: string[]): ConnectArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): ConnectArguments {
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            stack: { type: "string", short: "s", default: "prod" },
            port: { type: "string", default: "5432" },
            profile: { type: "string" },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    const { stack, profile, help } = values;
    const port = Number(values.port);
    if (!help && positionals.join(" ") !== "database") throw new Error("the argument must be database");
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error("--port must be between 1 and 65535");
    return { stack, port, profile, help };
}
