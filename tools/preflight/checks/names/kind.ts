import type { PlannedResource, Tags } from "../../planned";
import type { Context } from "../../types";

/** The resource that has a name. */
export interface Occupant {
    /** ID that `pulumi import` takes, if the name isn't the ID. Source: "Import" in the Pulumi registry's page of each resource. */
    id?: string;
    tags?: Tags;
    /** Reason why the name is blocked, regardless of its owner. */
    blocked?: string;
    /** Reason why AWS doesn't show the owner of the name. */
    unclear?: { found: string; action: string };
}

/** The context of a lookup by name. */
export type NameContext = Pick<Context, "clients" | "account" | "plan">;

/** A name that can exist only once in a region. */
export interface Place {
    name: string;
    region: string;
}

export interface NameKind {
    type: string;
    title: string;
    /** The explicit names of a resource; none if Pulumi generates the name. */
    places: (resource: PlannedResource) => Place[];
    permissions: string[];
    find: (context: NameContext, region: string, name: string) => Promise<Occupant | undefined>;
}

/** One name, from a property of the resource, in its own region. */
export const named =
    (property: string) =>
    ({ inputs, region }: PlannedResource): Place[] => {
        const name = inputs[property];
        return typeof name === "string" ? [{ name, region }] : [];
    };
