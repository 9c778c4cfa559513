import type { DataSources, DeployedResource, Recording } from "../../components/testing";
import { planStack } from "../../tools/plan/plan";

/** Plans that the invariants must hold for: every shipped stack, and the dr stack after a failover. */
export const PLANS: Record<string, { stack: string; overrides?: string[] }> = {
    prod: { stack: "prod" },
    "dr, standing by": { stack: "dr" },
    "dr, active": { stack: "dr", overrides: ["ai-platform:active=true"] },
    dev: { stack: "dev" },
};

const planned = new Map<string, Promise<Recording>>();
let last: Promise<unknown> = Promise.resolve();

/** The real program, run once per stack and overrides for all tests: `-c` values as `npm run plan` takes them, keys being paths. */
export function plan(stack: string, overrides: string[] = []): Promise<Recording> {
    const key = [stack, ...overrides].join(" ");
    const known = planned.get(key);
    if (known) return known;
    const recording = planAnew(stack, overrides);
    planned.set(key, recording);
    return recording;
}

/** The same, run for this caller alone, with other answers of AWS. */
export function planAnew(stack: string, overrides: string[] = [], dataSources?: DataSources): Promise<Recording> {
    // Pulumi's settings belong to the process: one program after the other.
    const recording = last.then(() => planStack({ stack, overrides, configPath: true, program, dataSources }));
    last = recording.catch(() => undefined);
    return recording;
}

/** The resources of a named plan, as `npm run plan -- --json` prints them. */
export async function resourcesOf(name: string): Promise<DeployedResource[]> {
    const named = PLANS[name];
    if (!named) throw new Error(`no plan named ${name}`);
    return (await plan(named.stack, named.overrides)).deployment().deployment.resources;
}

const program = async () => (await import("../../index")).default;
