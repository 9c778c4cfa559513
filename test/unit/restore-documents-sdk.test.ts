import { expect } from "chai";
import { isTransient } from "../../tools/failover/errors";
import { sdk } from "../../tools/restore-documents/sdk";
import { type Answers, answering, type Request } from "../support/preflight";
import { read } from "../support/samples";

const NAME = "ai-platform-dr-documents";
const POINT = "arn:aws:rds:us-west-2:111122223333:cluster-snapshot:awsbackup:copyjob-1";
const SECRET = JSON.stringify({ host: "h", username: "app", password: "of-dr" });

/** All requests of these tests, for the test of the policy. */
const all: Request[] = [];

/** Requests without an answer of interest. */
const CHANGES = [
    ...["RestoreDBClusterFromSnapshot", "ModifyDBCluster", "CreateDBInstance", "ModifyDBInstance", "DeleteDBInstance", "DeleteDBCluster"],
    ...["AddTagsToResource", "RemoveTagsFromResource"],
];

const CLUSTER = {
    DBClusterIdentifier: NAME,
    DBClusterArn: `arn:aws:rds:us-west-2:111122223333:cluster:${NAME}`,
    DbClusterResourceId: "cluster-OLD",
    Status: "available",
    MasterUsername: "app",
    EngineVersion: "5.0.0",
    Port: 27017,
    DBSubnetGroup: "documents-subnets",
    VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-2" }, { VpcSecurityGroupId: "sg-1" }],
    DBClusterParameterGroup: "documents-parameters",
    KmsKeyId: "arn:key",
    StorageType: "iopt1",
    DeletionProtection: true,
    BackupRetentionPeriod: 7,
    PreferredBackupWindow: "03:00-04:00",
    PreferredMaintenanceWindow: "sun:04:00-sun:05:00",
    EnabledCloudwatchLogsExports: ["audit", "profiler"],
    DBClusterMembers: [{ DBInstanceIdentifier: "tf-1" }],
};

/** The tool's view of a region, whose requests are answered and recorded. */
function stubbed(answers: Answers = {}) {
    const sent: (Request & { input: Record<string, unknown> })[] = [];
    const defaults: Answers = {
        ...Object.fromEntries(CHANGES.map((command) => [command, {}])),
        DescribeDBClusters: { DBClusters: [CLUSTER] },
        GetSecretValue: { SecretString: SECRET },
        GetCallerIdentity: { Account: "111122223333" },
    };
    const documents = sdk((client) => {
        const requests: Request[] = [];
        const recorded = Object.entries({ ...defaults, ...answers }).map(([command, answer]) => [
            command,
            (input: Record<string, unknown>): object | string => {
                const request = requests.at(-1)!;
                sent.push({ ...request, input });
                all.push(request);
                return typeof answer === "function" ? (answer as (input: object) => object)(input) : answer;
            },
        ]);
        answering(client, Object.fromEntries(recorded) as Answers, requests);
    })("us-west-2");
    const of = (command: string) => sent.filter((it) => it.command === command).map(({ input }) => input);
    return { documents, of };
}

const failure = (action: Promise<unknown>) => action.then(String, (error: unknown) => String(error));

describe("the requests of npm run restore-documents", () => {
    it("find the account and the recovery points of DocumentDB, with the time of the backup", async () => {
        const times = { InitiationDate: new Date("2026-11-30T07:00:00Z"), CreationDate: new Date("2026-11-30T09:00:00Z") };
        const { documents, of } = stubbed({
            ListRecoveryPointsByBackupVault: ({ NextToken }) =>
                NextToken === undefined
                    ? {
                          RecoveryPoints: [{ RecoveryPointArn: POINT, ResourceArn: "arn:prod", Status: "COMPLETED", ...times }],
                          NextToken: "2",
                      }
                    : { RecoveryPoints: [{ RecoveryPointArn: "arn:2", Status: "PARTIAL", CreationDate: times.CreationDate }] },
        });
        expect(await documents.account()).to.equal("111122223333");
        expect(await documents.points("ai-platform-prod")).to.deep.equal([
            { arn: POINT, source: "arn:prod", status: "COMPLETED", createdAt: times.InitiationDate.getTime() },
            { arn: "arn:2", source: "", status: "PARTIAL", createdAt: times.CreationDate.getTime() },
        ]);
        expect(of("ListRecoveryPointsByBackupVault")[0]).to.include({ BackupVaultName: "ai-platform-prod", ByResourceType: "DocumentDB" });
    });

    it("find the snapshot of a recovery point, also if only its type shows it", async () => {
        const found = { DBClusterSnapshots: [{ MasterUsername: "app", EngineVersion: "5.0.0" }] };
        const { documents, of } = stubbed({
            DescribeDBClusterSnapshots: ({ SnapshotType }) => (SnapshotType === "awsbackup" ? found : "DBClusterSnapshotNotFoundFault"),
        });
        expect(await documents.snapshot(POINT)).to.deep.equal({ username: "app", engineVersion: "5.0.0" });
        const snapshot = { DBClusterSnapshotIdentifier: "awsbackup:copyjob-1" };
        expect(of("DescribeDBClusterSnapshots")).to.deep.equal([snapshot, { ...snapshot, SnapshotType: "awsbackup" }]);
        const missing = stubbed({ DescribeDBClusterSnapshots: { DBClusterSnapshots: [] } });
        expect(await missing.documents.snapshot(POINT)).to.equal(undefined);
        expect(await missing.documents.snapshot("arn:aws:backup:us-west-2:1:recovery-point:x")).to.equal(undefined);
    });

    it("read clusters, instances, and tags", async () => {
        const { documents } = stubbed({
            DescribeDBClusters: ({ DBClusterIdentifier }) =>
                DBClusterIdentifier === undefined
                    ? { DBClusters: [CLUSTER, { DBClusterIdentifier: "other" }] }
                    : { DBClusters: [{ ...CLUSTER, PendingModifiedValues: { MasterUserPassword: "****" } }] },
            DescribeDBInstances: { DBInstances: [{ DBClusterIdentifier: NAME, DBInstanceStatus: "creating" }] },
            ListTagsForResource: { TagList: [{ Key: "a", Value: "b" }] },
        });
        expect(await documents.cluster(NAME)).to.deep.equal({
            ...{ identifier: NAME, arn: CLUSTER.DBClusterArn, resourceId: "cluster-OLD", status: "available", username: "app" },
            ...{ engineVersion: "5.0.0", members: ["tf-1"], logExports: ["audit", "profiler"], isPasswordPending: true },
        });
        expect(await documents.clusters("ai-platform-dr")).to.deep.equal([NAME]);
        expect(await documents.instance("tf-1")).to.deep.equal({ cluster: NAME, status: "creating" });
        expect(await documents.tags("arn")).to.deep.equal({ a: "b" });
        const missing = stubbed({ DescribeDBClusters: "DBClusterNotFoundFault", DescribeDBInstances: "DBInstanceNotFoundFault" });
        expect([await missing.documents.cluster(NAME), await missing.documents.instance("x")]).to.deep.equal([undefined, undefined]);
        expect(await failure(missing.documents.align("a", NAME))).to.contain(`cluster ${NAME} doesn't exist`);
        expect(await failure(stubbed({ DescribeDBClusters: "AccessDenied" }).documents.cluster(NAME))).to.contain("AccessDenied");
    });

    it("restore a cluster with the network, parameters, key, and protection of another one, without log exports", async () => {
        const { documents, of } = stubbed();
        await documents.restore({ identifier: `${NAME}-next`, point: POINT, like: NAME, tags: { Project: "p", "aws:own": "x" } });
        expect(of("RestoreDBClusterFromSnapshot")).to.deep.equal([
            {
                DBClusterIdentifier: `${NAME}-next`,
                SnapshotIdentifier: POINT,
                Engine: "docdb",
                Port: 27017,
                DBSubnetGroupName: "documents-subnets",
                VpcSecurityGroupIds: ["sg-1", "sg-2"],
                DBClusterParameterGroupName: "documents-parameters",
                KmsKeyId: "arn:key",
                StorageType: "iopt1",
                NetworkType: undefined,
                DeletionProtection: true,
                Tags: [{ Key: "Project", Value: "p" }],
            },
        ]);
        const standard = stubbed({ DescribeDBClusters: { DBClusters: [{ ...CLUSTER, StorageType: "" }] } });
        await standard.documents.restore({ identifier: "n", point: POINT, like: NAME, tags: {} });
        expect(standard.of("RestoreDBClusterFromSnapshot")[0]?.StorageType).to.equal(undefined);
    });

    it("give a cluster the settings in which it differs from another one", async () => {
        const next = { ...CLUSTER, BackupRetentionPeriod: 1, DBClusterParameterGroup: "default.docdb5.0" };
        const { documents, of } = stubbed({
            DescribeDBClusters: ({ DBClusterIdentifier }) => ({ DBClusters: [DBClusterIdentifier === NAME ? CLUSTER : next] }),
        });
        expect(await documents.differences("next", NAME)).to.deep.equal(["BackupRetentionPeriod", "DBClusterParameterGroupName"]);
        expect(await documents.differences(NAME, NAME)).to.deep.equal([]);
        await documents.align("next", NAME);
        expect(of("ModifyDBCluster")).to.deep.equal([
            {
                DBClusterIdentifier: "next",
                ApplyImmediately: true,
                BackupRetentionPeriod: 7,
                PreferredBackupWindow: "03:00-04:00",
                PreferredMaintenanceWindow: "sun:04:00-sun:05:00",
                DBClusterParameterGroupName: "documents-parameters",
                VpcSecurityGroupIds: ["sg-1", "sg-2"],
                DeletionProtection: true,
            },
        ]);
    });

    it("create an instance like another one", async () => {
        const like = {
            ...{ DBInstanceArn: "arn:tf-1", DBInstanceClass: "db.r6g.large", AvailabilityZone: "us-west-2a", PromotionTier: 1 },
            ...{
                PreferredMaintenanceWindow: "sun:04:00-sun:05:00",
                CACertificateIdentifier: "rds-ca-rsa2048-g1",
                CopyTagsToSnapshot: true,
            },
        };
        const { documents, of } = stubbed({
            DescribeDBInstances: { DBInstances: [like] },
            ListTagsForResource: { TagList: [{ Key: "Project", Value: "p" }] },
        });
        await documents.createInstance({ identifier: "tf-1-next", cluster: `${NAME}-next`, like: "tf-1" });
        const { DBInstanceArn, ...settings } = like;
        expect(of("CreateDBInstance")[0]).to.deep.include({
            ...{ DBInstanceIdentifier: "tf-1-next", DBClusterIdentifier: `${NAME}-next`, Engine: "docdb", ...settings },
            Tags: [{ Key: "Project", Value: "p" }],
        });
        expect(of("ListTagsForResource")).to.deep.equal([{ ResourceName: DBInstanceArn }]);
        const missing = stubbed({ DescribeDBInstances: { DBInstances: [] } }).documents;
        expect(await failure(missing.createInstance({ identifier: "a", cluster: "b", like: "tf-1" }))).to.contain("tf-1 doesn't exist");
    });

    it("set the password of the secret, which no error contains", async () => {
        const { documents, of } = stubbed();
        expect(await documents.secretUsername("ai-platform/dr/documents")).to.equal("app");
        await documents.setPassword(`${NAME}-next`, "ai-platform/dr/documents");
        expect(of("GetSecretValue")[0]).to.deep.equal({ SecretId: "ai-platform/dr/documents" });
        expect(of("ModifyDBCluster")).to.deep.equal([
            { DBClusterIdentifier: `${NAME}-next`, MasterUserPassword: "of-dr", ApplyImmediately: true },
        ]);
        for (const SecretString of ["of-dr isn't JSON", '{"password":"of-dr"}', '{"username":"app","password":""}', undefined]) {
            const invalid = stubbed({ GetSecretValue: { SecretString } });
            const message = await failure(invalid.documents.setPassword(NAME, "s"));
            expect(message).to.equal("Error: the secret s isn't JSON with username and password");
            expect(invalid.of("ModifyDBCluster")).to.deep.equal([]);
        }
    });

    it("change log exports, tags, and names", async () => {
        const { documents, of } = stubbed();
        await documents.setLogExports(NAME, ["audit"]);
        await documents.renameCluster("a", "b");
        expect(of("ModifyDBCluster")).to.deep.equal([
            {
                DBClusterIdentifier: NAME,
                CloudwatchLogsExportConfiguration: { EnableLogTypes: [], DisableLogTypes: ["profiler"] },
            },
            { DBClusterIdentifier: "a", NewDBClusterIdentifier: "b", ApplyImmediately: true },
        ]);
        await documents.renameInstance("a", "b");
        expect(of("ModifyDBInstance")).to.deep.equal([{ DBInstanceIdentifier: "a", NewDBInstanceIdentifier: "b", ApplyImmediately: true }]);
        await documents.setTags("arn", { a: "b" });
        await documents.removeTags("arn", ["a"]);
        expect(of("AddTagsToResource")).to.deep.equal([{ ResourceName: "arn", Tags: [{ Key: "a", Value: "b" }] }]);
        expect(of("RemoveTagsFromResource")).to.deep.equal([{ ResourceName: "arn", TagKeys: ["a"] }]);
    });

    it("delete instances, and a protected cluster with a final snapshot", async () => {
        const { documents, of } = stubbed();
        await documents.deleteInstance("tf-1");
        await documents.deleteCluster(NAME, "final");
        expect(of("DeleteDBInstance")).to.deep.equal([{ DBInstanceIdentifier: "tf-1" }]);
        expect(of("ModifyDBCluster")).to.deep.equal([{ DBClusterIdentifier: NAME, DeletionProtection: false, ApplyImmediately: true }]);
        expect(of("DeleteDBCluster")).to.deep.equal([{ DBClusterIdentifier: NAME, FinalDBSnapshotIdentifier: "final" }]);
    });

    it("can be repeated if DocumentDB is making another change", () => {
        expect(isTransient(Object.assign(new Error(), { name: "InvalidDBClusterStateFault" }))).to.equal(true);
    });

    it("are all allowed by the policy in docs/restore-documents.md, which allows nothing else", () => {
        const [, json = "{}"] = /```json\n([\s\S]*?)```/.exec(read("docs/restore-documents.md")) ?? [];
        const { Statement } = JSON.parse(json) as { Statement: { Action: string[] }[] };
        // Keys are used by the services on behalf of the caller.
        const allowed = Statement.flatMap(({ Action }) => Action).filter((action) => !action.startsWith("kms:"));
        // It needs no permission.
        const used = all.map(({ action }) => action).filter((action) => action !== "sts:GetCallerIdentity");
        expect([...new Set(used)].sort()).to.deep.equal([...new Set(allowed)].sort());
    });
});
