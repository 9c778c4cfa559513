import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { PlannedStack } from "../../tools/preflight/planned";
import { OWN, planned, run } from "../support/preflight";

const quotaOf = (Value: number) => ({ GetServiceQuota: { Quota: { Value } } });

describe("preflight: quotas", () => {
    it("counts resources in their own region only", async () => {
        const plan = planned(["aws:ec2/eip:Eip", {}], ["aws:ec2/vpc:Vpc", { region: "us-west-2" }], ["aws:iam/role:Role", {}]);
        const { findings } = await run("quotas", plan, { ...quotaOf(5), DescribeAddresses: {}, DescribeVpcs: {} });
        expect(findings.map(({ asked }) => asked)).to.have.members(["Elastic IPs in us-east-1", "VPCs in us-west-2"]);
        expect(findings.every(({ found }) => found.includes("needed 1,"))).to.equal(true);
    });

    it("places resources in the region of their provider, and global ones nowhere", () => {
        const provider = (name: string, region: string) => ({
            urn: `urn:pulumi:prod::p::pulumi:providers:aws::${name}`,
            id: name,
            type: "pulumi:providers:aws",
            inputs: { region },
        });
        const resource = (type: string, name: string) => ({
            urn: `urn:pulumi:prod::p::${type}::${name}`,
            type,
            inputs: {},
            provider: "urn:pulumi:prod::p::pulumi:providers:aws::b::b",
        });
        const deployed = [provider("a", "us-east-1"), provider("b", "eu-west-1")];
        const stack = (...resources: object[]) => new PlannedStack([...deployed, ...resources] as unknown as DeployedResource[]);
        expect(stack(resource("aws:ec2/eip:Eip", "ip")).of("aws:ec2/eip:Eip")[0]?.region).to.equal("eu-west-1");
        expect(stack(resource("aws:ec2/eip:Eip", "ip")).regions).to.deep.equal(["us-east-1", "eu-west-1"]);
        const global = ["aws:cloudfront/distribution:Distribution", "aws:iam/role:Role", "aws:route53/record:Record"];
        expect(stack(...global.map((type) => resource(type, "r"))).regions).to.deep.equal(["us-east-1"]);
    });

    it("counts the buckets of all regions once", async () => {
        const plan = planned(["aws:s3/bucket:Bucket", { bucket: "a" }], ["aws:s3/bucket:Bucket", { bucket: "b", region: "us-west-2" }]);
        const { findings } = await run("quotas", plan, { ...quotaOf(100), ListBuckets: { Buckets: [{ Name: "a" }, { Name: "c" }] } });
        expect(findings.map(({ asked, found }) => `${asked}: ${found}`)).to.deep.equal([
            "S3 buckets in the account: quota 100, needed 2, 1 used by others",
        ]);
    });

    describe("NAT gateways per zone", () => {
        const plan = planned(
            ["aws:ec2/subnet:Subnet", { availabilityZone: "us-east-1a" }, "subnet-a"],
            ["aws:ec2/subnet:Subnet", { availabilityZone: "us-east-1b" }, "subnet-b"],
            ["aws:ec2/natGateway:NatGateway", { subnetId: "subnet-a" }],
        );
        const answers = (zone: string) => ({
            ...quotaOf(5),
            DescribeNatGateways: {
                NatGateways: [
                    ...Array.from({ length: 5 }, () => ({ SubnetId: "subnet-x", State: "available" })),
                    { SubnetId: "subnet-x", State: "deleted" },
                    { SubnetId: "subnet-x", State: "available", Tags: OWN },
                ],
            },
            DescribeSubnets: { Subnets: [{ SubnetId: "subnet-x", AvailabilityZone: zone }] },
        });

        it("fail if the zone of a planned one is full", async () => {
            const { status, findings } = await run("quotas", plan, answers("us-east-1a"));
            expect(status).to.equal("failed");
            expect(findings[0]?.asked).to.contain("us-east-1a");
            expect(findings[0]?.found).to.equal("quota 5, needed 1, 5 used by others");
        });

        it("pass if another zone is full", async () => {
            expect((await run("quotas", plan, answers("us-east-1b"))).status).to.equal("passed");
        });
    });
});
