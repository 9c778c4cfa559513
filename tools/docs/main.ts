/** `npm run docs`: fills the tables of arguments in the documentation from the code. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../components/internal/unknown";
import { readArguments } from "../arguments";
import { PAGE, withKeys } from "../changing/page";
import { readRecording } from "../changing/recording";
import { printError } from "../output";
import { Declarations } from "./arguments";
import { withTables } from "./page";

const USAGE = `usage: npm run docs -- [--check]

Writes the tables of arguments in docs/, from the interfaces and comments in components/, and the tables of docs/changing.md, from the
recording of \`npm run changing\`. Comments in a page mark the place of a table:

  <!-- arguments: RedisClusterArgs -->
  <!-- /arguments -->

  --check     change nothing; list the pages that are out of date, and exit with 1 if there are any
  -h, --help  show this text`;

const ROOT = path.join(__dirname, "..", "..");

async function main(): Promise<void> {
    const { values } = readArguments(USAGE, () =>
        parseArgs({ options: { check: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } } }),
    );
    if (values.help) {
        console.log(USAGE);
        return;
    }
    const pages = readdirSync(path.join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".md"))
        .sort()
        .map((file) => path.join("docs", file));
    const declarations = await Declarations.read([path.join(ROOT, "components")], path.join(ROOT, "tsconfig.json"));
    const outdated = pages.filter((page) => update(page, declarations, values.check));
    if (values.check && outdated.length > 0) throw new Error(`out of date, run \`npm run docs\`: ${outdated.join(", ")}`);
    for (const page of outdated) console.log(`wrote ${page}`);
}

/** Updates a page unless this is only a check. Returns whether it was out of date. */
function update(page: string, declarations: Declarations, isCheck: boolean): boolean {
    const file = path.join(ROOT, page);
    const before = readFileSync(file, "utf8");
    try {
        const filled = withTables(before, (name) => declarations.argumentsOf(name));
        const after = file === PAGE ? withKeys(filled, readRecording()) : filled;
        if (after !== before && !isCheck) writeFileSync(file, after);
        return after !== before;
    } catch (error) {
        throw new Error(`${page}: ${messageOf(error)}`);
    }
}

main().catch((error: unknown) => {
    printError(error);
    process.exitCode = 1;
});
