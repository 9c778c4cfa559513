import * as z from "zod";
import { type PostgresCluster, RecoveryMonitor, type RestoreTests } from "../../components";
import { BOUNDS, DEFAULTS } from "../../components/recovery-monitor/args";
import { whole } from "../config/values";
import { logArgs, type Platform } from "../context";

export const recoveryObjectivesSection = z
    .strictObject({
        drillAgeDays: whole(BOUNDS.drillAgeDays, "days")
            .default(DEFAULTS.drillAgeDays)
            .describe("Days after which an alarm reports that no drill or failover has switched the traffic."),
        rtoMinutes: whole(BOUNDS.rtoMinutes, "minutes")
            .default(DEFAULTS.rtoMinutes)
            .describe("Recovery time objective. An alarm reports a drill or failover that took longer."),
        rpoSeconds: whole(BOUNDS.rpoSeconds, "seconds")
            .default(DEFAULTS.rpoSeconds)
            .describe("Recovery point objective. An alarm reports a drill or failover that lost the transactions of a longer time."),
    })
    .prefault({})
    .describe("Objectives for recovery, which alarms compare with the measured values.");

interface Monitored {
    databases: PostgresCluster[];
    restoreTests?: RestoreTests;
}

/** Records what a failover must know while the primary region is down. A dr stack has it in both roles; a primary stack doesn't have it. */
export function createRecoveryMonitor(platform: Platform, { databases, restoreTests }: Monitored): RecoveryMonitor | undefined {
    const { config, data, environment, region, names, opts } = platform;
    if (config.role !== "dr") return undefined;
    return new RecoveryMonitor(
        "recovery-monitor",
        {
            ...logArgs(platform),
            ...config.recoveryObjectives,
            environment,
            tableName: data.ownerNames.recoveryTable,
            kmsKeyArn: data.keys.data,
            clusters: [
                { region: config.primary.region, clusterName: data.ownerNames.prefix },
                { region, clusterName: names.prefix },
            ],
            restoreTests: restoreTests && {
                planName: restoreTests.planName,
                planArn: restoreTests.planArn,
                resourceTypes: restoreTests.resourceTypes,
            },
            replicas: databases.map(({ identifier }) => identifier),
        },
        opts,
    );
}
