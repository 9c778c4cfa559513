import * as aws from "@pulumi/aws";
import { expect } from "chai";
import type { DataSources } from "../../components/testing";
import { existingSettings } from "../../stacks/existing-network";
import { refusals, settingsOf } from "../../stacks/live-changes";
import { parseConfig } from "../support/config";
import { registeredBefore } from "../support/failures";
import { existing } from "../support/minimal";
import { configOf, plan, planWith, prefixed, problemsWith } from "../support/plans";

const VPC = existing.vpcId;
const [first = "", second = ""] = existing.privateSubnetIds;
const ENDPOINT = "vpce-0123456789abcdef0";
const list = (key: string, values: string[]) => values.map((value, i) => `${key}[${i}]=${value}`);

const IDS = [
    `network.existing.vpcId=${VPC}`,
    ...list("network.existing.privateSubnetIds", existing.privateSubnetIds),
    ...list("network.existing.dataSubnetIds", existing.dataSubnetIds),
];
const S3 = `network.existing.s3EndpointId=${ENDPOINT}`;
const EXISTING = prefixed([...IDS, S3]);
const REQUIRED = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "events", "sqs", "bedrock-runtime", "xray"];

const problemsOf = (stack: string, settings: string[]) => problemsWith(stack, prefixed(settings));

/** The message of a plan that fails before it registers anything. */
async function failureOf(attempt: Promise<unknown>): Promise<string> {
    expect(await registeredBefore(attempt)).to.deep.equal([]);
    return attempt.then(
        () => "no error",
        (error: unknown) => String(error),
    );
}

const NETWORK = /^aws:ec2\/(vpc|subnet|route|routeTable|natGateway|internetGateway|eip|flowLog|defaultSecurityGroup):/;

describe("a stack in an existing network", () => {
    for (const stack of ["prod", "dr"])
        it(`places everything in the VPC's subnets, and creates no network: ${stack}`, async () => {
            const recording = await plan(stack, stack === "dr" ? prefixed(IDS) : EXISTING);
            expect(recording.registered.filter(({ type }) => NETWORK.test(type)).map(({ urn }) => urn)).to.be.empty;
            expect(new Set(recording.all(aws.ec2.SecurityGroup).map(({ inputs }) => inputs.vpcId))).to.deep.equal(new Set([VPC]));
            const { dataSubnetIds, privateSubnetIds } = existing;
            expect(recording.one(aws.rds.SubnetGroup).inputs.subnetIds).to.deep.equal(dataSubnetIds);
            expect(recording.one(aws.elasticache.SubnetGroup).inputs.subnetIds).to.deep.equal(dataSubnetIds);
            expect(recording.one(aws.docdb.SubnetGroup).inputs.subnetIds).to.deep.equal(dataSubnetIds);
            expect(recording.one(aws.apigatewayv2.VpcLink).inputs.subnetIds).to.deep.equal(privateSubnetIds);
            expect(recording.one(aws.lb.LoadBalancer).inputs.subnets).to.deep.equal(privateSubnetIds);
        });

    it("restricts the lake to the owner's S3 endpoint", async () => {
        const recording = await plan("prod", EXISTING);
        const policies = recording.all(aws.s3.BucketPolicy).filter(({ inputs }) => String(inputs.policy).includes(ENDPOINT));
        expect(policies.map(({ name }) => name)).to.include.members(["lake-raw-policy", "lake-curated-policy"]);
    });

    it("distributes document instances across the zones of the data subnets", async () => {
        const zones: Record<string, [string, string]> = {
            [existing.dataSubnetIds[0] ?? ""]: ["us-east-1d", "use1-az4"],
            [existing.dataSubnetIds[1] ?? ""]: ["us-east-1f", "use1-az5"],
        };
        const recording = await planWith(
            subnetsWith(({ id }) => (id in zones ? zoneOf(zones[id]) : {})),
            "prod",
            EXISTING,
        );
        const instances = recording.all(aws.docdb.ClusterInstance).map(({ inputs }) => inputs.availabilityZone);
        expect(instances.slice(0, 2)).to.deep.equal(["us-east-1d", "us-east-1f"]);
    });

    it("doesn't depend on the order of the subnets", async () => {
        const reversed = [
            ...list("network.existing.privateSubnetIds", [...existing.privateSubnetIds].reverse()),
            ...list("network.existing.dataSubnetIds", [...existing.dataSubnetIds].reverse()),
        ];
        const resources = async (...more: string[]) => {
            const recording = await planWith(
                subnetsWith(() => ({})),
                "prod",
                [...EXISTING, ...prefixed(more)],
            );
            const sorted = (_: string, value: unknown) => (Array.isArray(value) ? [...(value as unknown[])].sort() : value);
            return recording.registered.map(({ urn, inputs }) => JSON.stringify([urn, inputs], sorted));
        };
        expect(await resources(...reversed)).to.have.members(await resources());
    });

    describe("rejects, by key and before anything is registered,", () => {
        it("keys that have no effect, in both roles", () => {
            const ineffective = ["network.cidrBlock=10.9.0.0/16", "network.natGateways=single", "network.numberOfAvailabilityZones=2"];
            const why = "has no effect with network.existing: the owner of the VPC determines it";
            const expected = ineffective.map((it) => `ai-platform:${it.split("=")[0]}: ${why}`);
            expect(problemsOf("prod", [...IDS, S3, ...ineffective])).to.have.members(expected);
            const [problem, ...more] = problemsOf("dr", [...IDS, "primary.cidrBlock=10.0.0.0/16"]);
            expect(problem).to.contain("ai-platform:primary.cidrBlock: has no effect with network.existing");
            expect(more).to.be.empty;
        });

        it("a lake that accepts only an S3 endpoint that isn't configured", () => {
            expect(problemsOf("prod", IDS).join()).to.match(
                /^ai-platform:network\.existing\.s3EndpointId: is missing: lake\.onlyThroughEndpoint/,
            );
            expect(problemsOf("prod", [...IDS, "lake.onlyThroughEndpoint=false"])).to.be.empty;
        });

        it("a subnet in both tiers, one subnet, and a malformed ID", () => {
            const data = (...ids: string[]) => [IDS[0] ?? "", ...IDS.slice(1, 3), S3, ...list("network.existing.dataSubnetIds", ids)];
            expect(problemsOf("prod", data(first, "subnet-99999999")).join()).to.contain(
                `dataSubnetIds: must not contain private subnets: ${first}`,
            );
            expect(problemsOf("prod", data("subnet-99999999")).join()).to.contain("network.existing.dataSubnetIds");
            expect(problemsOf("prod", data("subnet-9", "subnet-99999999")).join()).to.contain("must be the ID of a subnet");
        });

        it("subnets of another VPC together with all other facts", async () => {
            const wrong = subnetsWith(({ id }) => ({
                ...(id === first ? { vpcId: "vpc-other" } : {}),
                ...(id === second ? { availableIpAddressCount: 2 } : {}),
            }));
            const getVpc = () => ({ id: VPC, enableDnsSupport: true, enableDnsHostnames: false });
            const message = await failureOf(planWith({ ...wrong, "aws:ec2/getVpc:getVpc": getVpc }, "prod", EXISTING));
            expect(message).to.contain("The platform can't use the existing network of stack prod. Nothing was changed:");
            expect(message).to.contain(`ai-platform:network.existing.vpcId: ${VPC} must have enableDnsHostnames`);
            expect(message).to.contain(`ai-platform:network.existing.privateSubnetIds: ${first} must be in ${VPC}, but is in vpc-other`);
            expect(message).to.contain(`ai-platform:network.existing.privateSubnetIds: ${second} has 2 free addresses`);
        });

        it("IDs that don't exist, but not a lookup without permission", async () => {
            const fails = (text: string) => () => {
                throw new Error(text);
            };
            const missing = {
                "aws:ec2/getVpc:getVpc": fails("no matching EC2 VPC found"),
                "aws:ec2/getSubnet:getSubnet": fails("InvalidSubnetID.NotFound: The subnet ID does not exist"),
            };
            const message = await failureOf(planWith(missing, "prod", prefixed([...IDS, "lake.onlyThroughEndpoint=false"])));
            for (const id of [VPC, ...existing.privateSubnetIds, ...existing.dataSubnetIds])
                expect(message).to.contain(`${id} doesn't exist in us-east-1`);
            const denied = { "aws:ec2/getSubnet:getSubnet": fails("UnauthorizedOperation: You are not authorized") };
            expect(await failureOf(planWith(denied, "prod", EXISTING))).to.contain("Allow ec2:DescribeSubnets");
        });

        it("private subnets without a default route, unless endpoints replace it", async () => {
            const isolated: DataSources = { "aws:ec2/getRouteTable:getRouteTable": tableWith([]) };
            const none: DataSources = {
                ...isolated,
                "aws:ec2/getVpcEndpoint:getVpcEndpoint": ({ serviceName }) => {
                    if (serviceName !== undefined) throw new Error("no matching EC2 VPC Endpoint found");
                    return undefined;
                },
            };
            const message = await failureOf(planWith(none, "prod", prefixed([...IDS, "lake.onlyThroughEndpoint=false"])));
            const why = `because these subnets have no default route: ${first}, ${second}`;
            expect(message).to.contain(`ai-platform:network.interfaceEndpoints: must also contain ${REQUIRED.join(", ")} ${why}`);
            expect(message).to.contain(`ai-platform:services.api.image: must be an image in ECR ${why}`);
            expect(message).to.contain("ai-platform:network.existing.s3EndpointId: is missing");

            const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v1";
            const images = prefixed([`services.api.image=${image}`, `services.api.collectorImage=${image}`]);
            const own = prefixed(list("network.interfaceEndpoints", REQUIRED));
            await planWith(none, "prod", [...EXISTING, ...images, ...own]);
            // The owner's endpoints.
            await planWith(isolated, "prod", [...EXISTING, ...images]);
        });
    });

    for (const [what, cidrBlock] of [
        ["the default route", "0.0.0.0/0"],
        ["a default route of two halves", "0.0.0.0/1"],
    ] as const)
        it(`finds ${what} in the subnet's own table before the main one`, async () => {
            const igw = "igw-0123456789abcdef0";
            const tables: DataSources = {
                "aws:ec2/getRouteTables:getRouteTables": ({ filters }) => ({
                    id: "it",
                    ids: [JSON.stringify(filters).includes("association.main") ? "rtb-main" : "rtb-own"],
                }),
                "aws:ec2/getRouteTable:getRouteTable": ({ routeTableId }) =>
                    routeTableId === "rtb-main"
                        ? tableWith([{ cidrBlock: "0.0.0.0/0", natGatewayId: "nat-1" }])({ routeTableId })
                        : tableWith([{ cidrBlock, gatewayId: igw }], first)({ routeTableId }),
            };
            const message = await failureOf(planWith(tables, "prod", prefixed([...IDS, "lake.onlyThroughEndpoint=false"])));
            expect(message).to.contain(`privateSubnetIds: ${first} must not have a default route to the internet gateway ${igw}`);
            expect(message).not.to.contain(second);
        });

    it("warns about few addresses on a live stack, which uses some itself", async () => {
        const few = subnetsWith(() => ({ availableIpAddressCount: 5 }));
        expect(await failureOf(planWith(few, "prod", EXISTING))).to.contain("has 5 free addresses, but the platform needs 16");
        const { outputs } = await plan("prod", EXISTING);
        const live = await planWith(few, "prod", EXISTING, outputs);
        expect(live.warnings.join()).to.contain(`network.existing.privateSubnetIds: ${first} has 5 free addresses`);
    });

    describe("that is deployed", () => {
        const settings = (overrides: string[]) => {
            const { own, aws: provider } = configOf("prod", prefixed(overrides));
            const { values, problems } = parseConfig(own, provider, "prod");
            if (!values) throw new Error(problems.join("; "));
            return settingsOf(values, "us-east-1");
        };
        const refused = (before: string[], after: string[]) => refusals(settings(before), settings(after), () => false);

        it("can't move between its own network and existing ones", () => {
            const other = [`network.existing.vpcId=vpc-${"9".repeat(17)}`, ...IDS.slice(1), S3];
            for (const [before, after] of [
                [[], [...IDS, S3]],
                [[...IDS, S3], []],
                [[...IDS, S3], other],
            ] as const)
                expect(refused([...before], [...after]).join()).to.match(/^ai-platform:network\.cidrBlock: .* replaces the network/);
            expect(refused([...IDS, S3], [...IDS, S3])).to.be.empty;
        });

        it("can't exchange the data subnet of a zone, but can add and remove zones", () => {
            const data = (zones: Record<string, string>) =>
                existingSettings({
                    vpcId: VPC,
                    private: [],
                    data: Object.entries(zones).map(([availabilityZone, subnetId]) => ({ ...FACTS, availabilityZone, subnetId })),
                });
            const before = data({ a: "subnet-1", b: "subnet-2" });
            const problems = refusals(before, data({ a: "subnet-1", b: "subnet-3" }), () => false);
            expect(problems.join()).to.contain("ai-platform:network.existing.dataSubnetIds").and.to.contain("AWS rejects");
            expect(refusals(before, data({ b: "subnet-2", c: "subnet-3" }), () => false)).to.be.empty;
        });
    });
});

const FACTS = { vpcId: VPC, availabilityZoneId: "", cidrBlock: "10.0.0.0/24", availableIpAddressCount: 9, routeTableId: "rtb-1" };

const zoneOf = ([availabilityZone, availabilityZoneId] = ["us-east-1a", "use1-az1"]) => ({ availabilityZone, availabilityZoneId });

/** Subnets that differ from suitable ones. */
function subnetsWith(different: (inputs: { id: string }) => Record<string, unknown>): DataSources {
    const ids = [...existing.privateSubnetIds, ...existing.dataSubnetIds];
    const zones: [string, string][] = [
        ["us-east-1a", "use1-az1"],
        ["us-east-1b", "use1-az2"],
    ];
    return {
        "aws:ec2/getSubnet:getSubnet": ({ id }) => ({
            id,
            ...FACTS,
            availableIpAddressCount: 200,
            ...zoneOf(zones[ids.indexOf(String(id)) % 2]),
            ...different({ id: String(id) }),
        }),
    };
}

const TARGETS = ["gatewayId", "natGatewayId", "transitGatewayId", "networkInterfaceId", "vpcEndpointId", "instanceId", "coreNetworkArn"];

/** A route table: the main one, or that of a subnet. */
const tableWith =
    (routes: Record<string, string>[], subnetId = "") =>
    ({ routeTableId }: Record<string, unknown>) => ({
        id: routeTableId,
        routeTableId,
        associations: [{ main: subnetId === "", subnetId }],
        routes: routes.map((route) => ({ ...Object.fromEntries(TARGETS.map((key) => [key, ""])), vpcPeeringConnectionId: "", ...route })),
    });
