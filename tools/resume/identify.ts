import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { unanswered } from "../preflight/ask";
import { NAME_KINDS } from "../preflight/checks/names";
import type { NameContext, NameKind } from "../preflight/checks/names/kind";
import { GLOBAL, ownerOf, PlannedStack } from "../preflight/planned";

/** The context of a lookup by name. */
export type Lookup = Pick<NameContext, "clients" | "account">;

/**
 * Status: `exists`, with its import ID; `missing`; `foreign`, if another stack owns the name; `unknown`, if AWS didn't answer. `unnamed`: AWS has
 * no lookup by name, so the resource doesn't block the next update, but it can exist. `replacement`: the resource also has a generated name, and
 * the previous resource is still in the state.
 */
export interface Identified {
    urn: string;
    type: string;
    name: string;
    physicalName?: string;
    status: "exists" | "missing" | "foreign" | "unknown" | "unnamed" | "replacement";
    id?: string;
    detail?: string;
}

/** Looks up pending creations by their names in AWS, which the program sets. */
export async function identify(pending: DeployedResource[], state: DeployedResource[], lookup: Lookup): Promise<Identified[]> {
    const plan = new PlannedStack([...state.filter(({ type }) => type.startsWith("pulumi:")), ...pending], lookup.account);
    const present = new Set(state.map(({ urn }) => urn));
    return Promise.all(pending.map((resource) => identifyOne(resource, { ...lookup, plan }, present)));
}

async function identifyOne({ urn, type, inputs = {} }: DeployedResource, context: NameContext, present: Set<string>): Promise<Identified> {
    const result = { urn, type, name: nameOf(urn) };
    if (present.has(urn)) return { ...result, status: "replacement" };
    const kind = NAME_KINDS.find((it) => it.type === type);
    const planned = context.plan.of(type).find(({ name }) => name === result.name);
    const [place] = kind && planned ? kind.places(planned) : [];
    if (!kind || !place) {
        const physicalName = [inputs.name, inputs.identifier].find((it) => typeof it === "string");
        return { ...result, physicalName, status: "unnamed" };
    }
    const { name: physicalName, region } = place;
    try {
        return { ...result, physicalName, ...(await lookUp(kind, region, physicalName, context)) };
    } catch (error) {
        const { found, action = "" } = unanswered(physicalName, kind.permissions.join(" and "), error);
        return { ...result, physicalName, status: "unknown", detail: `${found}. ${action}` };
    }
}

async function lookUp(
    kind: NameKind,
    region: string,
    name: string,
    context: NameContext,
): Promise<Pick<Identified, "status" | "id" | "detail">> {
    const occupant = await kind.find(context, region, name);
    if (!occupant) return { status: "missing" };
    if (occupant.unclear) return { status: "unknown", detail: `${occupant.unclear.found}. ${occupant.unclear.action}` };
    if (occupant.blocked !== undefined) return { status: "foreign", detail: occupant.blocked };
    // Some services set tags in a second request, which a killed update didn't send.
    const isTagged = (occupant.tags ?? []).length > 0;
    if (isTagged && !context.plan.owns(occupant.tags)) return { status: "foreign", detail: `belongs to ${ownerOf(occupant.tags)}` };
    const { id = name } = occupant;
    const isElsewhere = region !== context.plan.region && !GLOBAL.test(kind.type);
    return { status: "exists", id: isElsewhere ? `${id}@${region}` : id };
}
