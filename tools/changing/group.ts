import { isHarmlessType } from "../changes/table";
import type { Prediction } from "./predict";
import type { Variant } from "./variants";

/** A change with its offline plan. */
export interface Predicted extends Prediction {
    variant: Variant;
    /** The engine is known to change more than the plan does: previewed alone. */
    spreads?: boolean;
}

interface Group {
    members: Predicted[];
    /** Resources that the members change: whether others can change them too. */
    resources: Map<string, boolean>;
    paths: string[];
}

/**
 * Changes that touch no resource together share a preview. A setting of the provider concerns all resources.
 *
 * @param isValid whether a configuration with all these changes is valid
 */
export function groupsOf(all: readonly Predicted[], isValid: (variants: Variant[]) => boolean): Predicted[][] {
    const groups: Group[] = [];
    // The largest first: the small ones fill the gaps.
    for (const member of [...all].sort((a, b) => sizeOf(b) - sizeOf(a))) {
        const resources = resourcesOf(member);
        const paths = pathsOf(member.variant);
        const fitting = isAlone(member)
            ? undefined
            : groups.find((group) => fits(group, resources, paths) && isValid([...group.members, member].map(({ variant }) => variant)));
        if (fitting) {
            fitting.members.push(member);
            fitting.paths.push(...paths);
            for (const [urn, isShared] of resources) fitting.resources.set(urn, isShared);
        } else groups.push({ members: [member], resources, paths });
    }
    return groups.map(({ members }) => members);
}

const sizeOf = ({ changes, created }: Predicted): number => changes.length + created.length;
/** Most changes touch a few resources. What follows from a change of many is hard to predict. */
const MANY = 40;
const isAlone = (member: Predicted): boolean => member.spreads === true || member.variant.key.startsWith("aws:") || sizeOf(member) > MANY;

/** Several changes may update a resource that holds nothing, such as the dashboard: the update of one doesn't depend on the others. */
function resourcesOf({ changes, created }: Predicted): Map<string, boolean> {
    const isShared = ({ type, operation }: Predicted["changes"][number]) => operation === "update" && isHarmlessType(type);
    return new Map([...created.map((urn) => [urn, false] as const), ...changes.map((change) => [change.urn, isShared(change)] as const)]);
}

const pathsOf = ({ key, path = key, with: others = {} }: Variant): string[] => [path, ...Object.keys(others)];

const contains = (a: string, b: string): boolean => a === b || b.startsWith(`${a}.`);

function fits(group: Group, resources: Map<string, boolean>, paths: string[]): boolean {
    if (group.members.some(isAlone)) return false;
    if (group.paths.some((a) => paths.some((b) => contains(a, b) || contains(b, a)))) return false;
    return [...resources].every(([urn, isShared]) => !group.resources.has(urn) || (isShared && group.resources.get(urn) === true));
}
