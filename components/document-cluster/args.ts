import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import { IDENTIFIER, INSTANCE_CLASS, isIdentifier } from "../internal/database";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import type { VpcPlacement } from "../building-blocks/placement";
import type { Transform } from "../building-blocks/transform";
import { windowProblems } from "../internal/windows";

export interface DocumentClusterArgs extends VpcPlacement, LogArgs {
    /** Identifier of the cluster, which its log groups are named by. Up to 63 lower-case letters, digits and single hyphens. */
    identifier: string;
    /** KMS key of the storage, the backups and the connection secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret with the connection: `ai-platform/prod/documents`. */
    secretName: string;
    /** Days in which the deleted secret can be restored and its name is taken: 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** Instances, the primary included: 1 to 16. With one there is no failover. @default 2 */
    instances?: number;
    /** @default "db.r6g.large" */
    instanceClass?: string;
    /** Name of the master user: a letter, then letters and digits, up to 63; not `admin`, which AWS reserves. @default "app" */
    username?: string;
    /** A higher number makes a new password, in the database and in the secret. @default 1 */
    passwordVersion?: number;
    /** Database that the application uses; the first write creates it. @default "aiplatform" */
    databaseName?: string;
    /** `iopt1` costs more by the GB and nothing by the request. @default "standard" */
    storageType?: "standard" | "iopt1";
    /** What the audit log holds: `ddl` with sign-ins and changes of users, `all` every statement, which costs time and money. @default "ddl" */
    auditLogs?: "ddl" | "dml_read" | "dml_write" | "all";
    /** Operations that take this many milliseconds or longer go to the profiler's log: 50 or more. @default 100 */
    profilerThresholdMs?: number;
    /** Days of backups, 1 to 35. @default 7 */
    backupRetentionDays?: number;
    /** Daily, UTC, 30 minutes or longer. @default "03:00-04:00" */
    backupWindow?: string;
    /** Weekly, UTC, 30 minutes or longer, apart from `backupWindow`. @default "Sun:04:00-Sun:05:00" */
    maintenanceWindow?: string;
    /** AWS refuses to delete the cluster as long as this is on. @default true */
    deletionProtection?: boolean;
    /** Takes a last snapshot when the cluster is deleted. @default true */
    finalSnapshot?: boolean;
    /**
     * Makes changes of the instances at once that otherwise wait for the maintenance window: the class, which restarts them. The cluster's
     * own are always immediate. @default false
     */
    applyImmediately?: boolean;
    /** @default "rds-ca-rsa2048-g1" */
    caCertIdentifier?: string;
    transform?: {
        cluster?: Transform<aws.docdb.ClusterArgs>;
        instance?: Transform<aws.docdb.ClusterInstanceArgs>;
        parameterGroup?: Transform<aws.docdb.ClusterParameterGroupArgs>;
    };
}

export const DEFAULTS = {
    instances: 2,
    instanceClass: "db.r6g.large",
    username: "app",
    passwordVersion: 1,
    databaseName: "aiplatform",
    storageType: "standard",
    auditLogs: "ddl",
    profilerThresholdMs: 100,
    backupRetentionDays: 7,
    backupWindow: "03:00-04:00",
    maintenanceWindow: "Sun:04:00-Sun:05:00",
    deletionProtection: true,
    finalSnapshot: true,
    applyImmediately: false,
    caCertIdentifier: "rds-ca-rsa2048-g1",
} satisfies Partial<DocumentClusterArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<DocumentClusterArgs, typeof DEFAULTS>;

/** Users that DocumentDB keeps for itself. */
const RESERVED_USERS = ["admin", "serviceadmin", "rdsadmin"];
/** Databases that MongoDB keeps for itself. */
const RESERVED_DATABASES = ["admin", "config", "local"];

/** Refuses what AWS would refuse; all at once. */
export function validated(name: string, args: Resolved) {
    return checked("DocumentCluster", name, args, (check) => {
        const { instances, instanceClass, username, databaseName, passwordVersion, profilerThresholdMs, backupRetentionDays } = args;
        check(isIdentifier(args.identifier), "identifier", IDENTIFIER);
        check(isBetween(instances, 1, 16), "instances", "must be between 1 and 16: a primary and up to 15 replicas");
        check(INSTANCE_CLASS.test(instanceClass), "instanceClass", "must be a class such as db.r6g.large");
        check(
            /^[a-z][a-z0-9]{0,62}$/i.test(username) && !RESERVED_USERS.includes(username.toLowerCase()),
            "username",
            "must be a letter and up to 62 letters and digits, and none of admin, serviceadmin and rdsadmin, which AWS reserves",
        );
        check(Number.isInteger(passwordVersion) && passwordVersion >= 1, "passwordVersion", "must be 1 or more");
        check(
            /^[\w-]{1,63}$/.test(databaseName) && !RESERVED_DATABASES.includes(databaseName.toLowerCase()),
            "databaseName",
            "must be up to 63 letters, digits, _ and -, and none of admin, config and local",
        );
        check(isBetween(profilerThresholdMs, 50, 2147483647), "profilerThresholdMs", "must be 50 milliseconds or more");
        check(isBetween(backupRetentionDays, 1, 35), "backupRetentionDays", "must be between 1 and 35");
        const backup = { argument: "backupWindow", window: args.backupWindow };
        const maintenance = { argument: "maintenanceWindow", window: args.maintenanceWindow };
        for (const [argument, allowed] of windowProblems(backup, maintenance, 30)) check(false, argument, allowed);
        checkLogs(check, args);
    });
}
