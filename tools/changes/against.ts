import { REGIONS } from "../../components/internal/regions";
import { messageOf } from "../../components/internal/unknown";
import type { DataSources } from "../../components/testing";
import { dataSourcesIn } from "../import/place";
import { planStack } from "../plan/plan";
import { compare } from "./compare";
import { accountOf, lastOutputsOf, parseExport, stackOf, type StateResource, zonesOf } from "./export";
import type { ChangeSet } from "./types";

export interface AgainstOptions {
    /** Folder of the stack files. */
    directory: string;
    stack: string;
    set: string[];
    /** Name of the export, for the report. */
    file: string;
}

const NOTES = [
    "This comparison works offline. It doesn't compare secrets or files, and reports a renamed resource as deleted, even if the program has an alias for it. It assumes the names of additional Availability Zones. Before you update, run `npm run changes` on the preview.",
];

/** Compares the offline plan of a stack with an export of its state. */
export async function compareWithExport(text: string, { directory, stack, set, file }: AgainstOptions): Promise<ChangeSet> {
    const state = parseExport(text);
    const owner = stackOf(state);
    if (owner !== undefined && owner !== stack) throw new Error(`it's an export of the stack ${owner}, not of ${stack}`);
    const options = { directory, stack, overrides: set, dataSources: dataSourcesOf(state) };
    const errors: string[] = [];
    const recording = await planStack({ ...options, lastOutputs: lastOutputsOf(state) }).catch((error: unknown) => {
        // The program rejects some changes of a deployed stack. The report lists their effects anyway, from the plan of a new stack.
        errors.push(messageOf(error));
        return planStack(options);
    });
    const comparison = compare(state, recording.deployment().deployment.resources);
    return { source: `plan of ${stack} against ${file === "-" ? "standard input" : file}`, ...comparison, errors, notes: NOTES };
}

/** Results of data sources, from the state: the account, and the zones of its subnets. */
function dataSourcesOf(state: readonly StateResource[]): DataSources {
    const account = accountOf(state);
    const zones = zonesOf(state);
    return {
        ...(account === undefined ? {} : dataSourcesIn(account)),
        "aws:index/getAvailabilityZones:getAvailabilityZones": (inputs) => {
            const [region, own] = [...zones].find(([it]) => it === inputs.region || zones.size === 1) ?? [];
            if (region === undefined || own === undefined) return undefined;
            const all = withMore(region, own);
            return { id: region, region, names: all.map(({ name }) => name), zoneIds: all.map(({ id }) => id) };
        },
    };
}

/** The stack's zones, followed by the region's other zones, with assumed names, for a configuration that adds zones. */
function withMore(region: string, own: { name: string; id: string }[]): { name: string; id: string }[] {
    const { vpcLinkZones = [] } = REGIONS[region] ?? {};
    const unused = vpcLinkZones.filter((id) => !own.some((zone) => zone.id === id));
    // These zones were deployed, so they support VPC links. If the state contains no IDs, any IDs of such zones work.
    const known = own.map(({ name, id }) => ({ name, id: id === "" ? (unused.shift() ?? name) : id }));
    const names = ["a", "b", "c", "d", "e", "f"]
        .map((letter) => `${region}${letter}`)
        .filter((name) => !own.some((zone) => zone.name === name));
    return [...known, ...unused.flatMap((id, i) => (names[i] === undefined ? [] : [{ name: names[i], id }]))];
}
