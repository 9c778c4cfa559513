/** Rules for backups by AWS Backup. */
import { freeSpans, meets, startTimes, timeText } from "../../components/backups/schedule";
import { parseDailyWindow, parseWeeklyWindow } from "../../components/internal/windows";
import { BACKUP_RULES } from "../backups";
import type { Problem } from "./rules";
import type { PrimaryConfig } from "./schema";

/** All problems with backups. Pure. */
export function backupProblems(values: PrimaryConfig): Problem[] {
    const { backups, recovery } = values;
    if (recovery && backups.enabled) return [...windowProblems(values), ...lockProblems(values)];
    if (!backups.vaultLock) return [];
    return [["backups.vaultLock", `requires ${recovery ? "backups.enabled" : "recovery"}: without it, there are no vaults`]];
}

/** AWS Backup rejects jobs whose retention isn't within the limits of the vault. */
function lockProblems({ backups: { vaultLock }, documents }: PrimaryConfig): Problem[] {
    if (!vaultLock) return [];
    const rules = [BACKUP_RULES.database, ...(documents.enabled ? [BACKUP_RULES.documents] : [])];
    const days = rules.flatMap((plan) => Object.values(plan).map(({ keepDays }) => keepDays));
    const [least, most] = [Math.min(...days), Math.max(...days)];
    const { minRetentionDays, maxRetentionDays = most } = vaultLock;
    const problems: [isAllowed: boolean, ...Problem][] = [
        [
            minRetentionDays <= least,
            "backups.vaultLock.minRetentionDays",
            `must be at most ${least}: AWS Backup keeps some backups for ${least} days`,
        ],
        [
            maxRetentionDays >= most,
            "backups.vaultLock.maxRetentionDays",
            `must be at least ${most}: AWS Backup keeps some backups for ${most} days`,
        ],
    ];
    return problems.flatMap(([isAllowed, ...problem]) => (isAllowed ? [] : [problem]));
}

/** Windows that overlap backups by AWS Backup, which the database would reject. */
function windowProblems({ database }: PrimaryConfig): Problem[] {
    const starts = Object.values(BACKUP_RULES.database)
        .flatMap(({ schedule }) => startTimes(schedule))
        .sort((a, b) => a - b);
    const windows = {
        backupWindow: parseDailyWindow(database.backupWindow),
        maintenanceWindow: parseWeeklyWindow(database.maintenanceWindow),
    };
    return Object.entries(windows).flatMap(([key, window]): Problem[] => {
        if (!window || !meets(starts, window)) return [];
        const times = starts.map(timeText).join(", ");
        const why = `AWS Backup starts backups at ${times} UTC or up to an hour later, and RDS rejects them in this window and in the hour before it`;
        return [[`database.${key}`, `must be within ${freeSpans(starts).join(", or ")}: ${why}`]];
    });
}
