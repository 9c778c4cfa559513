import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { differences } from "../../tools/plan/compare";
import { planStack } from "../../tools/plan/plan";
import { renderDiff } from "../../tools/plan/render-diff";
import { standIn } from "../../tools/plan/stand-in";
import { plan } from "../support/plans";

describe("npm run plan: the configuration", () => {
    let directory: string;
    before(() => {
        directory = mkdtempSync(path.join(tmpdir(), "ai-platform-plan-"));
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });
    const planned = (text: string) => {
        writeFileSync(path.join(directory, "Pulumi.it.yaml"), text);
        return planStack({ directory, stack: "it" });
    };
    const complaint = async (text: string) => {
        const error: unknown = await planned(text).catch((reason: unknown) => reason);
        return error instanceof Error ? error.message : expect.fail("it was planned");
    };

    it("accepts encrypted values of the right kind for each key, and keeps them secret", async () => {
        const recording = await planned(
            "config:\n  aws:region: us-east-1\n  ai-platform:role: primary\n  ai-platform:observability:\n    pagingWebhooks:\n      - secure: v1:abc\n",
        );
        const subscription = recording.registered.find(({ inputs }) => inputs.protocol === "https");
        expect(JSON.stringify(subscription?.inputs)).to.contain("https://secret.invalid");
        expect(JSON.stringify(recording.deployment())).to.not.contain("https://secret.invalid");
    });

    it("has a placeholder for each kind of text", () => {
        expect(standIn(["ai-platform:observability", "pagingWebhooks", 0])).to.equal("https://secret.invalid");
        expect(standIn(["ai-platform:events", "notificationEmails", 0])).to.equal("secret@secret.invalid");
        expect(standIn(["ai-platform:domain", "name"])).to.equal("secret.invalid");
        expect(standIn(["ai-platform:service", "environment", "ANY"])).to.equal("[secret]");
        expect(standIn(["aws:token"])).to.equal("[secret]");
    });

    it("requires a region, and reports it with all other problems", async () => {
        const text = await complaint("config:\n  ai-platform:role: primary\n  ai-platform:logRetentionDays: 4\n");
        expect(text).to.contain("aws:region: is missing").and.to.contain("ai-platform:logRetentionDays: 4 must be one of");
    });

    for (const [shape, text, message] of [
        ["without config", "conf:\n  a: 1\n", "has conf but no config; keys such as ai-platform:role belong below config"],
        ["that is a list", "- a\n", "must be a map with the key config"],
        [
            "with nested keys",
            "config:\n  ai-platform:\n    role: primary\n",
            "keys can't be nested below ai-platform; use ai-platform:role",
        ],
    ] as const) {
        it(`rejects a file ${shape}`, async () => {
            expect(await complaint(text)).to.equal(`Pulumi.it.yaml: ${message}`);
        });
    }
});

describe("npm run plan -- --diff", () => {
    const resources = async (...overrides: string[]) => {
        const recording = await plan("prod", overrides);
        return recording.deployment().deployment.resources;
    };
    const shown = async (override: string) =>
        renderDiff("prod", [override], differences(await resources(), await resources(override))).split("\n");

    it("shows an input with its value before and after", async () => {
        expect(await shown("ai-platform:database.multiAz=false")).to.deep.equal([
            "Changes in the plan of prod with ai-platform:database.multiAz=false",
            "",
            "~ database-instance  aws:rds:Instance",
            "    multiAz: true -> false",
            "0 added, 0 removed, 1 changed",
        ]);
    });

    it("shows added and removed resources, and for long text where the difference starts", async () => {
        const lines = await shown("ai-platform:documents.enabled=false");
        expect(lines).to.include("- documents-cluster  aws:docdb:Cluster");
        const container = lines[lines.indexOf("~ api-task  aws:ecs:TaskDefinition") + 1] ?? "";
        expect(container).to.match(/^ {4}containerDefinitions: \.\.\..*Documents__Database.* -> \.\.\./);
        expect(container.length).to.be.below(300);
        expect(lines.at(-1)).to.match(/^0 added, \d+ removed, \d+ changed$/);
    });

    it("shows no secret", async () => {
        const lines = await shown("ai-platform:api.originSecretVersion=2");
        const rules = lines[lines.indexOf("~ gateway-firewall  aws:wafv2:WebAcl") + 1];
        expect(rules).to.equal("    rules: [secret] -> [secret]");
    });
});
