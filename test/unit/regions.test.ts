import * as aws from "@pulumi/aws";
import { Region } from "@pulumi/aws/types/enums";
import { expect } from "chai";
import { platformRegions, REGIONS } from "../../components/internal/regions";
import { parseConfig } from "../support/config";
import { expectRegionOnly, PLATFORM_REGIONS, settingsFor } from "../support/regions";
import { plan } from "../support/plans";

const problemsOf = (region: string, own: Record<string, unknown> = {}) =>
    parseConfig({ role: "primary", ...own }, { region }, "prod").problems;

describe("regions", () => {
    it("the table has every commercial region of the AWS provider", () => {
        const commercial = Object.values(Region).filter((region) => !/^(cn|us-gov|us-iso|eu-iso|eusc)/.test(region));
        expect(Object.keys(REGIONS), 'add the region as docs/extending.md, "Add a region", describes').to.include.members(commercial);
    });

    it("a zone either supports VPC links or doesn't, and two are the least that a network needs", () => {
        for (const [region, { vpcLinkZones = [], otherZones = [] }] of Object.entries(REGIONS)) {
            const all = [...vpcLinkZones, ...otherZones];
            expect(new Set(all).size, region).to.equal(all.length);
            expect(vpcLinkZones.length, region).not.to.equal(1);
        }
    });

    it("accepts each region with the defaults, or names each key that must differ", () => {
        for (const region of Object.keys(REGIONS)) {
            const keys = problemsOf(region).map((problem) => problem.slice(0, problem.indexOf(": ")));
            const settings = settingsFor(region);
            if (settings) {
                expect(keys, region).to.have.members(Object.keys(settings.keys));
                expect(problemsOf(region, settings.own), region).to.deep.equal([]);
            } else {
                expect(keys, region).to.deep.equal(["aws:region"]);
            }
        }
        expect(PLATFORM_REGIONS).to.have.members(platformRegions());
    });

    it("names what a region lacks, and the regions that have it", () => {
        const [problem = ""] = problemsOf("eu-south-1");
        expect(problem).to.match(/^aws:region: eu-south-1 has no VPC links V2\. The platform can run in .*eu-central-1/);
        expect(problem).not.to.contain("eu-south-1,");
        expect(problemsOf("ap-east-1")[0]).to.contain("ap-east-1 has no Bedrock guardrails");
    });

    it("rejects a recovery region that can't run the dr stack", () => {
        expect(problemsOf("eu-west-1", { recovery: { region: "eu-south-1" } })[0]).to.match(
            /^ai-platform:recovery.region: eu-south-1 has no VPC links V2, which a dr stack requires/,
        );
    });

    it("rejects systems that the region lacks, by their switch", () => {
        const delivery = { service: { repositoryId: "acme/api" } };
        expect(problemsOf("eu-south-2", { delivery, services: { api: { deployedBy: "pipeline" } } })).to.deep.equal([
            "ai-platform:delivery: must be removed; deploy with another tool: eu-south-2 has no CodeConnections",
        ]);
        expect(problemsOf("us-west-1", { network: { numberOfAvailabilityZones: 2 } })).to.deep.equal([
            "ai-platform:documents.enabled: must be false: us-west-1 has no DocumentDB",
        ]);
    });

    it("rejects more zones than support VPC links", () => {
        expect(problemsOf("eu-west-3")).to.deep.equal([
            "ai-platform:network.numberOfAvailabilityZones: 3 must be at most 2: VPC links V2 support 2 Availability Zones of eu-west-3: euw3-az1, euw3-az3",
        ]);
    });

    it("rejects zones of other regions", () => {
        const network = { numberOfAvailabilityZones: 2, availabilityZoneNames: ["us-east-1a", "eu-west-1b"] };
        expect(problemsOf("us-east-1", { network })).to.deep.equal([
            "ai-platform:network.availabilityZoneNames: eu-west-1b must be in us-east-1, the stack's region",
        ]);
    });

    it("rejects classes that the service doesn't have, and says what to do about new ones", () => {
        const sections = {
            database: { instanceClass: "db.z9z.large" },
            documents: { instanceClass: "db.m6g.large" },
            cache: { nodeType: "cache.r6g.micro" },
        };
        const problems = problemsOf("us-east-1", sections);
        expect(problems.map((problem) => problem.split(": ")[0]?.replace("ai-platform:", ""))).to.have.members([
            "database.instanceClass",
            "documents.instanceClass",
            "cache.nodeType",
        ]);
        for (const problem of problems) {
            expect(problem).to.match(
                / must be one of \d+ known values; did you mean (db|cache)\.[\w.]+\? To use a class that AWS added later/,
            );
        }
    });

    it("rejects instance classes of families that the region lacks", () => {
        const classes = { database: { instanceClass: "db.r7g.large" }, cache: { nodeType: "cache.c8gn.large" } };
        expect(problemsOf("eu-west-3", { ...classes, network: { numberOfAvailabilityZones: 2 } })).to.deep.equal([
            "ai-platform:database.instanceClass: db.r7g.large: eu-west-3 has no classes of the family r7g",
            "ai-platform:cache.nodeType: cache.c8gn.large: eu-west-3 has no classes of the family c8gn",
        ]);
        expect(problemsOf("eu-west-1", classes)).to.deep.equal([]);
    });
});

describe("models and regions", () => {
    const modelProblems = (region: string, ...models: string[]) => problemsOf(region, { ai: { models } });

    it("uses a default model that stays in the geography of the region", () => {
        const modelsIn = (region: string) =>
            parseConfig({ role: "primary", ...settingsFor(region)?.own }, { region }, "prod").values?.ai.models;
        expect(modelsIn("us-west-2")).to.deep.equal(["us.amazon.nova-lite-v1:0"]);
        expect(modelsIn("eu-central-1")).to.deep.equal(["eu.amazon.nova-lite-v1:0"]);
        expect(modelsIn("ca-central-1")).to.deep.equal(["ca.amazon.nova-lite-v1:0"]);
        expect(modelsIn("eu-west-2")).to.deep.equal(["amazon.nova-lite-v1:0"]);
        expect(problemsOf("sa-east-1")[0]).to.match(/^ai-platform:ai.models: is missing: no default is known for sa-east-1/);
    });

    it("rejects a profile of a geography that doesn't contain the region", () => {
        expect(modelProblems("eu-west-1", "us.amazon.nova-lite-v1:0", "eu.amazon.nova-lite-v1:0")).to.deep.equal([
            "ai-platform:ai.models: us.amazon.nova-lite-v1:0 can't be called from eu-west-1: the geography us consists of us-east-1, us-east-2, us-west-1, us-west-2",
        ]);
        expect(modelProblems("ap-southeast-1", "jp.anthropic.claude-sonnet-4-5-20250929-v1:0")).to.have.length(1);
        expect(modelProblems("us-east-1", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0")).to.have.length(1);
        expect(modelProblems("sa-east-1", "global.anthropic.claude-haiku-4-5-20251001-v1:0")).to.deep.equal([]);
    });

    it("rejects an unknown geography or provider, and lists the known ones", () => {
        const [problem = ""] = modelProblems("us-east-1", "mars.amazon.nova-lite-v1:0");
        expect(problem).to.match(
            /^ai-platform:ai.models: .*not "mars.amazon.nova-lite-v1:0"\. Known geographies are us, .*; known providers are ai21, /,
        );
        expect(modelProblems("us-east-1", "us.acme.model-v1:0")).to.have.length(1);
    });

    // The smallest region. `npm run test:regions` plans the others.
    it("plans us-west-1, with two zones and without DocumentDB", async () => {
        const recording = await plan("prod", ["aws:region=us-west-1", ...(settingsFor("us-west-1")?.overrides ?? [])]);
        expect(recording.all(aws.docdb.Cluster)).to.deep.equal([]);
        expectRegionOnly(recording, "us-west-1");
    });
});
