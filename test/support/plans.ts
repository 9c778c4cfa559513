import path from "node:path";
import { type DataSources, type DeployedResource, Recording } from "../../components/testing";
import { planStack } from "../../tools/plan/plan";
import { readStackFile, type StackFileOptions } from "../../tools/plan/stack-file";
import { standIn } from "../../tools/plan/stand-in";
import { parseConfig, PROJECT, valuesBelow } from "./config";
import { cachedPlan, cachedPlanWith } from "./plan-cache";

const DOMAIN = ["ai-platform:domain.name=app.example.com", "ai-platform:domain.zoneId=Z0123456789ABCDEFGHIJ"];

/** All optional features of a primary stack that the other plans don't have. */
const EVERYTHING = [
    ...DOMAIN,
    "ai-platform:delivery.service.repositoryId=acme/api",
    "ai-platform:delivery.site.repositoryId=acme/site",
    "ai-platform:services.api.deployedBy=pipeline",
    "ai-platform:services.api.enableExecuteCommand=true",
    "ai-platform:migrations.schema.command[0]=migrate",
    "ai-platform:ai.endpoint.image=123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1",
    "ai-platform:ai.endpoint.modelDataUrl=s3://models/rank.tar.gz",
    "ai-platform:ai.invocationLogging=true",
    "ai-platform:events.schemaDiscovery=true",
    "ai-platform:events.notificationEmails[0]=team@example.com",
    "ai-platform:observability.alertEmails[0]=team@example.com",
    "ai-platform:observability.budget.limitAmount=5000",
    "ai-platform:observability.costAnomalies.minimumUsd=50",
    "ai-platform:network.interfaceEndpoints[0]=ecr.api",
    "ai-platform:network.interfaceEndpoints[1]=logs",
    "ai-platform:recovery.continuousBackups=true",
    "ai-platform:backups.vaultLock.minRetentionDays=7",
    "ai-platform:tags.CostCenter=4711",
    "ai-platform:permissionsBoundaryArn=arn:aws:iam::123456789012:policy/boundary",
    "ai-platform:logDestinationArn=arn:aws:logs:us-east-1:210987654321:destination:central",
    "ai-platform:images.pullAccountIds[0]=210987654321",
    "ai-platform:database.readReplicas.reports.maxStandbyStreamingDelayMs=300000",
    "ai-platform:database.proxy.enabled=true",
    "ai-platform:database.connect.enabled=true",
    "ai-platform:services.reports.path=/api/reports/*",
    "ai-platform:services.reports.domain.name=reports.example.com",
];

const CHEAP_AND_CONNECTED = [
    "ai-platform:network.natGateways=instance",
    "ai-platform:network.transitGatewayId=tgw-0123456789abcdef0",
    "ai-platform:network.transitGatewayCidrBlocks[0]=172.20.0.0/14",
    "ai-platform:database.users.enabled=true",
    "ai-platform:migrations.schema.image=registry.example.org/shop:1",
    "ai-platform:migrations.schema.command[0]=migrate",
];

const EXISTING_NETWORK = [
    "ai-platform:network.existing.vpcId=vpc-0123456789abcdef0",
    "ai-platform:network.existing.privateSubnetIds[0]=subnet-11111111111111111",
    "ai-platform:network.existing.privateSubnetIds[1]=subnet-22222222222222222",
    "ai-platform:network.existing.dataSubnetIds[0]=subnet-44444444444444444",
    "ai-platform:network.existing.dataSubnetIds[1]=subnet-55555555555555555",
    "ai-platform:network.existing.s3EndpointId=vpce-0123456789abcdef0",
    "ai-platform:network.interfaceEndpoints[0]=ecr.api",
];

const VPC_ORIGIN = [
    ...DOMAIN,
    "ai-platform:domain.apiCertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000002",
    "ai-platform:api.kind=vpcOrigin",
    "ai-platform:protectData=true",
];

/** A stack with a network, a service, and a database. */
export const SMALL = ["cache", "documents", "lake", "events", "ai", "identity", "api", "edge", "backups"].map(
    (system) => `ai-platform:${system}.enabled=false`,
);

/** Plans for the invariants: every stack of `test/fixtures`, the dr stack after a failover, and optional features. */
export const PLANS: Record<string, { stack: string; overrides?: string[] }> = {
    prod: { stack: "prod" },
    "dr, standing by": { stack: "dr" },
    "dr, active": { stack: "dr", overrides: ["ai-platform:active=true"] },
    dev: { stack: "dev" },
    "prod, everything on": { stack: "prod", overrides: EVERYTHING },
    "dr with a domain and restore tests": { stack: "dr", overrides: [...DOMAIN, "ai-platform:backups.restoreTests.enabled=true"] },
    "prod with a NAT instance, a transit gateway, and database users": { stack: "prod", overrides: CHEAP_AND_CONNECTED },
    "dev with a service and a database only": { stack: "dev", overrides: [...SMALL, "ai-platform:protectData=true"] },
    "dev with a VPC origin": { stack: "dev", overrides: VPC_ORIGIN },
    "prod in an existing network": { stack: "prod", overrides: EXISTING_NETWORK },
};

/** The stack files of the tests. */
export const FIXTURES = path.join(__dirname, "..", "fixtures");

interface PlanSettings {
    stack: string;
    /** `KEY=VALUE` pairs as `npm run plan -- --set` takes them. @default none */
    overrides?: string[];
    /** Folder of the stack file. @default the tests' own */
    directory?: string;
    /** Results of data sources by token. @default those of the recorder */
    results?: Record<string, Record<string, unknown>>;
    /** Outputs of the last update. @default none: the stack was never deployed */
    lastOutputs?: Record<string, unknown>;
}

const MAX_IN_MEMORY = 24;
const planned = new Map<string, Promise<Recording>>();
let last: Promise<unknown> = Promise.resolve();

/** Runs programs one at a time, because Pulumi's settings are global in the process. */
function inTurn(run: () => Promise<Recording>): Promise<Recording> {
    const recording = last.then(run);
    last = recording.catch(() => undefined);
    return recording;
}

/**
 * Plans the real program with a stack file of `test/fixtures`. Plans are cached in this process and on disk. The result contains only the platform's
 * own components (`PLATFORM`), so additional components in the program don't fail the tests.
 */
export const plan = async (stack: string, overrides: string[] = []): Promise<Recording> =>
    ofPlatform(await planOf({ stack, overrides }), stack);

/** The same with a stack file in another folder. */
export const planIn = async (directory: string, stack: string, overrides: string[] = []): Promise<Recording> =>
    ofPlatform(await planOf({ stack, directory, overrides }), stack);

/** The same with services and jobs of these names, which the overrides add. */
export const planWithWorkloads = async (names: string[], stack: string, overrides: string[]): Promise<Recording> =>
    ofPlatform(await planOf({ stack, overrides }), stack, names);

/** The same with other results of data sources. */
export const planWithResults = async (results: PlanSettings["results"], stack: string, overrides: string[] = []): Promise<Recording> =>
    ofPlatform(await planOf({ stack, overrides, results }), stack);

/** The same with functions instead of results, for results that depend on the inputs, and for errors. */
export async function planWith(
    dataSources: DataSources,
    stack: string,
    overrides: string[] = [],
    lastOutputs?: Record<string, unknown>,
): Promise<Recording> {
    const options = { directory: FIXTURES, project: PROJECT, stack, overrides, lastOutputs };
    const described = definitionOf(options);
    const plan = () => cachedPlanWith(described, dataSources, (recorded) => planStack({ ...options, dataSources: recorded }));
    return ofPlatform(await inTurn(plan), stack);
}

/** The same for a deployed stack, with the outputs of its last update. */
export const planLive = (lastOutputs: Record<string, unknown>, stack: string, overrides: string[] = []): Promise<Recording> =>
    planOf({ stack, overrides, lastOutputs });

/** Plans the program with a stack file in any folder, with all components. */
export async function planOf({ stack, overrides = [], directory = FIXTURES, results, lastOutputs }: PlanSettings): Promise<Recording> {
    const options = { directory, project: PROJECT, stack, overrides, lastOutputs };
    const described = { ...definitionOf(options), results };
    const key = JSON.stringify(described);
    const known = planned.get(key);
    if (known) return known;
    const dataSources = results && Object.fromEntries(Object.entries(results).map(([token, result]) => [token, () => result]));
    const recording = inTurn(() => cachedPlan(described, () => planStack({ ...options, dataSources })));
    planned.set(key, recording);
    // Hundreds of plans in memory cost more time in the garbage collector than reading some again.
    for (const oldest of planned.keys()) {
        if (planned.size <= MAX_IN_MEMORY) break;
        planned.delete(oldest);
    }
    return recording;
}

/** What determines a plan, besides the sources. */
function definitionOf({ lastOutputs, ...options }: StackFileOptions & { lastOutputs?: object }) {
    const { config, secretKeys, environments } = readStackFile({ ...options, standIn });
    const { project, stack } = options;
    return { project, stack, region: config["aws:region"] ?? "", config, secretKeys, environments, lastOutputs };
}

/** Overrides of the project's own keys. Those of the AWS provider stay as they are. */
export const prefixed = (overrides: string[]): string[] => overrides.map((it) => (it.startsWith("aws:") ? it : `${PROJECT}:${it}`));

/** Validation problems of a stack file with overrides. */
export function problemsWith(stack: string, overrides: string[]): string[] {
    const { own, aws } = configOf(stack, overrides);
    return parseConfig(own, aws, stack).problems;
}

/** A stack file with overrides, in the form for `parseConfig`: the project's own keys, and those of the AWS provider. */
export function configOf(stack: string, overrides: string[] = [], directory = FIXTURES) {
    const { config } = readStackFile({ directory, project: PROJECT, stack, overrides, standIn });
    return { own: valuesBelow(PROJECT, config), aws: valuesBelow("aws", config) };
}

/** Logical names of the components that the program creates directly below the stack. */
const PLATFORM = new Set([
    "data-encryption",
    "logs-encryption",
    "alerts-encryption",
    "guardrail-encryption",
    "images",
    "jwt-secret",
    "origin-secret",
    "network",
    "access-logs",
    "copy-access-logs",
    "database",
    "cache",
    "documents",
    "lake",
    "backups",
    "events",
    "ai",
    "identity",
    "services",
    "api",
    "reports",
    "nightly",
    "schema",
    "schema-run",
    "database-connect",
    "recovery",
    "recovery-monitor",
    "restore-tests",
    "database-users",
    "gateway",
    "edge",
    "ingest",
    "delivery",
    "observability",
]);

const restricted = new WeakMap<Recording, Recording>();

/** @param also names of other components to include */
function ofPlatform(recording: Recording, stack: string, also: string[] = []): Recording {
    const known = also.length === 0 ? restricted.get(recording) : undefined;
    if (known) return known;
    const root = recording.one("pulumi:pulumi:Stack").urn;
    const own = new Set([root]);
    // Parents are registered before their children.
    const registered = recording.registered.filter(({ urn, parent, name, type }) => {
        const isOwn =
            type.startsWith("pulumi:") ||
            (parent === root ? PLATFORM.has(name) || also.includes(name) : parent !== undefined && own.has(parent));
        if (isOwn) own.add(urn);
        return isOwn;
    });
    const { region = "" } = recording.one<{ region?: string }>("pulumi:providers:aws", "aws").inputs;
    const options = { project: PROJECT, stack, region };
    const result = new Recording(registered, recording.outputs, recording.warnings, options, recording.lookups);
    if (also.length === 0) restricted.set(recording, result);
    return result;
}

const deployed = new Map<string, Promise<DeployedResource[]>>();

/** The resources of a named plan, as `npm run plan -- --json` prints them. All callers share them. */
export function resourcesOf(name: string): Promise<DeployedResource[]> {
    const named = PLANS[name];
    if (!named) throw new Error(`no plan named ${name}`);
    const resources = deployed.get(name) ?? planOf(named).then((it) => it.deployment().deployment.resources);
    deployed.set(name, resources);
    return resources;
}
