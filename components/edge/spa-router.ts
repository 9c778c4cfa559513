/**
 * CloudFront function of the site's cache behavior. Returns index.html for routes of the single-page application, which the router in the browser
 * handles. CloudFront runs the source text of the function, so it can't use anything outside the function.
 *
 * Doesn't change files (a dot in the last path segment), `/.well-known/` (files without an extension), and `/api/`. Requests to `/api/` reach this
 * behavior only if there is no API origin; index.html with status 200 would look like a successful call.
 */
function handler<Request extends { uri: string }>(event: { request: Request }): Request {
    const request = event.request;
    const uri = request.uri;
    const isFile = uri.lastIndexOf(".") > uri.lastIndexOf("/");
    if (!isFile && !uri.startsWith("/api/") && !uri.startsWith("/.well-known/")) request.uri = "/index.html";
    return request;
}

/** Source text for CloudFront. */
export const SPA_ROUTER_CODE = handler.toString();

interface RedirectRequest {
    method: string;
    uri: string;
    headers: { host?: { value: string } };
    querystring: Record<string, { value: string; multiValue?: { value: string }[] } | undefined>;
}

interface Redirects {
    /** Name that requests are redirected to. */
    to: string;
    /** Names that redirect, including wildcards. */
    from: string[];
    /** Names that serve the site, which a wildcard of `from` doesn't include. */
    served: string[];
}

/**
 * The response that redirects a request, or null. Keeps path and query, which are still encoded. Methods with a body keep their method (308). Uses
 * no newer syntax than the runtime of CloudFront functions, and no function with a name, for which the compiler adds a helper.
 */
function redirectOf({ method, uri, headers, querystring }: RedirectRequest, { to, from, served }: Redirects): object | null {
    const host = headers.host ? headers.host.value.toLowerCase() : to;
    const isRedirected = from.some((name) => name === host || (name.startsWith("*.") && host.endsWith(name.slice(1))));
    if (served.includes(host) || !isRedirected) return null;
    const query = Object.keys(querystring)
        .map((key) => {
            const parameter = querystring[key];
            if (!parameter) return key;
            let values: { value: string }[] = [parameter];
            if (parameter.multiValue) values = parameter.multiValue;
            return values.map((it) => (it.value === "" ? key : key + "=" + it.value)).join("&");
        })
        .join("&");
    const permanent = method === "GET" || method === "HEAD";
    return {
        statusCode: permanent ? 301 : 308,
        statusDescription: permanent ? "Moved Permanently" : "Permanent Redirect",
        headers: { location: { value: "https://" + to + uri + (query ? "?" + query : "") } },
    };
}

/** Source text of a function that redirects some names, and routes the requests for all others. Also for `/api/*`, which it doesn't rewrite. */
export const routerCode = (redirects: Redirects): string =>
    redirects.from.length === 0
        ? SPA_ROUTER_CODE
        : [
              `const route = ${SPA_ROUTER_CODE};`,
              `const redirectOf = ${redirectOf.toString()};`,
              `const redirects = ${JSON.stringify(redirects)};`,
              "function handler(event) {",
              "    return redirectOf(event.request, redirects) || route(event);",
              "}",
          ].join("\n");
