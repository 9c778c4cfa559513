/** What a change can cost: what is stored, what other systems refer to, where clients connect, or the time until it works again. */
export type Loss = "data" | "identity" | "address" | "availability";

/** `unknown`: the preview has an operation that this tool doesn't know, or the offline comparison can't tell an update from a replacement. */
export type Operation = "create" | "update" | "replace" | "delete" | "unknown";

/** In which order a replacement happens. The assumed ones follow from the resource's name, as Pulumi's AWS provider decides it. */
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
    /** The operation in Pulumi's own words. */
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
}

export interface ChangeSet {
    /** Where the changes come from, for the report: `preview of prod`. */
    source: string;
    changes: Change[];
    /** Resources that stay as they are. */
    unchanged: number;
    /** Error messages of a preview that failed. Its list of changes may be incomplete. */
    errors: string[];
    /** What the comparison can't know, for the report. */
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
