import { readdirSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import ts from "typescript";
import { read, root } from "../support/samples";

/** A default as the code takes it, and what the argument's comment says of it. */
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

const aliases = new Map(
    sources.flatMap((source) => source.statements.filter(ts.isTypeAliasDeclaration).map((it) => [it.name.text, it] as const)),
);

/** The comment's `@default` of an interface's property, its own or one that it extends; undefined where there is none. */
function said(type: string, property: string): string | undefined {
    const declared = interfaces.get(type);
    const own = declared?.members.find((it) => it.name?.getText() === property);
    const tag = own && ts.getJSDocTags(own).find(({ tagName }) => tagName.text === "default");
    if (tag) return ts.getTextOfJSDocComment(tag.comment)?.trim();
    const bases = declared?.heritageClauses?.flatMap(({ types }) => types.flatMap((it) => namesIn(it.getText()))) ?? [];
    return bases.map((it) => said(it, property)).find((it) => it !== undefined);
}

const namesIn = (type: string) => type.match(/\b[A-Z]\w+/g)?.filter((it) => interfaces.has(it)) ?? [];

/** A literal as a comment would write it; undefined for all else. */
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

/** Where the comment stands elsewhere: at the component's own argument, or at the argument that these are in. */
const ELSEWHERE = ["WebAclArgs.rateLimit", "FargateServiceArgs.minimumHealthyPercent", "FargateServiceArgs.maximumPercent"];
const IN_OTHER_WORDS = {
    "ContainerArgs.collectorImage": ["AWS's distribution of OpenTelemetry, v0.48.0", "AWS's, v0.48.0"],
    "GuardrailSettings.blockedInputMessage": ["a sentence"],
    "GuardrailSettings.blockedOutputMessage": ["a sentence"],
};

/** Whether a text begins with a value, or is one of the other words for it; quotes are of no account. */
function says(text: string, { type, property, taken }: Default): boolean {
    const [value, spoken] = [taken, text].map((it) => it.replace(/["`]/g, ""));
    const others = new Map(Object.entries(IN_OTHER_WORDS)).get(`${type}.${property}`) ?? [];
    return others.includes(text) || spoken === value || [" ", ":", ",", ";"].some((mark) => spoken?.startsWith(`${value}${mark}`));
}

/** All interfaces that a component's arguments are made of. */
function partsOf(name: string, seen = new Set<string>()): Set<string> {
    const declared = interfaces.get(name) ?? aliases.get(name);
    if (!declared || seen.has(name)) return seen;
    seen.add(name);
    for (const part of declared.getText().match(/\b[A-Z]\w+/g) ?? []) partsOf(part, seen);
    return seen;
}

/** Rows of a page's tables of arguments: each argument with what stands in the column of defaults. */
function rowsOf(page: string): { property: string; shown: string }[] {
    const tables = page.split(/\n\n/).filter((it) => /^\|[^|]*\| type \| default \|/.test(it));
    return tables.flatMap((table) =>
        table.split("\n").flatMap((row) => {
            const [, names = "", , shown = ""] = row.split(/(?<!\\)\|/).map((it) => it.trim());
            const properties = [...names.matchAll(/`(?:\w*\.)?(\w+)`/g)].map(([, it = ""]) => it);
            const each = properties.length > 1 ? shown.split(", ") : [shown];
            return properties.map((property, i) => ({ property, shown: each[i] ?? shown }));
        }),
    );
}

describe("defaults", () => {
    it("are those that the arguments' comments say", () => {
        expect(defaults.length).to.be.greaterThan(120);
        const wrong = defaults.filter((it) => !ELSEWHERE.includes(`${it.type}.${it.property}`) && !says(it.said, it));
        expect(wrong).to.deep.equal([]);
    });

    it("are those that the components' pages show", () => {
        const pages = readdirSync(path.join(root, "docs", "components"));
        const compared = pages.flatMap((file) => {
            const name = file.replace(".md", "").replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
            const parts = partsOf(`${name}Args`);
            return rowsOf(read(`docs/components/${file}`)).flatMap(({ property, shown }) => {
                const taken = defaults.filter((it) => parts.has(it.type) && it.property === property);
                return taken.length > 0 ? [{ file, property, shown, taken }] : [];
            });
        });
        expect(compared.length).to.be.greaterThan(100);
        const wrong = compared.filter(({ shown, taken }) => !taken.some((it) => says(shown, it)));
        expect(
            wrong.map(({ file, property, shown, taken }) => `${file}: ${property} is ${taken[0]?.taken ?? ""}, not ${shown}`),
        ).to.deep.equal([]);
    });
});
