import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { longestChain } from "../../tools/plan/chain";
import { creationMinutes } from "../../tools/plan/creation-times";
import { resourcesOf } from "../support/plans";

/** The slowest single resource, or a document store's instance after its cluster: no program is there before these. */
const slowest = (resources: DeployedResource[]) => {
    const of = (type: string) => Math.max(0, ...resources.filter((it) => it.type === type).map((it) => creationMinutes(it)));
    const documents = of("aws:docdb/cluster:Cluster") + of("aws:docdb/clusterInstance:ClusterInstance");
    return Math.max(documents, ...resources.map((it) => creationMinutes(it)));
};
const minutes = (resources: DeployedResource[]) => longestChain(resources).at(-1)?.end ?? 0;
const slowLinks = (resources: DeployedResource[]) =>
    longestChain(resources)
        .filter((it) => it.minutes >= 0.5)
        .map(({ name }) => name);

const made = (name: string, type: string, more: Partial<DeployedResource> = {}): DeployedResource => ({
    urn: `urn:pulumi:test::test::${type}::${name}`,
    type,
    custom: !type.startsWith("ai-platform:"),
    inputs: {},
    dependencies: [],
    ...more,
});

describe("deployment time", () => {
    for (const plan of ["prod", "dr, standing by", "dev"]) {
        it(`of ${plan} is a fifth longer than its slowest database's own, or less`, async () => {
            const resources = await resourcesOf(plan);
            expect(slowLinks(resources)).to.include.members(plan === "dev" ? ["documents-cluster", "documents-1"] : ["database-instance"]);
            expect(slowest(resources)).to.be.within(plan === "dev" ? 8 : 15, 20);
            expect(minutes(resources)).to.be.at.most(1.2 * slowest(resources));
        });
    }

    it("of dr's activation, even from nothing, is no longer than the standby's", async () => {
        expect(minutes(await resourcesOf("dr, active"))).to.be.at.most(minutes(await resourcesOf("dr, standing by")));
    });

    it("shows a wait that nobody needs", async () => {
        const resources = await resourcesOf("prod");
        const database = resources.find(({ type }) => type === "aws:rds/instance:Instance")?.urn ?? "";
        const slower = resources.map((it) =>
            it.type === "aws:elasticache/replicationGroup:ReplicationGroup"
                ? { ...it, dependencies: [...(it.dependencies ?? []), database] }
                : it,
        );
        expect(minutes(slower)).to.be.above(1.2 * slowest(slower));
    });

    it("does not wait for continuous copies of backups", async () => {
        const resources = await resourcesOf("prod");
        expect(resources.filter(({ type }) => type.startsWith("aws:rds/instanceAutomatedBackups"))).to.be.empty;
    });
});

describe("longestChain", () => {
    const queue = "aws:sqs/queue:Queue";
    const vpc = made("vpc", "aws:ec2/vpc:Vpc");

    it("follows what waits for what, and adds up", () => {
        const nat = made("nat", "aws:ec2/natGateway:NatGateway", { dependencies: [vpc.urn] });
        const chain = longestChain([nat, vpc, made("queue", queue)]);
        expect(chain.map(({ name, end }) => [name, end])).to.deep.equal([
            ["vpc", 0.25],
            ["nat", 2.25],
        ]);
    });

    it("waits for all children of a component, and for a provider", () => {
        const component = made("tier", "ai-platform:components:Tier");
        const child = made("link", "aws:apigatewayv2/vpcLink:VpcLink", { parent: component.urn });
        const late = made("late", queue, { dependencies: [component.urn] });
        expect(longestChain([component, child, late]).map(({ name }) => name)).to.deep.equal(["link", "late"]);
        const provider = made("provider", "pulumi:providers:aws", { dependencies: [child.urn] });
        const through = made("through", queue, { provider: `${provider.urn}::id` });
        expect(longestChain([component, child, provider, through]).map(({ name }) => name)).to.deep.equal(["link", "provider", "through"]);
    });

    it("is empty where there is nothing", () => {
        expect(longestChain([])).to.be.empty;
    });
});

describe("creationMinutes", () => {
    const database = "aws:rds/instance:Instance";

    it("knows what a setting costs", () => {
        expect(creationMinutes({ type: database, inputs: { multiAz: true } })).to.equal(15);
        expect(creationMinutes({ type: database, inputs: { multiAz: false } })).to.equal(8);
        expect(creationMinutes({ type: database, inputs: { replicateSourceDb: "arn:aws:rds:us-east-1:123456789012:db:a" } })).to.equal(20);
        expect(creationMinutes({ type: "aws:ecs/service:Service", inputs: { waitForSteadyState: false } })).to.equal(0.05);
    });

    it("takes seconds for anything else, and nothing for what AWS does not make", () => {
        expect(creationMinutes({ type: "aws:iam/role:Role" })).to.equal(0.05);
        expect(creationMinutes({ type: "random:index/randomPassword:RandomPassword" })).to.equal(0);
    });
});
