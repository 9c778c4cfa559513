import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { type Check, checkBetween, checked, checkOneOf, POSITIVE, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { IDENTIFIER, INSTANCE_CLASS, isIdentifier } from "../internal/database";
import { checkLogs, type LogArgs, type LogParts } from "../building-blocks/logs";
import { checkPlacement, placementOf, type VpcPlacementArgs } from "../building-blocks/placement";
import type { GrantParts, ServiceRole } from "../building-blocks/iam";
import type { Each, Transforms } from "../building-blocks/parts";
import type { ConnectionParts } from "../building-blocks/security-groups";
import { checkWindowPair } from "../internal/windows";
import type { ReplicatedSecret } from "../replicated-secret";

/** Arguments of primaries and replicas. */
export interface PostgresCommonArgs extends VpcPlacementArgs, LogArgs {
    /** Identifier of the instance: up to 63 lower-case letters, digits, and single hyphens. Other regions use it to refer to the instance. */
    identifier: string;
    /** KMS key in the instance's region for storage, backups, Database Insights, and the connection secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret that contains the connection: `ai-platform/prod/database`. */
    secretName: string;
    /** Days during which the deleted secret can be restored; its name can't be reused until they have passed. 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** Major version 15, 16, or 17 with automatic minor upgrades, or a fixed minor version. @default "17" */
    engineVersion?: string;
    /** Allows `engineVersion` to change to a new major version. Requires `applyImmediately`. @default false */
    allowMajorVersionUpgrade?: boolean;
    /** @default "db.r6g.xlarge" */
    instanceClass?: string;
    /** Keeps a standby in a second Availability Zone, with failover in one to two minutes. Doubles the price. @default true */
    multiAz?: boolean;
    /** Name of the application's database. A replica must use the name of its source. */
    dbName: string;
    /** SQL statements to log. `all` includes parameter values, so log readers can see data. @default "ddl" */
    logStatement?: "all" | "mod" | "ddl" | "none";
    /** Logs statements that take at least this many milliseconds, up to 2147483647; 0 logs all, -1 none. AWS: `log_min_duration_statement`. @default 1000 */
    logMinDurationMs?: number;
    /** Days of automated backups, 1 to 35. @default 7 */
    backupRetentionPeriod?: number;
    /** Daily window for backups, in UTC, at least 30 minutes. @default "03:00-04:00" */
    backupWindow?: string;
    /** Weekly maintenance window, in UTC, at least 30 minutes, without overlapping `backupWindow`. @default "sun:04:00-sun:05:00" */
    maintenanceWindow?: string;
    /** Seconds between samples of enhanced monitoring: 1, 5, 10, 15, 30, 60, or 0 to turn it off. @default 60 */
    monitoringInterval?: number;
    /** Prevents deletion of the instance through any tool. @default true */
    deletionProtection?: boolean;
    /** Skips the final snapshot when the instance is deleted. AWS takes no final snapshot of a replica. @default false */
    skipFinalSnapshot?: boolean;
    /** Applies changes immediately instead of in the maintenance window. @default false */
    applyImmediately?: boolean;
    /** @default "rds-ca-rsa2048-g1" */
    caCertIdentifier?: string;
    /**
     * Path of RDS's certificate bundle (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem) in the application's image. It
     * becomes `Root Certificate` in the connection string. @default none: the image sets `PGSSLROOTCERT` or trusts the bundle
     */
    rootCertificate?: string;
    transform?: Transforms<PostgresClusterParts>;
}

export interface PostgresClusterParts extends GrantParts, ConnectionParts, LogParts {
    securityGroup: typeof aws.ec2.SecurityGroup;
    subnetGroup: typeof aws.rds.SubnetGroup;
    parameterGroup: typeof aws.rds.ParameterGroup;
    /** Master password. A replica uses its source's. */
    password?: typeof random.RandomPassword;
    /** `postgresql` and `upgrade`. */
    logs: Each<typeof aws.cloudwatch.LogGroup>;
    monitoringRole?: typeof ServiceRole;
    monitoringPolicy?: typeof aws.iam.RolePolicyAttachment;
    finalSnapshotSuffix: typeof random.RandomId;
    instance: typeof aws.rds.Instance;
    connectionSecret: typeof ReplicatedSecret;
    backupReplication?: typeof aws.rds.InstanceAutomatedBackupsReplication;
}

/** Arguments of a primary. */
export interface PostgresPrimaryArgs {
    replicaOf?: undefined;
    /** Name of the master user: a letter, then letters, digits, and _, up to 63 characters; not a reserved word of PostgreSQL or RDS. */
    username: string;
    /** Increase to generate a new password, in the database and in the secret. @default 1 */
    passwordVersion?: number;
    /** Initial storage in GiB, 20 to 65536. @default 100 */
    allocatedStorage?: number;
    /** Limit of storage autoscaling in GiB, up to 65536: at least 110% of `allocatedStorage`, or equal to it for no autoscaling. @default 200 */
    maxAllocatedStorage?: number;
    /** Database Insights: `standard` keeps 7 days and is free; `advanced` keeps 465 days and is priced per vCPU. @default "standard" */
    databaseInsightsMode?: "standard" | "advanced";
    /** Region of the replicas of the connection secret and, optionally, the automated backups, and the KMS key in that region. @default none */
    recovery?: {
        region: string;
        kmsKeyArn: pulumi.Input<string>;
        /**
         * Replicates the automated backups, for point-in-time recovery in the other region. The first deployment waits 10 to 40 minutes
         * for the first copy. `Backups` copies snapshots without that wait. @default false
         */
        continuousBackups?: boolean;
    };
}

/** Arguments of a read replica of an instance in another region. It can be promoted to a standalone instance. */
export interface PostgresReplicaArgs {
    /** ARN of the source: `arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod`. Keep it set after promotion. */
    replicaOf: { sourceArn: pulumi.Input<string> };
    /** Promotes the replica permanently: it accepts writes and no longer follows its source. @default false */
    promoted?: boolean;
    /**
     * Limit of storage autoscaling in GiB, 20 to 65536, at least that of the source: a full replica stops replicating.
     * @default the limit that AWS gives the replica, which later deployments keep
     */
    maxAllocatedStorage?: number;
    /** Master user of the source. The replica has the same user before and after promotion. */
    credentials: { username: pulumi.Input<string>; password: pulumi.Input<string> };
}

export type PostgresClusterArgs = PostgresCommonArgs & (PostgresPrimaryArgs | PostgresReplicaArgs);

export const DEFAULTS = {
    engineVersion: "17",
    allowMajorVersionUpgrade: false,
    instanceClass: "db.r6g.xlarge",
    multiAz: true,
    logStatement: "ddl",
    logMinDurationMs: 1000,
    backupRetentionPeriod: 7,
    backupWindow: "03:00-04:00",
    maintenanceWindow: "sun:04:00-sun:05:00",
    monitoringInterval: 60,
    deletionProtection: true,
    skipFinalSnapshot: false,
    applyImmediately: false,
    caCertIdentifier: "rds-ca-rsa2048-g1",
} satisfies Partial<PostgresCommonArgs>;

export const PRIMARY_DEFAULTS = {
    passwordVersion: 1,
    allocatedStorage: 100,
    maxAllocatedStorage: 200,
    databaseInsightsMode: "standard",
} satisfies Partial<PostgresPrimaryArgs>;

/** Lowest and highest values. */
export const BOUNDS = {
    storage: [20, 65536],
    backupRetentionPeriod: [1, 35],
    logMinDurationMs: [-1, 2147483647],
    passwordVersion: POSITIVE,
} as const;
export const LOG_STATEMENTS = ["none", "ddl", "mod", "all"] as const satisfies PostgresCommonArgs["logStatement"][];
export const DATABASE_INSIGHTS_MODES = ["standard", "advanced"] as const satisfies PostgresPrimaryArgs["databaseInsightsMode"][];

export type ResolvedPrimary = WithDefaults<PostgresPrimaryArgs, typeof PRIMARY_DEFAULTS>;

/** The arguments, completed with defaults. */
export type Resolved = WithDefaults<PostgresCommonArgs, typeof DEFAULTS> & (ResolvedPrimary | PostgresReplicaArgs);

/** A replica takes its user and storage from its source, so it has no defaults for them. */
export const resolved = (args: PostgresClusterArgs): Resolved =>
    args.replicaOf ? withDefaults(args, DEFAULTS) : withDefaults(args, { ...DEFAULTS, ...PRIMARY_DEFAULTS });

/** Oldest minor versions that AWS offers for new instances, by major version (AWS's notice, May 2026). */
const FIRST_MINOR: Record<string, number> = { "15": 13, "16": 9, "17": 5 };
const MONITORING_INTERVALS = [0, 1, 5, 10, 15, 30, 60];
/** Reserved by RDS or PostgreSQL. */
const RESERVED_USERS = [
    "admin",
    "all",
    "analyse",
    "analyze",
    "default",
    "none",
    "public",
    "rdsadmin",
    "rdsrepladmin",
    "rdstopmgr",
    "session_user",
    "current_user",
    "user",
];
const RESERVED_DATABASES = ["rdsadmin", "template0", "template1", "all", "default", "table", "user"];

/** Checks the arguments and reports all problems at once. */
export function validated(name: string, args: Resolved) {
    return checked("PostgresCluster", name, args, (check) => {
        checkPlacement(check, args);
        check(isIdentifier(args.identifier), "identifier", IDENTIFIER);
        // JavaScript programs can omit required arguments.
        const optional: Partial<PostgresCommonArgs> = args;
        checkEngine(check, { ...args, dbName: optional.dbName ?? "" });
        checkOperation(check, args);
        checkLogs(check, args);
        if (args.replicaOf) checkReplica(check, args.replicaOf.sourceArn);
        else checkPrimary(check, args);
    });
}

/** Checks that AWS offers the engine version and the instance class, and accepts the database name. */
export function checkEngine(check: Check, args: Partial<PostgresCommonArgs>): void {
    const { engineVersion, instanceClass, dbName = "app" } = withDefaults(args, DEFAULTS);
    check(
        isOffered(engineVersion),
        "engineVersion",
        "must be 15, 16, or 17, or a minor version that AWS still offers: 15.13, 16.9, 17.5, or later",
    );
    check(INSTANCE_CLASS.test(instanceClass), "instanceClass", "must be a class such as db.r6g.xlarge");
    check(
        /^[a-z]\w{0,62}$/i.test(dbName) && !RESERVED_DATABASES.includes(dbName.toLowerCase()),
        "dbName",
        "must be a letter and up to 62 letters, digits, and _, and not a reserved word of PostgreSQL or RDS",
    );
}

function checkOperation(check: Check, args: Resolved): void {
    const { maxAllocatedStorage, backupRetentionPeriod, monitoringInterval, logMinDurationMs, rootCertificate } = args;
    if (maxAllocatedStorage !== undefined) checkBetween(check, "maxAllocatedStorage", maxAllocatedStorage, BOUNDS.storage, " GiB");
    checkBetween(check, "backupRetentionPeriod", backupRetentionPeriod, BOUNDS.backupRetentionPeriod, ": replicas require backups");
    checkOneOf(check, "logStatement", args.logStatement, LOG_STATEMENTS);
    check(MONITORING_INTERVALS.includes(monitoringInterval), "monitoringInterval", "must be 0, 1, 5, 10, 15, 30, or 60 seconds");
    checkBetween(check, "logMinDurationMs", logMinDurationMs, BOUNDS.logMinDurationMs, " milliseconds; 0 logs all statements, -1 none");
    check(
        rootCertificate === undefined || /^[^;'"]+$/.test(rootCertificate),
        "rootCertificate",
        "must be a path without semicolons and quotes",
    );
    checkWindows(check, args);
    checkUpgrade(check, args);
}

/**
 * A new major version has a new parameter group, and the update deletes the previous one. In the maintenance window, it would still be in use
 * (terraform-provider-aws#6448).
 */
export function checkUpgrade(check: Check, args: Partial<PostgresCommonArgs>): void {
    const { allowMajorVersionUpgrade, applyImmediately } = withDefaults(args, DEFAULTS);
    const why = "an update deletes the parameter group of the previous version, which an upgrade in the maintenance window would still use";
    check(!allowMajorVersionUpgrade || applyImmediately, "applyImmediately", `must be true with allowMajorVersionUpgrade: ${why}`);
}

/** Checks that the windows for backups and maintenance are long enough and don't overlap. */
export function checkWindows(check: Check, args: Partial<PostgresCommonArgs>): void {
    const { backupWindow, maintenanceWindow } = withDefaults(args, DEFAULTS);
    checkWindowPair(check, { backupWindow, maintenanceWindow }, 30);
}

function checkPrimary(check: Check, args: ResolvedPrimary): void {
    const { allocatedStorage, passwordVersion } = args;
    checkBetween(check, "allocatedStorage", allocatedStorage, BOUNDS.storage, " GiB");
    checkStorage(check, args);
    checkUser(check, args);
    checkBetween(check, "passwordVersion", passwordVersion, BOUNDS.passwordVersion);
    checkOneOf(check, "databaseInsightsMode", args.databaseInsightsMode, DATABASE_INSIGHTS_MODES);
}

/** Checks the limit of storage autoscaling. RDS requires 10% more than the allocated storage (RDS User Guide, storage autoscaling). */
export function checkStorage(check: Check, args: Pick<ResolvedPrimary, "allocatedStorage" | "maxAllocatedStorage">): void {
    const { allocatedStorage, maxAllocatedStorage } = args;
    const least = Math.ceil((allocatedStorage * 11) / 10);
    check(
        maxAllocatedStorage === allocatedStorage || maxAllocatedStorage >= least,
        "maxAllocatedStorage",
        `must be ${least} GiB (110% of allocatedStorage) or more, or equal to allocatedStorage (${allocatedStorage} GiB) for no autoscaling`,
    );
}

/** Checks the name of the master user. */
export function checkUser(check: Check, { username = "" }: Partial<Pick<PostgresPrimaryArgs, "username">>): void {
    check(
        /^[a-z]\w{0,62}$/i.test(username) && !/^(pg|rds)_/i.test(username) && !RESERVED_USERS.includes(username.toLowerCase()),
        "username",
        "must be a letter and up to 62 letters, digits, and _, not start with pg_ or rds_, and not be a reserved word of PostgreSQL or RDS",
    );
}

function checkReplica(check: Check, sourceArn: pulumi.Input<string>): void {
    const known = typeof sourceArn === "string";
    check(
        !known || /^arn:aws[\w-]*:rds:[a-z0-9-]+:\d{12}:db:[a-z][a-z0-9-]*$/.test(sourceArn),
        "replicaOf.sourceArn",
        "must be the ARN of a database instance in the other region",
    );
}

function isOffered(version: string): boolean {
    const [, major = "", , minor] = /^(\d+)(\.(\d+))?$/.exec(version) ?? [];
    const first = FIRST_MINOR[major];
    return first !== undefined && (minor === undefined || Number(minor) >= first);
}

/** Properties that replace the instance. The new instance needs another snapshot name, because the previous snapshot stays. */
export const keepersOf = (args: Resolved) => ({
    identifier: args.identifier,
    dbName: args.dbName,
    // The name of a replica's user can be secret, and comes from its source.
    username: args.replicaOf ? "" : args.username,
    kmsKeyArn: args.kmsKeyArn,
    vpcId: placementOf(args, "data").vpcId,
});
