/** Records what a failover needs to know while the other region is down, and when a failover was last tried. */
import { countOf, type RegionClients } from "./counts";
import { ageMetric } from "./metrics";
import type { RestoreTestingPlan } from "./restore-tests";
import type { MonitorSettings } from "./settings";
import type { RecoveryRecords } from "./table";

export interface Surroundings {
    records: RecoveryRecords;
    /** For the region of the active stack. */
    clientsOf: (region: string) => RegionClients;
    /** When the last restore test passed, in milliseconds since 1970. */
    lastTest: (plan: RestoreTestingPlan) => Promise<number>;
    /** Milliseconds since 1970. */
    now: () => number;
    /** Writes a line to the log as it is. */
    print: (line: string) => void;
    /** Writes one event to the log. */
    log: (facts: Record<string, unknown>) => void;
}

export type Monitor = () => Promise<void>;

/**
 * Creates the handler. It publishes `LastDrillAge` and, with restore tests, `LastRestoreTestAge`, and replaces the recorded task counts if it can measure them. One of
 * these can fail without the others.
 *
 * The handler throws all errors, so that Lambda counts them.
 */
export function createMonitor(settings: MonitorSettings, surroundings: Surroundings): Monitor {
    const { environment, restoreTests } = settings;
    const { records, clientsOf, lastTest, now, print, log } = surroundings;
    const publish = (name: Parameters<typeof ageMetric>[0], since: number) => {
        print(ageMetric(name, environment, Math.max(0, (now() - since) / 1000), now()));
    };

    async function publishAge(): Promise<void> {
        publish("LastDrillAge", (await records.lastSwitch()) ?? (await records.createdAt()));
    }

    async function publishTestAge(): Promise<void> {
        if (restoreTests) publish("LastRestoreTestAge", await lastTest(restoreTests));
    }

    async function recordCounts(): Promise<void> {
        const { region, cluster, services } = await records.active();
        if (Object.keys(services).length === 0) return;
        const clients = clientsOf(region);
        const counts: Record<string, number> = {};
        for (const [key, service] of Object.entries(services)) {
            const count = await countOf(clients, { cluster, service }, now());
            if (count !== undefined) counts[key] = count;
        }
        if (Object.keys(counts).length === 0) throw new Error(`no service in the cluster ${cluster} in ${region} has a count`);
        await records.putCounts(counts, now());
        log({ message: "recorded", region, cluster, counts });
    }

    return async () => {
        const results = await Promise.allSettled([publishAge(), publishTestAge(), recordCounts()]);
        const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
        if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(messageOf).join("; "));
        if (reasons.length > 0) throw reasons[0];
    };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
