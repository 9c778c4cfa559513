import { expect } from "chai";
import { parsePreflightArguments } from "../../tools/preflight/arguments";
import { CHECKS } from "../../tools/preflight/checks";
import { rolesOf } from "../../tools/preflight/checks/service-linked-roles";
import { PlannedStack } from "../../tools/preflight/planned";
import { policyOf } from "../../tools/preflight/policy";
import { exitCode, repair, runChecks } from "../../tools/preflight/run";
import type { Check, Context } from "../../tools/preflight/types";
import { resourcesOf } from "../support/plans";
import { type Answers, clientsWith, OWN, planned, type Request, run } from "../support/preflight";

const subnet = (zone: string): [string, Record<string, unknown>] => ["aws:ec2/subnet:Subnet", { availabilityZone: zone }];
const zonesAnswer = (...ids: string[]) => ({
    AvailabilityZones: ids.map((ZoneId, i) => ({ ZoneId, ZoneName: `us-east-1${"abc"[i]}`, State: "available" })),
});

describe("preflight: service-linked roles", () => {
    it("are those of all services of the platform that have one", async () => {
        const services = rolesOf(new PlannedStack(await resourcesOf("prod, everything on"))).map(({ service }) => service);
        expect(services).to.have.members([
            "rds.amazonaws.com",
            "elasticache.amazonaws.com",
            "ecs.amazonaws.com",
            "ecs.application-autoscaling.amazonaws.com",
            "elasticloadbalancing.amazonaws.com",
            "ops.apigateway.amazonaws.com",
            "apidestinations.events.amazonaws.com",
            "schemas.amazonaws.com",
            "replication.ecr.amazonaws.com",
        ]);
    });
});

interface Case {
    id: string;
    plan: PlannedStack;
    passing: Answers;
    failing: Answers;
    /** What the failing case reports. Default: failed. */
    status?: string;
    context?: Partial<Context>;
}

const dnsOf = (server: string): Partial<Context> => ({
    dns: { resolveNs: () => Promise.resolve([server]), resolveCaa: () => Promise.resolve([{ issue: "amazon.com" }]) },
});

const index = (architecture: string) => ({
    images: [{ imageManifest: JSON.stringify({ manifests: [{ platform: { architecture } }] }) }],
});
const IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/ai-platform/prod/api:1.0";

const CASES: Case[] = [
    {
        id: "boundary",
        plan: planned(["aws:iam/role:Role", { permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary" }]),
        passing: { GetPolicy: { Policy: { DefaultVersionId: "v1" } }, GetPolicyVersion: { PolicyVersion: { Document: "%7B%7D" } } },
        failing: { GetPolicy: "NoSuchEntityException" },
    },
    {
        id: "image",
        plan: planned([
            "aws:ecs/taskDefinition:TaskDefinition",
            { containerDefinitions: JSON.stringify([{ image: IMAGE }]), runtimePlatform: { cpuArchitecture: "ARM64" } },
        ]),
        passing: { BatchGetImage: index("arm64") },
        failing: { BatchGetImage: index("amd64") },
    },
    {
        id: "counterpart",
        plan: planned(),
        passing: { DescribeKey: { KeyMetadata: {} } },
        failing: { DescribeKey: "NotFoundException" },
        context: { lookups: [{ token: "aws:kms/getAlias:getAlias", inputs: { name: "alias/ai-platform-prod-data" } }] },
    },
    {
        id: "identity",
        plan: planned(),
        passing: { DescribeRegions: { Regions: [{ RegionName: "us-east-1", OptInStatus: "opt-in-not-required" }] } },
        failing: { DescribeRegions: { Regions: [{ RegionName: "us-east-1", OptInStatus: "not-opted-in" }] } },
    },
    {
        id: "service-linked-roles",
        plan: planned(["aws:rds/instance:Instance", {}]),
        passing: { GetRole: { Role: {} } },
        failing: { GetRole: "NoSuchEntityException" },
    },
    {
        id: "quotas",
        plan: planned(["aws:ec2/eip:Eip", {}], ["aws:ec2/eip:Eip", {}]),
        passing: { GetServiceQuota: { Quota: { Value: 3 } }, DescribeAddresses: { Addresses: [{}, { Tags: OWN }] } },
        failing: { GetServiceQuota: { Quota: { Value: 3 } }, DescribeAddresses: { Addresses: [{}, {}] } },
    },
    {
        id: "names",
        plan: planned(["aws:rds/instance:Instance", { identifier: "db" }]),
        passing: { DescribeDBInstances: { DBInstances: [{ TagList: OWN }] } },
        failing: { DescribeDBInstances: { DBInstances: [{ TagList: [] }] } },
    },
    {
        id: "names",
        plan: planned(["aws:s3/bucket:Bucket", { bucket: "b" }]),
        passing: { HeadBucket: "NotFound" },
        failing: { HeadBucket: {}, GetBucketTagging: "NoSuchTagSet" },
    },
    {
        id: "names",
        plan: planned(["aws:secretsmanager/secret:Secret", { name: "s" }]),
        passing: { DescribeSecret: "ResourceNotFoundException" },
        failing: { DescribeSecret: { DeletedDate: new Date(0), Tags: OWN } },
    },
    {
        id: "singletons",
        plan: planned(["aws:apigateway/account:Account", {}]),
        passing: { GetAccount: {} },
        failing: { GetAccount: { cloudwatchRoleArn: "arn:aws:iam::111122223333:role/other" }, GetRole: { Role: {} } },
        status: "warning",
    },
    {
        id: "zones",
        plan: planned(["aws:apigatewayv2/vpcLink:VpcLink", {}], subnet("us-east-1a"), subnet("us-east-1b")),
        passing: { DescribeAvailabilityZones: zonesAnswer("use1-az1", "use1-az2", "use1-az3") },
        failing: { DescribeAvailabilityZones: zonesAnswer("use1-az1", "use1-az3") },
    },
    {
        id: "engines",
        plan: planned(["aws:rds/instance:Instance", { engine: "postgres", engineVersion: "17", instanceClass: "db.r6g.large" }]),
        passing: { DescribeOrderableDBInstanceOptions: { OrderableDBInstanceOptions: [{ EngineVersion: "17.6" }] } },
        failing: { DescribeOrderableDBInstanceOptions: { OrderableDBInstanceOptions: [{ EngineVersion: "16.4" }] } },
    },
    {
        id: "bedrock",
        plan: planned(["aws:lambda/function:Function", { environment: { variables: { MODEL_ID: "us.amazon.nova-lite-v1:0" } } }]),
        passing: { GetInferenceProfile: { status: "ACTIVE" }, GetFoundationModelAvailability: { authorizationStatus: "AUTHORIZED" } },
        failing: { GetInferenceProfile: "ResourceNotFoundException" },
    },
    {
        id: "dns",
        plan: planned(["aws:route53/record:Record", { zoneId: "Z1" }]),
        passing: { GetHostedZone: { HostedZone: { Name: "example.com." }, DelegationSet: { NameServers: ["ns-1.example."] } } },
        failing: { GetHostedZone: { HostedZone: { Name: "example.com." }, DelegationSet: { NameServers: ["ns-2.example."] } } },
        context: dnsOf("ns-1.example"),
    },
];

describe("preflight", () => {
    for (const { id, plan, passing, failing, status = "failed", context } of CASES) {
        const subject = `${id} (${Object.keys(passing).join(", ")})`;

        it(`${subject} passes`, async () => {
            const report = await run(id, plan, passing, context);
            expect(report.findings).not.to.be.empty;
            expect(report.status, JSON.stringify(report)).to.equal("passed");
        });

        it(`${subject} reports an obstacle and what to do`, async () => {
            const report = await run(id, plan, failing, context);
            expect(report.status, JSON.stringify(report)).to.equal(status);
            expect(report.findings.every((finding) => finding.status === "passed" || finding.action)).to.equal(true);
        });
    }

    it("has a case for every check", () => {
        expect([...new Set(CASES.map(({ id }) => id))].sort()).to.deep.equal(CHECKS.map(({ id }) => id).sort());
    });

    it("names the missing permission and doesn't pass without it", async () => {
        const report = await run("service-linked-roles", planned(["aws:rds/instance:Instance", {}]), { GetRole: "AccessDenied" });
        expect(report.status).to.equal("unknown");
        expect(report.findings[0]?.action).to.contain("iam:GetRole");
        expect([exitCode([report], false), exitCode([report], true)]).to.deep.equal([0, 1]);
    });

    it("is unknown where a service doesn't implement the request", async () => {
        expect((await run("engines", planned(["aws:elasticache/replicationGroup:ReplicationGroup", {}]), {})).status).to.equal("unknown");
    });

    it("is unknown after the time limit", async () => {
        const slow: Check = { id: "slow", title: "Slow", actions: [], run: () => new Promise(() => undefined) };
        const context = { plan: planned(), clients: clientsWith({}), account: "" } as unknown as Context;
        const [report] = await runChecks([slow], context, { timeLimit: 10 });
        expect(report?.status).to.equal("unknown");
    });

    it("creates missing service-linked roles only as a repair", async () => {
        const sent: Request[] = [];
        const commands = () => sent.map(({ command }) => command);
        const clients = clientsWith({ GetRole: "NoSuchEntityException", CreateServiceLinkedRole: {} }, sent);
        const report = await run("service-linked-roles", planned(["aws:rds/instance:Instance", {}]), {}, { clients });
        expect(commands()).to.deep.equal(["GetRole"]);
        await repair([report]);
        expect(commands()).to.deep.equal(["GetRole", "CreateServiceLinkedRole"]);
        expect(report.status).to.equal("passed");
    });

    it("repairs nothing in an account that the stack doesn't allow", async () => {
        const sent: Request[] = [];
        const clients = clientsWith({ GetRole: "NoSuchEntityException", CreateServiceLinkedRole: {} }, sent);
        const report = await run("service-linked-roles", planned(["aws:rds/instance:Instance", {}]), {}, { clients });
        await repair([{ id: "identity", title: "Account and regions", status: "failed", findings: [] }, report]);
        expect(sent.map(({ command }) => command)).to.deep.equal(["GetRole"]);
        expect(report.status).to.equal("failed");
    });

    it("fails for an account that the stack doesn't allow", async () => {
        const regions = { DescribeRegions: { Regions: [{ RegionName: "us-east-1", OptInStatus: "opted-in" }] } };
        expect((await run("identity", planned(), regions, { account: "999999999999" })).status).to.equal("failed");
    });

    it("prints a policy with the actions of every check", () => {
        const policy = JSON.stringify(policyOf(CHECKS));
        for (const action of CHECKS.flatMap((check) => [...check.actions, ...(check.fixActions ?? [])])) expect(policy).to.contain(action);
    });

    it("explains wrong arguments", () => {
        expect(() => parsePreflightArguments(["prod", "--nonsense"])).to.throw(/unknown option --nonsense[^]*usage:/);
        expect(parsePreflightArguments([])).to.include({ stack: "prod", fix: false, strict: false });
    });
});
