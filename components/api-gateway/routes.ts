import { type Check, checkBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { shortHash } from "../building-blocks/names";
import { API_PATH } from "../internal/api-path";

/** One route of the API. Its key is a method and a path: `GET /api/documents/{id}`, `ANY /api/{proxy+}`. */
export interface RouteArgs {
    /** Accepts requests without a token. @default false */
    open?: boolean;
    /** The access token must have one of these scopes. @default the scopes of the authorizer */
    scopes?: string[];
    /** Load balancer that receives the requests: a key of `backends`. @default the `backend` of the API */
    backend?: string;
    /** Path of the service, with the same parameters. @default the path of the route */
    backendPath?: string;
    /** Requests per second of all callers. @default the limit of the API; 50 for `GET /health` */
    throttlingRateLimit?: number;
    /** Burst of requests of all callers. @default the limit of the API; 100 for `GET /health` */
    throttlingBurstLimit?: number;
    /** Timeout of the service in seconds: 1 to 300 (more than 29 needs a quota increase), or to 900 with `streaming`. @default 29 */
    timeoutSeconds?: number;
    /** Streams the response, such as the tokens of a model. @default false */
    streaming?: boolean;
    /** Required headers. Requests without them get 400. @default none */
    requiredHeaders?: string[];
    /** Required query parameters. Requests without them get 400. @default none */
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

/** Path of the Route 53 health check. Returns 200 while the stack is active. */
export const FAILOVER_PATH = "/failover/active";

/** Default routes: the open health check with a low limit, and everything below `/api` for signed-in users. */
const DEFAULT_ROUTES: Record<string, RouteArgs> = {
    "GET /health": { open: true, throttlingRateLimit: 50, throttlingBurstLimit: 100 },
    [`ANY ${API_PATH}`]: {},
    [`ANY ${API_PATH}/{proxy+}`]: {},
};

const KEY = /^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) ((?:\/[\w.~-]+|\/\{\w+\})*(?:\/[\w.~-]+|\/\{\w+\+?\}))$/;

/** All routes in a fixed order. Arguments for a default route change only the properties that they contain. */
export function routeTable(routes: Record<string, RouteArgs>): Route[] {
    const keys = [...new Set([...Object.keys(DEFAULT_ROUTES), ...Object.keys(routes)])].sort();
    return keys.map((key) => {
        const [method = "", path = ""] = key.split(" ");
        const route: RouteArgs = withDefaults(routes[key] ?? {}, DEFAULT_ROUTES[key] ?? {});
        return { ...withDefaults(route, DEFAULTS), method, path };
    });
}

/** The paths and their parent paths, shortest first: `/api`, `/api/{proxy+}`. */
export function pathsOf(paths: string[]): string[] {
    const above = (path: string) => path.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/"));
    return [...new Set(paths.flatMap(above))].filter((path) => path !== "").sort((a, b) => depth(a) - depth(b) || a.localeCompare(b));
}

const depth = (path: string) => path.split("/").length;

/**
 * A path as part of a resource name: `/api/documents/{id}` is `api-documents-by-id`, `{proxy+}` is `below-proxy`. A hash is appended to
 * paths that could have the name of another one: `/api/a-b` and `/api/a/b`, or `/api/by/id` and `/api/{id}`.
 */
export function slug(path: string): string {
    const words = path
        .slice(1)
        .replace(/\{(\w+)\+\}/g, "below-$1")
        .replace(/\{(\w+)\}/g, "by-$1")
        .replaceAll("/", "-");
    const isAmbiguous = path.split("/").some((part) => part.includes("-") || part === "by" || part === "below");
    return isAmbiguous ? `${words}-${shortHash(path)}` : words;
}

/** Names of the parameters in a path. */
export const parametersOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\+?\}/g)].flatMap(([, name]) => name ?? []);

/** Path of the request to the service. API Gateway inserts the parameters, including slashes. */
export const backendPathOf = ({ path, backendPath = path }: Route): string => backendPath.replaceAll("+}", "}");

/** Checks the `routes` argument. */
export function checkRoutes(check: Check, routes: Record<string, RouteArgs>, backends: string[]): void {
    for (const [key, route] of Object.entries(routes)) {
        const argument = `routes["${key}"]`;
        check(KEY.test(key), argument, 'must be a method and a path such as "GET /api/documents/{id}"');
        check(!key.endsWith(` ${FAILOVER_PATH}`), argument, "must not be the failover path");
        check(!(route.open && route.scopes), `${argument}.scopes`, "must not be set for an open route");
        check(route.scopes?.length !== 0, `${argument}.scopes`, "must not be empty: without scopes, API Gateway requires ID tokens");
        const isKnown = route.backend === undefined || backends.includes(route.backend);
        check(isKnown, `${argument}.backend`, `must be a key of backends: ${backends.join(", ") || "there are none"}`);
        checkLimits(check, `${argument}.`, route);
        checkBetween(check, `${argument}.timeoutSeconds`, route.timeoutSeconds, [1, route.streaming ? 900 : 300]);
        const { backendPath } = route;
        const same = backendPath === undefined || parametersOf(backendPath).join() === parametersOf(key).join();
        check(
            same && (backendPath ?? "/").startsWith("/"),
            `${argument}.backendPath`,
            "must begin with / and have the parameters of the route",
        );
    }
}

/** Limits of API Gateway's account quotas. */
export const LIMITS = { throttlingRateLimit: [1, 10_000], throttlingBurstLimit: [1, 5000] } as const;

export function checkLimits(check: Check, prefix: string, limits: { throttlingRateLimit?: number; throttlingBurstLimit?: number }): void {
    const { throttlingRateLimit, throttlingBurstLimit } = limits;
    checkBetween(check, `${prefix}throttlingRateLimit`, throttlingRateLimit, LIMITS.throttlingRateLimit, " requests a second");
    checkBetween(check, `${prefix}throttlingBurstLimit`, throttlingBurstLimit, LIMITS.throttlingBurstLimit, " requests");
}
