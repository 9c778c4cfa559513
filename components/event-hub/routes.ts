import { isBetween, withDefaults } from "../building-blocks/arguments";

/** Where a route's events go: the hub's work queue, its notifications topic, its stream. */
export type Destination = "queue" | "notifications" | "stream";

/** Which events go where. */
export interface Route {
    /** Detail types (`Document Ingested`); an event has one. Empty means all. */
    detailTypes: string[];
    /** Sources (`com.example.documents`). @default all */
    source?: string[];
    /** At least one. */
    to: Destination[];
}

export const DESTINATIONS: Destination[] = ["queue", "notifications", "stream"];

const DEFAULTS = { source: [] } satisfies Partial<Route>;

/** Everything goes to the stream, and so to the data lake. */
export const DEFAULT_ROUTES: Record<string, Route> = { everything: { detailTypes: [], to: ["stream"] } };

/** The event pattern of a route's rule, as JSON text. */
export function eventPattern(route: Route): string {
    const { detailTypes, source } = withDefaults(route, DEFAULTS);
    // A pattern needs a condition; every event has a source.
    const sources = source.length > 0 || detailTypes.length > 0 ? source : [{ prefix: "" }];
    return JSON.stringify({
        ...(sources.length > 0 ? { source: sources } : {}),
        ...(detailTypes.length > 0 ? { "detail-type": detailTypes } : {}),
    });
}

/** True where any route has the destination. */
export const leadsTo = (routes: Record<string, Route>, destination: Destination): boolean =>
    Object.values(routes).some(({ to }) => to.includes(destination));

/** What is wrong with a route, as the ends of sentences; nothing where all is well. */
export function routeProblems(name: string, route: Route): string[] {
    const { detailTypes, source, to } = withDefaults(route, DEFAULTS);
    const problems = [
        [/^[a-z][a-z0-9-]{0,23}$/.test(name), "must be named by 1 to 24 lower-case letters, digits and hyphens, a letter first"],
        [to.length > 0 && new Set(to).size === to.length, "must lead to one or more destinations, each once"],
        [to.every((it) => DESTINATIONS.includes(it)), `must lead to ${DESTINATIONS.join(", ")}`],
        [detailTypes.every((it) => isBetween(it.length, 1, 128)), "must have detail types of 1 to 128 characters"],
        [source.every((it) => isBetween(it.length, 1, 256)), "must have sources of 1 to 256 characters"],
        [!source.some((it) => it.startsWith("aws.")), "must have no source aws.*: AWS's own events arrive on the default bus"],
    ] as const;
    return problems.filter(([ok]) => !ok).map(([, allowed]) => allowed);
}
