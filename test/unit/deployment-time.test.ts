import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { longestChain } from "../../tools/plan/chain";
import { creationMinutes } from "../../tools/plan/creation-times";
import { resourcesOf } from "../support/plans";

/** The slowest resource, or a DocumentDB instance after its cluster: the lower bound of any deployment. */
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
        it(`of ${plan} is at most a fifth longer than that of its slowest database`, async () => {
            const resources = await resourcesOf(plan);
            expect(slowLinks(resources)).to.include.members(plan === "dev" ? ["documents-cluster", "documents-1"] : ["database-instance"]);
            expect(slowest(resources)).to.be.within(plan === "dev" ? 8 : 15, 20);
            expect(minutes(resources)).to.be.at.most(1.2 * slowest(resources));
        });
    }

    it("of an active dr stack, created from scratch, is no longer than that of a standby", async () => {
        expect(minutes(await resourcesOf("dr, active"))).to.be.at.most(minutes(await resourcesOf("dr, standing by")));
    });

    it("increases with an unnecessary dependency", async () => {
        const resources = await resourcesOf("prod");
        const database = resources.find(({ type }) => type === "aws:rds/instance:Instance")?.urn ?? "";
        const slower = resources.map((it) =>
            it.type === "aws:elasticache/replicationGroup:ReplicationGroup"
                ? { ...it, dependencies: [...(it.dependencies ?? []), database] }
                : it,
        );
        expect(minutes(slower)).to.be.above(1.2 * slowest(slower));
    });

    it("doesn't include continuous backups", async () => {
        const resources = await resourcesOf("prod");
        expect(resources.filter(({ type }) => type.startsWith("aws:rds/instanceAutomatedBackups"))).to.be.empty;
    });
});

describe("longestChain", () => {
    const queue = "aws:sqs/queue:Queue";
    const vpc = made("vpc", "aws:ec2/vpc:Vpc");

    it("follows dependencies and adds up their times", () => {
        const nat = made("nat", "aws:ec2/natGateway:NatGateway", { dependencies: [vpc.urn] });
        const chain = longestChain([nat, vpc, made("queue", queue)]);
        expect(chain.map(({ name, end }) => [name, end])).to.deep.equal([
            ["vpc", 0.25],
            ["nat", 2.25],
        ]);
    });

    it("includes all children of a component, and providers", () => {
        const component = made("tier", "ai-platform:components:Tier");
        const child = made("link", "aws:apigatewayv2/vpcLink:VpcLink", { parent: component.urn });
        const late = made("late", queue, { dependencies: [component.urn] });
        expect(longestChain([component, child, late]).map(({ name }) => name)).to.deep.equal(["link", "late"]);
        const provider = made("provider", "pulumi:providers:aws", { dependencies: [child.urn] });
        const through = made("through", queue, { provider: `${provider.urn}::id` });
        expect(longestChain([component, child, provider, through]).map(({ name }) => name)).to.deep.equal(["link", "provider", "through"]);
    });

    it("is empty without resources", () => {
        expect(longestChain([])).to.be.empty;
    });
});

describe("creationMinutes", () => {
    const database = "aws:rds/instance:Instance";

    it("considers settings that take longer", () => {
        expect(creationMinutes({ type: database, inputs: { multiAz: true } })).to.equal(15);
        expect(creationMinutes({ type: database, inputs: { multiAz: false } })).to.equal(8);
        expect(creationMinutes({ type: database, inputs: { replicateSourceDb: "arn:aws:rds:us-east-1:123456789012:db:a" } })).to.equal(20);
        expect(creationMinutes({ type: "aws:ecs/service:Service", inputs: { waitForSteadyState: false } })).to.equal(0.05);
    });

    it("is seconds for other resources, and zero for those outside AWS", () => {
        expect(creationMinutes({ type: "aws:iam/role:Role" })).to.equal(0.05);
        expect(creationMinutes({ type: "random:index/randomPassword:RandomPassword" })).to.equal(0);
    });
});
