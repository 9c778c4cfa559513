import { type Check, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";

/** One route of the API. Its key is a method and a path: `GET /api/documents/{id}`, `ANY /api/{proxy+}`. */
export interface RouteArgs {
    /** Callable without a token. @default false */
    open?: boolean;
    /** Scopes of which an access token must carry one. @default the authorizer's */
    scopes?: string[];
    /** The service's path, with the same parameters. @default the route's path */
    backendPath?: string;
    /** Requests per second, over all callers. @default the API's, 50 of `GET /health` */
    rateLimit?: number;
    /** Requests at once, over all callers. @default the API's, 100 of `GET /health` */
    burstLimit?: number;
    /** Seconds that the service has to answer: up to 300 (above 29 with a raised quota), or 900 where it streams. @default 29 */
    timeoutSeconds?: number;
    /** Passes the answer on piece by piece, as a model's tokens come. @default false */
    streaming?: boolean;
    /** Headers without which a request is refused with 400. @default none */
    requiredHeaders?: string[];
    /** Query parameters without which a request is refused with 400. @default none */
    requiredQueryParameters?: string[];
}

const DEFAULTS = {
    open: false,
    timeoutSeconds: 29,
    streaming: false,
    requiredHeaders: [],
    requiredQueryParameters: [],
} satisfies Partial<RouteArgs>;

export type Route = WithDefaults<RouteArgs, typeof DEFAULTS> & { method: string; path: string };

/** The path that answers 200 while the stack is active: what Route 53 asks in order to move traffic. */
export const FAILOVER_PATH = "/failover/active";

/** What every API has: the service's health, open and slow, and everything below `/api` for those who are signed in. */
const DEFAULT_ROUTES: Record<string, RouteArgs> = {
    "GET /health": { open: true, rateLimit: 50, burstLimit: 100 },
    "ANY /api": {},
    "ANY /api/{proxy+}": {},
};

const KEY = /^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) ((?:\/[\w.~-]+|\/\{\w+\})*(?:\/[\w.~-]+|\/\{\w+\+?\}))$/;

/** The routes in a fixed order. A route given for a default's key changes only what it names. */
export function routeTable(given: Record<string, RouteArgs>): Route[] {
    const keys = [...new Set([...Object.keys(DEFAULT_ROUTES), ...Object.keys(given)])].sort();
    return keys.map((key) => {
        const [method = "", path = ""] = key.split(" ");
        const route: RouteArgs = withDefaults(given[key] ?? {}, DEFAULT_ROUTES[key] ?? {});
        return { ...withDefaults(route, DEFAULTS), method, path };
    });
}

/** A path and the paths above it, the shortest first: `/api`, `/api/{proxy+}`. */
export function pathsOf(paths: string[]): string[] {
    const above = (path: string) => path.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/"));
    return [...new Set(paths.flatMap(above))].filter((path) => path !== "").sort((a, b) => depth(a) - depth(b) || a.localeCompare(b));
}

const depth = (path: string) => path.split("/").length;

/** A path as part of a resource's name: `/api/documents/{id}` is `api-documents-by-id`, `{proxy+}` is `below-proxy`. */
export function slug(path: string): string {
    return path
        .slice(1)
        .replace(/\{(\w+)\+\}/g, "below-$1")
        .replace(/\{(\w+)\}/g, "by-$1")
        .replaceAll("/", "-");
}

/** Names of the parameters in a path. */
export const parametersOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\+?\}/g)].flatMap(([, name]) => name ?? []);

/** The path below which the service is called; API Gateway puts the parameters' values in, slashes included. */
export const backendPathOf = ({ path, backendPath = path }: Route): string => backendPath.replaceAll("+}", "}");

/** Checks the routes that a caller gives. */
export function checkRoutes(check: Check, given: Record<string, RouteArgs>): void {
    for (const [key, route] of Object.entries(given)) {
        const at = `routes["${key}"]`;
        check(KEY.test(key), at, 'must be a method and a path such as "GET /api/documents/{id}"');
        check(!key.endsWith(` ${FAILOVER_PATH}`), at, "must not be the path of the failover");
        check(!(route.open && route.scopes), `${at}.scopes`, "must be left out for an open route");
        check(route.scopes?.length !== 0, `${at}.scopes`, "must not be empty: without scopes API Gateway asks for an ID token");
        checkLimits(check, `${at}.`, route);
        const limit = route.streaming ? 900 : 300;
        check(isBetween(withDefaults(route, DEFAULTS).timeoutSeconds, 1, limit), `${at}.timeoutSeconds`, `must be between 1 and ${limit}`);
        const { backendPath } = route;
        const same = backendPath === undefined || parametersOf(backendPath).join() === parametersOf(key).join();
        check(same && (backendPath ?? "/").startsWith("/"), `${at}.backendPath`, "must begin with / and have the route's parameters");
    }
}

export function checkLimits(check: Check, at: string, limits: { rateLimit?: number; burstLimit?: number }): void {
    const within = (limit: number | undefined, high: number) => limit === undefined || isBetween(limit, 1, high);
    check(within(limits.rateLimit, 10_000), `${at}rateLimit`, "must be between 1 and 10000 requests a second");
    check(within(limits.burstLimit, 5_000), `${at}burstLimit`, "must be between 1 and 5000 requests");
}
