/** Records what a failover needs to know while the other region is down, and when a failover was last tried. */
import { type CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { peakCount, type ServiceName } from "./counts";
import type { MonitorSettings } from "./settings";
import type { RecoveryRecords } from "./table";

/** Namespace of the metrics. The failover tool publishes `RtoSeconds` and `RpoSeconds` in it. */
const NAMESPACE = "Recovery";

/** Clients for the region of the active stack. */
export interface RegionClients {
    cloudWatch: CloudWatchClient;
    ecs: ECSClient;
}

export interface Surroundings {
    records: RecoveryRecords;
    /** In the region of the function. */
    cloudWatch: CloudWatchClient;
    clientsOf: (region: string) => RegionClients;
    /** Milliseconds since 1970. */
    now: () => number;
    /** Writes one event to the log. */
    log: (facts: Record<string, unknown>) => void;
}

export type Monitor = () => Promise<void>;

/**
 * Creates the handler. It publishes `LastDrillAge`, and replaces the recorded task counts if it can measure them. One of these can fail without the
 * other.
 *
 * The handler throws all errors, so that Lambda counts them.
 */
export function createMonitor({ environment }: MonitorSettings, { records, cloudWatch, clientsOf, now, log }: Surroundings): Monitor {
    async function publishAge(): Promise<void> {
        const since = (await records.lastSwitch()) ?? (await records.createdAt());
        const seconds = Math.max(0, (now() - since) / 1000);
        const metric = { MetricName: "LastDrillAge", Value: seconds, Unit: "Seconds" as const };
        const dimensions = [{ Name: "Environment", Value: environment }];
        await cloudWatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: [{ ...metric, Dimensions: dimensions }] }));
        log({ message: "published", lastDrillAge: seconds });
    }

    async function recordCounts(): Promise<void> {
        const { region, cluster, services } = await records.active();
        if (Object.keys(services).length === 0) return;
        const clients = clientsOf(region);
        const counts: Record<string, number> = {};
        for (const [key, service] of Object.entries(services)) {
            const name = { cluster, service };
            const count = (await peakCount(clients.cloudWatch, name)) ?? (await desiredCount(clients.ecs, name));
            if (count !== undefined) counts[key] = count;
        }
        if (Object.keys(counts).length === 0) throw new Error(`no service in the cluster ${cluster} in ${region} has a count`);
        await records.putCounts(counts, now());
        log({ message: "recorded", region, cluster, counts });
    }

    return async () => {
        const results = await Promise.allSettled([publishAge(), recordCounts()]);
        const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
        if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(messageOf).join("; "));
        if (reasons.length > 0) throw reasons[0];
    };
}

/** Undefined if the service doesn't exist. */
async function desiredCount(ecs: ECSClient, { cluster, service }: ServiceName): Promise<number | undefined> {
    const { services: [found] = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return found?.status === "ACTIVE" ? found.desiredCount : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
