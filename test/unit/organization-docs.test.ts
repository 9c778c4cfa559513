import { writeFileSync } from "node:fs";
import path from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parse } from "yaml";
import type { Recording } from "../../components/testing";
import { readStackFile } from "../../tools/plan/stack-file";
import { parseConfig, stackFileSchema, valuesBelow } from "../support/config";
import { temporaryFolder } from "../support/folder";
import { planOf } from "../support/plans";
import { fences, read } from "../support/samples";

const page = read("docs/organization.md");

/** Samples by the name in their first line: `# Pulumi.prod.yaml: tags`. */
const samples = new Map(
    fences(page, "yaml").map((text): [string, string] => {
        const [, name] = /^# (.+)\n/.exec(text) ?? [];
        return [name ?? expect.fail(`a sample has no name:\n${text}`), text];
    }),
);
const sample = (name: string) => samples.get(name) ?? expect.fail(`no sample ${name}`);
const BASES = {
    prod: { "aws:region": "us-east-1", "ai-platform:role": "primary", "ai-platform:recovery": { region: "us-west-2" } },
    dev: { "aws:region": "us-east-1", "ai-platform:role": "primary" },
    dr: { "aws:region": "us-west-2", "ai-platform:role": "dr" },
};

describe("docs/organization.md", () => {
    const directory = temporaryFolder("organization");

    /** Plans the sample of a stack file, merged with the required keys. */
    async function planned(name: string): Promise<Recording> {
        const [, stack = ""] = /^Pulumi\.(\w+)\.yaml/.exec(name) ?? [];
        const { config = {}, ...rest } = parse(sample(name)) as { config?: Record<string, unknown> };
        const base = BASES[stack as keyof typeof BASES];
        writeFileSync(path.join(directory, `Pulumi.${stack}.yaml`), JSON.stringify({ ...rest, config: { ...base, ...config } }));
        return planOf({ directory, stack });
    }

    it("has samples whose plans contain what they configure", async () => {
        const plans: Record<string, [name: string, expected: (plan: Recording) => unknown, value: unknown]> = {
            tags: [
                "Pulumi.prod.yaml: tags",
                (it) => it.one<{ defaultTags: string }>("pulumi:providers:aws").inputs.defaultTags,
                /"CostCenter":"4711"/,
            ],
            prefix: ["Pulumi.prod.yaml: namePrefix", (it) => it.one(aws.ecs.Cluster).inputs.name, /^contoso-prod$/],
            boundary: [
                "Pulumi.prod.yaml: permissionsBoundaryArn",
                (it) =>
                    it
                        .all(aws.iam.Role)
                        .map(({ inputs }) => inputs.permissionsBoundary)
                        .join(),
                /^(arn:aws:iam::123456789012:policy\/platform-boundary,?)+$/,
            ],
            retention: [
                "Pulumi.prod.yaml: logRetention",
                (it) =>
                    [it.one(aws.cloudwatch.LogGroup, "network-flow-logs"), it.one(aws.cloudwatch.LogGroup, "gateway-access")]
                        .map(({ inputs }) => inputs.retentionInDays)
                        .join(),
                /^14,365$/,
            ],
            destination: [
                "Pulumi.dr.yaml: logDestinationArn",
                (it) => it.one(aws.cloudwatch.LogSubscriptionFilter, /waf-logs-edge/).inputs.destinationArn,
                /us-east-1.*central$/,
            ],
            "dev's account": [
                "Pulumi.dev.yaml: allowedAccountIds",
                (it) => it.one<{ allowedAccountIds: string }>("pulumi:providers:aws").inputs.allowedAccountIds,
                /111111111111/,
            ],
            "prod's account": [
                "Pulumi.prod.yaml: allowedAccountIds",
                (it) => it.one<{ allowedAccountIds: string }>("pulumi:providers:aws").inputs.allowedAccountIds,
                /222222222222/,
            ],
            images: ["Pulumi.dev.yaml: pullAccountIds", (it) => it.one(aws.ecr.RepositoryPolicy).inputs.policy, /222222222222:root/],
            esc: ["Pulumi.prod.yaml: environment", (it) => it.warnings.join(), /imports ai-platform\/production from Pulumi ESC/],
        };
        for (const [what, [name, value, expected]] of Object.entries(plans))
            expect(value(await planned(name)), what).to.match(expected as RegExp);
        const tested = Object.values(plans).map(([name]) => name);
        expect([...samples.keys()].sort()).to.deep.equal([...tested, "ai-platform/production"].sort());
    }).timeout(120_000);

    it("has an ESC environment whose values are valid keys, and whose login is passed on", () => {
        const { values } = parse(sample("ai-platform/production")) as {
            values: { pulumiConfig: Record<string, unknown>; environmentVariables: Record<string, string>; aws: { login: object } };
        };
        expect(values.aws.login).to.have.nested.property("fn::open::aws-login.oidc.roleArn");
        expect(values.environmentVariables).to.deep.equal({
            AWS_ACCESS_KEY_ID: "${aws.login.accessKeyId}",
            AWS_SECRET_ACCESS_KEY: "${aws.login.secretAccessKey}",
            AWS_SESSION_TOKEN: "${aws.login.sessionToken}",
        });
        // Pulumi merges these values with those of the stack file.
        writeFileSync(path.join(directory, "Pulumi.prod.yaml"), sample("Pulumi.prod.yaml: environment"));
        const { config } = readStackFile({ directory, project: "ai-platform", stack: "prod", overrides: [] });
        const texts = Object.entries(values.pulumiConfig).map(([key, value]) => [
            key,
            typeof value === "string" ? value : JSON.stringify(value),
        ]);
        const merged = { ...(Object.fromEntries(texts) as Record<string, string>), ...config };
        const { values: valid, problems } = parseConfig(valuesBelow("ai-platform", merged), valuesBelow("aws", merged), "prod");
        expect(problems).to.deep.equal([]);
        expect(valid).to.deep.include({ namePrefix: "contoso", tags: { Owner: "payments-team" } });
        expect(Object.keys((stackFileSchema() as { properties: object }).properties)).to.include("environment");
    });

    it("states the number of lines of each recipe", () => {
        const lines = (name: string, drop = /^(#|config:|values:|environment:)/) =>
            sample(name)
                .trimEnd()
                .split("\n")
                .filter((line) => !drop.test(line)).length;
        const stated = Object.fromEntries(
            [...page.matchAll(/^\| \[([^\]]+)\]\(#[^)]+\) \|[^|]*\| ([^|]+) \|/gm)].map(([, title = "", count = ""]) => [title, count]),
        );
        expect(stated).to.deep.equal({
            Tags: String(lines("Pulumi.prod.yaml: tags")),
            "Prefix of names": String(lines("Pulumi.prod.yaml: namePrefix")),
            "Permissions boundary": String(lines("Pulumi.prod.yaml: permissionsBoundaryArn")),
            "Log retention": String(lines("Pulumi.prod.yaml: logRetention")),
            "Central log destination": `1 or ${lines("Pulumi.dr.yaml: logDestinationArn")}`,
            "Separate accounts": `${lines("Pulumi.dev.yaml: allowedAccountIds")} per stack`,
            "Promotion of images": String(lines("Pulumi.dev.yaml: pullAccountIds")),
            "Pulumi ESC": String(lines("ai-platform/production", /^#/)),
        });
    });
});
