import { expect } from "chai";
import type { Recording } from "../../components/testing";
import { jsonSchemaOf, type JsonSchema } from "../../stacks/explain";
import { plan, planAnew } from "../support/plans";

/** Sections in which a dr stack has fewer keys than a primary: what it finds is not its to set. */
const SECTIONS = ["database", "cache", "documents", "lake"];

/** Values of keys with a pattern, and of those that the shipped stack file sets. */
const OTHER: Record<string, string> = {
    "database.engineVersion": "16.10",
    "database.instanceClass": "db.m6g.large",
    "database.multiAz": "true",
    "database.name": "other",
    "database.backupWindow": "01:00-02:00",
    "database.maintenanceWindow": "mon:05:00-mon:06:00",
    "cache.nodeType": "cache.m6g.large",
    "documents.instanceClass": "db.r6g.xlarge",
    "documents.instances": "3",
};

/** Paths of all values that a person may set; a list is one value. */
function leaves(schema: JsonSchema, path: string[] = []): [string, JsonSchema][] {
    if (!schema.properties) return [[path.join("."), schema]];
    return Object.entries(schema.properties).flatMap(([key, value]) => leaves(value, [...path, key]));
}

/** Another valid value: another of a set, the other boolean, the next number. */
function another(key: string, { enum: choices, minimum, maximum, type, default: standard }: JsonSchema): string {
    const given = OTHER[key];
    if (given !== undefined) return given;
    if (choices) return String(choices.find((it) => it !== standard));
    if (type === "boolean") return String(standard !== true);
    if (minimum === undefined || maximum === undefined) throw new Error(`say in OTHER what else ${key} can be`);
    const now = typeof standard === "number" ? standard : minimum;
    return String(now < maximum ? now + 1 : now - 1);
}

/** All that a program asked the engine for, secrets in the open. */
const asked = (recording: Recording): string =>
    JSON.stringify(recording.registered.map(({ urn, inputs, ignoreChanges, protect }) => [urn, inputs, ignoreChanges, protect]));

describe("each key of a dr stack's data changes its plan", () => {
    for (const [key, schema] of leaves(jsonSchemaOf("dr")).filter(([path]) => SECTIONS.includes(path.split(".")[0] ?? ""))) {
        it(key, async () => {
            const changed = await planAnew("dr", [`ai-platform:${key}=${another(key, schema)}`]);
            expect(asked(changed) === asked(await plan("dr")), `${key} is ignored`).to.be.false;
        });
    }
});
