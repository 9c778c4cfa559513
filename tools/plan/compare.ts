import type { DeployedResource } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";

/** How a resource differs between two deployments. */
export interface Difference {
    /** `aws:rds/instance:Instance database-instance` */
    what: string;
    change: "only before" | "only after" | "changed";
    /** Names of inputs that differ, sorted. */
    inputs: string[];
    /** The resource before the change; the new one if it was added. */
    resource: DeployedResource;
    /** The resource after the change, if its inputs changed. */
    after?: DeployedResource;
}

/** The URN without stack and project: the types of the resource and its parents, and the logical name. */
export const identityOf = ({ urn }: DeployedResource): string => urn.split("::").slice(2).join("::");

/** `aws:rds/instance:Instance database-instance` */
const whatOf = ({ urn, type }: DeployedResource): string => `${type} ${nameOf(urn)}`;

/** Resources that exist in only one of two deployments, and resources whose inputs differ. */
export function differences(before: readonly DeployedResource[], after: readonly DeployedResource[]): Difference[] {
    const earlier = new Map(before.map((it) => [identityOf(it), it]));
    const later = new Map(after.map((it) => [identityOf(it), it]));
    const only = (change: "only before" | "only after", resources: readonly DeployedResource[], others: Map<string, unknown>) =>
        resources
            .filter((it) => !others.has(identityOf(it)))
            .map((resource): Difference => ({ what: whatOf(resource), change, inputs: [], resource }));
    const changed = before.flatMap((resource): Difference[] => {
        const other = later.get(identityOf(resource));
        const inputs = other ? differingInputs(resource, other) : [];
        return inputs.length > 0 ? [{ what: whatOf(resource), change: "changed", inputs, resource, after: other }] : [];
    });
    return [...only("only before", before, later), ...only("only after", after, earlier), ...changed];
}

function differingInputs({ inputs: a = {} }: DeployedResource, { inputs: b = {} }: DeployedResource): string[] {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    // Most are equal texts, which needn't be escaped to be compared.
    return [...keys].filter((key) => a[key] !== b[key] && JSON.stringify(a[key]) !== JSON.stringify(b[key])).sort();
}
