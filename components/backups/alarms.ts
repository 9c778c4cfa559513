import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** What is to be watched of a vault's jobs. A failed night can wait for the morning: there are earlier backups. */
export function backupAlarms(vaultName: pulumi.Input<string>, resourceTypes: string[], copied: boolean): AlarmDefinition[] {
    const jobs = { namespace: "AWS/Backup", dimensions: { BackupVaultName: vaultName }, statistic: "Sum", severity: "ticket" as const };
    const failing = { ...jobs, period: 3600, periods: 1, comparison: "above" as const, threshold: 0 };
    const none = {
        ...jobs,
        metricName: "NumberOfBackupJobsCompleted",
        period: 86400,
        periods: 1,
        comparison: "below" as const,
        threshold: 1,
        missingData: "breaching" as const,
    };
    const alarms: AlarmDefinition[] = [
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
        { ...none, name: "none-in-a-day", description: "No backup in 24 hours (or none yet: the first one ends this)." },
        ...resourceTypes.map((type) => ({
            ...none,
            name: `none-of-${type.toLowerCase().replaceAll(" ", "-")}`,
            description: `No backup of ${type} in 24 hours (or none yet): see whether AWS Backup is opted in for ${type} in this region.`,
            dimensions: { ResourceType: type },
        })),
    ];
    if (!copied) return alarms;
    return [
        ...alarms,
        {
            ...failing,
            name: "copy-failed",
            description: "A backup was not copied to the recovery region. Look at the copy job; mostly the key there is the reason.",
            metricName: "NumberOfCopyJobsFailed",
        },
    ];
}
