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

/** Differences in account and region between a resource of the state and the planned one. One line each. */
export function elsewhereOf({ global, logicalName }: Adoption, resource: StateResource, { target, planned, account }: Planned): string[] {
    const { region } = placeOf(target, planned);
    const its = { region: regionOf(resource), account: accountIn(resource) };
    const elsewhere: string[] = [];
    if (account !== undefined && its.account !== undefined && its.account !== account) {
        elsewhere.push(`is in account ${its.account}, but the stack is in ${account}`);
    }
    if (!global && region !== undefined && its.region !== region) {
        elsewhere.push(
            its.region === undefined ? "the state doesn't contain its region" : `is in ${its.region}, but ${logicalName} is in ${region}`,
        );
    }
    return elsewhere;
}

/** Differences in properties that AWS can't change in place. One line each. */
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

/** Reasons to doubt a match, which the user must resolve. One line each. */
export function doubtsOf(
    { known, global, keeps = {}, logicalName }: Adoption,
    resource: StateResource,
    { target, planned }: Planned,
): string[] {
    // Names in AWS contain the environment.
    if (known.by === "name") return [];
    const { environment } = placeOf(target, planned);
    const tagged = environmentOf(resource);
    const doubts: string[] = [];
    if (tagged === undefined && global) doubts.push("it has no region and no Environment tag that identifies the stack");
    if (tagged !== undefined && tagged !== environment) {
        doubts.push(`its Environment tag is ${shown(tagged)}, the stack's is ${shown(environment)}`);
    }
    for (const [attribute, input] of Object.entries(keeps)) {
        const here = listed(inputsOf(target)[input]);
        const lost = listed(resource.attributes[attribute]).filter((it) => !here.includes(it));
        if (lost.length > 0)
            doubts.push(`\`up\` would remove ${lost.join(", ")} from ${attribute}, because ${logicalName} doesn't have it`);
    }
    return doubts;
}

export const isEmpty = (value: unknown): boolean =>
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** The value at a path of names and numbers, separated by dots. */
const at = (value: unknown, path: string): unknown =>
    path.split(".").reduce<unknown>((it, key) => {
        if (Array.isArray(it)) return it[Number(key)] as unknown;
        return isObject(it) ? it[key] : undefined;
    }, value);

const listed = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const sorted = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value.map(String).sort() : value);
const shown = (value: unknown): string => (isEmpty(value) ? "not set" : JSON.stringify(value));
