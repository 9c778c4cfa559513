import path from "node:path";
import { parseArgs } from "node:util";
import { readArguments, stackOf } from "../arguments";
import { ADOPTIONS } from "./table";

export interface ImportArguments {
    /** File of the state. */
    state: string;
    stack: string;
    out: string;
    /** `KEY=VALUE` pairs that override the stack file. */
    set: string[];
    /** Account of the stack, if the state has no ARNs. */
    account?: string;
    /** Addresses in the state by logical name of the resource that adopts them. */
    take: ReadonlyMap<string, string>;
    json: boolean;
    help: boolean;
}

export const USAGE = `usage: npm run import -- STATE [STACK] [--take RESOURCE=ADDRESS]... [--account ID] [--out FILE] [--set KEY=VALUE]... [--json]

Reads a Terraform state (version 4: \`terraform state pull > terraform.tfstate\`), finds the resources that a stack can adopt,
and writes them to a file for \`pulumi import --file\`. Doesn't call AWS, and changes no resources.

  STATE                      file with the state
  -s, --stack STACK          stack that adopts the resources; can also be the second argument (default: prod)
  -t, --take RESOURCE=ADDRESS
                             adopt the resource at ADDRESS in the state as RESOURCE of this program, if the match is ambiguous or
                             uncertain: --take identity-users=module.cognito.aws_cognito_user_pool.main
      --account ID           AWS account of the stack (default: the account in the ARNs of the state)
  -o, --out FILE             file to write (default: import.json)
      --set KEY=VALUE        configuration value to use instead of the one in the stack file, as for \`npm run plan\`; can be repeated:
                             --set ai-platform:network.cidrBlock=10.0.0.0/16
  -j, --json                 print adopted and other resources with reasons as JSON, and write no file
  -h, --help                 print this text`;

/** @throws Error with a message and the usage */
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
            set: { type: "string", multiple: true, default: [] },
            json: { type: "boolean", short: "j", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    const { account, out, set, json, help } = values;
    const [state = "", ...stacks] = positionals;
    const stack = help ? stackOf([]) : stackOf(stacks, values.stack);
    if (!help) {
        if (state === "") throw new Error("a Terraform state file is required");
        if (account !== undefined && !/^\d{12}$/.test(account)) throw new Error(`--account must be 12 digits, not ${account}`);
        if (path.resolve(out) === path.resolve(state)) throw new Error(`--out ${out} would overwrite the state`);
    }
    return { state, stack, out, set, account, take: takenOf(values.take), json, help };
}

function takenOf(pairs: string[]): Map<string, string> {
    const taken = new Map<string, string>();
    for (const pair of pairs) {
        const at = pair.indexOf("=");
        const [resource, address] = [pair.slice(0, at), pair.slice(at + 1)];
        if (at < 1 || address === "") throw new Error(`--take must be RESOURCE=ADDRESS, not ${pair}`);
        const names = ADOPTIONS.map(({ logicalName }) => logicalName);
        if (!names.includes(resource)) throw new Error(`--take ${pair}: the resource must be one of ${names.join(", ")}`);
        if (taken.has(resource)) throw new Error(`--take contains ${resource} twice`);
        taken.set(resource, address);
    }
    return taken;
}
