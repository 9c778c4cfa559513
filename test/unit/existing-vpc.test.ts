import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
    addressProblems,
    ExistingVpc,
    type ExistingVpcArgs,
    type ExistingVpcFacts,
    existingVpcProblems,
    type SubnetFacts,
} from "../../components";
import { record } from "../../components/testing";
import { existing } from "../support/minimal";
import { untransformable } from "../support/transforms";

const VPC = existing.vpcId;
const [PRIVATE, DATA] = [existing.privateSubnetIds, existing.dataSubnetIds];
const TABLE = "rtb-0123456789abcdef0";

const subnet = (subnetId: string, zone: "a" | "b", more: Partial<SubnetFacts> = {}): SubnetFacts => ({
    subnetId,
    vpcId: VPC,
    availabilityZone: `us-east-1${zone}`,
    availabilityZoneId: zone === "a" ? "use1-az1" : "use1-az2",
    cidrBlock: "10.0.1.0/24",
    availableIpAddressCount: 200,
    routeTableId: TABLE,
    defaultRoute: "nat-0123456789abcdef0",
    ...more,
});
const s3 = {
    vpcId: VPC,
    serviceName: "com.amazonaws.us-east-1.s3",
    vpcEndpointType: "Gateway",
    state: "available",
    routeTableIds: [TABLE],
};

/** A suitable VPC with some other facts. The subnets of a tier differ from suitable ones in `private` and `data`. */
function facts(
    other: { private?: Partial<SubnetFacts>; data?: Partial<SubnetFacts> } & Partial<Pick<ExistingVpcFacts, "vpc" | "s3Endpoint">>,
) {
    const [first = "", second = ""] = PRIVATE;
    const [third = "", fourth = ""] = DATA;
    return {
        vpcId: VPC,
        vpc: { enableDnsSupport: true, enableDnsHostnames: true },
        s3Endpoint: s3,
        ...other,
        private: [subnet(first, "a", other.private), subnet(second, "b")],
        data: [subnet(third, "a", { defaultRoute: undefined, ...other.data }), subnet(fourth, "b", { defaultRoute: undefined })],
    };
}

describe("ExistingVpc", () => {
    it("creates nothing but the interface endpoints in the private subnets, with a connection for each source", async () => {
        const bare = await record(() => new ExistingVpc("network", existing));
        expect(bare.registered.filter(({ custom, type }) => custom && type.startsWith("aws:"))).to.be.empty;

        const recording = await record(() => {
            const vpc = new ExistingVpc("network", { ...existing, interfaceEndpoints: ["ecr.api"] });
            vpc.allowEndpointsFrom({ logicalName: "api", securityGroupId: pulumi.output("sg-api") });
        });
        const group = recording.one(aws.ec2.SecurityGroup);
        expect(group.inputs.vpcId).to.equal(VPC);
        expect(recording.one(aws.ec2.VpcEndpoint).inputs).to.deep.include({
            vpcId: VPC,
            serviceName: "com.amazonaws.us-east-1.ecr.api",
            vpcEndpointType: "Interface",
            subnetIds: PRIVATE,
            securityGroupIds: [group.id],
        });
        expect(recording.one(aws.vpc.SecurityGroupIngressRule).inputs).to.deep.include({
            securityGroupId: group.id,
            referencedSecurityGroupId: "sg-api",
            fromPort: 443,
            toPort: 443,
        });
    });

    it("is a network for other components", async () => {
        const { outputs } = await record(() => {
            const { vpcId, privateSubnetIds, dataSubnetIds, s3EndpointId, availabilityZoneNames, alarms } = new ExistingVpc("network", {
                ...existing,
                s3EndpointId: "vpce-0123456789abcdef0",
                availabilityZoneNames: ["us-east-1a", "us-east-1b"],
            });
            return { vpcId, privateSubnetIds, dataSubnetIds, s3EndpointId, availabilityZoneNames, alarms };
        });
        expect(outputs).to.deep.equal({
            ...existing,
            s3EndpointId: "vpce-0123456789abcdef0",
            availabilityZoneNames: ["us-east-1a", "us-east-1b"],
            alarms: [],
        });
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const vpc = new ExistingVpc("network", { ...existing, interfaceEndpoints: ["ecr.api"], transform });
            vpc.allowEndpointsFrom({ logicalName: "api", securityGroupId: pulumi.output("sg-api") });
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    it("reports all invalid arguments at once", () => {
        const invalid: ExistingVpcArgs = {
            vpcId: "10.0.0.0/16",
            privateSubnetIds: ["subnet-11111111"],
            dataSubnetIds: ["subnet-11111111", "subnet-11111111"],
            availabilityZoneNames: ["use1-az1"],
            s3EndpointId: "s3",
            interfaceEndpoints: ["s3"],
        };
        const create = () => new ExistingVpc("network", invalid);
        for (const [argument, allowed] of [
            ["vpcId", "must be the ID of a VPC"],
            ["privateSubnetIds", "must contain 2 to 6 IDs of subnets"],
            ["dataSubnetIds", "must be different from each other"],
            ["dataSubnetIds", "must not contain private subnets: subnet-11111111"],
            ["availabilityZoneNames", "must be different names"],
            ["s3EndpointId", "must be the ID of a VPC endpoint"],
            ["interfaceEndpoints", "must not contain s3"],
        ])
            expect(create).to.throw(`ExistingVpc "network": ${argument} ${allowed}`);
    });
});

describe("the facts of an existing VPC", () => {
    const [first = ""] = PRIVATE;
    const [third = ""] = DATA;
    const suitable: [what: string, ExistingVpcFacts][] = [
        ["a NAT gateway, and data subnets without a route", facts({})],
        ["a transit gateway", facts({ private: { defaultRoute: "tgw-0123456789abcdef0" } })],
        ["data subnets with a NAT gateway", facts({ data: { defaultRoute: "nat-0123456789abcdef0" } })],
        ["private subnets without a default route, which need endpoints instead", facts({ private: { defaultRoute: undefined } })],
        ["the smallest private subnets for a load balancer", facts({ private: { cidrBlock: "10.0.1.0/27" } })],
        ["the smallest data subnets", facts({ data: { cidrBlock: "10.0.1.0/28" } })],
        ["no S3 endpoint", facts({ s3Endpoint: undefined })],
        ["data subnets with a route table without the S3 endpoint", facts({ data: { routeTableId: "rtb-1" } })],
    ];
    for (const [what, it_] of suitable)
        it(`are suitable: ${what}`, () => {
            expect(existingVpcProblems(it_, "us-east-1")).to.deep.equal([]);
        });

    const igw = "igw-0123456789abcdef0";
    const unsuitable: [what: string, ExistingVpcFacts, argument: string, problem: string][] = [
        ["no VPC", facts({ vpc: undefined }), "vpcId", `${VPC} doesn't exist in us-east-1`],
        ["no DNS", facts({ vpc: { enableDnsSupport: false, enableDnsHostnames: true } }), "vpcId", "must have enableDnsSupport"],
        ["no host names", facts({ vpc: { enableDnsSupport: true, enableDnsHostnames: false } }), "vpcId", "must have enableDnsHostnames"],
        ["another VPC", facts({ private: { vpcId: "vpc-2" } }), "privateSubnetIds", `${first} must be in ${VPC}, but is in vpc-2`],
        ["another VPC", facts({ data: { vpcId: "vpc-2" } }), "dataSubnetIds", `${third} must be in ${VPC}, but is in vpc-2`],
        [
            "a zone without VPC links",
            facts({ private: { availabilityZone: "us-east-1e", availabilityZoneId: "use1-az3" } }),
            "privateSubnetIds",
            `${first} is in us-east-1e (use1-az3), which doesn't support VPC links`,
        ],
        ["two subnets in a zone", facts({ data: { availabilityZone: "us-east-1b" } }), "dataSubnetIds", `${third} and`],
        [
            "a public subnet for tasks",
            facts({ private: { defaultRoute: igw } }),
            "privateSubnetIds",
            `${first} must not have a default route`,
        ],
        ["a public subnet for data", facts({ data: { defaultRoute: igw } }), "dataSubnetIds", `${third} must not have a default route`],
        ["a small subnet", facts({ private: { cidrBlock: "10.0.1.0/28" } }), "privateSubnetIds", `${first} must be a /27 or larger`],
        ["an endpoint of another VPC", facts({ s3Endpoint: { ...s3, vpcId: "vpc-2" } }), "s3EndpointId", "but is in vpc-2"],
        [
            "an interface endpoint",
            facts({ s3Endpoint: { ...s3, vpcEndpointType: "Interface" } }),
            "s3EndpointId",
            "must be a gateway endpoint",
        ],
        ["another service", facts({ s3Endpoint: { ...s3, serviceName: "dynamodb" } }), "s3EndpointId", "must be a gateway endpoint for S3"],
        ["a deleted endpoint", facts({ s3Endpoint: { ...s3, state: "deleted" } }), "s3EndpointId", "must be available"],
        ["other route tables", facts({ s3Endpoint: { ...s3, routeTableIds: [] } }), "s3EndpointId", `must be associated with ${TABLE}`],
        [
            "another route table",
            facts({ private: { routeTableId: "rtb-1" } }),
            "s3EndpointId",
            `must be associated with rtb-1, the route table of ${first}`,
        ],
        ["no such endpoint", facts({ s3Endpoint: "vpce-9" }), "s3EndpointId", "vpce-9 doesn't exist"],
        ["no such subnet", { ...facts({}), data: ["subnet-9", ...facts({}).data] }, "dataSubnetIds", "subnet-9 doesn't exist in us-east-1"],
    ];
    for (const [what, it_, argument, problem] of unsuitable)
        it(`are unsuitable: ${what} (${argument})`, () => {
            const problems = existingVpcProblems(it_, "us-east-1");
            expect(new Set(problems.map(([key]) => key))).to.deep.equal(new Set([argument]));
            expect(problems[0]?.[1]).to.contain(problem);
        });

    it("include free addresses for the load balancer and the data stores", () => {
        expect(addressProblems(facts({ private: { availableIpAddressCount: 16 }, data: { availableIpAddressCount: 4 } }))).to.be.empty;
        expect(addressProblems(facts({ private: { availableIpAddressCount: 15 }, data: { availableIpAddressCount: 3 } }))).to.deep.equal([
            ["privateSubnetIds", `${first} has 15 free addresses, but the platform needs 16`],
            ["dataSubnetIds", `${third} has 3 free addresses, but the platform needs 4`],
        ]);
    });
});
