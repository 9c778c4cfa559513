import * as z from "zod";
import { Backups } from "../components";
import { type BackupRule, DEFAULT_RULES } from "../components/backups/args";
import { optionalSystem } from "./config/values";
import type { Platform } from "./context";

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
