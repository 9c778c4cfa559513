import {
    AllocateAddressCommand,
    AssociateRouteTableCommand,
    CreateNatGatewayCommand,
    CreateRouteCommand,
    CreateRouteTableCommand,
    CreateSubnetCommand,
    CreateVpcCommand,
    CreateVpcEndpointCommand,
    DescribeAvailabilityZonesCommand,
    DescribeSubnetsCommand,
    EC2Client,
    ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import { zonesWithVpcLinks } from "../../components/vpc/zones";
import { PRIMARY } from "./live-stack";
import { type Deployment, missing, Project, skipIfMissing } from "./support";

const key = (path: string) => `ai-platform:network.${path}`;
const OWN = ["cidrBlock", "numberOfAvailabilityZones", "natGateways"];

/** A VPC that a network team created, with two zones, and a subnet in another VPC. */
async function createExisting() {
    const ec2 = new EC2Client({ region: PRIMARY });
    const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
    const zones = zonesWithVpcLinks(
        PRIMARY,
        AvailabilityZones.map(({ ZoneName: name = "", ZoneId: id = "" }) => ({ name, id })),
    ).slice(0, 2);
    const vpc = async (CidrBlock: string) => (await ec2.send(new CreateVpcCommand({ CidrBlock }))).Vpc?.VpcId ?? "";
    const subnet = async (VpcId: string, CidrBlock: string, zone: number) =>
        (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: zones[zone]?.name }))).Subnet?.SubnetId ?? "";
    const vpcId = await vpc("10.42.0.0/16");
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
    const privateSubnetIds = [await subnet(vpcId, "10.42.1.0/24", 0), await subnet(vpcId, "10.42.2.0/24", 1)];
    const dataSubnetIds = [await subnet(vpcId, "10.42.3.0/24", 0), await subnet(vpcId, "10.42.4.0/24", 1)];
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    const SubnetId = await subnet(vpcId, "10.42.5.0/24", 0);
    const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
    const route = { RouteTableId: RouteTable?.RouteTableId ?? "", DestinationCidrBlock: "0.0.0.0/0" };
    await ec2.send(new CreateRouteCommand({ ...route, NatGatewayId: NatGateway?.NatGatewayId }));
    for (const id of privateSubnetIds) await ec2.send(new AssociateRouteTableCommand({ RouteTableId: route.RouteTableId, SubnetId: id }));
    const ServiceName = `com.amazonaws.${PRIMARY}.s3`;
    const { VpcEndpoint } = await ec2.send(
        new CreateVpcEndpointCommand({ VpcId: vpcId, ServiceName, VpcEndpointType: "Gateway", RouteTableIds: [route.RouteTableId] }),
    );
    const elsewhere = await subnet(await vpc("10.43.0.0/16"), "10.43.1.0/24", 1);
    return { vpcId, privateSubnetIds, dataSubnetIds, s3EndpointId: VpcEndpoint?.VpcEndpointId ?? "", elsewhere };
}

describe("networks", function () {
    this.timeout(30 * 60_000);
    let project: Project;

    before(function () {
        skipIfMissing(this);
        project = new Project({ checkpoints: false });
    });
    after(() => {
        if (!missing()) project.remove();
    });

    describe("dev in an existing VPC", () => {
        let existing: Awaited<ReturnType<typeof createExisting>>;
        let deployment: Deployment;

        async function configure(subnets: string[]) {
            for (const [i, id] of subnets.entries()) await deployment.set(key(`existing.privateSubnetIds[${i}]`), id);
        }
        before(async () => {
            existing = await createExisting();
            deployment = await project.stack("dev", {});
            for (const path of OWN) await deployment.remove(key(path));
            await deployment.set(key("existing.vpcId"), existing.vpcId);
            await deployment.set(key("existing.s3EndpointId"), existing.s3EndpointId);
            await deployment.set(key("interfaceEndpoints[0]"), "ecr.api");
            for (const [i, id] of existing.dataSubnetIds.entries()) await deployment.set(key(`existing.dataSubnetIds[${i}]`), id);
        });

        it("is refused with a subnet of another VPC, before anything is created", async () => {
            await configure([existing.privateSubnetIds[0] ?? "", existing.elsewhere]);
            const message = await deployment.up().then(() => "", String);
            expect(message).to.contain(`network.existing.privateSubnetIds: ${existing.elsewhere} must be in ${existing.vpcId}`);
            expect((await deployment.resources()).filter(({ type, custom }) => custom && type.startsWith("aws:"))).to.be.empty;
        });

        it("is created in its subnets, without a network of its own, and is unchanged afterwards", async () => {
            await configure(existing.privateSubnetIds);
            await deployment.create();
            const types = (await deployment.resources()).map(({ type }) => type);
            expect(types.filter((type) => /^aws:ec2\/(vpc|subnet|route|routeTable|natGateway):/.test(type))).to.be.empty;
            const { inputs } = await deployment.resource("aws:rds/subnetGroup:SubnetGroup", "database-subnets");
            expect(inputs.subnetIds).to.have.members(existing.dataSubnetIds);
            expect(await deployment.preview()).to.deep.equal({});
        });

        it("loses its endpoint when the key is removed", async () => {
            await deployment.remove(key("interfaceEndpoints"));
            const { delete: deleted = [], ...others } = await deployment.up();
            expect(others).to.deep.equal({});
            expect(deleted.map(nameOf)).to.include.members(["network-ecr-api", "network-endpoints"]);
        });

        it("is destroyed, but the VPC isn't", async () => {
            await deployment.destroy();
            expect(await deployment.resources()).to.deep.equal([]);
            const SubnetIds = [...existing.privateSubnetIds, ...existing.dataSubnetIds];
            const { Subnets = [] } = await new EC2Client({ region: PRIMARY }).send(new DescribeSubnetsCommand({ SubnetIds }));
            expect(Subnets).to.have.length(4);
            await deployment.stack.workspace.removeStack("dev");
        });
    });

    describe("the egress of a live stack", () => {
        let deployment: Deployment;
        const routes = (urns: string[] = []) => urns.filter((urn) => urn.includes("route:Route::")).map(nameOf);

        before(async () => {
            deployment = await project.stack("dev", {});
            await deployment.create();
        });

        it("moves to a NAT instance after confirmation: the routes change in place when it runs", async () => {
            await deployment.set(key("natGateways"), "instance");
            expect(await deployment.preview().then(() => "", String)).to.contain("Elastic IP addresses");
            await deployment.set("ai-platform:confirmDeletion[0]", "addresses");
            const { create = [], update = [], delete: deleted = [], replace } = await deployment.up();
            expect(replace).to.equal(undefined);
            expect(routes(update)).to.have.length(2);
            const started = (part: string) => deployment.last.find(({ urn }) => urn.includes(part))?.started ?? 0;
            const ended = (part: string) => deployment.last.find(({ urn }) => urn.includes(part))?.ended ?? Infinity;
            expect(ended("autoscaling/group:Group::")).to.be.lessThan(started("route:Route::network-private"));
            expect(create.map(nameOf).some((name) => name.startsWith("network-nat-instance-"))).to.equal(true);
            expect(deleted.some((urn) => urn.includes("natGateway:NatGateway::"))).to.equal(true);
            expect(await deployment.preview()).to.deep.equal({});
        });

        it("is connected to a transit gateway and disconnected again", async () => {
            const before = (await deployment.resources()).map(({ urn }) => urn).sort();
            await deployment.set(key("transitGatewayId"), "tgw-0123456789abcdef0");
            await deployment.set(key("transitGatewayCidrBlocks[0]"), "172.20.0.0/14");
            const attached = await deployment.up();
            expect(Object.keys(attached)).to.deep.equal(["create"]);
            expect(routes(attached.create)).to.have.length(2);
            expect(await deployment.preview()).to.deep.equal({});
            await deployment.remove(key("transitGatewayId"));
            await deployment.remove(key("transitGatewayCidrBlocks"));
            expect(Object.keys(await deployment.up())).to.deep.equal(["delete"]);
            expect((await deployment.resources()).map(({ urn }) => urn).sort()).to.deep.equal(before);
        });

        it("moves back to a NAT gateway, and is destroyed", async () => {
            await deployment.set(key("natGateways"), "single");
            const { update = [], delete: deleted = [] } = await deployment.up();
            expect(routes(update)).to.have.length(2);
            expect(deleted.some((urn) => urn.includes("autoscaling/group:Group::"))).to.equal(true);
            await deployment.destroy();
            expect(await deployment.resources()).to.deep.equal([]);
        });
    });
});
