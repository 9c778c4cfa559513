import type * as pulumi from "@pulumi/pulumi";
import type { BackupRule, BackupsArgs } from "./backups";
import { checked, isBetween, type Check } from "./shared/arguments";
import type { Signal } from "./shared/signals";

/** Four times a day, away from the default windows of this library's databases (03:00-04:00, Sunday 04:00-05:00). */
export const DEFAULT_RULES: Record<string, BackupRule> = {
    daily: { schedule: "cron(0 7 ? * * *)", keepDays: 35 },
    often: { schedule: "cron(0 1,13,19 ? * * *)", keepDays: 7 },
};

/** AWS Backup's longest life of a backup. */
const MAX_DAYS = 36500;
/** Resources in one selection (AWS Backup quotas). */
const MAX_RESOURCES = 500;
const CRON = /^cron\(\S+( \S+){5}\)$/;

/** Refuses what AWS would refuse, or what would make a job fail at night; all at once. */
export function validated(name: string, args: BackupsArgs) {
    return checked("Backups", name, args, (check) => {
        const { rules = DEFAULT_RULES, resources, vaultName, lock } = args;
        check(/^[\w-]{2,50}$/.test(vaultName), "vaultName", "must be 2 to 50 letters, digits, - and _");
        check(isBetween(resources.length, 1, MAX_RESOURCES), "resources", `must name 1 to ${MAX_RESOURCES} resources`);
        resources.forEach((it, i) => {
            check(typeof it !== "string" || /^arn:[\w-]+:[\w-]+:\S+$/.test(it), `resources[${i}]`, "must be the ARN of one resource");
        });
        check(Object.keys(rules).length > 0, "rules", "must not be empty");
        for (const [rule, settings] of Object.entries(rules)) checkRule(check, rule, settings, args);
        if (lock) checkLock(check, lock);
        check(!(args.forceDestroy && args.refuseDeletion), "forceDestroy", "must not be given with refuseDeletion, which it cannot pass");
        check(!(args.forceDestroy && lock), "forceDestroy", "must not be given with lock, which it cannot pass");
    });
}

function checkRule(check: Check, name: string, { schedule, keepDays, copyKeepDays }: BackupRule, { recovery, lock }: BackupsArgs): void {
    const at = `rules.${name}`;
    const { minKeepDays = 1, maxKeepDays = MAX_DAYS } = lock ?? {};
    const bounds = `must be between ${minKeepDays} and ${maxKeepDays} days${lock ? ", as lock says" : ""}`;
    check(/^[\w.-]{1,50}$/.test(name), at, "must have a name of 1 to 50 letters, digits, - _ and .");
    check(CRON.test(schedule), `${at}.schedule`, "must be like cron(0 7 ? * * *), six fields in UTC");
    check(isBetween(keepDays, minKeepDays, maxKeepDays), `${at}.keepDays`, bounds);
    if (copyKeepDays === undefined) return;
    check(isBetween(copyKeepDays, minKeepDays, maxKeepDays), `${at}.copyKeepDays`, bounds);
    check(recovery !== undefined, `${at}.copyKeepDays`, "must not be given without recovery");
}

function checkLock(check: Check, { minKeepDays, maxKeepDays, irrevocableAfterDays }: NonNullable<BackupsArgs["lock"]>): void {
    check(isBetween(minKeepDays, 1, MAX_DAYS), "lock.minKeepDays", `must be between 1 and ${MAX_DAYS} days`);
    const most = maxKeepDays ?? MAX_DAYS;
    check(isBetween(most, minKeepDays, MAX_DAYS), "lock.maxKeepDays", `must be between minKeepDays (${minKeepDays}) and ${MAX_DAYS} days`);
    const grace = irrevocableAfterDays ?? 3;
    check(isBetween(grace, 3, MAX_DAYS), "lock.irrevocableAfterDays", `must be between 3 and ${MAX_DAYS} days`);
}

/** What is to be watched of a vault's jobs. A failed night can wait for the morning: there are earlier backups. */
export function backupSignals(vaultName: pulumi.Input<string>, copied: boolean): Signal[] {
    const jobs = { namespace: "AWS/Backup", dimensions: { BackupVaultName: vaultName }, statistic: "Sum", severity: "ticket" as const };
    const failing = { ...jobs, period: 3600, periods: 1, comparison: "above" as const, threshold: 0 };
    const signals: Signal[] = [
        {
            ...failing,
            name: "failed",
            description: "A backup has failed. AWS Backup's list of jobs says why: mostly a key, or the database's own window.",
            metricName: "NumberOfBackupJobsFailed",
        },
        {
            ...failing,
            name: "expired",
            description:
                "A backup did not begin in its hour. Look for another snapshot of the database at that time, and move the schedule.",
            metricName: "NumberOfBackupJobsExpired",
        },
        {
            ...jobs,
            name: "none-in-a-day",
            description:
                "No backup in 24 hours (or none yet: the first one ends this). See whether AWS Backup is opted in for RDS and DocumentDB here.",
            metricName: "NumberOfBackupJobsCompleted",
            period: 86400,
            periods: 1,
            comparison: "below",
            threshold: 1,
            missingData: "breaching",
        },
    ];
    if (!copied) return signals;
    return [
        ...signals,
        {
            ...failing,
            name: "copy-failed",
            description: "A backup was not copied to the recovery region. Look at the copy job; mostly the key there is the reason.",
            metricName: "NumberOfCopyJobsFailed",
        },
    ];
}
