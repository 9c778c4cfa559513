import { readdirSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { read, root } from "../support/samples";

/** A default in the code, and the one in the argument's comment, from which the tables in the documentation are generated. */
interface Default {
    type: string;
    property: string;
    taken: string;
    said: string;
}

const sources = readdirSync(path.join(root, "components"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("testing"))
    .map((file) => ts.createSourceFile(file, read(path.posix.join("components", file)), ts.ScriptTarget.Latest, true));

/** Interfaces by name. */
const interfaces = new Map(
    sources.flatMap((source) => source.statements.filter(ts.isInterfaceDeclaration).map((it) => [it.name.text, it] as const)),
);

/** The `@default` of an interface's property, its own or an inherited one. */
function said(type: string, property: string): string | undefined {
    const declared = interfaces.get(type);
    const own = declared?.members.find((it) => it.name?.getText() === property);
    const tag = own && ts.getJSDocTags(own).find(({ tagName }) => tagName.text === "default");
    if (tag) return ts.getTextOfJSDocComment(tag.comment)?.trim();
    const bases = declared?.heritageClauses?.flatMap(({ types }) => types.flatMap((it) => namesIn(it.getText()))) ?? [];
    return bases.map((it) => said(it, property)).find((it) => it !== undefined);
}

const namesIn = (type: string) => type.match(/\b[A-Z]\w+/g)?.filter((it) => interfaces.has(it)) ?? [];

/** A literal as a comment has it; undefined for other expressions. */
function literal(node: ts.Expression): string | undefined {
    if (ts.isNumericLiteral(node)) return String(Number(node.text));
    if (ts.isStringLiteral(node)) return JSON.stringify(node.text);
    if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return node.getText();
    return undefined;
}

/** `const DEFAULTS = { nodes: 3 } satisfies Partial<RedisClusterArgs>`, of all files. */
const defaults = sources.flatMap((source) =>
    source.statements.filter(ts.isVariableStatement).flatMap(({ declarationList }) =>
        declarationList.declarations.flatMap(({ initializer }): Default[] => {
            if (!initializer || !ts.isSatisfiesExpression(initializer) || !ts.isObjectLiteralExpression(initializer.expression)) return [];
            const [type = ""] = namesIn(initializer.type.getText());
            return initializer.expression.properties.filter(ts.isPropertyAssignment).flatMap((it) => {
                const property = it.name.getText();
                const taken = literal(it.initializer);
                return taken === undefined ? [] : [{ type, property, taken, said: said(type, property) ?? "nothing" }];
            });
        }),
    ),
);

/** Documented at another argument: the component's own, or the one that contains these. */
const ELSEWHERE = ["WebAclArgs.rateLimit", "FargateServiceArgs.minimumHealthyPercent", "FargateServiceArgs.maximumPercent"];
const IN_OTHER_WORDS = {
    "ContainerArgs.collectorImage": ["AWS Distro for OpenTelemetry v0.48.0, from ECR Public"],
    "GuardrailSettings.blockedInputMessage": ["a sentence"],
    "GuardrailSettings.blockedOutputMessage": ["a sentence"],
};

/** Whether a text begins with a value, without regard to quotes, or is an accepted description of it. */
function says(text: string, { type, property, taken }: Default): boolean {
    const [value, spoken] = [taken, text].map((it) => it.replace(/["`]/g, ""));
    const others = new Map(Object.entries(IN_OTHER_WORDS)).get(`${type}.${property}`) ?? [];
    return others.includes(text) || spoken === value || [" ", ":", ",", ";"].some((mark) => spoken?.startsWith(`${value}${mark}`));
}

describe("defaults", () => {
    it("are the ones in the arguments' comments", () => {
        expect(defaults.length).to.be.greaterThan(50);
        const wrong = defaults.filter((it) => !ELSEWHERE.includes(`${it.type}.${it.property}`) && !says(it.said, it));
        expect(wrong).to.deep.equal([]);
    });
});
