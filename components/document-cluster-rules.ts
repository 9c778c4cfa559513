import type * as pulumi from "@pulumi/pulumi";
import type { DocumentClusterArgs } from "./document-cluster";
import { checked, isBetween } from "./shared/arguments";
import { GIB, IDENTIFIER, INSTANCE_CLASS, isIdentifier, memoryOf } from "./shared/database";
import { checkLogs } from "./shared/logs";
import type { Signal } from "./shared/signals";
import { windowProblems } from "./shared/windows";

/** Users that DocumentDB keeps for itself. */
const RESERVED_USERS = ["admin", "serviceadmin", "rdsadmin"];
/** Databases that MongoDB keeps for itself. */
const RESERVED_DATABASES = ["admin", "config", "local"];

/** Refuses what AWS would refuse; all at once. */
export function validated(name: string, args: DocumentClusterArgs) {
    return checked("DocumentCluster", name, args, (check) => {
        const { instances = 2, instanceClass = "db.r6g.large", username = "app", databaseName = "aiplatform" } = args;
        const { passwordVersion = 1, profilerThresholdMs = 100, backupRetentionDays = 7 } = args;
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
        const backup = { argument: "backupWindow", window: args.backupWindow ?? "03:00-04:00" };
        const maintenance = { argument: "maintenanceWindow", window: args.maintenanceWindow ?? "Sun:04:00-Sun:05:00" };
        for (const [argument, allowed] of windowProblems(backup, maintenance, 30)) check(false, argument, allowed);
        checkLogs(check, args);
    });
}

/** 80 % of the connections that an instance is taken to allow for each GiB: 1700 for the 16 GiB of a db.r6g.large. */
const CONNECTIONS_PER_GIB = 85;

/** What is to be watched of a DocumentDB cluster; thresholds follow from the instances' memory. */
export function documentSignals(identifier: pulumi.Output<string>, instanceClass: string, instances: number): Signal[] {
    const memory = memoryOf(instanceClass);
    const cluster = { namespace: "AWS/DocDB", dimensions: { DBClusterIdentifier: identifier } };
    const signals: Signal[] = [
        {
            ...cluster,
            name: "cpu",
            description: "An instance's processors are busy. Look for operations without an index in the profiler's log.",
            severity: "page",
            metricName: "CPUUtilization",
            statistic: "Maximum",
            periods: 10,
            comparison: "above",
            threshold: 85,
        },
        {
            ...cluster,
            name: "free-memory",
            description: "An instance is short of memory and will refuse work. Take a larger class.",
            severity: "page",
            metricName: "FreeableMemory",
            statistic: "Minimum",
            period: 300,
            comparison: "below",
            threshold: Math.round(0.05 * memory * GIB),
        },
        {
            ...cluster,
            name: "free-local-storage",
            description:
                "An instance's own disk, for logs and index builds, runs out: it grows with the class only. The data is elsewhere.",
            severity: "ticket",
            metricName: "FreeLocalStorage",
            statistic: "Minimum",
            period: 300,
            comparison: "below",
            threshold: 2 * GIB,
        },
        {
            ...cluster,
            name: "connections",
            description: "Connections to an instance come near the limit. Look for a pool that leaks, or for too many tasks.",
            severity: "page",
            metricName: "DatabaseConnections",
            statistic: "Maximum",
            comparison: "above",
            threshold: CONNECTIONS_PER_GIB * memory,
        },
    ];
    const lag: Signal = {
        ...cluster,
        name: "replica-lag",
        description: "A replica is behind the primary, in milliseconds: reads are stale. Look at the write load.",
        severity: "ticket",
        metricName: "DBClusterReplicaLagMaximum",
        statistic: "Maximum",
        periods: 5,
        comparison: "above",
        threshold: 5000,
    };
    return instances > 1 ? [...signals, lag] : signals;
}
