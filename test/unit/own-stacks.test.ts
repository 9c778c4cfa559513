import path from "node:path";
import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import { rules } from "../../policy/rules";
import { checkStacks } from "../../tools/plan/check";
import { stackNames } from "../../tools/plan/stack-file";
import { parseConfig } from "../support/config";
import { configOf, planOf } from "../support/plans";
import { inRelease } from "../support/release";

const directory = path.join(__dirname, "..", "..");

/** Checks the stack files at the repository root, regardless of their content. Other tests have their own stack files. */
describe("the stack files at the root", () => {
    inRelease("agree with each other, without a warning", () => {
        expect(checkStacks(directory)).to.deep.include({ invalid: {}, disagreements: [] });
    });

    for (const stack of stackNames(directory)) {
        describe(`Pulumi.${stack}.yaml`, () => {
            it("is a valid configuration", () => {
                const { own, aws } = configOf(stack, [], directory);
                expect(parseConfig(own, aws, stack).problems, `correct these values in Pulumi.${stack}.yaml`).to.deep.equal([]);
            });

            it("can be planned, and complies with policy/rules", async () => {
                const { resources } = (await planOf({ stack, directory })).deployment().deployment;
                const violations: string[] = [];
                for (const { name, check } of rules) {
                    for (const { urn, message } of await check(resources)) violations.push(`${nameOf(urn)} ${message} (${name})`);
                }
                expect(violations, `resources in the plan of ${stack} break rules of policy/rules`).to.deep.equal([]);
            });
        });
    }
});
