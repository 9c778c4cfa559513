/** Writes `stacks/config.schema.json`: the JSON Schema of a stack file, for editors. `npm run schema` */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { stackFileSchema } from "../stacks/config/json-schema";
import { readArguments } from "./arguments";
import { printError } from "./output";

const USAGE = `usage: npm run schema

Writes stacks/config.schema.json, the JSON Schema that editors use to complete and validate stack files.`;

function main(): void {
    const { values } = readArguments(USAGE, () => parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } }));
    if (values.help) {
        console.log(USAGE);
        return;
    }
    const file = path.join(__dirname, "..", "stacks", "config.schema.json");
    writeFileSync(file, `${JSON.stringify(stackFileSchema(), null, 2)}\n`);
    console.log(`wrote ${path.relative(process.cwd(), file)}`);
}

try {
    main();
} catch (error) {
    printError(error);
    process.exitCode = 1;
}
