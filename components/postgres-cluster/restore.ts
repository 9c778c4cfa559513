/** Creation of an instance from a snapshot, or from the automated backups of an instance. Pure, except for the checks of the restored instance. */
import * as pulumi from "@pulumi/pulumi";
import type * as aws from "@pulumi/aws";
import { type Check, problemsOf } from "../building-blocks/arguments";

/** What a new instance is restored from, at most one of the two. Changes of an existing instance are ignored. */
export interface RestoreArgs {
    /**
     * Snapshot that the new instance is restored from: its name, `rds:ai-platform-prod-2026-11-24-03-05`, or the ARN of a snapshot that another account
     * shares. @default none: the database is empty
     */
    snapshotIdentifier?: string;
    /** Instance and time that the new instance is restored from. @default none: the database is empty */
    restoreToPointInTime?: PointInTimeArgs;
}

/** Exactly one source, and exactly one time. */
export interface PointInTimeArgs {
    /** Identifier of the source, an instance of the same account and region: `ai-platform-prod`. */
    sourceDbInstanceIdentifier?: string;
    /** Resource ID of the source, also of a deleted instance whose automated backups were kept: `db-ABCDEFGHIJKLMNOPQRSTUVWXYZ`. */
    sourceDbiResourceId?: string;
    /** ARN of automated backups that were replicated from another region. */
    sourceDbInstanceAutomatedBackupsArn?: string;
    /** Time in UTC: `2026-11-24T09:30:00Z`. Automated backups end about five minutes ago. */
    restoreTime?: string;
    /** Restores the latest time of the backups instead of `restoreTime`. @default false */
    useLatestRestorableTime?: boolean;
}

/** Names of manual, automated, and AWS Backup's snapshots. */
const SNAPSHOT_NAME = "((rds|awsbackup):)?[a-zA-Z](-?[a-zA-Z0-9])*";
export const SNAPSHOT = new RegExp(`^(arn:aws[\\w-]*:rds:[a-z0-9-]+:\\d{12}:snapshot:)?${SNAPSHOT_NAME}$`);
export const SNAPSHOT_RULE = "the name or ARN of a snapshot, such as rds:ai-platform-prod-2026-11-24-03-05";
export const SOURCE_IDENTIFIER = /^(?=.{1,63}$)[a-z](-?[a-z0-9])*$/;
export const SOURCE_IDENTIFIER_RULE = "the identifier of an instance, such as ai-platform-prod";
export const RESOURCE_ID = /^db-[A-Z0-9]+$/;
export const RESOURCE_ID_RULE = "a resource ID such as db-ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const AUTOMATED_BACKUPS = /^arn:aws[\w-]*:rds:[a-z0-9-]+:\d{12}:auto-backup:ab-[a-z0-9]+$/;
export const AUTOMATED_BACKUPS_RULE = "an ARN such as arn:aws:rds:us-west-2:123456789012:auto-backup:ab-abcdefghij";
export const RESTORE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
export const RESTORE_TIME_RULE = "a time in UTC such as 2026-11-24T09:30:00Z";

const SOURCES = ["sourceDbInstanceIdentifier", "sourceDbiResourceId", "sourceDbInstanceAutomatedBackupsArn"] as const;

/** Checks that there is one source and one time. */
export function checkRestore(check: Check, { snapshotIdentifier, restoreToPointInTime: pointInTime }: RestoreArgs): void {
    check(snapshotIdentifier === undefined || SNAPSHOT.test(snapshotIdentifier), "snapshotIdentifier", `must be ${SNAPSHOT_RULE}`);
    if (!pointInTime) return;
    const at = (key: string) => `restoreToPointInTime.${key}`;
    const {
        sourceDbInstanceIdentifier: identifier,
        sourceDbiResourceId: id,
        sourceDbInstanceAutomatedBackupsArn: arn,
        restoreTime,
    } = pointInTime;
    check(snapshotIdentifier === undefined, "restoreToPointInTime", "must not be set with snapshotIdentifier");
    check(
        identifier === undefined || SOURCE_IDENTIFIER.test(identifier),
        at("sourceDbInstanceIdentifier"),
        `must be ${SOURCE_IDENTIFIER_RULE}`,
    );
    check(id === undefined || RESOURCE_ID.test(id), at("sourceDbiResourceId"), `must be ${RESOURCE_ID_RULE}`);
    check(arn === undefined || AUTOMATED_BACKUPS.test(arn), at("sourceDbInstanceAutomatedBackupsArn"), `must be ${AUTOMATED_BACKUPS_RULE}`);
    const isTime = restoreTime === undefined || (RESTORE_TIME.test(restoreTime) && !Number.isNaN(Date.parse(restoreTime)));
    check(isTime, at("restoreTime"), `must be ${RESTORE_TIME_RULE}`);
    const sources = SOURCES.filter((key) => pointInTime[key] !== undefined);
    check(sources.length === 1, "restoreToPointInTime", `must have exactly one of ${SOURCES.join(", ")}`);
    const latest = pointInTime.useLatestRestorableTime === true;
    check(latest !== (restoreTime !== undefined), "restoreToPointInTime", "must have either restoreTime or useLatestRestorableTime: true");
}

export const isRestored = ({ snapshotIdentifier, restoreToPointInTime }: RestoreArgs): boolean =>
    snapshotIdentifier !== undefined || restoreToPointInTime !== undefined;

/** Properties of an existing instance whose change would replace it, and that have no meaning for it or, like the key, can't be changed. */
export const IGNORED = [
    "snapshotIdentifier",
    "restoreToPointInTime",
    "kmsKeyId",
    // Before a failback, the instance is a replica of the one in the recovery region. An update would promote it.
    "replicateSourceDb",
];

/** A restored instance has the database name, the master user, and the key of its source. AWS takes other values for a replacement. */
export const ofRestore = ({ snapshotIdentifier, restoreToPointInTime }: RestoreArgs): Partial<aws.rds.InstanceArgs> => ({
    snapshotIdentifier,
    restoreToPointInTime,
    dbName: undefined,
    username: undefined,
    kmsKeyId: undefined,
});

/**
 * Checks a restored instance against the arguments: the connection secret contains the names, and without the restore arguments, the provider would
 * replace an instance whose properties differ. An instance that was created before the arguments were set, such as by an update that was canceled,
 * isn't restored.
 *
 * @returns the name of the user, known after the check
 * @throws Error that names the argument and its valid value, an unencrypted source, or an instance that wasn't restored
 */
export function checkRestored(
    { logicalName, dbName, username }: { logicalName: string; dbName: string; username: string },
    instance: aws.rds.Instance,
): pulumi.Output<string> {
    const { dbName: database, username: user, storageEncrypted, snapshotIdentifier, restoreToPointInTime } = instance;
    const sources = pulumi.all([snapshotIdentifier, restoreToPointInTime]);
    return pulumi.all([database, user, storageEncrypted, sources]).apply(([actualName, actualUser, isEncrypted, created]) => {
        const problems = problemsOf((check) => {
            // The engine ignores changes of the sources, so an instance that was created without one still has none.
            const wasRestored = created.some((source) => Boolean(source));
            const isOther =
                "must not be set: the instance exists, and wasn't restored. Remove the source, or delete the instance first to restore it";
            check(wasRestored, "snapshotIdentifier or restoreToPointInTime", isOther);
            // Empty for a source that was created without a database.
            check(!actualName || dbName === actualName, "dbName", `must be ${actualName}, the database of the restored instance`);
            check(!actualUser || username === actualUser, "username", `must be ${actualUser}, the master user of the restored instance`);
            const how = "must be encrypted: delete the restored instance, copy the snapshot with a key, and restore the copy";
            check(isEncrypted !== false, "snapshotIdentifier", how);
        });
        const lines = problems.map(([argument, allowed]) => `PostgresCluster "${logicalName}": ${argument} ${allowed}`);
        if (lines.length > 0) throw new Error(lines.join("\n"));
        return username;
    });
}
