import { expect } from "chai";
import {
    ApiGateway,
    DataLake,
    DocumentCluster,
    Edge,
    EventHub,
    FargateService,
    FargateTask,
    Identity,
    IngestPipeline,
    ModelEndpoint,
    Observability,
    PostgresCluster,
    RecoveryMonitor,
    RedisCluster,
    RestoreTests,
    ScheduledTask,
    Vpc,
} from "../../components";
import { TASK_SIZES } from "../../components/fargate-task/container";
import { SCALING_BOUNDS } from "../../components/fargate-service/scaling";
import { record } from "../../components/testing";
import { propertiesOf } from "../../tools/changing/values";
import { hasArgument } from "../support/interfaces";
import { jsonSchemaOf, type JsonSchema } from "../support/config";
import {
    cluster,
    database,
    endpoint,
    gateway,
    job,
    keys,
    monitor,
    network,
    pipeline,
    postgres,
    restoreTests,
    service as minimalService,
    stream,
} from "../support/minimal";

type Args = Record<string, unknown>;

const [fewest, most] = SCALING_BOUNDS.capacity;
const service = { ...minimalService, healthCheckPath: "/" };
/** Fargate supports certain combinations of CPU and memory. */
const sizes = Object.entries(TASK_SIZES).flatMap(([cpu, memories]) => memories.map((memory) => ({ cpu: Number(cpu), memory })));

interface Made {
    /** Interface of the component's arguments. */
    type: string;
    create: (args: Args) => unknown;
}
const made = <Arguments>(component: new (name: string, args: Arguments) => unknown, args: (more: Args) => Arguments): Made => ({
    type: `${component.name}Args`,
    create: (more) => new component("it", args(more)),
});
const observability = (args: Args) => ({ environment: "it", region: "us-east-1", monitored: [], kmsKeyArn: keys.kmsKeyArn, ...args });

/** The components of the sections. */
const COMPONENTS: Record<string, Made> = {
    "": made(DocumentCluster, (args) => ({ ...database, ...args })),
    "ai.endpoint": made(ModelEndpoint, (args) => ({ ...keys, ...endpoint, ...args })),
    api: made(ApiGateway, (args) => ({ ...gateway, ...args })),
    cache: made(RedisCluster, (args) => ({ ...database, ...args })),
    // The smallest, so that storage autoscaling can have its smallest limit.
    database: made(PostgresCluster, (args) => ({ ...postgres, allocatedStorage: 20, maxAllocatedStorage: 65536, ...args })),
    documents: made(DocumentCluster, (args) => ({ ...database, ...args })),
    edge: made(Edge, (args) => ({ bucketName: "it", ...args })),
    events: made(EventHub, (args) => ({ ...keys, stream, ...args })),
    identity: made(Identity, (args) => ({ domain: { prefix: "it" }, ...args })),
    ingest: made(IngestPipeline, (args) => ({ ...pipeline, ...args })),
    lake: made(DataLake, ({ tieringAfterDays, ...args }) => ({
        ...keys,
        databaseName: "it",
        raw: { tieringAfterDays: tieringAfterDays as number },
        ...args,
    })),
    network: made(Vpc, ({ numberOfAvailabilityZones: zones, ...args }) => {
        const names = Array.from({ length: Number(zones ?? 2) }, (_, i) => `us-east-1${"abcdefgh".charAt(i)}`);
        return { ...network, natGateways: "none" as const, availabilityZoneNames: names, ...args };
    }),
    "observability.budget": made(Observability, (budget) => observability({ budget })),
    "observability.costAnomalies": made(Observability, (costAnomalies) => observability({ costAnomalies })),
    "backups.restoreTests": made(RestoreTests, (args) => ({ ...restoreTests, ...args })),
    recoveryObjectives: made(RecoveryMonitor, (args) => ({ ...monitor, ...args })),
    "services.api": made(FargateService, (args) => ({ ...service, scaling: { minCapacity: fewest, maxCapacity: most }, ...args })),
    "jobs.nightly": made(ScheduledTask, (args) => ({ ...job, ...args })),
    "migrations.schema": made(FargateTask, (args) => ({ ...service, cluster, ...args })),
    "services.api.scaling": made(FargateService, (scaling) => ({
        ...service,
        scaling: { minCapacity: fewest, maxCapacity: most, ...scaling },
    })),
};

/** Where a component has another name for the value. */
const ARGUMENTS: Record<string, string> = {
    "network.numberOfAvailabilityZones": "availabilityZoneNames",
    "lake.tieringAfterDays": "raw.tieringAfterDays",
    "observability.budget.limitAmount": "budget.limitAmount",
    "observability.costAnomalies.minimumUsd": "costAnomalies.minimumUsd",
};

/** Keys with bounds that no component checks, or checks less strictly, and why. */
const OTHERS: Record<string, string> = {
    "ingest.runtime": "lists the runtimes that the bundle is tested with; the component accepts newer ones",
    "network.subnets.public": "must have one block per zone, which rules across keys check",
    "network.subnets.private": "must have one block per zone, which rules across keys check",
    "network.subnets.data": "must have one block per zone, which rules across keys check",
    "services.api.healthCheckCommand": "is checked by the component's function",
    "ai.models": "is checked by the component's function",
};

/** The component's argument of a key. */
const argumentOf = (section: string, key: string): string =>
    ARGUMENTS[[section, key].filter(Boolean).join(".")] ?? (section === "services.api.scaling" ? `scaling.${key}` : key);

/** Whether a key is an argument of the section's component. The program itself uses the others. */
function isArgument(section: string, key: string): boolean {
    const component = COMPONENTS[section];
    return component !== undefined && hasArgument(component.type, argumentOf(section, key));
}

/** Problems of one argument. Others can depend on it, and don't count. */
async function problemsOf(section: string, key: string, value: unknown): Promise<string[]> {
    const component = COMPONENTS[section];
    const path = [section, key].filter(Boolean).join(".");
    const argument = argumentOf(section, key);
    const attempt = async (args: Args): Promise<string[]> => {
        try {
            await record(() => component?.create(args));
            return [];
        } catch (error) {
            const lines = error instanceof Error ? error.message.split("\n") : [String(error)];
            return lines.filter((line) => line.includes(`: ${argument} must`));
        }
    };
    if (!/^(services\.api|jobs\.nightly|migrations\.schema)\.(cpu|memory)$/.test(path)) return attempt({ [key]: value });
    // Valid if some size has the value.
    const size = sizes.find((it) => it[key as "cpu" | "memory"] === value) ?? { cpu: 256, memory: 512 };
    return attempt({ ...size, [key]: value });
}

interface Bounded {
    section: string;
    key: string;
    schema: JsonSchema;
}

const isBounded = ({ enum: choices, minimum, maximum, exclusiveMinimum, minItems, maxItems }: JsonSchema) =>
    [choices, minimum, maximum, exclusiveMinimum, minItems, maxItems].some((bound) => bound !== undefined);

/** Keys with an enumeration, a bound, or a number of entries. */
function bounded(schema: JsonSchema, path: string[] = []): Bounded[] {
    const properties = propertiesOf(schema);
    if (properties) return Object.entries(properties).flatMap(([key, value]) => bounded(value, [...path, key]));
    return isBounded(schema) ? [{ section: path.slice(0, -1).join("."), key: path.at(-1) ?? "", schema }] : [];
}

/** Values at the bounds. */
function valid({ enum: choices, type, minimum, maximum, exclusiveMinimum, minItems, maxItems, items }: JsonSchema): unknown[] {
    if (type === "array") return [minItems, maxItems].filter((length) => length !== undefined).map(entriesOf(items));
    return [...(choices ?? []), ...[minimum, maximum].filter((it) => it !== undefined), ...(exclusiveMinimum === 0 ? [0.01] : [])];
}

/** Values just outside. */
function invalid({ enum: choices, type, minimum, maximum, exclusiveMinimum, minItems, maxItems, items }: JsonSchema): unknown[] {
    const step = type === "integer" ? 1 : 0.001;
    if (choices) return [typeof choices[0] === "number" ? Math.max(...choices.map(Number)) + 1 : "other"];
    if (type === "array") return [...(minItems ? [minItems - 1] : []), ...(maxItems ? [maxItems + 1] : [])].map(entriesOf(items));
    return [
        ...(minimum === undefined ? [] : [minimum - step]),
        ...(maximum === undefined ? [] : [maximum + step]),
        ...(exclusiveMinimum === undefined ? [] : [exclusiveMinimum]),
    ];
}

/** Lists of zones, or of paths where the pattern of the entries requires a path. */
const entriesOf =
    (items: JsonSchema | undefined) =>
    (length: number): string[] =>
        Array.from({ length }, (_, i) => (items?.pattern?.includes("(\\/") ? `/path/${i}` : `us-east-1${"abcdefgh".charAt(i)}`));

const all = bounded(jsonSchemaOf("primary")).map((it) => ({ ...it, path: [it.section, it.key].filter(Boolean).join(".") }));

describe("bounds of the configuration", () => {
    for (const { section, key, path, schema } of all.filter((it) => !(it.path in OTHERS) && isArgument(it.section, it.key))) {
        it(`of ${path} are the component's`, async () => {
            for (const value of valid(schema)) expect(await problemsOf(section, key, value), JSON.stringify(value)).to.deep.equal([]);
            for (const value of invalid(schema)) {
                expect(await problemsOf(section, key, value), `${JSON.stringify(value)} is accepted`).not.to.be.empty;
            }
        });
    }

    it("have exceptions only for keys that exist", () => {
        expect(Object.keys(OTHERS).filter((key) => !all.some(({ path }) => path === key))).to.deep.equal([]);
    });
});
