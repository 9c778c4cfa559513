import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Vpc, type VpcArgs } from "../../components";
import { record, type Recording } from "../../components/testing";
import { rules } from "../../policy/rules";
import { addressSettings } from "../../stacks/addresses";
import { refusals } from "../../stacks/live-changes";
import { network } from "../support/minimal";
import { plan, prefixed, problemsWith } from "../support/plans";
import { untransformable } from "../support/transforms";

const TGW = "tgw-0123456789abcdef0";
const recorded = (args: Partial<VpcArgs>) => record(() => new Vpc("network", { ...network, natGateways: "none", ...args }));
const routes = (recording: Recording, tier: string) =>
    recording.all(aws.ec2.Route).filter(({ name }) => name.startsWith(`network-${tier}-`));
const dependenciesOf = (recording: Recording, urn: string) =>
    recording.registered.find((it) => it.urn === urn)?.dependencies.map((it) => it.split("::").at(-2)?.split("$").at(-1)) ?? [];

const problemsOf = (...settings: string[]) => problemsWith("prod", prefixed(settings));

describe("a NAT instance", () => {
    let recording: Recording;
    before(async () => {
        recording = await recorded({ natGateways: "instance" });
    });

    it("is the default route of all private subnets, through a network interface with a permanent address", () => {
        const card = recording.one(aws.ec2.NetworkInterface);
        expect(routes(recording, "private").map(({ inputs }) => inputs.networkInterfaceId)).to.deep.equal([card.id, card.id]);
        expect(routes(recording, "data")).to.be.empty;
        expect(recording.all(aws.ec2.NatGateway)).to.be.empty;
        expect(card.inputs.sourceDestCheck).to.equal(false);
        const subnet = recording.all(aws.ec2.Subnet).find(({ name }) => name === "network-public-us-east-1a");
        expect(card.inputs.subnetId).to.equal(subnet?.id);
        expect(recording.one(aws.ec2.EipAssociation).inputs).to.deep.include({
            allocationId: recording.one(aws.ec2.Eip).id,
            networkInterfaceId: card.id,
        });
    });

    it("gets the routes only when it runs, so that a NAT gateway serves until then", () => {
        for (const { urn } of routes(recording, "private"))
            expect(dependenciesOf(recording, urn)).to.include("aws:autoscaling/group:Group");
    });

    it("is replaced when it fails and regularly, with the latest image, after it has released the network interface", () => {
        const { inputs } = recording.one(aws.autoscaling.Group);
        expect(inputs).to.deep.include({
            minSize: 1,
            maxSize: 1,
            desiredCapacity: 1,
            availabilityZones: ["us-east-1a"],
            healthCheckType: "EC2",
        });
        expect(inputs).not.to.have.property("vpcZoneIdentifiers");
        expect(inputs.maxInstanceLifetime).to.be.within(86_400, 31 * 86_400);
        const oneAtATime = { minHealthyPercentage: 0, maxHealthyPercentage: 100 };
        expect(inputs.instanceMaintenancePolicy).to.deep.equal(oneAtATime);
        expect(inputs.instanceRefresh).to.deep.equal({ strategy: "Rolling", preferences: oneAtATime });
        const template = recording.one(aws.ec2.LaunchTemplate);
        expect(inputs.launchTemplate).to.deep.equal({ id: template.id, version: "1" });
        expect(template.inputs.imageId).to.match(/^resolve:ssm:.*al2023.*arm64$/);
        expect(template.inputs.networkInterfaces).to.deep.equal([
            { deviceIndex: 0, networkInterfaceId: recording.one(aws.ec2.NetworkInterface).id, deleteOnTermination: "false" },
        ]);
    });

    it("has no role, no key pair, an encrypted volume, and version 2 of the metadata service", () => {
        const { inputs } = recording.one(aws.ec2.LaunchTemplate);
        expect(inputs).not.to.have.any.keys("iamInstanceProfile", "keyName");
        expect(inputs.metadataOptions).to.deep.include({ httpTokens: "required", httpPutResponseHopLimit: 1 });
        expect(inputs.blockDeviceMappings?.[0]?.ebs?.encrypted).to.equal("true");
    });

    it("accepts only HTTPS from the VPC, and forwards only HTTPS", () => {
        const group = recording.all(aws.ec2.SecurityGroup).map(({ id }) => id);
        const https = { ipProtocol: "tcp", fromPort: 443, toPort: 443, securityGroupId: group[0] };
        const ingress = recording.all(aws.vpc.SecurityGroupIngressRule).map(({ inputs }) => inputs);
        expect(ingress).to.have.length(1);
        expect(ingress[0]).to.deep.include({ ...https, cidrIpv4: "10.0.0.0/16" });
        expect(recording.one(aws.vpc.SecurityGroupEgressRule).inputs).to.deep.include({ ...https, cidrIpv4: "0.0.0.0/0" });
        expect(recording.one(aws.ec2.NetworkInterface).inputs.securityGroups).to.deep.equal(group);
    });

    it("translates the addresses of the VPC, forwards packets after a reboot, and terminates if its setup fails", () => {
        const { inputs } = recording.one(aws.ec2.LaunchTemplate);
        const script = Buffer.from(String(inputs.userData), "base64").toString();
        expect(script).to.contain("ip saddr 10.0.0.0/16 ip daddr != 10.0.0.0/16 masquerade");
        expect(script).to.contain("net.ipv4.ip_forward=1 > /etc/sysctl.d/").and.to.contain("systemctl enable --now nftables");
        expect(script).to.contain("trap 'shutdown -h now' ERR");
        expect(inputs.instanceInitiatedShutdownBehavior).to.equal("terminate");
    });

    it("pages if none is running", async () => {
        const { outputs } = await record(() => ({ alarms: new Vpc("network", { ...network, natGateways: "instance" }).alarms }));
        const alarms = outputs.alarms as Record<string, unknown>[];
        expect(alarms.map(({ name }) => name)).to.deep.equal(["nat-instance-missing"]);
        expect(alarms[0]).to.deep.include({ severity: "page", comparison: "below", threshold: 1, missingData: "breaching" });
        expect(recording.one(aws.autoscaling.Group).inputs.enabledMetrics).to.include(alarms[0]?.metricName);
    });

    it("can have every resource transformed, and is in accordance with the policy rules", async () => {
        const create = (transform: never) =>
            new Vpc("network", {
                ...network,
                natGateways: "instance",
                transitGatewayId: TGW,
                transitGatewayCidrBlocks: ["10.9.0.0/16"],
                transform,
            });
        expect(await untransformable(create)).to.deep.equal([]);
        const planned = await plan(
            "dev",
            prefixed([
                "network.natGateways=instance",
                `network.transitGatewayId=${TGW}`,
                "network.transitGatewayCidrBlocks[0]=10.9.0.0/16",
            ]),
        );
        for (const rule of rules) expect(await rule.check(planned.deployment().deployment.resources), rule.name).to.deep.equal([]);
    });

    it("has another address than a NAT gateway, so changing to and from it must be confirmed", () => {
        const settings = (natGateways: "single" | "instance" | "one-per-zone" | "none") =>
            addressSettings({ cidrBlock: "10.0.0.0/16", numberOfAvailabilityZones: 2, subnets: {}, natGateways }, [
                { name: "us-east-1a", slot: 0 },
                { name: "us-east-1b", slot: 1 },
            ]);
        const refused = (before: Parameters<typeof settings>[0], after: Parameters<typeof settings>[0]) =>
            refusals(settings(before), settings(after), () => false).map((it) => it.split(": ")[0]);
        const keys = ["ai-platform:network.natGateways"];
        for (const [before, after] of [
            ["single", "instance"],
            ["instance", "single"],
            ["one-per-zone", "instance"],
            ["instance", "one-per-zone"],
            ["instance", "none"],
        ] as const)
            expect(refused(before, after), `${before} to ${after}`).to.deep.equal(keys);
        expect(refused("none", "instance")).to.be.empty;
        expect(refused("instance", "instance")).to.be.empty;
    });
});

describe("a transit gateway", () => {
    const attached = { transitGatewayId: TGW, transitGatewayCidrBlocks: ["10.9.0.0/16", "192.168.0.0/16"] };

    it("is attached to the private subnets, which have routes to it after the attachment", async () => {
        const recording = await recorded(attached);
        const attachment = recording.one(aws.ec2transitgateway.VpcAttachment);
        const subnets = recording.all(aws.ec2.Subnet).filter(({ name }) => name.startsWith("network-private-"));
        expect(attachment.inputs).to.deep.include({ transitGatewayId: TGW, subnetIds: subnets.map(({ id }) => id) });
        const toGateway = recording.all(aws.ec2.Route).filter(({ inputs }) => inputs.transitGatewayId === TGW);
        expect(toGateway.map(({ name }) => name)).to.have.members(
            ["us-east-1a", "us-east-1b"].flatMap((zone) =>
                ["10-9-0-0-16", "192-168-0-0-16"].map((block) => `network-private-${zone}-to-${block}`),
            ),
        );
        for (const { urn } of toGateway)
            expect(dependenciesOf(recording, urn)).to.include("aws:ec2transitgateway/vpcAttachment:VpcAttachment");
        expect(routes(recording, "data")).to.be.empty;
        expect(routes(recording, "public")).to.have.length(2);
    });

    it("keeps the other routes when a block is removed", async () => {
        const names = async (blocks: string[]) =>
            routes(await recorded({ ...attached, transitGatewayCidrBlocks: blocks }), "private").map(({ urn }) => urn);
        expect(await names(["192.168.0.0/16", "10.9.0.0/16"])).to.include.members(await names(["10.9.0.0/16"]));
    });

    it("can have the default route, and all addresses of the organization", async () => {
        const recording = await recorded({ ...attached, transitGatewayCidrBlocks: ["0.0.0.0/0", "10.0.0.0/8"] });
        const defaults = routes(recording, "private").filter(({ inputs }) => inputs.destinationCidrBlock === "0.0.0.0/0");
        expect(defaults.map(({ inputs }) => inputs.transitGatewayId)).to.deep.equal([TGW, TGW]);
    });

    it("provides internet access, so that a network without NAT gateways needs no endpoints", async () => {
        const set = ["network.natGateways=none", `network.transitGatewayId=${TGW}`];
        expect(problemsOf(...set, "network.transitGatewayCidrBlocks[0]=10.9.0.0/16").join()).to.contain(
            "network.interfaceEndpoints: must also contain",
        );
        const all = [...set, "network.transitGatewayCidrBlocks[0]=0.0.0.0/0"];
        expect(problemsOf(...all)).to.be.empty;
        expect((await plan("prod", prefixed(all))).warnings.join()).not.to.contain("signing keys");
    });

    it("is rejected by key without blocks, without an ID, and with blocks that can't be routed to it", () => {
        const id = `network.transitGatewayId=${TGW}`;
        const blocks = (...values: string[]) => values.map((value, i) => `network.transitGatewayCidrBlocks[${i}]=${value}`);
        const cases: [settings: string[], problem: string][] = [
            [[id], "network.transitGatewayCidrBlocks: must contain the blocks"],
            [blocks("10.9.0.0/16"), "network.transitGatewayId: is missing"],
            [["network.transitGatewayId=tgw", ...blocks("10.9.0.0/16")], "must be the ID of a transit gateway"],
            [[id, ...blocks("10.9.0.1/16")], "network.transitGatewayCidrBlocks: must be IPv4 blocks that begin with their first address"],
            [[id, ...blocks("10.0.0.0/16")], "network.transitGatewayCidrBlocks: must not be inside the VPC's block 10.0.0.0/16"],
            [[id, ...blocks("10.0.64.0/18")], "network.transitGatewayCidrBlocks: must not be inside the VPC's block 10.0.0.0/16"],
            [[id, ...blocks("0.0.0.0/0")], "network.transitGatewayCidrBlocks: can contain 0.0.0.0/0 only with natGateways none"],
        ];
        for (const [settings, problem] of cases) expect(problemsOf(...settings).join("\n")).to.contain(problem);
        expect(() => new Vpc("network", { ...network, natGateways: "none", transitGatewayId: TGW })).to.throw(
            'Vpc "network": transitGatewayCidrBlocks must contain the blocks',
        );
    });
});

describe("the default blocks", () => {
    it("of five zones fit a /20", () => {
        expect(problemsOf("network.cidrBlock=10.5.16.0/20", "network.numberOfAvailabilityZones=5")).to.be.empty;
        expect(problemsOf("network.cidrBlock=10.5.16.0/21", "network.numberOfAvailabilityZones=3").join()).to.contain(
            "network.cidrBlock: ",
        );
    });
});
