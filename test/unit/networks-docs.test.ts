import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { rules } from "../../policy/rules";
import { temporaryFolder } from "../support/folder";
import { FIXTURES, planOf } from "../support/plans";

/** The samples of docs/networks.md, with the text before each. */
const PAGE = readFileSync(path.join(__dirname, "..", "..", "docs", "networks.md"), "utf8");
const SAMPLES = [...PAGE.matchAll(/(?:^|\n\n)([^\n]+)\n(?:[^\n]+\n)*\n```yaml\n([^]*?)```/g)].map(([, intro = "", code = ""]) => ({
    intro,
    code,
}));
const WORDS = ["no", "one", "two", "three", "four", "five", "six"];

describe("docs/networks.md", () => {
    const directory = temporaryFolder("networks");

    it("has a sample for each kind of network", () => {
        const text = SAMPLES.map(({ code }) => code).join();
        for (const key of ["existing:", "natGateways: instance", "transitGatewayId:", "[0.0.0.0/0]", "numberOfAvailabilityZones:"])
            expect(text).to.contain(key);
    });

    for (const { intro, code } of SAMPLES) {
        const [, word = ""] = /\b(\w+) lines/i.exec(intro) ?? [];
        if (word) {
            it(`counts the lines of its sample: ${intro}`, () => {
                expect(WORDS.indexOf(word.toLowerCase())).to.equal(code.trim().split("\n").length);
            });
        }
        for (const stack of ["prod", "dr"])
            it(`has a sample that can be planned and complies with the policy rules, in ${stack}: ${intro}`, async () => {
                const file = `Pulumi.${stack}.yaml`;
                const { config } = parse(readFileSync(path.join(FIXTURES, file), "utf8")) as { config: object };
                const written = { ...config, ...(parse(code) as object) };
                writeFileSync(path.join(directory, file), stringify({ config: written }));
                const { resources } = (await planOf({ stack, directory })).deployment().deployment;
                for (const rule of rules) expect(await rule.check(resources), rule.name).to.deep.equal([]);
            });
    }
});
