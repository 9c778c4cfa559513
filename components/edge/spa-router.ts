/**
 * The CloudFront Function on the site's behaviour: a route of the single-page application gets index.html, and the router in the
 * browser does the rest. CloudFront runs the function's own text, so it must need nothing from outside itself.
 *
 * Left alone are files (their last part has a dot), `/.well-known/` (files without extension, by its nature), and `/api/`, which comes here
 * only while there is no API: a page in the place of data would look like success.
 */
export function handler<Request extends { uri: string }>(event: { request: Request }): Request {
    const request = event.request;
    const uri = request.uri;
    const isFile = uri.lastIndexOf(".") > uri.lastIndexOf("/");
    if (!isFile && !uri.startsWith("/api/") && !uri.startsWith("/.well-known/")) request.uri = "/index.html";
    return request;
}

/** What CloudFront runs. */
export const SPA_ROUTER_CODE = handler.toString();
