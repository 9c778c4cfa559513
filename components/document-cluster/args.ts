import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { type Check, checkBetween, checked, isBetween, POSITIVE, type WithDefaults } from "../building-blocks/arguments";
import { IDENTIFIER, INSTANCE_CLASS, isIdentifier } from "../internal/database";
import { checkLogs, type LogArgs, type LogParts } from "../building-blocks/logs";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";
import type { ConnectionParts } from "../building-blocks/security-groups";
import type { Each, Transforms } from "../building-blocks/parts";
import { ZONE_NAME } from "../internal/regions";
import { checkWindowPair } from "../internal/windows";
import type { ReplicatedSecret } from "../replicated-secret";

export interface DocumentClusterArgs extends VpcPlacementArgs, LogArgs {
    /** Identifier of the cluster: up to 63 lower-case letters, digits, and single hyphens. */
    identifier: string;
    /** KMS key for storage, backups, and the connection secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret that contains the connection: `ai-platform/prod/documents`. */
    secretName: string;
    /** Days during which the deleted secret can be restored; its name can't be reused until they have passed. 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** Number of instances including the primary, 1 to 16. A single instance has no failover. @default 2 */
    instances?: number;
    /** @default "db.r6g.large" */
    instanceClass?: string;
    /**
     * Availability Zones of the subnets, such as `us-east-1a`, over which the instances are distributed in this order. Existing instances keep
     * their zone. @default the zones of `vpc`, if it has them; otherwise, AWS chooses a zone for each instance
     */
    availabilityZoneNames?: string[];
    /** Name of the master user: a letter, then letters and digits, up to 63 characters; not `admin`, which AWS reserves. @default "app" */
    username?: string;
    /** Increase to generate a new password, in the database and in the secret. @default 1 */
    passwordVersion?: number;
    /** Name of the application's database. The first write creates it. @default "app" */
    databaseName?: string;
    /** `iopt1` costs more per GB and nothing per request. @default "standard" */
    storageType?: "standard" | "iopt1";
    /** Audited events: `ddl` includes sign-ins and user changes; `all` includes every statement, which affects performance and cost. @default "ddl" */
    auditLogs?: "ddl" | "dml_read" | "dml_write" | "all";
    /** Profiles operations that take at least this many milliseconds, 50 or more. @default 100 */
    profilerThresholdMs?: number;
    /** Days of backups, 1 to 35. @default 7 */
    backupRetentionPeriod?: number;
    /** Daily window for backups, in UTC, at least 30 minutes. @default "03:00-04:00" */
    backupWindow?: string;
    /** Weekly maintenance window, in UTC, at least 30 minutes, without overlapping `backupWindow`. @default "sun:04:00-sun:05:00" */
    maintenanceWindow?: string;
    /** Prevents deletion of the cluster through any tool. @default true */
    deletionProtection?: boolean;
    /** Skips the final snapshot when the cluster is deleted. @default false */
    skipFinalSnapshot?: boolean;
    /**
     * Applies changes of the instances, such as their class, immediately instead of in the maintenance window. Changes of the cluster are
     * always immediate. @default false
     */
    applyImmediately?: boolean;
    /** @default "rds-ca-rsa2048-g1" */
    caCertIdentifier?: string;
    transform?: Transforms<DocumentClusterParts>;
}

export interface DocumentClusterParts extends ConnectionParts, LogParts {
    securityGroup: typeof aws.ec2.SecurityGroup;
    password: typeof random.RandomPassword;
    /** `audit` and `profiler`. */
    logs: Each<typeof aws.cloudwatch.LogGroup>;
    subnetGroup: typeof aws.docdb.SubnetGroup;
    cluster: typeof aws.docdb.Cluster;
    finalSnapshotSuffix: typeof random.RandomId;
    parameterGroup: typeof aws.docdb.ClusterParameterGroup;
    /** By number, from 1. */
    instances: Each<typeof aws.docdb.ClusterInstance>;
    connectionSecret: typeof ReplicatedSecret;
}

export const DEFAULTS = {
    instances: 2,
    instanceClass: "db.r6g.large",
    username: "app",
    passwordVersion: 1,
    databaseName: "app",
    storageType: "standard",
    auditLogs: "ddl",
    profilerThresholdMs: 100,
    backupRetentionPeriod: 7,
    backupWindow: "03:00-04:00",
    maintenanceWindow: "sun:04:00-sun:05:00",
    deletionProtection: true,
    skipFinalSnapshot: false,
    applyImmediately: false,
    caCertIdentifier: "rds-ca-rsa2048-g1",
} satisfies Partial<DocumentClusterArgs>;

/** Lowest and highest values. */
export const BOUNDS = { instances: [1, 16], backupRetentionPeriod: [1, 35], passwordVersion: POSITIVE } as const;

/** The arguments, completed with defaults. */
export type Resolved = WithDefaults<DocumentClusterArgs, typeof DEFAULTS>;

/** Users that DocumentDB reserves. */
const RESERVED_USERS = ["admin", "serviceadmin", "rdsadmin"];
/** Databases that MongoDB reserves. */
const RESERVED_DATABASES = ["admin", "config", "local"];

/** Checks the arguments and reports all problems at once. */
export function validated(name: string, args: Resolved) {
    return checked("DocumentCluster", name, args, (check) => {
        const { instances, instanceClass, username, databaseName, passwordVersion, profilerThresholdMs, backupRetentionPeriod } = args;
        checkPlacement(check, args);
        check(isIdentifier(args.identifier), "identifier", IDENTIFIER);
        checkBetween(check, "instances", instances, BOUNDS.instances, ": a primary and up to 15 replicas");
        checkZones(check, args.availabilityZoneNames ?? []);
        check(INSTANCE_CLASS.test(instanceClass), "instanceClass", "must be a class such as db.r6g.large");
        check(
            /^[a-z][a-z0-9]{0,62}$/i.test(username) && !RESERVED_USERS.includes(username.toLowerCase()),
            "username",
            "must be a letter and up to 62 letters and digits, and not admin, serviceadmin, or rdsadmin, which AWS reserves",
        );
        checkBetween(check, "passwordVersion", passwordVersion, BOUNDS.passwordVersion);
        check(
            /^[\w-]{1,63}$/.test(databaseName) && !RESERVED_DATABASES.includes(databaseName.toLowerCase()),
            "databaseName",
            "must be up to 63 letters, digits, _, and -, and not admin, config, or local",
        );
        check(isBetween(profilerThresholdMs, 50, 2147483647), "profilerThresholdMs", "must be 50 milliseconds or more");
        checkBetween(check, "backupRetentionPeriod", backupRetentionPeriod, BOUNDS.backupRetentionPeriod);
        checkWindowPair(check, args, 30);
        checkLogs(check, args);
    });
}

function checkZones(check: Check, zones: string[]): void {
    check(new Set(zones).size === zones.length, "availabilityZoneNames", "must be different from each other");
    const areNames = zones.every((zone) => ZONE_NAME.test(zone));
    check(areNames, "availabilityZoneNames", "must be names of Availability Zones, such as us-east-1a");
}
