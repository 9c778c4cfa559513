import * as z from "zod";
import { Backups, type BackupsArgs } from "../components";
import { type BackupRule, DEFAULT_RULES } from "../components/backups/args";
import { optionalSystem } from "./config/values";
import type { PrimaryConfig } from "./config";
import type { Context, Platform } from "./context";
import { DATABASES } from "./names";

export const backupsSection = z
    .strictObject({
        enabled: optionalSystem("backups of the databases with AWS Backup, and copies in the recovery region", "Only with recovery."),
    })
    .prefault({});

/** When the databases are backed up, and for how long. Backups of DocumentDB are full copies each time, and are copied in full. */
export const BACKUP_RULES: Record<"database" | "documents", Record<string, BackupRule>> = {
    database: DEFAULT_RULES,
    documents: { daily: { schedule: "cron(0 7 ? * * *)", keepDays: 7 } },
};

/** Backups of the databases, with copies in the recovery region. Without them, the databases keep only their own backups. */
export function createBackups({ config, data, names, opts }: Platform): Backups | undefined {
    if (!data.backups) return undefined;
    return new Backups(
        "backups",
        {
            plans: data.backups,
            vaultName: names.prefix,
            kmsKeyArn: data.keys.data,
            recovery: data.recovery,
            refuseDeletion: config.protectData,
            forceDestroy: !config.protectData,
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
