import { expect } from "chai";
import type { Recording } from "../../components/testing";
import { jsonSchemaOf, type JsonSchema } from "../../stacks/explain";
import { plan, planAnew } from "../support/plans";

/**
 * Every key of the configuration does something. All keys that can have a value which shows nowhere in the shipped plan are given such a
 * value, in one plan, and each must show there. The others, switches and small numbers, are changed alone, and must change the plan.
 */

/** What is checked only, and shows in no resource. */
const CHECKED_ONLY = ["role", "primary.cidrBlock"];

/** Values where a schema's bounds do not say which are valid, or valid together. */
const GIVEN: Record<string, unknown> = {
    environment: "zeta",
    "primary.environment": "omega",
    "primary.region": "eu-west-1",
    "recovery.region": "eu-west-3",
    "recovery.environment": "zeta-dr",
    "recovery.imagesOf": ["zeta-two"],
    "network.cidrBlock": "10.77.0.0/16",
    "network.subnets.public": ["10.77.11.0/24", "10.77.12.0/24", "10.77.13.0/24"],
    "network.subnets.private": ["10.77.21.0/24", "10.77.22.0/24", "10.77.23.0/24"],
    "network.subnets.data": ["10.77.31.0/24", "10.77.32.0/24", "10.77.33.0/24"],
    "network.interfaceEndpoints": ["kinesis-streams"],
    "domain.name": "zeta.example.org",
    "domain.zoneId": "ZZETA",
    "edge.priceClass": "PriceClass_All",
    "edge.connectSources": ["https://zeta.example.com"],
    "events.notificationEmails": ["notices@example.org"],
    "ai.models": ["us.amazon.nova-premier-v1:0"],
    "ai.endpoint.image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/zeta:1",
    "ai.endpoint.modelDataUrl": "s3://zeta/model.tar.gz",
    "ai.endpoint.modelDataKeyArn": "arn:aws:kms:us-east-1:123456789012:key/zeta",
    "ai.endpoint.memory": 6144,
    "identity.domainPrefix": "zeta-login",
    "identity.groups": ["zetas"],
    "identity.siteUrls": ["https://zeta-two.example.org"],
    "observability.alertEmails": ["alerts@example.org"],
    "observability.pagers": ["https://pager.example.org/zeta"],
    "observability.thresholds": { "database.cpu": 83 },
    "service.image": "registry.example.org/zeta:1",
    "service.collectorImage": "registry.example.org/collector:1",
    "service.healthCheckPath": "/zeta",
    "service.healthCheckCommand": ["CMD", "/zeta-health"],
    "service.cpu": 4096,
    "service.memory": 17408,
    "service.minCount": 211,
    "service.desiredCount": 223,
    "service.maxCount": 227,
    "service.environment": { ZETA: "zeta-value" },
    "cache.nodeType": "cache.m6g.4xlarge",
    "documents.instanceClass": "db.r6g.16xlarge",
    "database.engineVersion": "16.10",
    "database.instanceClass": "db.m6g.12xlarge",
    "database.allocatedStorage": 311,
    "database.maxAllocatedStorage": 317,
    "database.name": "zeta",
    "database.username": "zetauser",
    "database.backupWindow": "01:10-02:10",
    "database.maintenanceWindow": "mon:05:10-mon:06:10",
    "delivery.repository": "zeta/api",
    "delivery.siteRepository": "zeta/site",
    "delivery.branch": "zeta-branch",
    "delivery.siteOutputDirectory": "dist/zeta",
    "delivery.connectionArn": "arn:aws:codeconnections:us-east-1:123456789012:connection/zeta",
};

interface Change {
    /** What else must be set, in both of the plans that are compared. */
    beside?: string[];
    set: string[];
}

/** Changes of keys that are changed alone, where the schema's bounds do not say, or the shipped file has another than the default. */
const ALONE: Record<string, Change> = {
    "network.zones": { set: ["network.zones=2"] },
    "network.zoneNames": { beside: ["network.zones=2"], set: ["network.zoneNames[0]=us-east-1d", "network.zoneNames[1]=us-east-1f"] },
    "network.natGateways": { set: ["network.natGateways=single"] },
    "service.spotPercent": { set: ["service.spotPercent=50"] },
    "service.deployedBy": { set: ["service.deployedBy=pipeline"] },
    "database.multiAz": { set: ["database.multiAz=false"] },
    "cache.engine": { set: ["cache.engine=redis"] },
    // Shows in bytes.
    "lake.queryScanLimit": { set: ["lake.queryScanLimit=20"] },
    "delivery.approval": { beside: ["delivery.repository=zeta/api", "service.deployedBy=pipeline"], set: ["delivery.approval=false"] },
};
const DOMAIN = ["domain.name=app.example.org", "domain.zoneId=ZZONE"];
const ALONE_IN_DR: Record<string, Change> = {
    "database.multiAz": { set: ["database.multiAz=true"] },
    "documents.instances": { set: ["documents.instances=3"] },
    // With a domain the edge is the primary's: what is said of it would be refused.
    "domain.name": { beside: DOMAIN, set: ["domain.name=zeta.example.org"] },
    "domain.zoneId": { beside: DOMAIN, set: ["domain.zoneId=ZZETA"] },
    // What only a standby has.
    "primary.region": { set: ["primary.region=eu-west-1"] },
    "service.standbyCount": { set: ["service.standbyCount=2"] },
};

/** What dr's role itself does something with. */
const OF_DR = ["active", "primary", "domain", "database", "lake", "service"];

/** Switches of parts that both roles make by the same lines (`stacks/tiers.ts`, `workloads.ts`): a plan of one role shows them. */
const isShownByPrimary = (role: string, key: string, { type }: JsonSchema): boolean =>
    role === "dr" && (type === "boolean" || key in ALONE) && !(key in ALONE_IN_DR) && !OF_DR.includes(key.split(".")[0] ?? "");

/** Paths of all values that a person may set; a list is one value. */
function leaves(schema: JsonSchema, path: string[] = []): [string, JsonSchema][] {
    if (!schema.properties) return [[path.join("."), schema]];
    return Object.entries(schema.properties).flatMap(([key, value]) => leaves(value, [...path, key]));
}

/** All that a program asked the engine for, secrets in the open. */
const asked = (recording: Recording): string =>
    JSON.stringify(recording.registered.map(({ urn, inputs, ignoreChanges, protect }) => [urn, inputs, ignoreChanges, protect]));

/** Whether a value shows in a text, as a word of its own. */
function shows(value: unknown, text: string): boolean {
    const word = String(value).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    return new RegExp(`(?<![\\w.])${word}(?![\\w.])`, "i").test(text);
}

/** What must show of a key's value: each member of a list or map. */
const members = (value: unknown): unknown[] => (typeof value === "object" && value !== null ? Object.values(value) : [value]);

/** `-c` arguments of a key. */
function settings(key: string, value: unknown): string[] {
    if (Array.isArray(value)) return value.map((it, i) => `${key}[${i}]=${String(it)}`);
    if (typeof value !== "object" || value === null) return [`${key}=${String(value)}`];
    return Object.entries(value).map(([member, it]) => `${key}["${member}"]=${String(it)}`);
}

/** Of a number's or a choice's values, one that shows nowhere yet; undefined where all do, or none would show. */
function distinct({ enum: choices, minimum, maximum, type }: JsonSchema, taken: (value: unknown) => boolean): unknown {
    if (type === "boolean") return undefined;
    const all = choices ?? Array.from({ length: Math.min(1000, (maximum ?? 0) - (minimum ?? 0)) }, (_, i) => (minimum ?? 0) + i);
    return all.find((it) => String(it).length > 1 && !taken(it));
}

/** Another value than the default: another of a set, the other boolean, the next number. */
function another(key: string, { enum: choices, minimum = 0, maximum = 0, type, default: standard }: JsonSchema): string {
    if (choices) return String(choices.find((it) => it !== standard));
    if (type === "boolean") return String(standard !== true);
    // The next of anything else would be no value at all, and its refusal no proof.
    if (type !== "integer" && type !== "number") throw new Error(`give ${key} a value in GIVEN`);
    const now = typeof standard === "number" ? standard : minimum;
    return String(now < maximum ? now + 1 : now - 1);
}

const prefixed = (overrides: string[]) => overrides.map((it) => `ai-platform:${it}`);

for (const { role, stack, together, alone } of [
    // Pipelines, which some keys are about, are refused beside another owner of the task definition.
    { role: "primary", stack: "prod", together: ["service.deployedBy=pipeline"], alone: ALONE },
    // Active, for a standby does not have the service's size yet.
    { role: "dr", stack: "dr", together: ["active=true"], alone: { ...ALONE, ...ALONE_IN_DR } },
] as { role: "primary" | "dr"; stack: string; together: string[]; alone: Record<string, Change> }[]) {
    describe(`every key of a ${role} stack does something`, () => {
        const keys = leaves(jsonSchemaOf(role)).filter(
            ([key, schema]) => !CHECKED_ONLY.includes(key) && !isShownByPrimary(role, key, schema),
        );
        const values = new Map<string, unknown>();
        let shipped: string;
        let withValues: string;

        before(async () => {
            shipped = asked(await plan(stack));
            const taken = (value: unknown) => shows(value, shipped) || [...values.values()].includes(value);
            for (const [key, schema] of keys) {
                const value = key in alone ? undefined : (GIVEN[key] ?? distinct(schema, taken));
                if (value !== undefined) values.set(key, value);
            }
            const overrides = [...values].flatMap(([key, value]) => settings(key, value));
            withValues = asked(await planAnew(stack, prefixed([...together, ...overrides])));
        });

        for (const [key, schema] of keys) {
            it(key, async () => {
                if (values.has(key)) {
                    for (const value of members(values.get(key))) {
                        expect(shows(value, shipped), `${String(value)} shows without being set`).to.be.false;
                        expect(shows(value, withValues), `${key} is ignored: ${String(value)} shows nowhere`).to.be.true;
                    }
                } else {
                    const { beside = [], set } = alone[key] ?? { set: [`${key}=${another(key, schema)}`] };
                    const before = beside.length === 0 ? shipped : asked(await plan(stack, prefixed(beside)));
                    const after = asked(await planAnew(stack, prefixed([...beside, ...set])));
                    expect(after === before, `${key} is ignored`).to.be.false;
                }
            });
        }
    });
}
