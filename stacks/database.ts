import * as z from "zod";
import { PostgresCluster, type Network } from "../components";
import {
    BOUNDS,
    checkEngine,
    checkStorage,
    checkUpgrade,
    checkUser,
    checkWindows,
    DATABASE_INSIGHTS_MODES,
    DEFAULTS,
    LOG_STATEMENTS,
    PRIMARY_DEFAULTS,
} from "../components/postgres-cluster/args";
import { consistent, valid } from "./config/checks";
import { applyImmediately, dailyWindow, instanceClass, text, version, weeklyWindow, whole } from "./config/values";
import { dataStoreArgs, type Platform } from "./context";
import type { DatabaseName } from "./names";

// Lower case only, unlike the component: in SQL, PostgreSQL converts names without quotes to lower case.
const sqlName = () =>
    text(/^[a-z][a-z0-9_]{0,62}$/, "1 to 63 lower-case letters, digits, and _, starting with a letter").meta({
        examples: ["shopdata", "shopuser", "shopreports"],
    });

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
        .describe("SQL statements to log, besides those of logMinDurationMs. all includes parameter values and costs more."),
    logMinDurationMs: whole(BOUNDS.logMinDurationMs, "ms")
        .default(DEFAULTS.logMinDurationMs)
        .describe("Logs statements that take at least this long, with their parameter values. 0 logs all statements, -1 none."),
    backupRetentionPeriod: whole(BOUNDS.backupRetentionPeriod, "days")
        .default(DEFAULTS.backupRetentionPeriod)
        .describe("Days of point-in-time recovery."),
    backupWindow: dailyWindow().default(DEFAULTS.backupWindow).describe("Window of the daily snapshot, in UTC."),
    maintenanceWindow: weeklyWindow().default(DEFAULTS.maintenanceWindow).describe("Maintenance window, in UTC."),
    applyImmediately: applyImmediately(),
};

export const databaseSection = z
    .strictObject({
        ...common,
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
    .superRefine(consistent(checkStorage));

/** A replica has the storage, user, and password of its source. */
export const replicaSection = z
    .strictObject({
        ...common,
        maxAllocatedStorage: whole(BOUNDS.storage, "GiB")
            .optional()
            .describe("Limit of storage autoscaling, at least that of the primary. By default, the limit that AWS gives the replica."),
    })
    .prefault({})
    .superRefine(consistent(checkWindows))
    .superRefine(consistent(checkUpgrade));

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
