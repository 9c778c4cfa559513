import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { type Argument, Declarations } from "../../tools/docs/arguments";
import { tableOf, withTables } from "../../tools/docs/page";

const SOURCE = `
import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface BaseArgs {
    /** Encrypts logs. */
    keyArn: pulumi.Input<string>;
    /** Subnets,
     * in two zones. @default none */
    subnetIds?: pulumi.Input<pulumi.Input<string>[]>;
}
export type Size = "s" | "m" | "l" | "xl" | "xxl" | "max";
export interface ScalingArgs {
    /** @default 2 */
    minCapacity?: number;
}
export interface Parts { queue: typeof aws.sqs.Queue; rules?: Each<typeof aws.cloudwatch.EventRule> }
export interface ServiceArgs extends BaseArgs {
    transform?: Transforms<Parts> & { taskRole?: object };
    /** How large. @default "m" */
    size?: Size;
    /** @default {@link Mode} of the region */
    mode?: "a" | "b";
    scaling?: ScalingArgs;
    /** Further containers. */
    sidecars?: Record<string, ScalingArgs>;
    name: string;
}
export interface PrimaryArgs { dbName: string; source?: never }
export interface ReplicaArgs { source: string }
export type DatabaseArgs = BaseArgs & (PrimaryArgs | ReplicaArgs);
`;

describe("npm run docs", () => {
    let directory: string;
    let declarations: Declarations;
    before(async () => {
        directory = mkdtempSync(path.join(tmpdir(), "ai-platform-docs-"));
        writeFileSync(path.join(directory, "args.ts"), SOURCE);
        writeFileSync(path.join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true }, include: ["args.ts"] }));
        declarations = await Declarations.read([directory], path.join(directory, "tsconfig.json"));
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });

    it("lists required arguments first, inherited ones after the interface's own, and transform last", () => {
        expect(declarations.argumentsOf("ServiceArgs").map(({ name }) => name)).to.deep.equal([
            "name",
            "keyArn",
            "size",
            "mode",
            "scaling",
            "scaling.minCapacity",
            "sidecars",
            "sidecars.*.minCapacity",
            "subnetIds",
            "transform",
        ]);
    });

    it("reads types, defaults, and descriptions from the code", () => {
        const rows = new Map(declarations.argumentsOf("ServiceArgs").map((it) => [it.name, it]));
        expect(rows.get("subnetIds")).to.deep.equal({
            name: "subnetIds",
            type: "`string[]`",
            required: false,
            default: "none",
            description: "Subnets, in two zones.",
        });
        expect(rows.get("size")?.type).to.equal('`"s"`, `"m"`, `"l"` and 3 more');
        expect(rows.get("mode")).to.include({ type: '`"a"` or `"b"`', default: "`Mode` of the region" });
        expect(rows.get("sidecars")?.type).to.equal("map of objects");
        expect(rows.get("transform")?.description).to.contain("Parts: `queue`, `rules`, `taskRole`.");
    });

    it("marks an argument of a union as required only if all variants require it", () => {
        const required = declarations.argumentsOf("DatabaseArgs").map(({ name, required }) => [name, required]);
        expect(required).to.have.deep.members([
            ["keyArn", true],
            ["subnetIds", false],
            ["dbName", false],
            ["source", false],
        ]);
    });

    it("replaces the text between the markers of a page, and is idempotent", () => {
        const argumentsOf = (name: string): Argument[] => [{ name, type: "`string`", required: true, description: "a | b" }];
        const page = "# X\n\n<!-- arguments: XArgs -->\nold\n<!-- /arguments -->\n\nend\n";
        const filled = withTables(page, argumentsOf);
        expect(filled).to.contain("| `XArgs` | `string` | required | a \\| b |").and.not.to.contain("old");
        expect(withTables(filled, argumentsOf)).to.equal(filled);
        expect(() => withTables("<!-- arguments: XArgs -->\n", argumentsOf)).to.throw("must be followed by");
    });

    it("shows literal defaults as code, and reports an interface that doesn't exist", () => {
        const row = { name: "a", type: "`boolean`", required: false, description: "" };
        expect(tableOf([{ ...row, default: "true" }])).to.contain("| `a` | `boolean` | `true` | |");
        expect(tableOf([{ ...row, default: "the region's" }])).to.contain("| the region's |");
        expect(() => declarations.argumentsOf("NoArgs")).to.throw("no interface named NoArgs is exported");
    });
});
