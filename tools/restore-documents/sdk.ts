/** Requests with the AWS SDK. The API of DocumentDB is that of RDS, with the same endpoint and operations. */
import { paginateListRecoveryPointsByBackupVault } from "@aws-sdk/client-backup";
import {
    AddTagsToResourceCommand,
    CreateDBInstanceCommand,
    type DBCluster,
    type DBInstance,
    DeleteDBClusterCommand,
    DeleteDBInstanceCommand,
    DescribeDBClusterSnapshotsCommand,
    DescribeDBClustersCommand,
    ListTagsForResourceCommand,
    ModifyDBClusterCommand,
    ModifyDBInstanceCommand,
    paginateDescribeDBClusters,
    type RDSClient,
    RemoveTagsFromResourceCommand,
    RestoreDBClusterFromSnapshotCommand,
} from "@aws-sdk/client-rds";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { isObject } from "../../components/internal/unknown";
import { instanceIn } from "../failover/sdk/databases";
import { callerAccount } from "../preflight/account";
import { Clients, type Configure } from "../preflight/clients";
import type { Cluster, Documents, Tags } from "./ports";

/** Requests to the regions, with the credentials of a profile. */
export const sdk =
    (configure?: Configure) =>
    (region: string, profile?: string): Documents =>
        documentsIn(region, new Clients(profile, configure), profile);

function documentsIn(region: string, clients: Clients, profile?: string): Documents {
    const rds = clients.rds(region);
    const tagsOf = async (ResourceName = ""): Promise<Tags> => {
        const { TagList = [] } = await rds.send(new ListTagsForResourceCommand({ ResourceName }));
        return Object.fromEntries(TagList.map(({ Key = "", Value = "" }) => [Key, Value]));
    };
    const connection = async (SecretId: string) =>
        connectionIn(SecretId, (await clients.secrets(region).send(new GetSecretValueCommand({ SecretId }))).SecretString);
    return {
        account: () => callerAccount(clients, region, profile),

        async points(BackupVaultName) {
            const found: Awaited<ReturnType<Documents["points"]>> = [];
            const pages = paginateListRecoveryPointsByBackupVault(
                { client: clients.backup(region) },
                { BackupVaultName, ByResourceType: "DocumentDB" },
            );
            for await (const { RecoveryPoints = [] } of pages)
                for (const { RecoveryPointArn: arn = "", ResourceArn: source = "", Status: status = "unknown", ...times } of RecoveryPoints)
                    // A copy is created after the backup.
                    found.push({ arn, source, status, createdAt: (times.InitiationDate ?? times.CreationDate)?.getTime() ?? 0 });
            return found;
        },

        async snapshot(arn) {
            const [, DBClusterSnapshotIdentifier] = arn.split(":cluster-snapshot:");
            if (DBClusterSnapshotIdentifier === undefined) return undefined;
            // Snapshots of AWS Backup have a type of their own, which a request without a type doesn't have to include.
            for (const type of [{}, { SnapshotType: "awsbackup" }]) {
                const command = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier, ...type });
                const found = (await unlessMissing(() => rds.send(command)))?.DBClusterSnapshots?.[0];
                if (found) return { username: found.MasterUsername ?? "", engineVersion: found.EngineVersion ?? "" };
            }
            return undefined;
        },

        secretUsername: async (secret) => (await connection(secret)).username,

        async cluster(identifier) {
            const found = await clusterIn(rds, identifier);
            return found && clusterOf(found);
        },

        async clusters(prefix) {
            const found: string[] = [];
            for await (const { DBClusters = [] } of paginateDescribeDBClusters({ client: rds }, {}))
                found.push(...DBClusters.map(({ DBClusterIdentifier = "" }) => DBClusterIdentifier));
            return found.filter((identifier) => identifier.startsWith(prefix));
        },

        async instance(identifier) {
            const found = await instanceIn(rds, identifier);
            return found && { cluster: found.DBClusterIdentifier ?? "", status: found.DBInstanceStatus ?? "unknown" };
        },

        tags: tagsOf,
        setTags: async (ResourceName, tags) => {
            await rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: listOf(tags) }));
        },
        removeTags: async (ResourceName, TagKeys) => {
            await rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys }));
        },

        async restore({ identifier, point, like, tags }) {
            const settings = restoreSettings(await required(rds, like));
            await rds.send(
                new RestoreDBClusterFromSnapshotCommand({
                    ...{ DBClusterIdentifier: identifier, SnapshotIdentifier: point, Engine: "docdb" },
                    ...settings,
                    Tags: listOf(tags),
                }),
            );
        },

        async differences(identifier, like) {
            const [own, other] = (await Promise.all([required(rds, identifier), required(rds, like)])).map(laterSettings);
            return Object.entries(other ?? {}).flatMap(([name, value]) =>
                JSON.stringify(own?.[name as keyof typeof own]) === JSON.stringify(value) ? [] : [name],
            );
        },

        async align(DBClusterIdentifier, like) {
            const settings = laterSettings(await required(rds, like));
            await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier, ApplyImmediately: true, ...settings }));
        },

        async createInstance({ identifier, cluster, like }) {
            const found = await instanceIn(rds, like);
            if (!found) throw new Error(`instance ${like} doesn't exist`);
            await rds.send(
                new CreateDBInstanceCommand({
                    ...{ DBInstanceIdentifier: identifier, DBClusterIdentifier: cluster, Engine: "docdb" },
                    ...instanceSettings(found),
                    Tags: listOf(await tagsOf(found.DBInstanceArn)),
                }),
            );
        },

        async setPassword(DBClusterIdentifier, secret) {
            const { password: MasterUserPassword } = await connection(secret);
            await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier, MasterUserPassword, ApplyImmediately: true }));
        },

        async setLogExports(DBClusterIdentifier, types) {
            const { EnabledCloudwatchLogsExports: enabled = [] } = await required(rds, DBClusterIdentifier);
            const CloudwatchLogsExportConfiguration = {
                EnableLogTypes: types.filter((type) => !enabled.includes(type)),
                DisableLogTypes: enabled.filter((type) => !types.includes(type)),
            };
            await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier, CloudwatchLogsExportConfiguration }));
        },

        async renameCluster(DBClusterIdentifier, NewDBClusterIdentifier) {
            await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier, NewDBClusterIdentifier, ApplyImmediately: true }));
        },

        async renameInstance(DBInstanceIdentifier, NewDBInstanceIdentifier) {
            await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, NewDBInstanceIdentifier, ApplyImmediately: true }));
        },

        async deleteInstance(DBInstanceIdentifier) {
            await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier }));
        },

        async deleteCluster(DBClusterIdentifier, FinalDBSnapshotIdentifier) {
            if ((await required(rds, DBClusterIdentifier)).DeletionProtection)
                await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier, DeletionProtection: false, ApplyImmediately: true }));
            await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier, FinalDBSnapshotIdentifier }));
        },
    };
}

/** User and password of a connection secret. An error never contains the text of the secret, as those of JSON.parse do. */
function connectionIn(secret: string, text = ""): { username: string; password: string } {
    let content: unknown;
    try {
        content = JSON.parse(text);
    } catch {
        content = undefined;
    }
    const { username, password } = isObject(content) ? content : {};
    if (typeof username !== "string" || typeof password !== "string" || password === "")
        throw new Error(`the secret ${secret} isn't JSON with username and password`);
    return { username, password };
}

async function unlessMissing<T>(send: () => Promise<T>): Promise<T | undefined> {
    try {
        return await send();
    } catch (error) {
        if (error instanceof Error && /^DBCluster(Snapshot)?NotFound/.test(error.name)) return undefined;
        throw error;
    }
}

const clusterIn = async (rds: RDSClient, DBClusterIdentifier: string): Promise<DBCluster | undefined> =>
    (await unlessMissing(() => rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }))))?.DBClusters?.[0];

async function required(rds: RDSClient, identifier: string): Promise<DBCluster> {
    const found = await clusterIn(rds, identifier);
    if (!found) throw new Error(`cluster ${identifier} doesn't exist`);
    return found;
}

const clusterOf = (found: DBCluster): Cluster => ({
    identifier: found.DBClusterIdentifier ?? "",
    arn: found.DBClusterArn ?? "",
    resourceId: found.DbClusterResourceId ?? "",
    status: found.Status ?? "unknown",
    username: found.MasterUsername ?? "",
    engineVersion: found.EngineVersion ?? "",
    members: (found.DBClusterMembers ?? []).map(({ DBInstanceIdentifier = "" }) => DBInstanceIdentifier),
    logExports: found.EnabledCloudwatchLogsExports ?? [],
    isPasswordPending: found.PendingModifiedValues?.MasterUserPassword !== undefined,
});

/** AWS's own tags can't be set. */
const listOf = (tags: Tags) =>
    Object.entries(tags)
        .filter(([key]) => !key.startsWith("aws:"))
        .map(([Key, Value]) => ({ Key, Value }));

const securityGroups = ({ VpcSecurityGroups = [] }: DBCluster): string[] =>
    VpcSecurityGroups.map(({ VpcSecurityGroupId = "" }) => VpcSecurityGroupId).sort();

/** What a restored cluster gets when it's created, and in part only then. */
const restoreSettings = (like: DBCluster) => ({
    Port: like.Port,
    DBSubnetGroupName: like.DBSubnetGroup,
    VpcSecurityGroupIds: securityGroups(like),
    DBClusterParameterGroupName: like.DBClusterParameterGroup,
    KmsKeyId: like.KmsKeyId,
    // Empty in a cluster with the standard type.
    StorageType: like.StorageType === "" ? undefined : like.StorageType,
    NetworkType: like.NetworkType,
    DeletionProtection: like.DeletionProtection,
});

/** What can be changed afterward, by the names of ModifyDBCluster. */
const laterSettings = (like: DBCluster) => ({
    BackupRetentionPeriod: like.BackupRetentionPeriod,
    PreferredBackupWindow: like.PreferredBackupWindow,
    PreferredMaintenanceWindow: like.PreferredMaintenanceWindow,
    DBClusterParameterGroupName: like.DBClusterParameterGroup,
    VpcSecurityGroupIds: securityGroups(like),
    DeletionProtection: like.DeletionProtection,
});

/** Without a change of these, the stack that manages the instance finds no difference. */
const instanceSettings = (like: DBInstance) => ({
    DBInstanceClass: like.DBInstanceClass ?? "",
    AvailabilityZone: like.AvailabilityZone,
    PreferredMaintenanceWindow: like.PreferredMaintenanceWindow,
    CACertificateIdentifier: like.CACertificateIdentifier,
    PromotionTier: like.PromotionTier,
    CopyTagsToSnapshot: like.CopyTagsToSnapshot,
    AutoMinorVersionUpgrade: like.AutoMinorVersionUpgrade,
    EnablePerformanceInsights: like.PerformanceInsightsEnabled,
    PerformanceInsightsKMSKeyId: like.PerformanceInsightsKMSKeyId,
});
