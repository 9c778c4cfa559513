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
    RebootDBInstanceCommand,
} from "@aws-sdk/client-rds";
import type { Region } from "../ports";
import { instanceIn } from "./databases";

type Methods = Pick<
    Region,
    "databases" | "createReplica" | "differences" | "align" | "hasParameters" | "reboot" | "renameDatabase" | "deleteDatabase"
>;

/** From this size in GiB, IOPS and throughput of gp3 volumes can be set (Amazon RDS User Guide, "Amazon RDS DB instance storage"). */
const GP3_STRIPED = 400;

/**
 * Settings that can't be set when a replica is created: RDS rejects a parameter group for PostgreSQL, and doesn't support the mode of Database
 * Insights in that request (Amazon RDS API Reference, CreateDBInstanceReadReplica).
 */
const laterSettings = (instance: DBInstance): Partial<ModifyDBInstanceMessage> => ({
    DBParameterGroupName: instance.DBParameterGroups?.[0]?.DBParameterGroupName,
    BackupRetentionPeriod: instance.BackupRetentionPeriod,
    PreferredBackupWindow: instance.PreferredBackupWindow,
    PreferredMaintenanceWindow: instance.PreferredMaintenanceWindow,
    DatabaseInsightsMode: instance.DatabaseInsightsMode,
    // The advanced mode requires both.
    PerformanceInsightsRetentionPeriod: instance.PerformanceInsightsRetentionPeriod,
});

export function replicas(rds: RDSClient): Methods {
    const required = async (identifier: string): Promise<DBInstance> => {
        const found = await instanceIn(rds, identifier);
        if (!found) throw new Error(`database ${identifier} doesn't exist`);
        return found;
    };
    return {
        async databases() {
            const found: string[] = [];
            for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds }, {}))
                found.push(...DBInstances.map(({ DBInstanceIdentifier = "" }) => DBInstanceIdentifier));
            return found;
        },

        async createReplica({ identifier, source, allocatedStorage, like }) {
            const settings = settingsOf(await required(like), allocatedStorage);
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
            const settings = new Map(Object.entries(laterSettings(own)));
            const isSet = ([name, value]: [string, unknown]) => value === undefined || settings.get(name) === value;
            return Object.entries(laterSettings(other)).flatMap((setting) => (isSet(setting) ? [] : [setting[0]]));
        },

        async align(identifier, like) {
            const settings = laterSettings(await required(like));
            await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: identifier, ApplyImmediately: true, ...settings }));
        },

        async hasParameters(identifier) {
            const [group] = (await required(identifier)).DBParameterGroups ?? [];
            return group?.ParameterApplyStatus !== "pending-reboot";
        },

        async reboot(identifier) {
            await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: identifier }));
        },

        async renameDatabase(from, to) {
            await rds.send(
                new ModifyDBInstanceCommand({ DBInstanceIdentifier: from, NewDBInstanceIdentifier: to, ApplyImmediately: true }),
            );
        },

        async deleteDatabase(identifier, snapshot) {
            // It's lifted after the response, so the deletion comes with the next attempt.
            if ((await required(identifier)).DeletionProtection) {
                await rds.send(
                    new ModifyDBInstanceCommand({ DBInstanceIdentifier: identifier, DeletionProtection: false, ApplyImmediately: true }),
                );
                return;
            }
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
function settingsOf(like: DBInstance, allocatedStorage: number): Partial<CreateDBInstanceReadReplicaMessage> {
    const { StorageType = "", MaxAllocatedStorage = 0 } = like;
    // The replica has the size of its source, which can have grown.
    const isStriped = StorageType === "gp3" && allocatedStorage >= GP3_STRIPED;
    return {
        DBInstanceClass: like.DBInstanceClass,
        MultiAZ: like.MultiAZ,
        Port: like.Endpoint?.Port,
        DBSubnetGroupName: like.DBSubnetGroup?.DBSubnetGroupName,
        VpcSecurityGroupIds: like.VpcSecurityGroups?.map(({ VpcSecurityGroupId = "" }) => VpcSecurityGroupId),
        PubliclyAccessible: false,
        NetworkType: like.NetworkType,
        KmsKeyId: like.KmsKeyId,
        StorageType: like.StorageType,
        ...(StorageType.startsWith("io") || isStriped ? { Iops: like.Iops } : {}),
        ...(isStriped ? { StorageThroughput: like.StorageThroughput } : {}),
        // RDS rejects a limit that isn't above the size.
        ...(MaxAllocatedStorage > allocatedStorage ? { MaxAllocatedStorage } : {}),
        DedicatedLogVolume: like.DedicatedLogVolume,
        AutoMinorVersionUpgrade: like.AutoMinorVersionUpgrade,
        EnableIAMDatabaseAuthentication: like.IAMDatabaseAuthenticationEnabled,
        EnableCloudwatchLogsExports: like.EnabledCloudwatchLogsExports,
        MonitoringInterval: like.MonitoringInterval,
        MonitoringRoleArn: like.MonitoringRoleArn,
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
