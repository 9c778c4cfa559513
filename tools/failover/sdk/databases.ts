/** Databases, metrics, and alarms. */
import {
    DescribeAlarmsCommand,
    DisableAlarmActionsCommand,
    EnableAlarmActionsCommand,
    GetMetricDataCommand,
    PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { type DBInstance, DescribeDBInstancesCommand, PromoteReadReplicaCommand, type RDSClient } from "@aws-sdk/client-rds";
import type { Region } from "../ports";
import { NAMESPACE } from "../steps/report";
import type { Clients } from "./clients";

type Methods = Pick<Region, "database" | "promote" | "replicaLag" | "publish" | "alarmActions" | "setAlarmActions">;

/** Names of alarms in one request. */
const BATCH = 100;
const HALF_HOUR = 1800_000;

/** Undefined if it doesn't exist. */
export async function instanceIn(rds: RDSClient, DBInstanceIdentifier: string): Promise<DBInstance | undefined> {
    try {
        return (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];
    } catch (error) {
        if (error instanceof Error && error.name.startsWith("DBInstanceNotFound")) return undefined;
        throw error;
    }
}

export function databases({ cloudWatch, rds }: Clients): Methods {
    const instance = (identifier: string) => instanceIn(rds, identifier);
    const batches = (names: string[]) =>
        Array.from({ length: Math.ceil(names.length / BATCH) }, (_, i) => names.slice(i * BATCH, (i + 1) * BATCH));
    return {
        async database(identifier) {
            const found = await instance(identifier);
            const source = found?.ReadReplicaSourceDBInstanceIdentifier;
            return (
                found && {
                    status: found.DBInstanceStatus ?? "unknown",
                    ...(source ? { source } : {}),
                    arn: found.DBInstanceArn ?? "",
                    replicas: found.ReadReplicaDBInstanceIdentifiers ?? [],
                    backupRetentionPeriod: found.BackupRetentionPeriod ?? 0,
                }
            );
        },

        async promote(identifier) {
            const found = await instance(identifier);
            try {
                await rds.send(
                    new PromoteReadReplicaCommand({
                        DBInstanceIdentifier: identifier,
                        // Without these, RDS keeps backups for one day, and chooses a window.
                        BackupRetentionPeriod: found?.BackupRetentionPeriod,
                        PreferredBackupWindow: found?.PreferredBackupWindow,
                    }),
                );
            } catch (error) {
                // The promotion has started, but its status doesn't show it yet.
                if (!(error instanceof Error) || !error.name.startsWith("InvalidDBInstanceState")) throw error;
            }
        },

        async replicaLag(identifier) {
            const now = Date.now();
            const Metric = {
                Namespace: "AWS/RDS",
                MetricName: "ReplicaLag",
                Dimensions: [{ Name: "DBInstanceIdentifier", Value: identifier }],
            };
            const { MetricDataResults: [result] = [] } = await cloudWatch.send(
                new GetMetricDataCommand({
                    MetricDataQueries: [{ Id: "lag", MetricStat: { Metric, Period: 60, Stat: "Maximum" } }],
                    StartTime: new Date(now - HALF_HOUR),
                    EndTime: new Date(now + 60_000),
                    ScanBy: "TimestampDescending",
                }),
            );
            const { Timestamps: [at] = [], Values: [seconds] = [] } = result ?? {};
            return at && seconds !== undefined ? { seconds, at: at.getTime() } : undefined;
        },

        async alarmActions(names) {
            const found: Record<string, boolean> = {};
            for (const AlarmNames of batches(names)) {
                const { MetricAlarms = [] } = await cloudWatch.send(
                    new DescribeAlarmsCommand({ AlarmNames, MaxRecords: BATCH, AlarmTypes: ["MetricAlarm"] }),
                );
                for (const { AlarmName = "", ActionsEnabled = false } of MetricAlarms) found[AlarmName] = ActionsEnabled;
            }
            return found;
        },

        async setAlarmActions(names, enabled) {
            for (const AlarmNames of batches(names))
                await cloudWatch.send(
                    enabled ? new EnableAlarmActionsCommand({ AlarmNames }) : new DisableAlarmActionsCommand({ AlarmNames }),
                );
        },

        async publish(metrics) {
            if (metrics.length === 0) return;
            const MetricData = metrics.map(({ name, value, unit, dimensions }) => ({
                ...{ MetricName: name, Value: value, Unit: unit },
                Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            }));
            await cloudWatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }));
        },
    };
}
