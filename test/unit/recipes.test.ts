import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { temporaryFolder } from "../support/folder";
import { planOf } from "../support/plans";
import { fences, read } from "../support/samples";

interface Row {
    task: string;
    file: string;
    anchor: string;
    lines: number;
}

/** The rows of docs/recipes.md whose recipes are configuration. */
const rows: Row[] = [...read("docs/recipes.md").matchAll(/^\| (.+?) \| \[[^\]]*\]\(([\w-]+\.md)#([\w-]+)\) \| (\d+) \|$/gm)].map(
    ([, task = "", file = "", anchor = "", lines = ""]) => ({ task, file: `docs/${file}`, anchor, lines: Number(lines) }),
);

const anchorOf = (heading: string) =>
    heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replace(/\s/g, "-");

/** The text below the heading with this anchor, up to the next heading of its level or above. */
function sectionOf({ file, anchor }: Row): string {
    // In a code block, a comment looks like a heading.
    let inCode = false;
    const lines = read(file)
        .split("\n")
        .map((text) => {
            if (text.startsWith("```")) inCode = !inCode;
            return { text, level: inCode ? Infinity : (/^(#+) /.exec(text)?.[1]?.length ?? Infinity) };
        });
    const start = lines.findIndex(({ text, level }) => level < Infinity && anchorOf(text.replace(/^#+ /, "")) === anchor);
    if (start < 0) throw new Error(`${file} has no heading #${anchor}`);
    const length = lines.slice(start + 1).findIndex(({ level }) => level <= (lines[start]?.level ?? 0));
    return lines
        .slice(start, length < 0 ? undefined : start + 1 + length)
        .map(({ text }) => text)
        .join("\n");
}

/** What every stack file has. */
const GIVEN = /^\s*(#.*|config:|aws:region: .*|ai-platform:role: .*)?$/;
const samplesOf = (row: Row) => fences(sectionOf(row), "yaml");
const PRIMARY = { "aws:region": "us-east-1", "ai-platform:role": "primary" };
const DR = { "aws:region": "us-west-2", "ai-platform:role": "dr" };
const baseOf = (sample: string) => (sample.startsWith("# Pulumi.dr.yaml") ? DR : PRIMARY);

describe("docs/recipes.md", () => {
    const directory = temporaryFolder("recipes");

    it("has recipes", () => {
        expect(rows.map(({ task }) => task)).to.include("Use an existing VPC and its subnets");
    });

    for (const row of rows) {
        it(`${row.task}: has this number of lines`, () => {
            const lines = samplesOf(row).flatMap((sample) => sample.split("\n").filter((line) => !GIVEN.test(line)));
            expect(lines).to.have.length(row.lines);
        });

        it(`${row.task}: is a valid stack`, async () => {
            for (const sample of samplesOf(row)) {
                const parsed = parse(sample) as Record<string, unknown>;
                const { config = parsed, ...rest } = parsed as { config?: Record<string, unknown> };
                writeFileSync(
                    path.join(directory, "Pulumi.recipe.yaml"),
                    JSON.stringify({ ...("config" in parsed ? rest : {}), config: { ...baseOf(sample), ...config } }),
                );
                const plan = await planOf({ directory, stack: "recipe" });
                expect(plan.registered).not.to.be.empty;
            }
        });
    }
});
