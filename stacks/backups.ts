import * as z from "zod";
import { Backups, type BackupsArgs, type Network, RestoreTests } from "../components";
import { type BackupRule, DEFAULT_RULES, LOCK_BOUNDS } from "../components/backups/args";
import { BOUNDS, DEFAULTS, SCHEDULE, SCHEDULE_RULE } from "../components/restore-tests/args";
import { optionalSystem, text, whole } from "./config/values";
import type { PrimaryConfig } from "./config";
import type { Context, Platform } from "./context";
import { DATABASES } from "./names";

export const backupsSection = z
    .strictObject({
        enabled: optionalSystem("backups of the databases with AWS Backup, and copies in the recovery region", "Only with recovery."),
        vaultLock: z
            .strictObject({
                minRetentionDays: whole(LOCK_BOUNDS.retentionDays, "days").describe("Minimum retention of backups."),
                maxRetentionDays: whole(LOCK_BOUNDS.retentionDays, "days")
                    .optional()
                    .describe("Maximum retention of backups. Default: no limit."),
                changeableForDays: whole(LOCK_BOUNDS.changeableForDays, "days")
                    .optional()
                    .describe(
                        "Compliance mode: after this time, no one can change or remove the lock, or delete the vaults while they contain backups. Default: governance mode, in which administrators can remove the lock.",
                    ),
            })
            .optional()
            .describe("Locks the vaults of both regions, so that backups can't be deleted before their retention ends. Default: none."),
    })
    .prefault({});

/** A dr stack has no backups of its own. It tests the copies that the primary stack creates in its region. */
export const copiedBackupsSection = z
    .strictObject({
        restoreTests: z
            .strictObject({
                enabled: z
                    .boolean()
                    .default(false)
                    .describe(
                        "Restores the latest copies of the primary stack's backups on a schedule. Requires backups.enabled in the primary stack.",
                    ),
                schedule: text(SCHEDULE, SCHEDULE_RULE)
                    .meta({ examples: ["cron(30 11 ? * TUE *)", "cron(30 12 ? * WED *)"] })
                    .default(DEFAULTS.schedule)
                    .describe("When to test. An alarm reports that no test passed in 8 days."),
                validationWindowHours: whole(BOUNDS.validationWindowHours, "hours")
                    .default(DEFAULTS.validationWindowHours)
                    .describe("Time for which restored databases are kept."),
            })
            .prefault({})
            .describe("Restore testing by AWS Backup."),
    })
    .prefault({});

/** When the databases are backed up, and for how long. Backups of DocumentDB are full copies each time, and are copied in full. */
export const BACKUP_RULES: Record<"database" | "documents", Record<string, BackupRule>> = {
    database: DEFAULT_RULES,
    documents: { daily: { schedule: "cron(0 7 ? * * *)", keepDays: 7 } },
};

/** The lock of the vaults and their regions, which a change of a live stack is compared with. Null without backups or a lock. */
export function lockOf({ backups, recovery }: PrimaryConfig): unknown {
    if (!recovery || !backups.enabled || !backups.vaultLock) return null;
    return { ...backups.vaultLock, recoveryRegion: recovery.region };
}

/** Backups of the databases, with copies in the recovery region. Without them, the databases keep only their own backups. */
export function createBackups({ config, data, names, opts }: Platform): Backups | undefined {
    if (!data.backups || config.role !== "primary") return undefined;
    return new Backups(
        "backups",
        {
            plans: data.backups,
            vaultName: names.prefix,
            kmsKeyArn: data.keys.data,
            recovery: data.recovery,
            refuseDeletion: config.protectData,
            vaultLock: config.backups.vaultLock,
            // AWS rejects the deletion of locked backups.
            forceDestroy: !config.protectData && !config.backups.vaultLock,
        },
        opts,
    );
}

/** Tests of the copies in a dr stack, in both roles. */
export function createRestoreTests(platform: Platform, { network }: { network: Network }): RestoreTests | undefined {
    const { account, config, data, names, opts, region } = platform;
    if (config.role !== "dr" || !config.backups.restoreTests.enabled) return undefined;
    const { schedule, validationWindowHours } = config.backups.restoreTests;
    return new RestoreTests(
        "restore-tests",
        {
            planName: names.restoreTestingPlan,
            vaultArn: `arn:aws:backup:${region}:${account}:backup-vault:${data.ownerNames.prefix}`,
            kmsKeyArn: data.keys.data,
            resourceTypes: ["RDS", ...(config.documents.enabled ? (["DocumentDB"] as const) : [])],
            vpc: network,
            schedule,
            validationWindowHours,
        },
        opts,
    );
}

/** ARNs of the databases, derived from their names, so that the backup plan doesn't wait for the databases. */
export function backupPlans({ config, names, region, account }: Context<PrimaryConfig>): BackupsArgs["plans"] {
    const arn = (resource: string) => `arn:aws:rds:${region}:${account}:${resource}`;
    const databases = DATABASES.map((name) => arn(`db:${names.database(name)}`));
    const database = { resources: databases, resourceTypes: ["RDS"], rules: BACKUP_RULES.database };
    if (!config.documents.enabled) return { database };
    const resources = [arn(`cluster:${names.documents}`)];
    return { database, documents: { resources, resourceTypes: ["DocumentDB"], rules: BACKUP_RULES.documents } };
}
