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
