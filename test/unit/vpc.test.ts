import * as aws from "@pulumi/aws";
import type { VpcArgs as AwsxVpcArgs } from "@pulumi/awsx/ec2";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Vpc, type VpcArgs } from "../../components";
import { internetGatewayId } from "../../components/vpc/awsx-outputs";
import { untransformable } from "../support/transforms";
import { parsePolicy, record, type Recording, resolve, type ResourceClass } from "../../components/testing";

const third = (n: number) => [n, n + 1, n + 2].map((octet) => `10.0.${octet}.0/24`);
const args: VpcArgs = {
    cidrBlock: "10.0.0.0/16",
    availabilityZoneNames: ["us-east-1a", "us-east-1b", "us-east-1d"],
    subnets: { public: third(1), private: third(4), data: third(7) },
    natGateways: "one-per-zone",
    logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-logs",
};
const recorded = (more: Partial<VpcArgs> = {}) =>
    record(() => {
        const { vpcId, publicSubnetIds, privateSubnetIds, dataSubnetIds, natGatewayIds, s3EndpointId, alarms } = new Vpc("network", {
            ...args,
            ...more,
        });
        return { vpcId, publicSubnetIds, privateSubnetIds, dataSubnetIds, natGatewayIds, s3EndpointId, alarms };
    });
const idsOf = <Args>(recording: Recording, type: ResourceClass<Args>, tier: string) =>
    recording.all(type, new RegExp(`^network-${tier}-us-east-1\\w$`)).map(({ id }) => id);
/** Target of a subnet's default route. */
const wayOut = (recording: Recording, tier: string) =>
    recording.all(aws.ec2.Route, new RegExp(`-${tier}-`)).map(({ inputs }) => inputs.natGatewayId ?? inputs.gatewayId);

describe("Vpc", () => {
    it("has three tiers in the given zones with the given blocks", async () => {
        const recording = await recorded();
        const subnets = recording
            .all(aws.ec2.Subnet)
            .map(({ name, inputs }) => `${name} ${String(inputs.cidrBlock)} ${String(inputs.availabilityZone)}`);
        expect(subnets.sort()).to.deep.equal([
            "network-data-us-east-1a 10.0.7.0/24 us-east-1a",
            "network-data-us-east-1b 10.0.8.0/24 us-east-1b",
            "network-data-us-east-1d 10.0.9.0/24 us-east-1d",
            "network-private-us-east-1a 10.0.4.0/24 us-east-1a",
            "network-private-us-east-1b 10.0.5.0/24 us-east-1b",
            "network-private-us-east-1d 10.0.6.0/24 us-east-1d",
            "network-public-us-east-1a 10.0.1.0/24 us-east-1a",
            "network-public-us-east-1b 10.0.2.0/24 us-east-1b",
            "network-public-us-east-1d 10.0.3.0/24 us-east-1d",
        ]);
        expect(recording.one(aws.ec2.Vpc).inputs).to.include({
            cidrBlock: "10.0.0.0/16",
            enableDnsHostnames: true,
            enableDnsSupport: true,
        });
    });

    it("returns the IDs of the VPC, its subnets, gateways, and endpoint", async () => {
        const recording = await recorded();
        expect(recording.outputs).to.deep.include({
            vpcId: recording.one(aws.ec2.Vpc).id,
            publicSubnetIds: idsOf(recording, aws.ec2.Subnet, "public"),
            privateSubnetIds: idsOf(recording, aws.ec2.Subnet, "private"),
            dataSubnetIds: idsOf(recording, aws.ec2.Subnet, "data"),
            natGatewayIds: recording.all(aws.ec2.NatGateway).map(({ id }) => id),
            s3EndpointId: recording.one(aws.ec2.VpcEndpoint).id,
        });
    });

    it("supports an `up` with targets that exclude the VPC, for which awsx returns nothing", async () => {
        const internetGateway = pulumi.output<unknown>(undefined) as Parameters<typeof internetGatewayId>[0]["internetGateway"];
        const { outputs } = await record(() => ({ gateway: internetGatewayId({ internetGateway }) }));
        expect(outputs).to.deep.equal({ gateway: "" });
    });

    it("takes the VPC and the internet gateway from awsx, and no subnets", async () => {
        const recording = await recorded();
        const { inputs } = recording.one<AwsxVpcArgs>("awsx:ec2:Vpc");
        expect(inputs.subnetSpecs).to.deep.equal([{ type: "Unused" }]);
        expect(inputs.vpcEndpointSpecs).to.be.undefined;
        const children = recording.registered.filter(({ expanded }) => expanded);
        expect(children.map(({ type }) => type)).to.deep.equal(["aws:ec2/vpc:Vpc", "aws:ec2/internetGateway:InternetGateway"]);
    });

    it("routes public subnets to the internet, private subnets to the NAT gateway of their zone, and data subnets nowhere", async () => {
        const recording = await recorded();
        const gateway = recording.one(aws.ec2.InternetGateway).id;
        expect(wayOut(recording, "public")).to.deep.equal([gateway, gateway, gateway]);
        expect(wayOut(recording, "private")).to.deep.equal(recording.all(aws.ec2.NatGateway).map(({ id }) => id));
        expect(wayOut(recording, "data")).to.be.empty;
        expect(recording.all(aws.ec2.NatGateway)).to.have.length(3);
    });

    it("creates NAT gateways after the route of their subnet, because AWS rejects them in a VPC without an internet gateway", async () => {
        const recording = await recorded();
        for (const zone of args.availabilityZoneNames) {
            const { dependencies } = recording.one(aws.ec2.NatGateway, `network-nat-${zone}`);
            expect(dependencies, zone).to.include(recording.one(aws.ec2.Route, `network-public-${zone}`).urn);
        }
    });

    it("shares one NAT gateway, or has none", async () => {
        const single = await recorded({ natGateways: "single" });
        const { id } = single.one(aws.ec2.NatGateway);
        expect(wayOut(single, "private")).to.deep.equal([id, id, id]);
        const none = await recorded({ natGateways: "none" });
        expect(none.all(aws.ec2.NatGateway)).to.be.empty;
        expect(wayOut(none, "private")).to.be.empty;
        expect(none.outputs.natGatewayIds).to.deep.equal([]);
    });

    it("puts only NAT gateways into public subnets", async () => {
        const recording = await recorded({ interfaceEndpoints: ["ecr.api", "logs"] });
        const publicIds = new Set(idsOf(recording, aws.ec2.Subnet, "public"));
        const inPublic = recording.registered.filter(({ type, inputs }) => {
            const placed = [inputs.subnetId, inputs.subnetIds].flat().some((id) => typeof id === "string" && publicIds.has(id));
            return placed && type !== "aws:ec2/routeTableAssociation:RouteTableAssociation";
        });
        expect(inPublic.map(({ type }) => type)).to.deep.equal(Array(3).fill("aws:ec2/natGateway:NatGateway"));
        expect(recording.all(aws.ec2.Subnet).filter(({ inputs }) => inputs.mapPublicIpOnLaunch)).to.be.empty;
    });

    it("empties the default security group", async () => {
        const recording = await recorded();
        const group = recording.one(aws.ec2.DefaultSecurityGroup);
        expect(group.inputs).to.deep.include({ vpcId: recording.one(aws.ec2.Vpc).id, ingress: [], egress: [] });
    });

    it("is the parent of its resources", async () => {
        const recording = await recorded({ interfaceEndpoints: ["logs"] });
        const own = recording.registered.filter(({ expanded, type }) => !expanded && !type.startsWith("pulumi:") && !type.endsWith(":Vpc"));
        const zonal = /-us-east-1\w$/;
        expect(own.filter(({ name }) => zonal.test(name))).to.have.length(9 + 9 + 9 + 6 + 3 + 3);
        expect(own.flatMap(({ name }) => (zonal.test(name) ? [] : name)).sort()).to.deep.equal([
            "network-default",
            "network-endpoints",
            "network-flow-log",
            "network-flow-log",
            "network-flow-log-write",
            "network-flow-logs",
            "network-logs",
            "network-s3",
        ]);
        for (const { parent } of own) expect(parent).to.equal("urn:pulumi:stack::project::ai-platform:components:Vpc::network");
    });
});

describe("Vpc: endpoints", () => {
    it("has a gateway endpoint to S3 for private and data subnets", async () => {
        const recording = await recorded();
        const { inputs } = recording.one(aws.ec2.VpcEndpoint, "network-s3");
        expect(inputs).to.include({
            serviceName: "com.amazonaws.us-east-1.s3",
            vpcEndpointType: "Gateway",
            vpcId: recording.one(aws.ec2.Vpc).id,
        });
        const tables = [...idsOf(recording, aws.ec2.RouteTable, "private"), ...idsOf(recording, aws.ec2.RouteTable, "data")];
        expect(tables).to.have.length(6);
        expect(inputs.routeTableIds).to.have.members(tables);
    });

    it("allows only objects in buckets of this account and image layers of ECR through it", async () => {
        const recording = await recorded();
        const [own, others, ...more] = parsePolicy(recording.one(aws.ec2.VpcEndpoint).inputs.policy).Statement;
        expect(own?.Condition).to.deep.equal({ StringEquals: { "aws:ResourceAccount": "123456789012" } });
        expect(own?.Action).to.include.members(["s3:GetObject", "s3:ListBucket", "s3:PutObject"]);
        expect(own?.Action.filter((action) => /\*|Policy|Acl|Bucket(?!Location|Multipart|Versions|$)/.test(action))).to.be.empty;
        expect(others).to.deep.include({ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"] });
        expect(more).to.be.empty;
    });

    it("allows reading from additional buckets", async () => {
        const recording = await recorded({ readableBuckets: ["open-data"] });
        const others = parsePolicy(recording.one(aws.ec2.VpcEndpoint).inputs.policy).Statement[1];
        expect(others?.Action).to.deep.equal(["s3:GetObject", "s3:ListBucket"]);
        expect(others?.Resource).to.include.members(["arn:aws:s3:::open-data", "arn:aws:s3:::open-data/*"]);
    });

    it("puts interface endpoints with private DNS into the private subnets, with one security group", async () => {
        const recording = await recorded({ interfaceEndpoints: ["ecr.api", "bedrock-runtime"] });
        const group = recording.one(aws.ec2.SecurityGroup, "network-endpoints");
        for (const [name, service] of [
            ["network-ecr-api", "ecr.api"],
            ["network-bedrock-runtime", "bedrock-runtime"],
        ]) {
            expect(recording.one(aws.ec2.VpcEndpoint, name).inputs).to.deep.include({
                vpcId: recording.one(aws.ec2.Vpc).id,
                serviceName: `com.amazonaws.us-east-1.${service!}`,
                vpcEndpointType: "Interface",
                privateDnsEnabled: true,
                subnetIds: idsOf(recording, aws.ec2.Subnet, "private"),
                securityGroupIds: [group.id],
            });
        }
        expect(recording.all(aws.vpc.SecurityGroupIngressRule)).to.be.empty;
    });

    const allowed = (interfaceEndpoints: string[]) =>
        record(() => {
            const vpc = new Vpc("network", { ...args, interfaceEndpoints });
            const group = new aws.ec2.SecurityGroup("api", { vpcId: vpc.vpcId });
            vpc.allowEndpointsFrom({ logicalName: "api", securityGroupId: group.id });
        });

    it("allows a client to reach them on 443, by security group reference", async () => {
        const recording = await allowed(["logs"]);
        const { id } = recording.one(aws.ec2.SecurityGroup, "network-endpoints");
        const peer = recording.one(aws.ec2.SecurityGroup, "api").id;
        const https = { ipProtocol: "tcp", fromPort: 443, toPort: 443 };
        const ingress = recording.one(aws.vpc.SecurityGroupIngressRule, "network-endpoints-from-api-443").inputs;
        expect(ingress).to.include({ ...https, securityGroupId: id, referencedSecurityGroupId: peer });
        const egress = recording.one(aws.vpc.SecurityGroupEgressRule, "api-to-network-endpoints-443").inputs;
        expect(egress).to.include({ ...https, securityGroupId: peer, referencedSecurityGroupId: id });
    });

    it("has no security group and no rules without interface endpoints", async () => {
        const recording = await allowed([]);
        expect(recording.all(aws.ec2.SecurityGroup).map(({ name }) => name)).to.deep.equal(["api"]);
        expect(recording.all(aws.vpc.SecurityGroupIngressRule)).to.be.empty;
    });
});

describe("Vpc: flow logs", () => {
    it("record all traffic to an encrypted log group, kept for 30 days by default", async () => {
        const recording = await recorded();
        const group = recording.one(aws.cloudwatch.LogGroup);
        expect(group.inputs).to.include({ kmsKeyId: args.logKeyArn, retentionInDays: 30 });
        expect(recording.one(aws.ec2.FlowLog).inputs).to.include({
            vpcId: recording.one(aws.ec2.Vpc).id,
            trafficType: "ALL",
            logDestinationType: "cloud-watch-logs",
            logDestination: group.outputs.arn,
            iamRoleArn: recording.one(aws.iam.Role).outputs.arn,
        });
        expect((await recorded({ logRetentionDays: 90 })).one(aws.cloudwatch.LogGroup).inputs.retentionInDays).to.equal(90);
    });

    it("are written with a role that only flow logs of this account can assume, to their log group only", async () => {
        const recording = await recorded();
        const [trust] = parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy).Statement;
        expect(trust).to.deep.include({
            Principal: ["vpc-flow-logs.amazonaws.com"],
            Condition: {
                StringEquals: { "aws:SourceAccount": "123456789012" },
                ArnLike: { "aws:SourceArn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*" },
            },
        });
        const policy = recording.one(aws.iam.RolePolicy, "network-flow-log-write");
        const [write, find] = parsePolicy(policy.inputs.policy).Statement;
        const { arn } = recording.one(aws.cloudwatch.LogGroup).outputs;
        expect(write?.Action).to.deep.equal(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]);
        expect(write?.Resource).to.deep.equal([arn, `${String(arn)}:*`]);
        expect(find).to.deep.include({
            Action: ["logs:DescribeLogGroups"],
            Resource: ["arn:aws:logs:us-east-1:123456789012:log-group:*"],
        });
        expect(recording.one(aws.ec2.FlowLog).dependencies).to.include(policy.urn);
    });
});

describe("Vpc: alarms", () => {
    it("monitor port allocation and dropped packets of each NAT gateway", async () => {
        const recording = await recorded();
        const gateways = recording.all(aws.ec2.NatGateway).map(({ id }) => id);
        const alarms = recording.outputs.alarms as { name: string; metricName: string; threshold: number; dimensions: object }[];
        expect(alarms.map(({ name, metricName }) => `${name} ${metricName}`)).to.deep.equal([
            "nat-us-east-1a-ports ErrorPortAllocation",
            "nat-us-east-1a-packets-dropped PacketsDropCount",
            "nat-us-east-1b-ports ErrorPortAllocation",
            "nat-us-east-1b-packets-dropped PacketsDropCount",
            "nat-us-east-1d-ports ErrorPortAllocation",
            "nat-us-east-1d-packets-dropped PacketsDropCount",
        ]);
        expect(alarms.map(({ dimensions }) => dimensions)).to.deep.equal(
            gateways.flatMap((id) => [{ NatGatewayId: id }, { NatGatewayId: id }]),
        );
        expect(alarms[0]).to.include({
            namespace: "AWS/NATGateway",
            severity: "page",
            statistic: "Sum",
            comparison: "above",
            threshold: 0,
        });
        expect(alarms[1]).to.include({ severity: "ticket", rateOf: "PacketsInFromSource", threshold: 0.01 });
    });

    it("exist per NAT gateway", async () => {
        expect((await recorded({ natGateways: "single" })).outputs.alarms).to.have.length(2);
        expect((await recorded({ natGateways: "none" })).outputs.alarms).to.be.empty;
    });
});

describe("Vpc: arguments", () => {
    const refused = (more: Partial<VpcArgs>) => {
        try {
            new Vpc("network", { ...args, ...more });
        } catch (error) {
            return (error as Error).message.split("\n");
        }
        return [];
    };

    it("are rejected all at once, before anything is registered", () => {
        const subnets = { public: third(1), private: third(4), data: ["10.0.7.0/24", "10.1.8.0/24", "10.0.6.0/25"] };
        expect(refused({ subnets, interfaceEndpoints: ["s3"], logRetentionDays: 31 })).to.deep.equal([
            `Vpc "network": subnets.data[1] must be inside the VPC's block 10.0.0.0/16, not 10.1.8.0/24`,
            `Vpc "network": subnets.data[2] must not overlap subnets.private[2] (10.0.6.0/24): 10.0.6.0/25`,
            `Vpc "network": interfaceEndpoints must not contain s3, which has a free gateway endpoint`,
            `Vpc "network": logRetentionDays must be a number of days that CloudWatch Logs supports, such as 30`,
        ]);
    });

    it("require two to six different zones, and a block for each", () => {
        const first = (tier: string[]) => tier.slice(0, 1);
        const one = { public: first(third(1)), private: first(third(4)), data: first(third(7)) };
        expect(refused({ availabilityZoneNames: ["us-east-1a"], subnets: one })).to.deep.equal([
            'Vpc "network": availabilityZoneNames must contain 2 to 6 zones: load balancers and databases require two',
        ]);
        expect(refused({ availabilityZoneNames: ["us-east-1a", "us-east-1b", "us-east-1a"] })).to.deep.equal([
            'Vpc "network": availabilityZoneNames must be different from each other',
        ]);
        expect(refused({ availabilityZoneNames: ["us-east-1a", "us-east-1b"] })).to.have.length(3);
        expect(refused({ availabilityZoneNames: "a b c d e f g".split(" ").map((letter) => `us-east-1${letter}`) }).join()).to.contain(
            "availabilityZoneNames must contain 2 to 6 zones",
        );
    });

    it("require a private block, a valid natGateways, and names of services and buckets", () => {
        expect(refused({ cidrBlock: "10.0.0.0/8" })).to.deep.equal([
            'Vpc "network": cidrBlock must be between /16 and /28, not 10.0.0.0/8',
        ]);
        expect(refused({ natGateways: "two" as "single" })).to.deep.equal([
            'Vpc "network": natGateways must be one of one-per-zone, single, instance, none',
        ]);
        const services = 'Vpc "network": interfaceEndpoints must be short names of services, such as ecr.api';
        for (const service of ["com.amazonaws.us-east-1.logs", "Logs", "ecr..api", ""])
            expect(refused({ interfaceEndpoints: [service] }), service).to.deep.equal([services]);
        expect(refused({ interfaceEndpoints: ["logs", "logs"] })).to.deep.equal([
            'Vpc "network": interfaceEndpoints must be different from each other',
        ]);
        expect(refused({ readableBuckets: ["arn:aws:s3:::x"] })).to.deep.equal([
            'Vpc "network": readableBuckets must be names of buckets: 3 to 63 lower-case letters, digits, dots, and hyphens',
        ]);
    });

    it("can have every resource transformed", async () => {
        const names = await untransformable((transform) => {
            const network = new Vpc("network", { ...args, interfaceEndpoints: ["logs"], transform });
            network.allowEndpointsFrom({ logicalName: "api", securityGroupId: pulumi.output("sg-1") });
        });
        expect(names).to.deep.equal([]);
    });

    it("adopts the subnets, routes, and NAT gateways that awsx created in earlier versions", async () => {
        const aliases = new Map<string, unknown>();
        const note = (part: string) => (_args: object, opts: pulumi.CustomResourceOptions, name: string) => {
            const [alias] = opts.aliases as pulumi.Output<string>[];
            aliases.set(`${part} ${name}`, alias);
        };
        const parts = ["subnets", "routeTables", "routeTableAssociations", "routes", "elasticIps", "natGateways"];
        await recorded({ transform: Object.fromEntries(parts.map((part) => [part, note(part)])) });
        const vpc = "urn:pulumi:stack::project::ai-platform:components:Vpc$awsx:ec2:Vpc$aws:ec2/vpc:Vpc";
        const subnet = `${vpc}$aws:ec2/subnet:Subnet`;
        const table = `${subnet}$aws:ec2/routeTable:RouteTable`;
        // The zone us-east-1d is the third one.
        for (const [part, name, urn] of [
            ["subnets", "data-us-east-1a", `${subnet}::network-vpc-data-1`],
            ["subnets", "private-us-east-1d", `${subnet}::network-vpc-private-3`],
            ["routeTables", "public-us-east-1b", `${table}::network-vpc-public-2`],
            [
                "routeTableAssociations",
                "private-us-east-1a",
                `${table}$aws:ec2/routeTableAssociation:RouteTableAssociation::network-vpc-private-1`,
            ],
            ["routes", "private-us-east-1d", `${table}$aws:ec2/route:Route::network-vpc-private-3`],
            ["elasticIps", "nat-us-east-1b", `${subnet}$aws:ec2/eip:Eip::network-vpc-2`],
            ["natGateways", "nat-us-east-1d", `${subnet}$aws:ec2/natGateway:NatGateway::network-vpc-3`],
        ] as const) {
            expect(await resolve(aliases.get(`${part} network-${name}`)), name).to.equal(urn);
        }
    });

    it("can be overridden by transforms", async () => {
        const recording = await recorded({
            interfaceEndpoints: ["logs"],
            transform: {
                vpc: () => ({ tags: { Team: "network" } }),
                subnets: (_args, _opts, name) => ({ tags: { Team: name } }),
                s3Endpoint: () => ({ policy: undefined }),
                interfaceEndpoints: () => ({ ipAddressType: "ipv4" }),
                flowLog: () => ({ trafficType: "REJECT", maxAggregationInterval: 60 }),
            },
        });
        expect(recording.one(aws.ec2.Vpc).inputs.tags).to.include({ Team: "network" });
        expect(recording.one(aws.ec2.Subnet, "network-data-us-east-1a").inputs.tags).to.include({ Team: "network-data-us-east-1a" });
        expect(recording.one(aws.ec2.VpcEndpoint, "network-s3").inputs.policy).to.be.undefined;
        expect(recording.one(aws.ec2.VpcEndpoint, "network-logs").inputs.ipAddressType).to.equal("ipv4");
        expect(recording.one(aws.ec2.FlowLog).inputs).to.include({ trafficType: "REJECT", maxAggregationInterval: 60 });
    });
});
