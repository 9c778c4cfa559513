import { inspect } from "node:util";
import { expect } from "chai";
import { removeUnformattable } from "../../stacks/error-stacks";

describe("errors of the program", () => {
    const failure = (...frames: string[]) =>
        Object.assign(new Error("no"), { stack: ["Error: no", ...frames.map((it) => `    at ${it}`)].join("\n") });

    it("can be formatted in color, which Node.js 20.20 doesn't end for files directly in node_modules or in a scope", () => {
        const error = failure(
            "createPlatform (/app/stacks/context.ts:1:2)",
            "Stack.initializeAndRegisterOutputs (/app/node_modules/@pulumi/resource.ts:1598:22)",
            "inModules (/app/node_modules/file.ts:1:2)",
        );
        removeUnformattable(error);
        expect(error.stack).to.equal("Error: no\n    at createPlatform (/app/stacks/context.ts:1:2)");
        expect(inspect(error, { colors: true })).to.contain("createPlatform");
    });

    it("keep all other frames", () => {
        const error = failure("a (/app/node_modules/@pulumi/pulumi/output.js:1:2)", "b (/app/node_modules/zod/index.js:3:4)");
        const { stack } = error;
        removeUnformattable(error);
        expect(error.stack).to.equal(stack);
    });

    it("can be anything that a program throws", () => {
        for (const thrown of ["text", undefined, null, 5])
            expect(() => {
                removeUnformattable(thrown);
            }).to.not.throw();
    });
});
