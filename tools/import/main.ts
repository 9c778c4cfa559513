/** `npm run import`: what of a Terraform state this program can adopt, as a file for `pulumi import --file`. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { planStack } from "../plan/plan";
import { match, type Matching } from "./match";
import { readState } from "./state";

const USAGE = `usage: npm run import -- STATE [--stack STACK] [--out FILE] [-c KEY=VALUE]... [--config-path] [--json]

Reads a Terraform state (JSON of version 4: \`terraform state pull > terraform.tfstate\`) and writes what of it the stack
can adopt to a file for \`pulumi import --file\`. Nothing is asked of AWS, and nothing is changed.

  STATE               file of the state
  --stack             name of the stack (default: prod)
  --out               file to write (default: import.json)
  -c, --config        a configuration value in place of the stack file's, as in \`pulumi preview\`; give what makes names fit
  --config-path       keys of --config are paths: -c ai-platform:database.name=app
  --json              print the matches, what is left out and why as JSON, and write no file`;

interface Arguments {
    state: string;
    stack: string;
    out: string;
    config: string[];
    configPath: boolean;
    json: boolean;
    help: boolean;
}

function parseImportArguments(argv: string[]): Arguments {
    try {
        const { values, positionals } = parseArgs({
            args: argv,
            allowPositionals: true,
            options: {
                stack: { type: "string", short: "s", default: "prod" },
                out: { type: "string", short: "o", default: "import.json" },
                config: { type: "string", short: "c", multiple: true, default: [] },
                "config-path": { type: "boolean", default: false },
                json: { type: "boolean", short: "j", default: false },
                help: { type: "boolean", short: "h", default: false },
            },
        });
        const [state, ...more] = positionals;
        if (!values.help && (state === undefined || more.length > 0)) throw new Error("give one Terraform state file");
        return { ...values, configPath: values["config-path"], state: state ?? "" };
    } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    }
}

async function main(): Promise<void> {
    const args = parseImportArguments(process.argv.slice(2));
    if (args.help) {
        console.log(USAGE);
        return;
    }
    const state = readState(args.state);
    const recording = await planStack({
        stack: args.stack,
        overrides: args.config,
        configPath: args.configPath,
        program: async () => (await import("../../index")).default,
    });
    const matching = match(state, recording.deployment().deployment.resources);
    if (args.json) {
        console.log(JSON.stringify(matching, null, 4));
        return;
    }
    console.log(`${state.length} resources in ${args.state}, ${matching.adopted.length} of them to adopt in ${args.stack}`);
    if (matching.adopted.length > 0) writeFileSync(args.out, `${JSON.stringify(matching.file, null, 4)}\n`);
    console.log(report(matching, args));
}

function report({ adopted, left, file }: Matching, { out, stack }: Arguments): string {
    const section = (title: string, lines: string[]) => (lines.length > 0 ? ["", title, ...lines.map((line) => `  ${line}`)] : []);
    const [provider] = Object.values(file.nameTable);
    const steps = [
        ...(provider ? [`pulumi up --stack ${stack} --target '${provider}'        # the provider, by which the others are imported`] : []),
        `pulumi import --stack ${stack} --file ${out} --generate-code=false`,
        `pulumi preview --stack ${stack} --diff        # nothing adopted may be replaced: change the configuration until that is so`,
        "terraform state rm ADDRESS        # of each that was adopted, so that Terraform does not delete it",
    ];
    return [
        ...section(
            "Adopted",
            adopted.map(({ address, logicalName }) => `${address} -> ${logicalName}`),
        ),
        ...section(
            "Left out",
            left.map(({ address, reason }) => `${address}: ${reason}`),
        ),
        ...(adopted.length > 0 ? section(`Next (${out} is written)`, steps) : ["", "Nothing to adopt: no file is written."]),
    ].join("\n");
}

main().then(
    () => process.exit(0),
    (error: unknown) => {
        console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(1);
    },
);
