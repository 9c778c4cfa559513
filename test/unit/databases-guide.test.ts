import { expect } from "chai";
import { parse } from "yaml";
import { nameOf } from "../../components/testing/urn";
import { rules } from "../../policy/rules";
import { isObject } from "../../components/internal/unknown";
import { planOf } from "../support/plans";
import { fences, read } from "../support/samples";

/** Checks the recipes of docs/databases.md: each is planned with the tests' prod stack. */

const page = read("docs/databases.md");
const recipes = page
    .split("\n### ")
    .slice(1)
    .map((text) => {
        const [title = ""] = text.split("\n");
        const [code = ""] = fences(text, "yaml");
        return { title, code };
    })
    .filter(({ code }) => code !== "");

/** `KEY=VALUE` pairs of a stack file's values. */
const overridesOf = (value: unknown, path = ""): string[] =>
    isObject(value)
        ? Object.entries(value).flatMap(([key, it]) => overridesOf(it, path ? `${path}.${key}` : key))
        : [`${path}=${String(value)}`];

describe("docs/databases.md", () => {
    it("has recipes", () => {
        expect(recipes).not.to.be.empty;
    });

    for (const { title, code } of recipes) {
        it(`${title}: is a valid stack that complies with the policy rules`, async () => {
            const recording = await planOf({ stack: "prod", overrides: overridesOf(parse(code)) });
            const { resources } = recording.deployment().deployment;
            for (const { name, check } of rules) {
                const violations = await check(resources);
                expect(violations.map(({ urn, message }) => `${nameOf(urn)} ${message}`)).to.deep.equal([], name);
            }
        });

        it(`${title}: has as many lines as the heading says`, () => {
            const [, lines = ""] = /\((\d+) lines?\)$/.exec(title) ?? [];
            expect(Number(lines)).to.equal(code.trim().split("\n").length);
        });
    }
});
