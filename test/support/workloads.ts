import type { Recording } from "../../components/testing";
import { planWithWorkloads, prefixed } from "./plans";

/** Workloads that start tasks in different ways: requests, messages, and schedules. */
const WORKLOADS = prefixed([
    "services.api.image=example.com/api:1",
    "services.api.scaling.schedules.morning.schedule=cron(0 7 ? * MON-FRI *)",
    "services.api.scaling.schedules.morning.minCapacity=4",
    "services.api.scaling.schedules.morning.maxCapacity=9",
    "services.worker.image=example.com/worker:1",
    "services.worker.uses[0]=events",
    "jobs.nightly.image=example.com/nightly:1",
    "jobs.nightly.schedule=rate(1 day)",
]);

/**
 * Plans a stack with a service (`api`), a worker, and the job `nightly`.
 *
 * @param name another workload, which the overrides add
 */
export const planBusy = (stack: string, name: string, overrides: string[]): Promise<Recording> =>
    planWithWorkloads(["worker", "nightly", name], stack, [...WORKLOADS, ...overrides]);
