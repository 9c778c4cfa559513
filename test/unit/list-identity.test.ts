import { expect } from "chai";
import type { Recording } from "../../components/testing";
import { propertiesOf } from "../../tools/changing/values";
import { isObject } from "../../components/internal/unknown";
import { differences, type Difference } from "../../tools/plan/compare";
import { jsonSchemaOf, type JsonSchema } from "../support/config";
import { examplesOf, noExample } from "../support/examples";
import { plan } from "../support/plans";

/**
 * Resources that belong to an entry of a configured list or map are identified by the entry, not by its position. If a name depended on the
 * position, removing the first subscriber would change the endpoints of the others in place and delete the subscription of the last.
 *
 * Two plans are compared, with all lists at once. An entry occurs in the inputs of a resource, or it doesn't:
 *
 * - Without the first entries, a resource loses these entries at most, and nothing else about it changes.
 * - With the lists reversed, nothing changes, apart from the order of lists and maps in the inputs.
 */

/** The entries of a list or map, from the examples of its schema. Maps are written as `key: value`. In a map of maps, entries are found by their keys. */
function entriesOf(key: string, schema: JsonSchema): string[] {
    const [example] = examplesOf(key, schema);
    if (typeof example !== "object" || example === null) return [];
    return Array.isArray(example)
        ? example.map(String)
        : Object.entries(example).map(([member, value]) => (isObject(value) ? member : `${member}: ${String(value)}`));
}

/** Paths and values, at any depth. */
function flattened(value: unknown, path = ""): [string, string][] {
    if (Array.isArray(value)) return value.flatMap((it, i) => flattened(it, `${path}[${i}]`));
    if (isObject(value)) return Object.entries(value).flatMap(([key, it]) => flattened(it, `${path}["${key}"]`));
    return [[path, String(value)]];
}

/** Lists whose order has a meaning, and lists without resources of their own, with the reason. */
const ORDERED: Record<string, string> = {
    confirmDeletion: "names what an update can delete",
    "network.availabilityZoneNames": "the subnets' CIDR blocks are listed in the same order",
    "network.subnets.public": "the blocks are listed in the order of the zones",
    "network.subnets.private": "the blocks are listed in the order of the zones",
    "network.subnets.data": "the blocks are listed in the order of the zones",
    // test/unit/existing-network.test.ts changes their order.
    "network.existing.privateSubnetIds": "excludes the other lists of the network",
    "network.existing.dataSubnetIds": "excludes the other lists of the network",
    "services.api.healthCheckCommand": "the words of a command",
    "services.api.command": "the words of a command",
    "jobs.nightly.command": "the words of a command",
    "jobs.nightly.uses": "names systems, whose resources depend on the name",
    "jobs.nightly.environment": "requires a job, and is the same argument as that of a service",
    "migrations.schema.command": "the words of a command",
    "migrations.schema.uses": "names systems, whose resources depend on the name",
    "migrations.schema.before": "names services, which depend on the run",
    "migrations.schema.environment": "requires a migration, and is the same argument as that of a service",
    "services.api.uses": "names systems, whose resources depend on the name",
    "services.api.scaling.schedules": "contains maps; each action is named after its key",
    "domain.additionalNames": "requires a domain, which excludes other keys in dr; edge.test.ts has the same tests",
    "edge.geoRestriction.locations": "one property of the distribution, which requires another key",
};
/** Lists whose first entry has a meaning, so it stays: document ingest uses the first model. */
const FIRST_STAYS = ["ai.models"];

/** network.transitGatewayCidrBlocks requires it. */
const ATTACHED = "ai-platform:network.transitGatewayId=tgw-0123456789abcdef0";

const isCollection = (schema: JsonSchema) => schema.type === "array" || (schema.type === "object" && !propertiesOf(schema));

function collections(parent: JsonSchema, path: string[] = []): [key: string, schema: JsonSchema][] {
    return Object.entries(propertiesOf(parent) ?? {}).flatMap(([key, schema]): [string, JsonSchema][] =>
        isCollection(schema) ? [[[...path, key].join("."), schema]] : collections(schema, [...path, key]),
    );
}

/** The values of a map of maps, by the keys of its entries. */
const MAPS = new Map<string, [string, string][]>();
for (const role of ["primary", "dr"] as const)
    for (const [key, schema] of collections(jsonSchemaOf(role))) {
        const [example] = examplesOf(key, schema);
        if (!isObject(example) || !Object.values(example).some(isObject)) continue;
        for (const [member, value] of Object.entries(example)) MAPS.set(`${key} ${member}`, flattened(value));
    }

/** The key and the value of a map's entry; only the value of a list's. */
const parts = (entry: string): [string | undefined, string] => {
    const [, key, value] = /^([\w.]+): (.*)$/.exec(entry) ?? [];
    return value === undefined ? [undefined, entry] : [key, value];
};

function overridesOf(key: string, entries: string[]): string[] {
    return entries.flatMap((entry, i) => {
        const values = MAPS.get(`${key} ${entry}`);
        if (values) return values.map(([path, value]) => `ai-platform:${key}["${entry}"]${path}=${value}`);
        const [member, value] = parts(entry);
        return `ai-platform:${key}[${member === undefined ? i : `"${member}"`}]=${value}`;
    });
}

/** Splits the entries into those that stay in place and those that move or disappear. */
const split = (key: string, entries: string[]) => (FIRST_STAYS.includes(key) ? [entries.slice(0, 1), entries.slice(1)] : [[], entries]);

const all = (key: string, entries: string[]) => overridesOf(key, entries);
function reversed(key: string, entries: string[]) {
    const [fixed = [], moving = []] = split(key, entries);
    return overridesOf(key, [...fixed, ...[...moving].reverse()]);
}
function withoutFirst(key: string, entries: string[]) {
    const [fixed = [], moving = []] = split(key, entries);
    return overridesOf(key, [...fixed, ...moving.slice(1)]);
}

/** The value without the order of lists and keys, also in JSON text. */
function canonical(value: unknown): unknown {
    if (typeof value === "string" && /^[[{]/.test(value)) {
        try {
            return canonical(JSON.parse(value));
        } catch {
            return value;
        }
    }
    if (Array.isArray(value)) return value.map(canonical).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([key, below]) => [key, canonical(below)]),
    );
}

const comparable = (recording: Recording) =>
    recording.registered.map(({ urn, type, custom, inputs }) => ({ urn, type, custom, inputs: canonical(inputs) as typeof inputs }));

const describeDifference = ({ change, what, inputs }: Difference) => `${change}: ${what} ${inputs.join(", ")}`.trim();

for (const { role, stack, beside } of [
    { role: "primary", stack: "prod", beside: [ATTACHED] },
    { role: "dr", stack: "dr", beside: ["ai-platform:active=true", ATTACHED] },
] as { role: "primary" | "dr"; stack: string; beside: string[] }[]) {
    describe(`lists of a ${role} stack`, () => {
        const lists = collections(jsonSchemaOf(role)).filter(([key]) => !(key in ORDERED));
        const keys = lists.map(([key]) => key);
        const entries = new Map(lists.map(([key, schema]) => [key, entriesOf(key, schema)]));
        const planned = (arrange: (key: string, entries: string[]) => string[]) =>
            plan(stack, [...beside, ...keys.flatMap((key) => arrange(key, entries.get(key) ?? []))]);
        const values = Object.fromEntries(keys.map((key) => [key, (entries.get(key) ?? []).map((entry) => parts(entry)[1])]));
        const removed = keys.flatMap((key) => split(key, values[key] ?? [])[1]?.slice(0, 1) ?? []);
        const entriesIn = (resource?: object) => {
            const text = JSON.stringify(resource);
            return Object.values(values).flatMap((entries) => entries.filter((entry) => text.includes(entry)));
        };

        it("have three examples of entries, that no other list has", () => {
            for (const [key, list] of entries) expect(list.length, noExample(key)).to.be.greaterThan(2);
            const all = [...entries.values()].flat();
            expect(all.filter((entry, i) => all.indexOf(entry) < i)).to.deep.equal([]);
        });

        it("have entries that occur in the plan", async () => {
            const text = JSON.stringify((await planned(all)).registered);
            expect(Object.values(values).flatMap((entries) => entries.filter((entry) => !text.includes(entry)))).to.deep.equal([]);
        });

        it("can be reversed without a change", async () => {
            const changes = differences(comparable(await planned(all)), comparable(await planned(reversed)));
            expect(changes.map(describeDifference)).to.deep.equal([]);
        });

        it("can lose their first entry, and only what belongs to it changes", async () => {
            const changes = differences(comparable(await planned(all)), comparable(await planned(withoutFirst)));
            const unexpected = changes.filter(({ change, resource, after }) => {
                // Components have no inputs.
                const before = entriesIn([resource.urn, resource.inputs]);
                const lost = before.filter((entry) => removed.includes(entry));
                const kept = before.filter((entry) => !removed.includes(entry));
                if (change === "only before") return lost.length === 0 || kept.length > 0;
                return change === "only after" || lost.length === 0 || entriesIn(after?.inputs).join() !== kept.join();
            });
            expect(unexpected.map(describeDifference)).to.deep.equal([]);
            expect(changes.filter(({ change }) => change === "only before")).to.not.be.empty;
        });
    });
}
