import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Bounds, checkBetween, checked, type WithDefaults } from "../building-blocks/arguments";
import type { ServiceRole } from "../building-blocks/iam";
import { checkLogs, type LogArgs, type LogParts } from "../building-blocks/logs";
import type { Transforms } from "../building-blocks/parts";

export interface RecoveryMonitorArgs extends LogArgs {
    /** Value of the dimension `Environment` of the metrics: the environment that a failover moves to. */
    environment: string;
    /** Name of a `RecoveryTable`, in the region of the function. */
    tableName: pulumi.Input<string>;
    /** KMS key of the table, and of the function's environment variables. */
    kmsKeyArn: pulumi.Input<string>;
    /** ECS clusters of both stacks. The function measures the active one. */
    clusters: MonitoredCluster[];
    /** Identifiers of RDS replicas whose lag the dashboard shows. @default none */
    replicas?: pulumi.Input<string>[];
    /**
     * A restore testing plan of AWS Backup in the region of the function, such as a `RestoreTests`. The alarm `restore-test-age` is active if none of its tests
     * passed in 8 days. @default none
     */
    restoreTests?: MonitoredRestoreTests;
    /** Days since the last switch after which the alarm `drill-age` is active, 1 to 3650. @default 365 */
    drillAgeDays?: number;
    /** Longest recovery time in minutes, 1 to 1440. A longer one in a drill or a failover activates the alarm `rto`. @default 30 */
    rtoMinutes?: number;
    /** Longest time of lost transactions in seconds, 0 to 86400. A longer one in a drill or a failover activates the alarm `rpo`. @default 60 */
    rpoSeconds?: number;
    transform?: Transforms<RecoveryMonitorParts>;
}

export interface MonitoredCluster {
    region: string;
    clusterName: pulumi.Input<string>;
}

export interface MonitoredRestoreTests {
    planName: pulumi.Input<string>;
    planArn: pulumi.Input<string>;
    /** Types of the tested resources. The age of the tests is that of the type whose last test is the oldest. */
    resourceTypes: string[];
}

export interface RecoveryMonitorParts extends LogParts {
    logs: typeof aws.cloudwatch.LogGroup;
    role: typeof ServiceRole;
    function: typeof aws.lambda.Function;
    scheduleGroup: typeof aws.scheduler.ScheduleGroup;
    schedulerRole: typeof ServiceRole;
    schedule: typeof aws.scheduler.Schedule;
}

export const DEFAULTS = { replicas: [], drillAgeDays: 365, rtoMinutes: 30, rpoSeconds: 60 } satisfies Partial<RecoveryMonitorArgs>;

/** Lowest and highest values. */
export const BOUNDS = { drillAgeDays: [1, 3650], rtoMinutes: [1, 1440], rpoSeconds: [0, 86_400] } as const satisfies Record<string, Bounds>;

export type Resolved = WithDefaults<RecoveryMonitorArgs, typeof DEFAULTS>;

export function validated(name: string, args: Resolved) {
    return checked("RecoveryMonitor", name, args, (check) => {
        check(args.environment !== "", "environment", "must not be empty");
        check(args.clusters.length > 0, "clusters", "must contain at least one cluster");
        checkBetween(check, "drillAgeDays", args.drillAgeDays, BOUNDS.drillAgeDays, " days");
        checkBetween(check, "rtoMinutes", args.rtoMinutes, BOUNDS.rtoMinutes, " minutes");
        checkBetween(check, "rpoSeconds", args.rpoSeconds, BOUNDS.rpoSeconds, " seconds");
        check(args.restoreTests?.resourceTypes.length !== 0, "restoreTests.resourceTypes", "must not be empty");
        checkLogs(check, args);
    });
}
