import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { PlannedStack } from "../../tools/preflight/planned";
import { type Answers, OWN, planned, type Planned, run } from "../support/preflight";

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

    interface Case {
        plan: Planned[];
        /** Answers with a limit that is exactly enough, or one too low. */
        answers: (limit: number) => Answers;
        limit: number;
        found: string;
        status?: string;
    }
    const rule = (eventBusName?: string): Planned => ["aws:cloudwatch/eventRule:EventRule", { eventBusName }];
    const CASES: Record<string, Case> = {
        "Fargate, with the tasks of others": {
            plan: [
                ["aws:ecs/taskDefinition:TaskDefinition", { cpu: "1024" }],
                ["aws:ecs/service:Service", { name: "s" }],
                ["aws:appautoscaling/target:Target", { serviceNamespace: "ecs", maxCapacity: 4 }],
            ],
            answers: (limit) => ({
                ...quotaOf(limit),
                GetMetricStatistics: { Datapoints: [{ Maximum: 5 }] },
                DescribeServices: { services: [{ runningCount: 2 }] },
            }),
            limit: 11,
            found: "needed 8, 3 used by others",
        },
        "Lambda, with the reservations of others": {
            plan: [["aws:lambda/function:Function", { reservedConcurrentExecutions: 10 }]],
            answers: (limit) => ({
                GetAccountSettings: { AccountLimit: { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: limit - 30 } },
                ListFunctions: { Functions: [{ FunctionName: "r1-1234567" }, { FunctionName: "other-1234567" }] },
                GetFunctionConcurrency: { ReservedConcurrentExecutions: 10 },
            }),
            limit: 130,
            found: "needed 110, 20 used by others",
        },
        "RDS and DocumentDB instances": {
            plan: [
                ["aws:rds/instance:Instance", {}],
                ["aws:docdb/clusterInstance:ClusterInstance", {}],
            ],
            answers: (limit) => ({ ...quotaOf(limit), DescribeDBInstances: { DBInstances: [{ TagList: OWN }, {}] } }),
            limit: 3,
            found: "needed 2, 1 used by others",
        },
        "EventBridge rules": {
            plan: [rule(), rule("own"), rule("own")],
            answers: (limit) => ({
                ...quotaOf(limit),
                ListRules: { Rules: [{ Name: "r1-1234567" }, { Name: "other" }, { Name: "third" }] },
            }),
            limit: 3,
            found: "needed 1, 2 used by others",
        },
        "EventBridge targets": {
            plan: [0, 1].map((): Planned => ["aws:cloudwatch/eventTarget:EventTarget", { rule: "r" }]),
            answers: quotaOf,
            limit: 2,
            found: "needed 2",
        },
        "CodeBuild, whose builds can wait": {
            plan: [0, 1].map((): Planned => {
                const environment = { type: "ARM_CONTAINER", computeType: "BUILD_GENERAL1_SMALL" };
                return ["aws:codebuild/project:Project", { environment }];
            }),
            answers: quotaOf,
            limit: 2,
            found: "needed 2",
            status: "warning",
        },
    };
    for (const [title, { plan, answers, limit, found, status = "failed" }] of Object.entries(CASES)) {
        it(`compares the demand with the quota: ${title}`, async () => {
            const [enough, low] = await Promise.all([limit, limit - 1].map((value) => run("quotas", planned(...plan), answers(value))));
            expect(enough?.status, JSON.stringify(enough)).to.equal("passed");
            expect(enough?.findings[0]?.found).to.contain(found);
            expect(low?.status).to.equal(status);
        });
    }

    it("adds what the dr stack needs after a failover, and doesn't count what it already has", async () => {
        const plan = planned(["aws:ec2/eip:Eip", {}]);
        const drTags = [OWN[0], { Key: "Environment", Value: "dr" }];
        const eips = [0, 1].map(() => ({ type: "aws:ec2/eip:Eip", urn: "urn:pulumi:dr::p::aws:ec2/eip:Eip::ip", inputs: {} }));
        const provider = {
            type: "pulumi:providers:aws",
            urn: "urn:p",
            inputs: { region: "us-west-2", defaultTags: '{"tags":{"Project":"ai-platform","Environment":"dr"}}' },
        };
        const recovery = new PlannedStack([provider, ...eips] as unknown as DeployedResource[]);
        const peaks = [
            { title: "prod", plan },
            { title: "dr", plan: recovery },
        ];
        const answers = { ...quotaOf(3), DescribeAddresses: { Addresses: [{ Tags: drTags }, { Tags: drTags }, {}] } };
        const { findings } = await run("quotas", plan, answers, { peaks });
        expect(findings.map(({ asked, found }) => `${asked}: ${found}`)).to.deep.equal([
            "Elastic IPs in us-east-1: quota 3, needed 1, 1 used by others",
            "Elastic IPs in us-west-2: quota 3, needed 2, 1 used by others",
        ]);
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
