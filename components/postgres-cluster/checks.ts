import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, checkOneOf, withDefaults } from "../building-blocks/arguments";
import { checkLogs } from "../building-blocks/logs";
import { checkPlacement } from "../building-blocks/placement";
import { IDENTIFIER, INSTANCE_CLASS, isIdentifier } from "../internal/database";
import { checkWindowPair } from "../internal/windows";
import {
    BOUNDS,
    DATABASE_INSIGHTS_MODES,
    DEFAULTS,
    LOG_STATEMENTS,
    type PostgresCommonArgs,
    type PostgresPrimaryArgs,
    type Resolved,
    type ResolvedPrimary,
} from "./args";
import { checkProxy } from "./proxy";
import { checkReadReplicas } from "./read-replicas";
import { checkRestore } from "./restore";
import { checkPerformance, checkStorage } from "./storage";

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
        checkPerformance(check, args);
        checkReadReplicas(check, args);
        checkProxy(check, args);
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
    checkRestore(check, args);
    checkBetween(check, "passwordVersion", passwordVersion, BOUNDS.passwordVersion);
    checkOneOf(check, "databaseInsightsMode", args.databaseInsightsMode, DATABASE_INSIGHTS_MODES);
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
