import { isObject } from "../../components/internal/unknown";
import type { DeployedResource } from "../../components/testing";
import { accountIn, environmentOf, inputsOf, placeOf, regionOf } from "./place";
import type { StateResource } from "./state";
import type { Adoption } from "./table";

export interface Planned {
    target: DeployedResource;
    planned: readonly DeployedResource[];
    /** The account that was planned with; undefined compares none. */
    account?: string;
}

/** Why a resource of the state is in another place than the planned one. One line each. */
export function elsewhereOf({ global, logicalName }: Adoption, resource: StateResource, { target, planned, account }: Planned): string[] {
    const { region } = placeOf(target, planned);
    const its = { region: regionOf(resource), account: accountIn(resource) };
    const elsewhere: string[] = [];
    if (account !== undefined && its.account !== undefined && its.account !== account) {
        elsewhere.push(`is in account ${its.account}, the stack in ${account}`);
    }
    if (!global && region !== undefined && its.region !== region) {
        elsewhere.push(its.region === undefined ? "its region is not in the state" : `is in ${its.region}, ${logicalName} in ${region}`);
    }
    return elsewhere;
}

/** Why a resource of the state can never be the planned one: what AWS cannot change. One line each. */
export function differencesOf({ fixed, id = "id", logicalName }: Adoption, { attributes }: StateResource, { target }: Planned): string[] {
    if (typeof attributes[id] !== "string" || attributes[id] === "") return [`has no ${id} in the state`];
    const inputs = inputsOf(target);
    return Object.entries(fixed).flatMap(([attribute, wanted]) => {
        const here = "input" in wanted ? at(inputs, wanted.input) : wanted.value;
        const there = at(attributes, attribute);
        if (isEmpty(here) && isEmpty(there)) return [];
        return sorted(here) === sorted(there) ? [] : [`${attribute} is ${shown(there)}, ${logicalName}'s is ${shown(here)}`];
    });
}

/** Why it may be another one's, or be missed by those who use it: what a person has to decide. One line each. */
export function doubtsOf(
    { known, global, keeps = {}, logicalName }: Adoption,
    resource: StateResource,
    { target, planned }: Planned,
): string[] {
    // A name in AWS carries the environment already.
    if (known.by === "name") return [];
    const { environment } = placeOf(target, planned);
    const tagged = environmentOf(resource);
    const doubts: string[] = [];
    if (tagged === undefined && global) doubts.push("neither region nor a tag Environment says of which stack it is");
    if (tagged !== undefined && tagged !== environment) {
        doubts.push(`its tag Environment is ${shown(tagged)}, the stack's is ${shown(environment)}`);
    }
    for (const [attribute, input] of Object.entries(keeps)) {
        const here = listed(inputsOf(target)[input]);
        const lost = listed(resource.attributes[attribute]).filter((it) => !here.includes(it));
        if (lost.length > 0) doubts.push(`${attribute} has ${lost.join(", ")}, which \`up\` would take from it, as ${logicalName} has not`);
    }
    return doubts;
}

export const isEmpty = (value: unknown): boolean =>
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** The value at a path of names and numbers with dots between. */
const at = (value: unknown, path: string): unknown =>
    path.split(".").reduce<unknown>((it, key) => {
        if (Array.isArray(it)) return it[Number(key)] as unknown;
        return isObject(it) ? it[key] : undefined;
    }, value);

const listed = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const sorted = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value.map(String).sort() : value);
const shown = (value: unknown): string => (isEmpty(value) ? "not set" : JSON.stringify(value));
