import type { DeployedResource } from "../../components/testing";

/** How a resource differs between two deployments. */
export interface Difference {
    /** `aws:rds/instance:Instance database-instance` */
    what: string;
    change: "only before" | "only after" | "changed";
    /** Inputs that differ, sorted. */
    inputs: string[];
    /** The resource before, or after where it is new. */
    resource: DeployedResource;
    /** The resource after, where its inputs changed. */
    after?: DeployedResource;
}

/** The urn without the stack's name: type with the parents' types, and logical name. */
export const identityOf = ({ urn }: DeployedResource): string => urn.split("::").slice(2).join("::");

/** `aws:rds/instance:Instance database-instance` */
export const whatOf = ({ urn, type }: DeployedResource): string => `${type} ${urn.split("::").pop() ?? ""}`;

/** The resources that two deployments do not have in common, and those whose inputs differ. Equal ones are left out. */
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
    return [...keys].filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key])).sort();
}
