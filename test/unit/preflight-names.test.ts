import { expect } from "chai";
import { NAME_KINDS, NO_OBSTACLE } from "../../tools/preflight/checks/names";
import { type Answers, OWN, planned, type Planned, run } from "../support/preflight";
import { PLANS, resourcesOf } from "../support/plans";

const OTHER = [OWN[0], { Key: "Environment", Value: "dev" }] as typeof OWN;
const asMap = (tags: typeof OWN) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

interface Kind {
    plan: Planned[];
    free: Answers;
    /** Taken by the stack with these tags. */
    taken: (tags: typeof OWN) => Answers;
}

const distributions = (domain: string) => ({
    ListDistributions: {
        DistributionList: { Items: [{ ARN: "arn:d", DomainName: domain, Aliases: { Items: ["app.example.com"] } }], IsTruncated: false },
    },
});
const record = { zoneId: "Z1", name: "app.example.com", type: "A" };

const KINDS: Record<string, Kind> = {
    bucket: {
        plan: [["aws:s3/bucket:Bucket", { bucket: "b" }]],
        free: { HeadBucket: "NotFound" },
        taken: (tags) => ({ HeadBucket: { BucketRegion: "us-east-1" }, GetBucketTagging: { TagSet: tags } }),
    },
    "sign-in domain": {
        plan: [["aws:cognito/userPoolDomain:UserPoolDomain", { domain: "d" }]],
        free: { DescribeUserPoolDomain: { DomainDescription: {} } },
        taken: (tags) => ({
            DescribeUserPoolDomain: { DomainDescription: { UserPoolId: "us-east-1_1", AWSAccountId: "111122223333" } },
            DescribeUserPool: { UserPool: { UserPoolTags: asMap(tags) } },
        }),
    },
    "domain name of a distribution": {
        plan: [["aws:cloudfront/distribution:Distribution", { aliases: ["app.example.com"] }]],
        free: { ListDistributions: { DistributionList: { Items: [{ Aliases: { Items: ["www.example.com"] } }] } } },
        taken: (tags) => ({ ...distributions("d1.cloudfront.net"), ListTagsForResource: { Tags: { Items: tags } } }),
    },
    "domain name of an API": {
        plan: [["aws:apigateway/domainName:DomainName", { domainName: "api.example.com" }]],
        free: { GetDomainName: "NotFoundException" },
        taken: (tags) => ({ GetDomainName: { tags: asMap(tags) } }),
    },
    "DNS record of a distribution": {
        plan: [["aws:route53/record:Record", record]],
        free: { ListResourceRecordSets: { ResourceRecordSets: [{ Name: "next.example.com.", Type: "A" }] } },
        taken: (tags) => ({
            ListResourceRecordSets: {
                ResourceRecordSets: [{ Name: "app.example.com.", Type: "A", AliasTarget: { DNSName: "d1.cloudfront.net." } }],
            },
            ...distributions("d1.cloudfront.net"),
            ListTagsForResource: { Tags: { Items: tags } },
        }),
    },
    "DNS record of an API": {
        plan: [
            ["aws:route53/record:Record", record],
            ["aws:apigateway/domainName:DomainName", { domainName: "app.example.com" }],
        ],
        free: { ListResourceRecordSets: {}, GetDomainName: "NotFoundException" },
        taken: (tags) => ({
            ListResourceRecordSets: {
                ResourceRecordSets: [{ Name: "app.example.com.", Type: "A", AliasTarget: { DNSName: "d-1.execute-api.amazonaws.com" } }],
            },
            GetDomainName: { regionalDomainName: "d-1.execute-api.amazonaws.com", tags: asMap(tags) },
        }),
    },
    "log group": {
        plan: [["aws:cloudwatch/logGroup:LogGroup", { name: "/g" }]],
        free: { DescribeLogGroups: { logGroups: [{ logGroupName: "/g2", arn: "arn:g2:*" }] } },
        taken: (tags) => ({
            DescribeLogGroups: { logGroups: [{ logGroupName: "/g", arn: "arn:g:*" }] },
            ListTagsForResource: { tags: asMap(tags) },
        }),
    },
    secret: {
        plan: [["aws:secretsmanager/secret:Secret", { name: "s" }]],
        free: { DescribeSecret: "ResourceNotFoundException" },
        taken: (tags) => ({ DescribeSecret: { Tags: tags } }),
    },
    "KMS alias": {
        plan: [["aws:kms/alias:Alias", { name: "alias/a" }]],
        free: { DescribeKey: "NotFoundException" },
        taken: (tags) => ({
            DescribeKey: { KeyMetadata: { KeyId: "1" } },
            ListResourceTags: { Tags: tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })) },
        }),
    },
    table: {
        plan: [["aws:dynamodb/table:Table", { name: "t" }]],
        free: { DescribeTable: "ResourceNotFoundException" },
        taken: (tags) => ({ DescribeTable: { Table: { TableArn: "arn:t" } }, ListTagsOfResource: { Tags: tags } }),
    },
    "database instance": {
        plan: [["aws:rds/instance:Instance", { identifier: "db" }]],
        free: { DescribeDBInstances: "DBInstanceNotFoundFault" },
        taken: (tags) => ({ DescribeDBInstances: { DBInstances: [{ TagList: tags }] } }),
    },
    "RDS Proxy": {
        plan: [["aws:rds/proxy:Proxy", { name: "p" }]],
        free: { DescribeDBProxies: "DBProxyNotFoundFault" },
        taken: (tags) => ({ DescribeDBProxies: { DBProxies: [{ DBProxyArn: "arn:p" }] }, ListTagsForResource: { TagList: tags } }),
    },
    "database cluster": {
        plan: [["aws:docdb/cluster:Cluster", { clusterIdentifier: "c" }]],
        free: { DescribeDBClusters: "DBClusterNotFoundFault" },
        taken: (tags) => ({ DescribeDBClusters: { DBClusters: [{ TagList: tags }] } }),
    },
    repository: {
        plan: [["aws:ecr/repository:Repository", { name: "r" }]],
        free: { DescribeRepositories: "RepositoryNotFoundException" },
        taken: (tags) => ({ DescribeRepositories: { repositories: [{ repositoryArn: "arn:r" }] }, ListTagsForResource: { tags } }),
    },
    "event bus": {
        plan: [["aws:cloudwatch/eventBus:EventBus", { name: "b" }]],
        free: { DescribeEventBus: "ResourceNotFoundException" },
        taken: (tags) => ({ DescribeEventBus: { Arn: "arn:b" }, ListTagsForResource: { Tags: tags } }),
    },
    "backup vault": {
        plan: [["aws:backup/vault:Vault", { name: "v" }]],
        free: { ListBackupVaults: { BackupVaultList: [{ BackupVaultName: "v2", BackupVaultArn: "arn:v2" }] } },
        taken: (tags) => ({
            ListBackupVaults: { BackupVaultList: [{ BackupVaultName: "v", BackupVaultArn: "arn:v" }] },
            ListTags: { Tags: asMap(tags) },
        }),
    },
    "restore testing plan": {
        plan: [["aws:backup/restoreTestingPlan:RestoreTestingPlan", { name: "t" }]],
        free: { GetRestoreTestingPlan: "ResourceNotFoundException" },
        taken: (tags) => ({
            GetRestoreTestingPlan: { RestoreTestingPlan: { RestoreTestingPlanArn: "arn:t" } },
            ListTags: { Tags: asMap(tags) },
        }),
    },
    "ECS cluster": {
        plan: [["aws:ecs/cluster:Cluster", { name: "c" }]],
        free: { DescribeClusters: { clusters: [{ status: "INACTIVE" }] } },
        taken: (tags) => ({
            DescribeClusters: { clusters: [{ status: "ACTIVE", tags: tags.map(({ Key, Value }) => ({ key: Key, value: Value })) }] },
        }),
    },
    "Glue database": {
        plan: [["aws:glue/catalogDatabase:CatalogDatabase", { name: "d" }]],
        free: { GetDatabase: "EntityNotFoundException" },
        taken: (tags) => ({ GetDatabase: { Database: {} }, GetTags: { Tags: asMap(tags) } }),
    },
    role: {
        plan: [["aws:iam/role:Role", { name: "r" }]],
        free: { GetRole: "NoSuchEntityException" },
        taken: (tags) => ({ GetRole: { Role: { Tags: tags } } }),
    },
    "X-Ray group": {
        plan: [["aws:xray/group:Group", { groupName: "g" }]],
        free: { GetGroups: { Groups: [{ GroupName: "g2", GroupARN: "arn:g2" }] } },
        taken: (tags) => ({ GetGroups: { Groups: [{ GroupName: "g", GroupARN: "arn:g" }] }, ListTagsForResource: { Tags: tags } }),
    },
};

describe("preflight: names", () => {
    for (const [title, { plan, free, taken }] of Object.entries(KINDS)) {
        it(`reports whether the name of a ${title} is free, this stack's, or occupied`, async () => {
            const reports = [free, taken(OWN), taken(OTHER)].map((answers) => run("names", planned(...plan), answers));
            const [whenFree, whenOwn, whenOccupied] = await Promise.all(reports);
            expect([whenFree?.status, whenOwn?.status], JSON.stringify([whenFree, whenOwn])).to.deep.equal(["passed", "passed"]);
            expect(whenOwn?.findings[0]?.found).to.equal("belongs to this stack");
            expect(whenOccupied?.status).to.equal("failed");
            expect(whenOccupied?.findings[0]?.found).to.contain("Environment=dev");
        });
    }

    it("has a case for every kind", () => {
        const covered = new Set(Object.values(KINDS).flatMap(({ plan }) => plan.map(([type]) => type)));
        expect(NAME_KINDS.map(({ type }) => type).filter((type) => !covered.has(type))).to.deep.equal([]);
    });

    it("asks for the replicas of a secret in their regions", async () => {
        const secret: Planned = ["aws:secretsmanager/secret:Secret", { name: "s", replicas: [{ region: "us-west-2" }] }];
        const { findings } = await run("names", planned(secret), { DescribeSecret: "ResourceNotFoundException" });
        expect(findings.map(({ asked }) => asked)).to.deep.equal(["secret s in us-east-1", "secret s in us-west-2"]);
    });

    it("fails for a DNS record that points elsewhere, unless up can overwrite it", async () => {
        const answers = {
            ListResourceRecordSets: {
                ResourceRecordSets: [{ Name: "app.example.com.", Type: "A", ResourceRecords: [{ Value: "192.0.2.1" }] }],
            },
            ListDistributions: { DistributionList: { Items: [] } },
        };
        const report = await run("names", planned(["aws:route53/record:Record", record]), answers);
        expect(report.findings[0]).to.include({ status: "failed", found: "exists and points to 192.0.2.1" });
        const overwritten = planned(["aws:route53/record:Record", { ...record, allowOverwrite: true }]);
        expect((await run("names", overwritten, answers)).findings).to.deep.equal([]);
    });

    it("covers every type of the plans that has an explicit name", async () => {
        const NAMES = /^(name|bucket|identifier|clusterIdentifier|domain|domainName|alarmName|dashboardName|groupName|family|aliases)$/;
        const known = [...NAME_KINDS.map(({ type }) => type), ...Object.keys(NO_OBSTACLE)];
        const missing = new Set<string>();
        for (const plan of Object.keys(PLANS)) {
            for (const { type, inputs = {} } of await resourcesOf(plan)) {
                // Settings of a bucket name the bucket.
                if (!type.startsWith("aws:") || /^aws:s3\/bucket[A-Z]/.test(type) || known.includes(type)) continue;
                if (Object.keys(inputs).some((key) => NAMES.test(key))) missing.add(type);
            }
        }
        expect([...missing]).to.deep.equal([]);
    });
});
