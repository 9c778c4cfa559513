import { expect } from "chai";
import type { Context } from "../../tools/preflight/types";
import { type Answers, planned, type Planned, run } from "../support/preflight";

interface Case {
    check: string;
    what: string;
    plan: Planned[];
    answers?: Answers;
    context?: Partial<Context>;
    status: string;
    text: RegExp;
}

const lookup = (token: string, inputs: Record<string, unknown>) => ({ lookups: [{ token: `aws:${token}`, inputs }] });
const ownDatabase = lookup("rds/getInstance:getInstance", { dbInstanceIdentifier: "db" });
const drDatabase = lookup("rds/getInstance:getInstance", { dbInstanceIdentifier: "db", region: "us-west-2" });
const replica: Planned = ["aws:rds/instance:Instance", { identifier: "db", replicateSourceDb: "arn:aws:rds:us-west-2:1:db:source" }];
const standby = (instance: object | undefined): Answers => ({
    DescribeDBInstances: ({ DBInstanceIdentifier }) => {
        if (DBInstanceIdentifier === "source") return { DBInstances: [{}] };
        return instance ? { DBInstances: [instance] } : "DBInstanceNotFoundFault";
    },
});

const zone = (HostedZone: object) => ({ GetHostedZone: { HostedZone, DelegationSet: { NameServers: ["ns-1.example."] } } });
const certified = (domainName: string): Planned[] => [
    ["aws:route53/record:Record", { zoneId: "Z1", allowOverwrite: true }],
    ["aws:acm/certificate:Certificate", { domainName }],
];
/** CAA records by domain. */
const caa = (records: Record<string, string>): Partial<Context> => ({
    dns: {
        resolveNs: () => Promise.resolve(["ns-1.example"]),
        resolveCaa: (name) => Promise.resolve(records[name] === undefined ? [] : [{ issue: records[name] }]),
    },
});

const cache: Planned = [
    "aws:elasticache/replicationGroup:ReplicationGroup",
    { engine: "valkey", engineVersion: "8.1", nodeType: "cache.r9.large" },
];
const versions = { DescribeCacheEngineVersions: { CacheEngineVersions: [{ EngineVersion: "8.1" }] } };

const model: Planned[] = [["aws:lambda/function:Function", { environment: { variables: { MODEL_ID: "amazon.nova-lite-v1:0" } } }]];
const availability = (agreement: string, regionAvailability = "AVAILABLE") => ({
    GetFoundationModelAvailability: {
        authorizationStatus: "AUTHORIZED",
        entitlementAvailability: "AVAILABLE",
        agreementAvailability: { status: agreement },
        regionAvailability,
    },
});

const CASES: Case[] = [
    {
        check: "counterpart",
        what: "a standby before its first up",
        plan: [replica],
        answers: standby(undefined),
        context: ownDatabase,
        status: "passed",
        text: /doesn't exist yet/,
    },
    {
        check: "counterpart",
        what: "a standby whose database was promoted",
        plan: [replica],
        answers: standby({}),
        context: ownDatabase,
        status: "failed",
        text: /promoted/,
    },
    {
        check: "counterpart",
        what: "a primary stack whose dr stack isn't deployed yet",
        plan: [],
        answers: standby(undefined),
        context: drDatabase,
        status: "passed",
        text: /db in us-west-2[^]*doesn't exist yet/,
    },
    {
        check: "counterpart",
        what: "an active primary stack after a failover",
        plan: [],
        answers: standby({}),
        context: drDatabase,
        status: "failed",
        text: /promoted[^]*Set ai-platform:active: false/,
    },
    {
        check: "counterpart",
        what: "a replica of a database that doesn't exist",
        plan: [replica],
        answers: { DescribeDBInstances: { DBInstances: [] } },
        status: "failed",
        text: /source database source in us-west-2/,
    },
    {
        check: "counterpart",
        what: "a key that is scheduled for deletion",
        plan: [],
        answers: { DescribeKey: { KeyMetadata: { KeyState: "PendingDeletion" } } },
        context: lookup("kms/getAlias:getAlias", { name: "alias/a" }),
        status: "failed",
        text: /PendingDeletion/,
    },
    {
        check: "counterpart",
        what: "a secret that is scheduled for deletion",
        plan: [],
        answers: { DescribeSecret: { DeletedDate: new Date(0) } },
        context: lookup("secretsmanager/getSecret:getSecret", { name: "s" }),
        status: "failed",
        text: /scheduled for deletion/,
    },
    {
        check: "counterpart",
        what: "a recovery table that doesn't exist",
        plan: [],
        answers: { DescribeTable: "ResourceNotFoundException" },
        context: lookup("dynamodb/getTable:getTable", { name: "ai-platform-prod-recovery" }),
        status: "failed",
        text: /ai-platform-prod-recovery in us-east-1[^]*doesn't exist/,
    },
    {
        check: "counterpart",
        what: "a bucket that doesn't exist",
        plan: [],
        answers: { HeadBucket: "NotFound" },
        context: lookup("s3/getBucket:getBucket", { bucket: "b" }),
        status: "failed",
        text: /b in us-east-1[^]*doesn't exist/,
    },
    {
        check: "dns",
        what: "a private zone",
        plan: certified("app.example.com"),
        answers: zone({ Name: "example.com.", Config: { PrivateZone: true } }),
        status: "failed",
        text: /private/,
    },
    {
        check: "dns",
        what: "a certificate for another domain",
        plan: certified("app.example.org"),
        answers: zone({ Name: "example.com." }),
        context: caa({}),
        status: "failed",
        text: /certificate for app\.example\.org/,
    },
    {
        check: "dns",
        what: "CAA records of a parent domain",
        plan: certified("a.b.example.com"),
        answers: zone({ Name: "b.example.com." }),
        context: caa({ "example.com": "ca.example" }),
        status: "failed",
        text: /ca\.example/,
    },
    {
        check: "dns",
        what: "CAA records closer than a parent's",
        plan: certified("a.b.example.com"),
        answers: zone({ Name: "b.example.com." }),
        context: caa({ "example.com": "ca.example", "b.example.com": "amazon.com" }),
        status: "passed",
        text: /allow Amazon/,
    },
    {
        check: "engines",
        what: "an engine that the region doesn't have",
        plan: [["aws:docdb/clusterInstance:ClusterInstance", { instanceClass: "db.r6g.large" }]],
        answers: { DescribeOrderableDBInstanceOptions: "InvalidParameterValue" },
        status: "failed",
        text: /docdb[^]*doesn't offer/,
    },
    {
        check: "engines",
        what: "a cache node type with an offer",
        plan: [cache],
        answers: { ...versions, DescribeReservedCacheNodesOfferings: { ReservedCacheNodesOfferings: [{}] } },
        status: "passed",
        text: /available/,
    },
    {
        check: "engines",
        what: "a cache node type without an offer",
        plan: [cache],
        answers: { ...versions, DescribeReservedCacheNodesOfferings: {} },
        status: "warning",
        text: /cache\.r9\.large/,
    },
    {
        check: "bedrock",
        what: "a model whose agreement is accepted",
        plan: model,
        answers: availability("AVAILABLE"),
        status: "passed",
        text: /authorized/,
    },
    {
        check: "bedrock",
        what: "a model whose agreement isn't accepted",
        plan: model,
        answers: availability("NOT_AVAILABLE"),
        status: "failed",
        text: /agreement NOT_AVAILABLE/,
    },
    {
        check: "bedrock",
        what: "a model of other regions",
        plan: model,
        answers: availability("AVAILABLE", "NOT_AVAILABLE"),
        status: "failed",
        text: /not available in this region/,
    },
    {
        check: "identity",
        what: "a region that doesn't exist",
        plan: [],
        answers: { DescribeRegions: { Regions: [] } },
        status: "failed",
        text: /no such region/,
    },
];

describe("preflight: answers", () => {
    for (const { check, what, plan, answers = {}, context, status, text } of CASES) {
        it(`${check}: ${status} for ${what}`, async () => {
            const report = await run(check, planned(...plan), answers, context);
            expect(report.status, JSON.stringify(report)).to.equal(status);
            expect(JSON.stringify(report.findings)).to.match(text);
        });
    }

    it("names the action that AWS's message names", async () => {
        const denied = Object.assign(new Error("User: arn:u is not authorized to perform: ec2:DescribeAddresses because"), {
            name: "UnauthorizedOperation",
        });
        const answers = { GetServiceQuota: { Quota: { Value: 5 } }, DescribeAddresses: denied };
        const report = await run("quotas", planned(["aws:ec2/eip:Eip", {}]), answers);
        expect(report.findings[0]).to.include({ status: "unknown", action: "Allow ec2:DescribeAddresses." });
    });
});
