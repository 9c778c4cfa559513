import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { record } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { rules } from "../../policy/rules";
import { root } from "../support/samples";

/** Rules for the program of the platform. A small program can have resources outside of components, and the default provider. */
const OF_THE_PLATFORM = ["every-resource-has-a-parent", "tagged-by-the-provider"];
const EXAMPLES = path.join(root, "examples");
const read = (example: string, file: string): unknown => parse(readFileSync(path.join(EXAMPLES, example, file), "utf8"));

/** Values of a stack file, as the engine passes them to a program. */
function configOf(example: string): { region: string; config: Record<string, string> } {
    const { config } = read(example, "Pulumi.dev.yaml") as { config: Record<string, unknown> };
    const text = Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]);
    return { region: String(config["aws:region"]), config: Object.fromEntries(text) as Record<string, string> };
}

describe("examples", () => {
    for (const example of readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((it) => (it.isDirectory() ? [it.name] : []))) {
        it(`${example} is planned with its stack file, and passes all policy rules`, async () => {
            const { name } = read(example, "Pulumi.yaml") as { name: string };
            // The name is a prefix of configuration keys and of physical names.
            expect(name).to.equal(example);
            const { default: program } = (await import(path.join(EXAMPLES, example, "index.ts"))) as { default: () => object };
            const recording = await record(program, { project: name, stack: "dev", ...configOf(example) });
            const { resources } = recording.deployment().deployment;
            for (const { name: rule, check } of rules.filter((it) => !OF_THE_PLATFORM.includes(it.name))) {
                const violations = await check(resources);
                expect(violations.map(({ urn, message }) => `${nameOf(urn)} ${message}`)).to.deep.equal([], rule);
            }
        });
    }
});
