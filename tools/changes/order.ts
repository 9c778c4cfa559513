import type { Order, Properties } from "./types";
import { stringsOf } from "./types";

/** Inputs that contain a resource's physical name. */
const NAMES = [
    "name",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "replicationGroupId",
    "clusterId",
    "domain",
    "functionName",
    "userId",
    "userGroupId",
    "groupName",
    "ruleName",
    "stageName",
    "workgroup",
];

/**
 * The order of a replacement if the preview doesn't contain it. Pulumi creates the replacement first, unless the program sets a physical
 * name that stays the same, which two resources can't have at the same time.
 */
export function assumedOrder(before: Properties, after: Properties): Order {
    const generated = stringsOf(after.__defaults);
    const fixed = NAMES.some((key) => after[key] !== undefined && !generated.includes(key) && after[key] === before[key]);
    return fixed ? "deleted first (assumed)" : "created first (assumed)";
}
