/** When backups were last restored by a restore testing plan of AWS Backup. */
import { type BackupClient, GetRestoreTestingPlanCommand, paginateListRestoreJobs } from "@aws-sdk/client-backup";

/** A restore testing plan, and the types of the resources that it tests. */
export interface RestoreTestingPlan {
    planName: string;
    resourceTypes: string[];
}

/**
 * When the last test of a type was completed, in milliseconds since 1970; of several types, that of the oldest. Before the first test, when the plan was created.
 * A test whose validation failed didn't pass.
 */
export async function lastTest(client: BackupClient, { planName, resourceTypes }: RestoreTestingPlan): Promise<number> {
    const { RestoreTestingPlan: plan } = await client.send(new GetRestoreTestingPlanCommand({ RestoreTestingPlanName: planName }));
    const createdAt = plan?.CreationTime?.getTime();
    if (createdAt === undefined) throw new Error(`AWS Backup doesn't report when the restore testing plan ${planName} was created`);
    const passed: Record<string, number> = {};
    const request = { ByRestoreTestingPlanArn: plan?.RestoreTestingPlanArn, ByStatus: "COMPLETED" as const };
    for await (const { RestoreJobs = [] } of paginateListRestoreJobs({ client }, request)) {
        for (const { ResourceType = "", CompletionDate, ValidationStatus } of RestoreJobs) {
            if (ValidationStatus !== "FAILED") passed[ResourceType] = Math.max(passed[ResourceType] ?? 0, CompletionDate?.getTime() ?? 0);
        }
    }
    return Math.min(...resourceTypes.map((type) => passed[type] ?? createdAt));
}
