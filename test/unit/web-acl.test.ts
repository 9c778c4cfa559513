import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Edge } from "../../components";
import { record } from "../../components/testing";
import { args as apiArgs, make } from "./api-gateway.fixture";

type Rule = aws.types.output.wafv2.WebAclRule;
type Statement = aws.types.output.wafv2.WebAclRuleStatement;

const documentPaths = ["/api/documents", "/api/documents/*"];
const BODY_RULES = ["CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "SizeRestrictions_BODY"];
type Settings = Partial<Record<"documentPaths" | "countedRules", string[]>>;

const components: Record<string, (more: Settings) => void> = {
    Edge: (more) => new Edge("edge", { bucketName: "site", ...more }),
    ApiGateway: (more) => make(more),
};

for (const [component, create] of Object.entries(components)) {
    const rulesOf = async (more: Settings) => {
        const recording = await record(() => {
            create(more);
        });
        return recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
    };
    const counted = (rules: Rule[]) =>
        rules.flatMap(({ statement }) => statement.managedRuleGroupStatement?.ruleActionOverrides?.map(({ name }) => name) ?? []);

    describe(`${component}: bodies of documents`, () => {
        it("counts the body rules, and blocks their labels outside the paths of documents", async () => {
            const rules = await rulesOf({ documentPaths });
            expect(counted(rules)).to.deep.equal(BODY_RULES);
            const common = rules.findIndex((rule) => rule.statement.managedRuleGroupStatement?.name === "AWSManagedRulesCommonRuleSet");
            const blocking = rules.findIndex(({ name }) => name === "body-rules-outside-documents");
            expect(blocking).to.be.greaterThan(common);
            expect(rules.map(({ priority }) => priority)).to.deep.equal([...rules.keys()]);
            expect(rules[blocking]?.action).to.deep.equal({ block: {} });
            for (const rule of BODY_RULES) {
                const label = `awswaf:managed:aws:core-rule-set:${rule.replace("_BODY", "_Body")}`;
                const blocks = (path: string) => matches(rules[blocking]!.statement, path, [label]);
                for (const path of ["/api/documents", "/api/documents/7"]) expect(blocks(path), path).to.equal(false);
                for (const path of ["/api/users", "/api/documents-of", "/", "/api/documents/%2e%2e/users"])
                    expect(blocks(path), path).to.equal(true);
            }
            expect(matches(rules[blocking]!.statement, "/api/users", [])).to.equal(false);
        });

        it("blocks in the rule group if no path is configured", async () => {
            const rules = await rulesOf({});
            expect(counted(rules)).to.deep.equal([]);
            expect(JSON.stringify(rules)).to.not.include("labelMatchStatement");
        });

        it("doesn't block the label of a rule that counts on all paths", async () => {
            const rules = await rulesOf({
                documentPaths: ["/api/documents"],
                countedRules: ["SizeRestrictions_BODY", "NoUserAgent_HEADER"],
            });
            expect(counted(rules)).to.deep.equal([...BODY_RULES.slice(0, 3), "NoUserAgent_HEADER", "SizeRestrictions_BODY"]);
            expect(JSON.stringify(rules)).to.include("GenericRFI_Body").and.not.include("SizeRestrictions_Body");
            expect((await rulesOf({ documentPaths, countedRules: BODY_RULES })).map(({ name }) => name)).to.not.include(
                "body-rules-outside-documents",
            );
        });

        for (const path of [
            "api/documents",
            "/*",
            "/",
            "/api/",
            "/api/../x",
            "/api/./x",
            "/api/*/x",
            "/api/doc*",
            "/a b",
            "/a?b",
            "/%61",
            `/api/${"a".repeat(176)}`,
        ]) {
            it(`rejects the path ${path}`, () => {
                expect(() => {
                    create({ documentPaths: [path] });
                }).to.throw("documentPaths must be paths of at most 180 characters, such as /api/documents or /api/documents/*");
            });
        }

        it("rejects more paths than the capacity of a web ACL allows", () => {
            expect(() => {
                create({ documentPaths: Array.from({ length: 11 }, (_, i) => `/api/${i}`) });
            }).to.throw("documentPaths must have at most 10 paths");
        });
    });
}

it("ApiGateway accepts the paths of documents below its stage", async () => {
    const recording = await record(() => make({ documentPaths }));
    const rules = recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
    const { statement } = rules.find(({ name }) => name === "body-rules-outside-documents")!;
    const label = "awswaf:managed:aws:core-rule-set:GenericRFI_Body";
    expect(matches(statement, `/${apiArgs.stageName}/api/documents/7`, [label])).to.equal(false);
    expect(matches(statement, `/${apiArgs.stageName}/api/users`, [label])).to.equal(true);
});

/** Whether a statement matches a request with labels, as AWS WAF evaluates it. */
function matches(statement: Statement | undefined, path: string, labels: string[]): boolean {
    const inner = (it: Statement) => matches(it, path, labels);
    if (statement?.andStatement?.statements) return statement.andStatement.statements.every(inner);
    if (statement?.orStatement?.statements) return statement.orStatement.statements.some(inner);
    if (statement?.notStatement?.statement) return !inner(statement.notStatement.statement);
    if (statement?.labelMatchStatement) return labels.includes(statement.labelMatchStatement.key);
    const match = statement?.byteMatchStatement;
    if (!match) throw new Error(`unexpected statement ${JSON.stringify(statement)}`);
    let seen = path;
    for (const { type } of match.textTransformations ?? []) {
        seen = type === "URL_DECODE" ? decodeURIComponent(seen) : type === "NORMALIZE_PATH" ? new URL(seen, "http://host").pathname : seen;
    }
    return match.positionalConstraint === "EXACTLY" ? seen === match.searchString : seen.startsWith(match.searchString);
}
