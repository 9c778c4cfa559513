/** The paths of a service's domain: what CloudFront adds to them, and how rules of the web ACL find them. Pure functions. */
import type { Statement } from "../internal/web-acl";

/** Domains of services, by service. */
export type PrefixedDomains = Record<string, { name: string; pathPrefix: string }>;

interface Request {
    uri: string;
    headers: { host?: { value: string } };
}

/**
 * Adds the prefix of a service to the path of a request: `/items` becomes `/api/reports/items`. Paths that have the prefix, such as those in redirects
 * and links of the service, stay as they are. Uses no newer syntax than the runtime of CloudFront functions.
 *
 * AWS WAF runs before the function and finds the rules of a service by its domain name. Therefore, requests to CloudFront's own domain name are
 * rejected. So are paths with `..`, which could lead out of the service's prefix.
 */
function prefixed(request: Request, domain: { name: string; pathPrefix: string }): Request | object {
    const { name, pathPrefix } = domain;
    const host = request.headers.host ? request.headers.host.value.toLowerCase() : "";
    if (host !== name) return { statusCode: 403, statusDescription: "Forbidden" };
    const uri = request.uri;
    const hasDotSegment = /(^|\/|\\|%2f|%5c)(\.|%2e){2}(\/|\\|%2f|%5c|$)/i.test(uri);
    if (hasDotSegment) return { statusCode: 400, statusDescription: "Bad Request" };
    const hasPrefix = uri === pathPrefix || uri.startsWith(pathPrefix + "/");
    if (!hasPrefix) request.uri = uri === "/" ? pathPrefix : pathPrefix + uri;
    return request;
}

/** Source text of the CloudFront function of a service's domain. */
export const prefixCode = (name: string, pathPrefix: string): string =>
    [
        `const prefixed = ${prefixed.toString()};`,
        `const domain = ${JSON.stringify({ name, pathPrefix })};`,
        "function handler(event) {",
        "    return prefixed(event.request, domain);",
        "}",
    ].join("\n");

/**
 * The path on the domain of a service that stands for a path of the site, for rules of the web ACL, which see the path without the prefix. `/*` stands
 * for all paths.
 *
 * @param path `/api/reports/admin`, or `/api/reports/*` for it and all paths below
 * @returns undefined if the path isn't one of the service
 */
export function pathOnDomain(path: string, pathPrefix: string): string | undefined {
    const wildcard = path.endsWith("/*") ? "/*" : "";
    const base = wildcard ? path.slice(0, -2) : path;
    const [own, prefix] = [`${base}/`.toLowerCase(), `${pathPrefix}/`.toLowerCase()];
    if (wildcard && prefix.startsWith(own)) return "/*";
    if (!own.startsWith(prefix)) return undefined;
    const rest = base.slice(pathPrefix.length);
    return rest === "" ? "/" : `${rest}${wildcard}`;
}

/** Most capacity units of the comparison with a domain name: 2, and 10 for its transformation. */
export const CAPACITY_OF_HOST = 12;

/** The paths on the domains of services that stand for paths of the site. */
export const pathsOnDomains = (paths: string[], domains: PrefixedDomains): { host: string; path: string }[] =>
    Object.values(domains)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap(({ name, pathPrefix }) =>
            paths.flatMap((it) => {
                const path = pathOnDomain(it, pathPrefix);
                return path === undefined ? [] : [{ host: name, path }];
            }),
        );

/** Statements that match requests to the domains of services, whose paths don't have the prefix. */
export const onServiceDomains = (paths: string[], domains: PrefixedDomains, onPath: (path: string) => Statement): Statement[] =>
    pathsOnDomains(paths, domains).map(({ host, path }) => ({ andStatement: { statements: [onHost(host), onPath(path)] } }));

const onHost = (host: string): Statement => ({
    byteMatchStatement: {
        fieldToMatch: { singleHeader: { name: "host" } },
        positionalConstraint: "EXACTLY",
        searchString: host,
        textTransformations: [{ priority: 0, type: "LOWERCASE" }],
    },
});
