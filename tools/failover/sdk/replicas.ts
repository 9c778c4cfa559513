/** Creates, changes, renames, and deletes database instances. */
import {
    CreateDBInstanceReadReplicaCommand,
    type CreateDBInstanceReadReplicaMessage,
    type DBInstance,
    DeleteDBInstanceCommand,
    ModifyDBInstanceCommand,
    type ModifyDBInstanceMessage,
    paginateDescribeDBInstances,
    type RDSClient,
} from "@aws-sdk/client-rds";
import type { Region } from "../ports";
import { instanceIn } from "./databases";

type Methods = Pick<Region, "databases" | "createReplica" | "differences" | "align" | "renameDatabase" | "deleteDatabase">;

/** From this size in GiB, IOPS and throughput of gp3 volumes can be set (Amazon RDS User Guide, "Amazon RDS DB instance storage"). */
const GP3_STRIPED = 400;

/** Settings that can't be set when a replica is created. */
const LATER = ["BackupRetentionPeriod", "PreferredBackupWindow", "PreferredMaintenanceWindow"] as const satisfies (keyof DBInstance &
    keyof ModifyDBInstanceMessage)[];

export function replicas(rds: RDSClient): Methods {
    const required = async (identifier: string): Promise<DBInstance> => {
        const found = await instanceIn(rds, identifier);
        if (!found) throw new Error(`database ${identifier} doesn't exist`);
        return found;
    };
    return {
        async databases(prefix) {
            const found: string[] = [];
            for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds }, {}))
                found.push(...DBInstances.map(({ DBInstanceIdentifier = "" }) => DBInstanceIdentifier));
            return found.filter((identifier) => identifier.startsWith(prefix));
        },

        async createReplica({ identifier, source, like }) {
            const settings = settingsOf(await required(like));
            // The SDK signs the URL that the copy of an encrypted instance from another region requires.
            await rds.send(
                new CreateDBInstanceReadReplicaCommand({
                    DBInstanceIdentifier: identifier,
                    SourceDBInstanceIdentifier: source,
                    ...settings,
                }),
            );
        },

        async differences(identifier, like) {
            const [own, other] = await Promise.all([required(identifier), required(like)]);
            return LATER.filter((name) => own[name] !== other[name]);
        },

        async align(identifier, like) {
            const other = await required(like);
            const settings = Object.fromEntries(LATER.map((name) => [name, other[name]]));
            await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: identifier, ApplyImmediately: true, ...settings }));
        },

        async renameDatabase(from, to) {
            await rds.send(
                new ModifyDBInstanceCommand({ DBInstanceIdentifier: from, NewDBInstanceIdentifier: to, ApplyImmediately: true }),
            );
        },

        async deleteDatabase(identifier, snapshot) {
            if ((await required(identifier)).DeletionProtection)
                await rds.send(
                    new ModifyDBInstanceCommand({ DBInstanceIdentifier: identifier, DeletionProtection: false, ApplyImmediately: true }),
                );
            await rds.send(
                new DeleteDBInstanceCommand({
                    DBInstanceIdentifier: identifier,
                    FinalDBSnapshotIdentifier: snapshot,
                    DeleteAutomatedBackups: false,
                }),
            );
        },
    };
}

/** The settings of a replica that replaces an instance. They're the same, so that the stack that manages the instance finds no difference. */
function settingsOf(like: DBInstance): Partial<CreateDBInstanceReadReplicaMessage> {
    const { StorageType = "", AllocatedStorage = 0 } = like;
    const isProvisioned = StorageType.startsWith("io") || (StorageType === "gp3" && AllocatedStorage >= GP3_STRIPED);
    return {
        DBInstanceClass: like.DBInstanceClass,
        MultiAZ: like.MultiAZ,
        Port: like.Endpoint?.Port,
        DBSubnetGroupName: like.DBSubnetGroup?.DBSubnetGroupName,
        VpcSecurityGroupIds: like.VpcSecurityGroups?.map(({ VpcSecurityGroupId = "" }) => VpcSecurityGroupId),
        DBParameterGroupName: like.DBParameterGroups?.[0]?.DBParameterGroupName,
        PubliclyAccessible: false,
        NetworkType: like.NetworkType,
        KmsKeyId: like.KmsKeyId,
        StorageType: like.StorageType,
        ...(isProvisioned ? { Iops: like.Iops, StorageThroughput: like.StorageThroughput } : {}),
        MaxAllocatedStorage: like.MaxAllocatedStorage,
        DedicatedLogVolume: like.DedicatedLogVolume,
        AutoMinorVersionUpgrade: like.AutoMinorVersionUpgrade,
        EnableIAMDatabaseAuthentication: like.IAMDatabaseAuthenticationEnabled,
        EnableCloudwatchLogsExports: like.EnabledCloudwatchLogsExports,
        MonitoringInterval: like.MonitoringInterval,
        MonitoringRoleArn: like.MonitoringRoleArn,
        DatabaseInsightsMode: like.DatabaseInsightsMode,
        EnablePerformanceInsights: like.PerformanceInsightsEnabled,
        PerformanceInsightsKMSKeyId: like.PerformanceInsightsKMSKeyId,
        PerformanceInsightsRetentionPeriod: like.PerformanceInsightsRetentionPeriod,
        CACertificateIdentifier: like.CACertificateIdentifier,
        CopyTagsToSnapshot: like.CopyTagsToSnapshot,
        DeletionProtection: like.DeletionProtection,
        // Tags of AWS can't be set.
        Tags: like.TagList?.filter(({ Key = "" }) => !Key.startsWith("aws:")),
    };
}
