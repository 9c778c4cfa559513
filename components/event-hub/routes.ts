import { isBetween, withDefaults } from "../building-blocks/arguments";

/** Destination of events: the work queue, the notification topic, or the stream of the hub. */
export type Destination = "queue" | "notifications" | "stream";

/** Selects events and their destinations. */
export interface Route {
    /** Detail types, such as `Document Ingested`. An empty list matches all. */
    detailTypes: string[];
    /** Sources, such as `com.example.documents`. @default all */
    source?: string[];
    /** One or more destinations. */
    to: Destination[];
}

const DESTINATIONS: Destination[] = ["queue", "notifications", "stream"];

const DEFAULTS = { source: [] } satisfies Partial<Route>;

/** Sends all events to the stream and so to the data lake. */
export const DEFAULT_ROUTES: Record<string, Route> = { everything: { detailTypes: [], to: ["stream"] } };

/** The event pattern of a route's rule, as JSON text. */
export function eventPattern(route: Route): string {
    const { detailTypes, source } = withDefaults(route, DEFAULTS);
    // A pattern must have a condition. Every event has a source, so this one matches all events.
    const sources = source.length > 0 || detailTypes.length > 0 ? source : [{ prefix: "" }];
    return JSON.stringify({
        ...(sources.length > 0 ? { source: sources } : {}),
        ...(detailTypes.length > 0 ? { "detail-type": detailTypes } : {}),
    });
}

/** Whether any route has the destination. */
export const leadsTo = (routes: Record<string, Route>, destination: Destination): boolean =>
    Object.values(routes).some(({ to }) => to.includes(destination));

/** Validation messages for a route; empty if it is valid. */
export function routeProblems(name: string, route: Route): string[] {
    const { detailTypes, source, to } = withDefaults(route, DEFAULTS);
    const problems = [
        [
            /^[a-z][a-z0-9-]{0,23}$/.test(name),
            "must have a name of 1 to 24 lower-case letters, digits, and hyphens that starts with a letter",
        ],
        [to.length > 0 && new Set(to).size === to.length, "must have one or more destinations without duplicates"],
        [to.every((it) => DESTINATIONS.includes(it)), `must have destinations from ${DESTINATIONS.join(", ")}`],
        [detailTypes.every((it) => isBetween(it.length, 1, 128)), "must have detail types of 1 to 128 characters"],
        [source.every((it) => isBetween(it.length, 1, 256)), "must have sources of 1 to 256 characters"],
        [!source.some((it) => it.startsWith("aws.")), "must not have a source aws.*: events from AWS services arrive on the default bus"],
    ] as const;
    return problems.filter(([ok]) => !ok).map(([, allowed]) => allowed);
}
