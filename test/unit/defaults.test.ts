import { expect } from "chai";
import ts from "typescript";
import { componentSources, membersOf, namesIn } from "../support/interfaces";

/** A default in the code, and the one in the argument's comment, from which the tables in the documentation are generated. */
interface Default {
    type: string;
    property: string;
    taken: string;
    said: string;
}

/** The `@default` of an interface's property, its own or an inherited one. */
function said(type: string, property: string): string | undefined {
    const tags = membersOf(type, property).flatMap((it) => ts.getJSDocTags(it).filter(({ tagName }) => tagName.text === "default"));
    return tags[0] && ts.getTextOfJSDocComment(tags[0].comment)?.trim();
}

/** A literal as a comment has it; undefined for other expressions. */
function literal(node: ts.Expression): string | undefined {
    if (ts.isAsExpression(node)) return literal(node.expression);
    if (ts.isNumericLiteral(node)) return String(Number(node.text));
    if (ts.isStringLiteral(node)) return JSON.stringify(node.text);
    if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return node.getText();
    return undefined;
}

/** `const DEFAULTS = { nodes: 3 } satisfies Partial<RedisClusterArgs>`, of all files. */
const defaults = componentSources.flatMap((source) =>
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
