import path from "node:path";
import { parseArgs } from "node:util";
import { readArguments } from "../arguments";
import { ADOPTIONS } from "./table";

export interface ImportArguments {
    /** File of the state. */
    state: string;
    stack: string;
    out: string;
    /** `KEY=VALUE` pairs that override the stack file. */
    config: string[];
    /** Keys of `config` are paths into maps and lists. */
    configPath: boolean;
    /** Account of the stack, where the state does not say it. */
    account?: string;
    /** Addresses in the state by the logical name of what is to be found there. */
    take: ReadonlyMap<string, string>;
    json: boolean;
    help: boolean;
}

export const USAGE = `usage: npm run import -- STATE [STACK] [--take RESOURCE=ADDRESS]... [--account ID] [--out FILE] [-c KEY=VALUE]... [--config-path] [--json]

Reads a Terraform state (JSON of version 4: \`terraform state pull > terraform.tfstate\`) and writes what of it the stack
can adopt to a file for \`pulumi import --file\`. Nothing is asked of AWS, and nothing is changed.

  STATE               file of the state
  STACK               name of the stack, also as -s or --stack (default: prod)
  -t, --take          adopt ADDRESS of the state as RESOURCE of this program, where more than one could be it or where it
                      is doubtful: --take identity-users=module.cognito.aws_cognito_user_pool.main
  --account           the stack's AWS account (default: the one that the ARNs in the state name)
  -o, --out           file to write (default: import.json)
  -c, --config        a configuration value in place of the stack file's, as in \`pulumi preview\`; give what makes names fit
  --config-path       keys of --config are paths: -c ai-platform:database.name=app
  -j, --json          print the matches, what is left out and why as JSON, and write no file`;

/** @throws Error with what is wrong and the usage */
export const parseImportArguments = (argv: string[]): ImportArguments => readArguments(USAGE, () => parsed(argv));

function parsed(argv: string[]): ImportArguments {
    const { values, positionals } = parseArgs({
        args: argv,
        allowPositionals: true,
        options: {
            stack: { type: "string", short: "s" },
            take: { type: "string", short: "t", multiple: true, default: [] },
            account: { type: "string" },
            out: { type: "string", short: "o", default: "import.json" },
            config: { type: "string", short: "c", multiple: true, default: [] },
            "config-path": { type: "boolean", default: false },
            json: { type: "boolean", short: "j", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    const { account, out, config, json, help } = values;
    const [state = "", ...stacks] = positionals;
    if (values.stack !== undefined) stacks.push(values.stack);
    const [stack = "prod", ...more] = new Set(stacks);
    if (!help) {
        if (state === "") throw new Error("give a Terraform state file");
        if (more.length > 0) throw new Error(`one stack at a time: ${[stack, ...more].join(", ")}`);
        if (account !== undefined && !/^\d{12}$/.test(account)) throw new Error(`--account takes 12 digits, not ${account}`);
        if (path.resolve(out) === path.resolve(state)) throw new Error(`--out ${out} would overwrite the state`);
    }
    return { state, stack, out, config, configPath: values["config-path"], account, take: takenOf(values.take), json, help };
}

function takenOf(pairs: string[]): Map<string, string> {
    const taken = new Map<string, string>();
    for (const pair of pairs) {
        const at = pair.indexOf("=");
        const [resource, address] = [pair.slice(0, at), pair.slice(at + 1)];
        if (at < 1 || address === "") throw new Error(`--take takes RESOURCE=ADDRESS, not ${pair}`);
        const names = ADOPTIONS.map(({ logicalName }) => logicalName);
        if (!names.includes(resource)) throw new Error(`--take ${pair}: nothing is adopted as ${resource}, but as ${names.join(", ")}`);
        if (taken.has(resource)) throw new Error(`--take gives ${resource} twice`);
        taken.set(resource, address);
    }
    return taken;
}
