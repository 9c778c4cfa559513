import { isHarmlessType } from "../changes/table";
import type { Prediction } from "./predict";
import type { Variant } from "./variants";

/** A change with its offline plan. */
export interface Predicted extends Prediction {
    variant: Variant;
    /** The engine is known to change more than the plan, so the change has a separate preview. */
    spreads?: boolean;
}

interface Group {
    members: Predicted[];
    /** Resources that the members change, and whether other members can change them, too. */
    resources: Map<string, boolean>;
    paths: string[];
}

/**
 * Groups the changes that can share a preview because they change different resources. A provider setting affects all resources.
 *
 * @param isValid whether a configuration with all these changes is valid
 */
export function groupsOf(all: readonly Predicted[], isValid: (variants: Variant[]) => boolean): Predicted[][] {
    const groups: Group[] = [];
    // Start with the largest changes, and add small changes to their groups.
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
/** Most changes affect a few resources. The consequences of a change to many resources are hard to predict. */
const MANY = 40;
const isAlone = (member: Predicted): boolean => member.spreads === true || member.variant.key.startsWith("aws:") || sizeOf(member) > MANY;

/** Several changes can update a resource without data, such as the dashboard, because these updates are independent. */
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
