import type { DataSources, DeployedResource, Recording } from "../../components/testing";
import { planStack } from "../../tools/plan/plan";

const DOMAIN = ["ai-platform:domain.name=app.example.com", "ai-platform:domain.zoneId=Z0123456789ABCDEFGHIJ"];

/** Everything that a primary stack can have and the shipped ones have not. */
export const EVERYTHING = [
    ...DOMAIN,
    "ai-platform:delivery.repository=acme/api",
    "ai-platform:delivery.siteRepository=acme/site",
    "ai-platform:service.deployedBy=pipeline",
    "ai-platform:service.exec=true",
    "ai-platform:ai.endpoint.image=123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1",
    "ai-platform:ai.endpoint.modelDataUrl=s3://models/rank.tar.gz",
    "ai-platform:ai.invocationLogging=true",
    "ai-platform:events.schemaDiscovery=true",
    "ai-platform:events.notificationEmails[0]=team@example.com",
    "ai-platform:observability.alertEmails[0]=team@example.com",
    "ai-platform:observability.budget=5000",
    "ai-platform:observability.anomalyDetection=true",
    "ai-platform:network.interfaceEndpoints[0]=ecr.api",
    "ai-platform:network.interfaceEndpoints[1]=logs",
    "ai-platform:recovery.continuousBackups=true",
];

/** Plans that the invariants must hold for: every shipped stack, the dr stack after a failover, and what else can be configured. */
export const PLANS: Record<string, { stack: string; overrides?: string[] }> = {
    prod: { stack: "prod" },
    "dr, standing by": { stack: "dr" },
    "dr, active": { stack: "dr", overrides: ["ai-platform:active=true"] },
    dev: { stack: "dev" },
    "prod, everything on": { stack: "prod", overrides: EVERYTHING },
    "dr with a domain": { stack: "dr", overrides: DOMAIN },
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

const program = async () => (await import("../..")).default;
