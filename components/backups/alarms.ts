import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { type BackupPlan, rulesOf } from "./args";
import { startTimes } from "./schedule";

interface Jobs {
    vaultName: pulumi.Input<string>;
    plans: BackupPlan[];
    hasCopies: boolean;
}

/** Alarms on the jobs of a vault. None of them pages, because earlier backups exist. */
export function backupAlarms({ vaultName, plans, hasCopies }: Jobs): AlarmDefinition[] {
    const jobs = { namespace: "AWS/Backup", dimensions: { BackupVaultName: vaultName }, statistic: "Sum", severity: "ticket" as const };
    const onFailure = { ...jobs, period: 3600, periods: 1, comparison: "above" as const, threshold: 0 };
    const onMissing = {
        ...jobs,
        metricName: "NumberOfBackupJobsCompleted",
        period: 86400,
        comparison: "below" as const,
        threshold: 1,
        missingData: "breaching" as const,
    };
    const alarms: AlarmDefinition[] = [
        {
            ...onFailure,
            name: "failed",
            description:
                "A backup failed. Check the jobs in AWS Backup. Common causes are KMS permissions and the backup window of the database.",
            metricName: "NumberOfBackupJobsFailed",
        },
        {
            ...onFailure,
            name: "expired",
            description:
                "A backup didn't start within an hour. Look for another snapshot of the database at that time, and change the schedule.",
            metricName: "NumberOfBackupJobsExpired",
        },
        {
            ...onMissing,
            name: "none-in-a-day",
            description: `No backup was completed in ${hoursWithout(plans)} hours. In a new environment, the first backup resolves this alarm.`,
            periods: hoursWithout(plans) / 24,
        },
        ...plans.flatMap((plan) =>
            (plan.resourceTypes ?? []).map((type) => ({
                ...onMissing,
                name: `none-of-${type.toLowerCase().replaceAll(" ", "-")}`,
                description: `No backup of ${type} was completed in ${hoursWithout([plan])} hours. Check that AWS Backup is opted in to ${type} in this region.`,
                dimensions: { ResourceType: type },
                periods: hoursWithout([plan]) / 24,
            })),
        ),
    ];
    if (!hasCopies) return alarms;
    return [
        ...alarms,
        {
            ...onFailure,
            name: "copy-failed",
            description: "A backup wasn't copied to the recovery region. Check the copy job. A common cause is the KMS key in that region.",
            metricName: "NumberOfCopyJobsFailed",
        },
    ];
}

/** Hours without any backup that aren't normal. A daily backup can be completed later than the day before. */
function hoursWithout(plans: BackupPlan[]): 24 | 48 {
    const times = plans.flatMap((plan) => Object.values(rulesOf(plan)).flatMap(({ schedule }) => startTimes(schedule)));
    return new Set(times).size > 1 ? 24 : 48;
}
