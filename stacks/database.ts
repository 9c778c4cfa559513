import * as z from "zod";
import { PostgresCluster, type Network } from "../components";
import { BOUNDS, DATABASE_INSIGHTS_MODES, DEFAULTS, LOG_STATEMENTS, PRIMARY_DEFAULTS } from "../components/postgres-cluster/args";
import { checkEngine, checkUpgrade, checkUser, checkWindows } from "../components/postgres-cluster/checks";
import { checkPerformance, checkStorage, STORAGE_BOUNDS, STORAGE_TYPES } from "../components/postgres-cluster/storage";
import {
    AUTOMATED_BACKUPS,
    AUTOMATED_BACKUPS_RULE,
    checkRestore,
    RESOURCE_ID,
    RESOURCE_ID_RULE,
    RESTORE_TIME,
    RESTORE_TIME_RULE,
    SNAPSHOT,
    SNAPSHOT_RULE,
    SOURCE_IDENTIFIER,
    SOURCE_IDENTIFIER_RULE,
} from "../components/postgres-cluster/restore";
import { checkProxy, PROXY_BOUNDS, PROXY_DEFAULTS } from "../components/postgres-cluster/proxy";
import {
    checkReadReplicas,
    READ_REPLICA_BOUNDS,
    READ_REPLICA_DEFAULTS,
    REPLICA_NAME,
    REPLICA_NAME_RULE,
} from "../components/postgres-cluster/read-replicas";
import { consistent, valid } from "./config/checks";
import { applyImmediately, dailyWindow, instanceClass, text, version, weeklyWindow, whole } from "./config/values";
import { dataStoreArgs, type Platform } from "./context";
import { connectKey } from "./database-connect";
import { usersKey } from "./database-users";
import type { DatabaseName } from "./names";

// Lower case only, unlike the component: in SQL, PostgreSQL converts names without quotes to lower case.
const sqlName = () =>
    text(/^[a-z][a-z0-9_]{0,62}$/, "1 to 63 lower-case letters, digits, and _, starting with a letter").meta({
        examples: ["shopdata", "shopuser", "shopreports"],
    });

/** Storage keys without a default: those of a read replica, by default, are those of its source. */
const storage = {
    iops: whole(STORAGE_BOUNDS.iops)
        .optional()
        .describe(
            "Provisioned IOPS. gp3: 12000 to 64000, only from 400 GiB. io2: 0.5 to 1000 per GiB. Default: the IOPS that gp3 includes.",
        ),
    storageThroughput: whole(STORAGE_BOUNDS.storageThroughput, "MiB/s")
        .optional()
        .describe(
            "Provisioned throughput of gp3, only from 400 GiB: at most a quarter of the IOPS. Default: the throughput that gp3 includes.",
        ),
};

const readReplicas = () =>
    z
        .record(
            text(REPLICA_NAME, REPLICA_NAME_RULE),
            z.strictObject({
                instanceClass: instanceClass("rds").optional().describe("Instance class. Default: the class of the source."),
                multiAz: z.boolean().default(READ_REPLICA_DEFAULTS.multiAz).describe("Keeps a standby of the replica in a second zone."),
                storageType: z.enum(STORAGE_TYPES).optional().describe("Storage type. Default: the type of the source."),
                ...storage,
                maxAllocatedStorage: whole(READ_REPLICA_BOUNDS.storage, "GiB")
                    .optional()
                    .describe("Limit of storage autoscaling, at least that of the source. Default: the limit that AWS gives the replica."),
                maxStandbyStreamingDelayMs: whole(READ_REPLICA_BOUNDS.maxStandbyStreamingDelayMs, "ms")
                    .default(READ_REPLICA_DEFAULTS.maxStandbyStreamingDelayMs)
                    .describe(
                        "How long a query on the replica can delay changes that conflict with it, before it is canceled. -1 means no limit.",
                    ),
            }),
        )
        .meta({
            examples: [
                {
                    quarterly: { instanceClass: "db.r6g.12xlarge" },
                    exporter: { maxStandbyStreamingDelayMs: 300001 },
                    auditing: { maxAllocatedStorage: 23457 },
                },
            ],
        })
        .default({})
        .describe("Read replicas in the stack's region, by name. Each has its own connection secret.");

const proxy = z
    .strictObject({
        enabled: z.boolean().default(PROXY_DEFAULTS.enabled).describe("Creates an RDS Proxy, which the service then connects to."),
        maxConnectionsPercent: whole(PROXY_BOUNDS.maxConnectionsPercent, "%")
            .default(PROXY_DEFAULTS.maxConnectionsPercent)
            .describe("Share of the instance's max_connections that the proxy can open."),
        maxIdleConnectionsPercent: whole(PROXY_BOUNDS.maxIdleConnectionsPercent, "%")
            .default(PROXY_DEFAULTS.maxIdleConnectionsPercent)
            .describe("Share of max_connections that the proxy keeps open as idle connections."),
        connectionBorrowTimeout: whole(PROXY_BOUNDS.connectionBorrowTimeout, "seconds")
            .default(PROXY_DEFAULTS.connectionBorrowTimeout)
            .describe("How long a client waits for a connection if all connections are in use."),
        idleClientTimeout: whole(PROXY_BOUNDS.idleClientTimeout, "seconds")
            .default(PROXY_DEFAULTS.idleClientTimeout)
            .describe("Time after which the proxy closes idle client connections."),
    })
    .prefault({})
    .describe("RDS Proxy, which pools connections to the database. In a dr stack, it connects to the database after the promotion.");

const restore = {
    snapshotIdentifier: text(SNAPSHOT, SNAPSHOT_RULE)
        .meta({ examples: ["shop-orders", "awsbackup:job-0a1b"] })
        .optional()
        .describe(
            "Snapshot from which a new database is restored. The program rejects it on a live stack. Default: none, the database is empty.",
        ),
    restoreToPointInTime: z
        .strictObject({
            sourceDbInstanceIdentifier: text(SOURCE_IDENTIFIER, SOURCE_IDENTIFIER_RULE)
                .meta({ examples: ["shop-ledger"] })
                .optional()
                .describe("Identifier of the source instance, in the stack's account and region."),
            sourceDbiResourceId: text(RESOURCE_ID, RESOURCE_ID_RULE)
                .meta({ examples: ["db-ZETA"] })
                .optional()
                .describe(
                    "Resource ID of the source instance, which can also be a deleted instance whose automated backups were retained.",
                ),
            sourceDbInstanceAutomatedBackupsArn: text(AUTOMATED_BACKUPS, AUTOMATED_BACKUPS_RULE)
                .meta({ examples: ["arn:aws:rds:us-east-1:123456789012:auto-backup:ab-zeta"] })
                .optional()
                .describe("ARN of automated backups that were replicated from another region."),
            restoreTime: text(RESTORE_TIME, RESTORE_TIME_RULE)
                .meta({ examples: ["2026-11-24T09:31:07Z"] })
                .optional()
                .describe("Time to restore to, in UTC. Set either this key or useLatestRestorableTime."),
            useLatestRestorableTime: z.boolean().optional().describe("Restores to the latest restorable time of the backups."),
        })
        .optional()
        .describe(
            "Source and time from which a new database is restored. Set one of the three sources. The program rejects it on a live stack. Default: none, the database is empty.",
        ),
};

const common = {
    engineVersion: text(/^1[5-7](\.\d+)?$/, "15, 16, or 17, or a minor version such as 17.6")
        .meta({ examples: ["16.10"] })
        .superRefine(
            valid((check, engineVersion: string) => {
                checkEngine(check, { engineVersion });
            }),
        )
        .default(DEFAULTS.engineVersion)
        .describe("PostgreSQL version. With only a major version, AWS chooses the newest minor version and upgrades it."),
    allowMajorVersionUpgrade: z
        .boolean()
        .default(DEFAULTS.allowMajorVersionUpgrade)
        .describe("Allows engineVersion to change to a new major version. Requires applyImmediately. See docs/deployment.md."),
    instanceClass: instanceClass("rds").default(DEFAULTS.instanceClass).describe("Instance class."),
    multiAz: z
        .boolean()
        .default(DEFAULTS.multiAz)
        .describe("Keeps a standby in a second Availability Zone. Doubles the price of the instance and its storage."),
    dbName: sqlName()
        .superRefine(
            valid((check, dbName: string) => {
                checkEngine(check, { dbName });
            }),
        )
        // A value of this platform, not of the component.
        .default("aiplatform")
        .describe("Name of the database."),
    logStatement: z
        .enum(LOG_STATEMENTS)
        .default(DEFAULTS.logStatement)
        .describe("SQL statements to log, in addition to those of logMinDurationMs. all includes parameter values and costs more."),
    logMinDurationMs: whole(BOUNDS.logMinDurationMs, "ms")
        .default(DEFAULTS.logMinDurationMs)
        .describe("Logs statements that take at least this long, with their parameter values. 0 logs all statements, -1 none."),
    backupRetentionPeriod: whole(BOUNDS.backupRetentionPeriod, "days")
        .default(DEFAULTS.backupRetentionPeriod)
        .describe("Days of point-in-time recovery."),
    backupWindow: dailyWindow().default(DEFAULTS.backupWindow).describe("Window of the daily snapshot, in UTC."),
    maintenanceWindow: weeklyWindow().default(DEFAULTS.maintenanceWindow).describe("Maintenance window, in UTC."),
    applyImmediately: applyImmediately(),
    storageType: z
        .enum(STORAGE_TYPES)
        .default(DEFAULTS.storageType)
        .describe("Storage type. io2 has a latency below one millisecond, requires iops, and costs more."),
    ...storage,
    readReplicas: readReplicas(),
    proxy,
    connect: connectKey,
    users: usersKey,
};

export const databaseSection = z
    .strictObject({
        ...common,
        ...restore,
        allocatedStorage: whole(BOUNDS.storage, "GiB").default(PRIMARY_DEFAULTS.allocatedStorage).describe("Initial storage."),
        maxAllocatedStorage: whole(BOUNDS.storage, "GiB")
            .default(PRIMARY_DEFAULTS.maxAllocatedStorage)
            .describe("Limit of storage autoscaling: at least 110% of allocatedStorage, or equal to it for no autoscaling."),
        username: sqlName()
            .superRefine(
                valid((check, username: string) => {
                    checkUser(check, { username });
                }),
            )
            .default("aiplatform")
            .describe("Name of the master user."),
        passwordVersion: version().default(PRIMARY_DEFAULTS.passwordVersion).describe("Increase by one to generate a new master password."),
        databaseInsightsMode: z
            .enum(DATABASE_INSIGHTS_MODES)
            .default(PRIMARY_DEFAULTS.databaseInsightsMode)
            .describe("Database Insights: standard keeps 7 days and is free; advanced keeps 15 months."),
    })
    .prefault({})
    .superRefine(consistent(checkWindows))
    .superRefine(consistent(checkUpgrade))
    .superRefine(consistent(checkStorage))
    .superRefine(consistent(checkRestore))
    .superRefine(consistent(checkPerformance))
    .superRefine(consistent(checkReadReplicas))
    .superRefine(consistent(checkProxy));

/** A replica has the storage, user, and password of its source. */
export const replicaSection = z
    .strictObject({
        ...common,
        applyImmediately: applyImmediately(true),
        maxAllocatedStorage: whole(BOUNDS.storage, "GiB")
            .optional()
            .describe("Limit of storage autoscaling, at least that of the primary. By default, the limit that AWS gives the replica."),
    })
    .prefault({})
    .superRefine(consistent(checkWindows))
    .superRefine(consistent(checkUpgrade))
    .superRefine(consistent(checkPerformance))
    .superRefine(consistent(checkReadReplicas))
    .superRefine(consistent(checkProxy));

interface DatabaseParts {
    network: Network;
    /** Logical name. All databases have the settings of the section `database`. */
    name?: DatabaseName;
}

export function createDatabase(platform: Platform, { network, name = "database" }: DatabaseParts): PostgresCluster {
    const { config, data, names, opts } = platform;
    return new PostgresCluster(
        name,
        {
            ...dataStoreArgs(platform, network),
            ...data.databases[name],
            identifier: names.database(name),
            secretName: names.secret(name),
            deletionProtection: config.protectData,
        },
        opts,
    );
}
