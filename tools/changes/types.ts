/** Losses: stored data, an identity that other systems refer to, the address that clients connect to, or availability during the change. */
export type Loss = "data" | "identity" | "address" | "availability";

/** `unknown`: the preview contains an unsupported operation, or the offline comparison can't distinguish an update from a replacement. */
export type Operation = "create" | "update" | "replace" | "delete" | "unknown";

/** The order of a replacement. An assumed order is derived from the resource's physical name, by the same rule as in Pulumi's AWS provider. */
export type Order = "created first" | "deleted first" | "created first (assumed)" | "deleted first (assumed)";

export type Properties = Record<string, unknown>;

export interface ResourceState {
    inputs: Properties;
    protect: boolean;
    retainOnDelete: boolean;
    ignoreChanges: string[];
}

/** One resource that an update changes. */
export interface Change {
    urn: string;
    type: string;
    /** Logical name. */
    name: string;
    operation: Operation;
    /** Pulumi's names of the operations. */
    op: string;
    order?: Order;
    /** Properties that change, as paths without indices: `versioningConfiguration.status`. */
    properties: string[];
    /** The properties that force the replacement, as paths. */
    causes: string[];
    /** Replaced resources that `causes` depend on, by logical name. */
    following?: string[];
    before?: ResourceState;
    after?: ResourceState;
    /** The same update replaces or deletes a VPC. */
    newNetwork?: boolean;
}

export interface ChangeSet {
    /** Where the changes come from, for the report: `preview of prod`. */
    source: string;
    changes: Change[];
    /** URNs of new resources. */
    created: string[];
    /** Number of unchanged resources. */
    unchanged: number;
    /** Error messages of the program. The list of changes might be incomplete. */
    errors: string[];
    /** Limits of the comparison, for the report. */
    notes: string[];
}

/** The value of a property that isn't known before the update, in previews: `UnknownStringValue` of Pulumi's SDK. */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** `networkConfiguration.subnets[0]` -> `networkConfiguration.subnets` */
export const withoutIndices = (path: string): string => path.replace(/\[(?:\d+|"[^"]*")\]/g, "");

export const rootOf = (path: string): string => path.split(/[.[]/)[0] ?? path;

export const stringsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);

/** A scalar as text; maps and lists as JSON. */
export const scalarText = (value: unknown): string =>
    typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : JSON.stringify(value ?? null);
