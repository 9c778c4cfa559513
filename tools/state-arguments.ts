import { parseArgs } from "node:util";
import { readArguments, stackOf } from "./arguments";

/** Arguments of the tools that read the state of a stack, and change it with `--yes`. */
export interface StateArguments {
    stack: string;
    yes: boolean;
    json: boolean;
    profile?: string;
    help: boolean;
}

/** @throws Error with a message and the usage */
export const parseStateArguments = (usage: string, argv: string[]): StateArguments => readArguments(usage, () => parsed(argv));

function parsed(argv: string[]): StateArguments {
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            yes: { ...flag, short: "y" },
            json: { ...flag, short: "j" },
            help: { ...flag, short: "h" },
            profile: { type: "string" },
            stack: { type: "string", short: "s" },
        },
    });
    const { yes, json, help, profile } = values;
    return { stack: stackOf(positionals, values.stack), yes, json, help, profile };
}
