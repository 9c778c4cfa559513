import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { IDENTIFIER, INSTANCE_CLASS, isIdentifier } from "../internal/database";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import type { VpcPlacement } from "../building-blocks/placement";
import type { Transform } from "../building-blocks/transform";
import { windowProblems } from "../internal/windows";

/** What a primary and a replica have in common. */
export interface PostgresCommonArgs extends VpcPlacement, LogArgs {
    /** Identifier of the instance: another region finds it by this. Up to 63 lower-case letters, digits and single hyphens. */
    identifier: string;
    /** KMS key of the instance's own region, for storage, backups, insights and the connection secret. */
    kmsKeyArn: pulumi.Input<string>;
    /** Physical name of the secret with the connection: `ai-platform/prod/database`. */
    secretName: string;
    /** Days in which the deleted secret can be restored and its name is taken: 7 to 30, or 0 for none. @default 7 */
    secretRecoveryWindowDays?: number;
    /** Major version 15, 16 or 17, which keeps up with minor versions by itself; or a minor version to stay at. @default "17" */
    engineVersion?: string;
    /** Lets a new major version of `engineVersion` through. @default false */
    allowMajorVersionUpgrade?: boolean;
    /** @default "db.r6g.xlarge" */
    instanceClass?: string;
    /** GiB that the storage may grow to: from `allocatedStorage` to 65536. @default 200 */
    maxAllocatedStorage?: number;
    /** A standby in another zone, with failover in a minute or two. Doubles the price. @default true */
    multiAz?: boolean;
    /** Database that the application uses; on a replica, the name that the source gave it. @default "aiplatform" */
    databaseName?: string;
    /** Which statements are logged. `all` logs values too: whoever reads the logs reads the data. @default "all" */
    logStatements?: "all" | "mod" | "ddl" | "none";
    /** Milliseconds from which a statement's duration is logged: 0 (every statement) or more. @default none is logged */
    logMinDurationMs?: number;
    /** Days of automated backups, 1 to 35. @default 7 */
    backupRetentionDays?: number;
    /** Daily, UTC, 30 minutes or longer. @default "03:00-04:00" */
    backupWindow?: string;
    /** Weekly, UTC, 30 minutes or longer, apart from `backupWindow`. @default "Sun:04:00-Sun:05:00" */
    maintenanceWindow?: string;
    /** Seconds between two samples of enhanced monitoring: 1, 5, 10, 15, 30, 60, or 0 for none. @default 60 */
    monitoringInterval?: number;
    /** AWS refuses to delete the instance as long as this is on. @default true */
    deletionProtection?: boolean;
    /** Takes a last snapshot when the instance is deleted. Not taken of a replica, which AWS refuses. @default true */
    finalSnapshot?: boolean;
    /** Makes changes at once that otherwise wait for the maintenance window. @default false */
    applyImmediately?: boolean;
    /** @default "rds-ca-rsa2048-g1" */
    caCertIdentifier?: string;
    /**
     * Path of RDS's certificate bundle (https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem) in the application's image;
     * becomes `Root Certificate` in the connection string. @default none: the image sets `PGSSLROOTCERT` or trusts the bundle
     */
    rootCertificate?: string;
    transform?: {
        instance?: Transform<aws.rds.InstanceArgs>;
        parameterGroup?: Transform<aws.rds.ParameterGroupArgs>;
    };
}

/** A database with data of its own. */
export interface PostgresPrimaryArgs {
    replicaOf?: undefined;
    /** Name of the master user: a letter, then letters, digits and _, up to 63; no word that PostgreSQL or RDS reserve. @default "app" */
    username?: string;
    /** A higher number makes a new password, in the database and in the secret. @default 1 */
    passwordVersion?: number;
    /** GiB at the beginning, 20 to 65536. @default 100 */
    allocatedStorage?: number;
    /** Database Insights: `standard` keeps 7 days and is free, `advanced` keeps 465 and costs by vCPU. @default "standard" */
    insights?: "standard" | "advanced";
    /** Region that gets copies of the automated backups and of the connection secret, and the key there. @default none */
    recovery?: {
        region: string;
        kmsKeyArn: pulumi.Input<string>;
        /**
         * Copies the automated backups, to any second of the last `backupRetentionDays`. RDS begins with a whole copy, and whoever creates the
         * instance waits for it: 10 to 40 minutes after the instance is there. Off: only the secret is copied; `Backups` copies
         * snapshots without waiting. @default true
         */
        copyBackups?: boolean;
    };
}

/** A read replica of a database in another region, which can be promoted to a database of its own. */
export interface PostgresReplicaArgs {
    /** ARN of the source: `arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod`. Stays given after promotion. */
    replicaOf: { sourceArn: pulumi.Input<string> };
    /** Makes the replica a primary, for good: it takes writes and follows its source no more. @default false */
    promoted?: boolean;
    /** The source's master user, which the replica has as well, before and after promotion. */
    credentials: { username: pulumi.Input<string>; password: pulumi.Input<string> };
}

export type PostgresClusterArgs = PostgresCommonArgs & (PostgresPrimaryArgs | PostgresReplicaArgs);

export const DEFAULTS = {
    engineVersion: "17",
    allowMajorVersionUpgrade: false,
    instanceClass: "db.r6g.xlarge",
    maxAllocatedStorage: 200,
    multiAz: true,
    databaseName: "aiplatform",
    logStatements: "all",
    backupRetentionDays: 7,
    backupWindow: "03:00-04:00",
    maintenanceWindow: "Sun:04:00-Sun:05:00",
    monitoringInterval: 60,
    deletionProtection: true,
    finalSnapshot: true,
    applyImmediately: false,
    caCertIdentifier: "rds-ca-rsa2048-g1",
} satisfies Partial<PostgresCommonArgs>;

export const PRIMARY_DEFAULTS = {
    username: "app",
    passwordVersion: 1,
    allocatedStorage: 100,
    insights: "standard",
} satisfies Partial<PostgresPrimaryArgs>;

export type ResolvedPrimary = WithDefaults<PostgresPrimaryArgs, typeof PRIMARY_DEFAULTS>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<PostgresCommonArgs, typeof DEFAULTS> & (ResolvedPrimary | PostgresReplicaArgs);

/** A replica gets no defaults of a primary: it has its source's user and storage. */
export const resolved = (given: PostgresClusterArgs): Resolved =>
    given.replicaOf ? withDefaults(given, DEFAULTS) : withDefaults(given, { ...DEFAULTS, ...PRIMARY_DEFAULTS });

/** The first minor versions that AWS still makes new instances of, by major version (AWS's notice, May 2026). */
const FIRST_MINOR: Record<string, number> = { "15": 13, "16": 9, "17": 5 };
const MONITORING_INTERVALS = [0, 1, 5, 10, 15, 30, 60];
/** What RDS and PostgreSQL keep for themselves, of what someone might choose. */
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

/** Refuses what AWS would refuse, or what would lose data; all at once. */
export function validated(name: string, args: Resolved) {
    return checked("PostgresCluster", name, args, (check) => {
        check(isIdentifier(args.identifier), "identifier", IDENTIFIER);
        checkEngine(check, args);
        checkOperation(check, args);
        checkLogs(check, args);
        if (args.replicaOf) checkReplica(check, args.replicaOf.sourceArn);
        else checkPrimary(check, args);
    });
}

/** Whether AWS offers what is asked for. */
export function checkEngine(check: Check, args: Partial<PostgresCommonArgs>): void {
    const { engineVersion, instanceClass, databaseName } = withDefaults(args, DEFAULTS);
    check(
        isOffered(engineVersion),
        "engineVersion",
        "must be 15, 16 or 17, or a minor version that AWS still offers: 15.13, 16.9, 17.5 or later",
    );
    check(INSTANCE_CLASS.test(instanceClass), "instanceClass", "must be a class such as db.r6g.xlarge");
    check(
        /^[a-z]\w{0,62}$/i.test(databaseName) && !RESERVED_DATABASES.includes(databaseName.toLowerCase()),
        "databaseName",
        "must be a letter and up to 62 letters, digits and _, and no word that PostgreSQL or RDS reserve",
    );
}

function checkOperation(check: Check, args: Resolved): void {
    const { maxAllocatedStorage, backupRetentionDays, monitoringInterval, logMinDurationMs = 0, rootCertificate } = args;
    check(isBetween(maxAllocatedStorage, 20, 65536), "maxAllocatedStorage", "must be between 20 and 65536 GiB");
    check(isBetween(backupRetentionDays, 1, 35), "backupRetentionDays", "must be between 1 and 35: a replica needs its source's backups");
    check(MONITORING_INTERVALS.includes(monitoringInterval), "monitoringInterval", "must be 0, 1, 5, 10, 15, 30 or 60 seconds");
    check(isBetween(logMinDurationMs, 0, 2147483647), "logMinDurationMs", "must be 0 milliseconds or more");
    check(rootCertificate === undefined || /^[^;'"]+$/.test(rootCertificate), "rootCertificate", "must be a path without ; and quotes");
    checkWindows(check, args);
}

/** Whether the windows for backups and maintenance are long enough, and apart. */
export function checkWindows(check: Check, args: Partial<PostgresCommonArgs>): void {
    const { backupWindow, maintenanceWindow } = withDefaults(args, DEFAULTS);
    const backup = { argument: "backupWindow", window: backupWindow };
    const maintenance = { argument: "maintenanceWindow", window: maintenanceWindow };
    for (const [argument, allowed] of windowProblems(backup, maintenance, 30)) check(false, argument, allowed);
}

function checkPrimary(check: Check, args: Pick<Resolved, "maxAllocatedStorage"> & ResolvedPrimary): void {
    const { allocatedStorage, maxAllocatedStorage, passwordVersion } = args;
    check(isBetween(allocatedStorage, 20, 65536), "allocatedStorage", "must be between 20 and 65536 GiB");
    check(maxAllocatedStorage >= allocatedStorage, "maxAllocatedStorage", `must be allocatedStorage (${allocatedStorage} GiB) or more`);
    checkUser(check, args);
    check(Number.isInteger(passwordVersion) && passwordVersion >= 1, "passwordVersion", "must be 1 or more");
}

/** Whether the master user may have its name. */
export function checkUser(check: Check, args: Pick<PostgresPrimaryArgs, "username">): void {
    const { username } = withDefaults(args, PRIMARY_DEFAULTS);
    check(
        /^[a-z]\w{0,62}$/i.test(username) && !/^(pg|rds)_/i.test(username) && !RESERVED_USERS.includes(username.toLowerCase()),
        "username",
        "must be a letter and up to 62 letters, digits and _, not begin with pg_ or rds_, and be no word that PostgreSQL or RDS reserve",
    );
}

function checkReplica(check: Check, sourceArn: pulumi.Input<string>): void {
    const known = typeof sourceArn === "string";
    check(
        !known || /^arn:aws[\w-]*:rds:[a-z0-9-]+:\d{12}:db:[a-z][a-z0-9-]*$/.test(sourceArn),
        "replicaOf.sourceArn",
        "must be the ARN of a database instance: a name is found in one region only",
    );
}

function isOffered(version: string): boolean {
    const [, major = "", , minor] = /^(\d+)(\.(\d+))?$/.exec(version) ?? [];
    const first = FIRST_MINOR[major];
    return first !== undefined && (minor === undefined || Number(minor) >= first);
}
