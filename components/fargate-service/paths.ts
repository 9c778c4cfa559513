/** Paths of services behind a shared load balancer. Pure functions. */
import { createHash } from "node:crypto";
import type { Check } from "../building-blocks/arguments";

/** A literal path (`/health`), or all paths below one (`/api/*`, `/*`). */
export const PATH = /^(?=.{1,128}$)\/(?:[\w.~-]+\/)*(?:[\w.~-]+|\*)?$/;
export const PATH_RULE = "a path such as /api/reports, or /api/reports/* for it and all paths below";

/** Number of priorities for paths of the same length. 128 lengths of them fit into the 50,000 priorities of a listener. */
const SLOTS = 390;
export const PRIORITIES = [1, 50_000] as const;
/** Above all priorities that are derived from paths. */
export const LAST_PRIORITY = 50_000;
/** Conditions of a rule have at most five values (Elastic Load Balancing quotas). */
const MOST_VALUES = 5;

/**
 * Priority of the listener rule of a service. Longer paths come first, so that `/api/reports/*` wins over `/api/*`. The priority depends only on the
 * service's own name and path, so it stays the same when other services come and go. Two services whose paths have the same length can have the same
 * priority, though rarely. A renamed service has another one, so that both rules can exist until the old one is deleted. So has one whose deployments
 * move requests between target groups: its rule comes first, because ECS keeps it up to date.
 *
 * @param moves whether deployments move requests
 */
export function priorityOf(name: string, path: string, moves = false): number {
    const literal = path.replace(/\*$/, "").length;
    const half = SLOTS / 2;
    const slot = createHash("sha256").update(`${name} ${path}`).digest().readUInt32BE(0) % half;
    return (128 - literal) * SLOTS + slot + (moves ? 0 : half) + 1;
}

/** Values of the rule's condition: `/api/*` also matches `/api`. */
export const patternsOf = (paths: string[]): string[] => [
    ...new Set(paths.flatMap((path) => (path.length > 2 && path.endsWith("/*") ? [path.slice(0, -2), path] : [path]))),
];

/** Whether a request to `path`, without a wildcard, matches a path of a service. */
export const matches = (pattern: string, path: string): boolean =>
    pattern.endsWith("*") ? `${path}/`.startsWith(pattern.slice(0, -1)) : pattern === path;

export function checkPaths(check: Check, paths: string[]): void {
    for (const [i, path] of paths.entries()) check(PATH.test(path), `paths[${i}]`, `must be ${PATH_RULE}`);
    const values = patternsOf(paths).length;
    check(values >= 1 && values <= MOST_VALUES, "paths", `must have 1 to ${MOST_VALUES} patterns; a path that ends with /* counts twice`);
}
