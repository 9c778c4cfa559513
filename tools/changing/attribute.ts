import { type Change, rootOf } from "../changes/types";
import { allChanges } from "./condense";
import type { Predicted } from "./group";

/** The changes of each member of a group, or a change that can't be assigned to one member. */
export type Attribution = { parts: Change[][] } | { ambiguous: string };

/** The changes of one member's plan, by URN. */
type Plan = ReadonlyMap<string, Change>;

/** Assigns the changes in a preview to the members of a group. Each member gets the resources that its plan changes. */
export function attribute(group: readonly Predicted[], changes: readonly Change[]): Attribution {
    if (group.length === 1) return { parts: [[...changes]] };
    const plans = group.map((member): Plan => new Map(allChanges(member).map((it) => [it.urn, it])));
    const parts: Change[][] = group.map(() => []);
    for (const change of changes) {
        const owners = plans.flatMap((plan, index) => (plan.has(change.urn) ? [index] : []));
        const expected = owners.flatMap((index) => rootsOf(plans[index], change));
        const isDivisible = owners.length === 1 || change.properties.every((property) => expected.includes(rootOf(property)));
        if (owners.length === 0 || !isDivisible)
            return { ambiguous: `${change.operation} ${change.name}: ${change.properties.join(", ")}` };
        for (const index of owners) {
            const own = rootsOf(plans[index], change);
            const properties = change.properties.filter((property) => owners.length === 1 || own.includes(rootOf(property)));
            parts[index]?.push({ ...change, properties });
        }
    }
    return { parts };
}

/** The properties of a resource that a plan changes. A plan contains paths where the engine reports whole properties. */
const rootsOf = (plan: Plan | undefined, { urn }: Change): string[] => (plan?.get(urn)?.properties ?? []).map(rootOf);
