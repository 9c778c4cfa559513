import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { checkStacks } from "../../tools/plan/check";
import { differences } from "../../tools/plan/compare";
import { renderDiff } from "../../tools/plan/render-diff";
import { standIn } from "../../tools/plan/stand-in";
import { temporaryFolder } from "../support/folder";
import { plan, planOf } from "../support/plans";

describe("npm run plan: the configuration", () => {
    const directory = temporaryFolder("plan");
    const planned = (text: string) => {
        writeFileSync(path.join(directory, "Pulumi.it.yaml"), text);
        return planOf({ directory, stack: "it" });
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

    for (const [section, workload] of [
        ["services", "api: { image: 'example.com/app:1'"],
        ["jobs", "nightly: { image: 'example.com/app:1', schedule: 'rate(13 hours)'"],
        ["migrations", "schema: { image: 'example.com/app:1'"],
    ] as const)
        it(`rejects encrypted values in ${section}, which would be in plain text in a task definition`, async () => {
            const stack = (value: string) =>
                `config:\n  aws:region: us-east-1\n  ai-platform:role: primary\n  ai-platform:${section}:\n    ${workload}, environment: { TOKEN: ${value} } }\n`;
            expect(await complaint(stack("{ secure: v1:abc }"))).to.contain(`ai-platform:${section}: must not contain encrypted values`);
            await planned(stack("open"));
        });

    it("says that it doesn't have the values of Pulumi ESC environments, also if a required value is missing", async () => {
        const config = "config:\n  aws:region: us-east-1\n  ai-platform:role: primary\n";
        const warned = async (environment: string) => (await planned(environment + config)).warnings.filter((it) => it.includes("ESC"));
        expect(await warned("environment:\n  - acme/platform\n  - acme/team\n")).to.deep.equal([
            "the stack file imports acme/platform, acme/team from Pulumi ESC, which offline tools don't read: values that are set only there count as not set",
        ]);
        expect((await warned("environment:\n  imports: [acme/platform]\n  values: {}\n"))[0]).to.contain(
            "imports acme/platform, its own values",
        );
        expect(await warned("")).to.deep.equal([]);
        const text = await complaint("environment: [acme/platform]\nconfig:\n  ai-platform:role: primary\n");
        expect(text).to.contain("aws:region: is missing").and.to.contain("Note: the stack file imports acme/platform from Pulumi ESC");
        writeFileSync(path.join(directory, "Pulumi.it.yaml"), `environment: [acme/platform]\n${config}`);
        expect(checkStacks(directory).disagreements.map(({ severity, settings }) => [severity, settings[0]?.key])).to.deep.equal([
            ["warning", "environment"],
        ]);
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
