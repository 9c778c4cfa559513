import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { routerCode, SPA_ROUTER_CODE } from "../../components/edge/spa-router";
import { API_PATH } from "../../components/internal/api-path";

/** Runs the function's code like CloudFront: by itself, calling `handler`. */
const routed = (uri: string): unknown => {
    const request = { method: "GET", uri, querystring: { page: { value: "2" } } };
    return runInNewContext(`${SPA_ROUTER_CODE}; handler({ request })`, { request });
};
const uriOf = (uri: string) => (routed(uri) as { uri: string }).uri;

describe("SPA router", () => {
    it("returns index.html for routes", () => {
        for (const route of ["/", "/login", "/orders/17", "/orders/17/", "/v1.2/notes", "/api", "/apiary/bees"]) {
            expect(uriOf(route), route).to.equal("/index.html");
        }
    });

    it("doesn't rewrite files, the API, and well-known documents", () => {
        for (const path of [
            "/index.html",
            "/main-ABC123.js",
            "/assets/logo.svg",
            `${API_PATH}/items`,
            "/.well-known/security",
            "/.well-known/a/b",
        ]) {
            expect(uriOf(path), path).to.equal(path);
        }
    });

    it("doesn't change other parts of the request", () => {
        expect(routed("/login")).to.deep.equal({ method: "GET", uri: "/index.html", querystring: { page: { value: "2" } } });
    });

    it("has the function name and size that CloudFront accepts", () => {
        expect(SPA_ROUTER_CODE).to.match(/^function handler\(/);
        expect(SPA_ROUTER_CODE.length).to.be.below(10_240);
    });
});

describe("redirects of the router", () => {
    const code = routerCode({ to: "example.com", from: ["www.example.com", "*.example.org"], served: ["example.com", "app.example.org"] });
    type Query = Record<string, { value: string; multiValue?: { value: string }[] }>;
    const answer = (host: string, uri = "/", method = "GET", querystring: Query = {}) => {
        const request = { method, uri, querystring, headers: { host: { value: host } } };
        return runInNewContext(`${code}; handler({ request })`, { request }) as {
            uri?: string;
            statusCode?: number;
            headers: { location?: { value: string } };
        };
    };

    it("keep the path and the query", () => {
        const query = { page: { value: "2" }, tag: { value: "a", multiValue: [{ value: "a" }, { value: "b%20c" }] }, flat: { value: "" } };
        const { statusCode, headers } = answer("www.example.com", "/orders/17", "GET", query);
        expect(statusCode).to.equal(301);
        expect(headers.location?.value).to.equal("https://example.com/orders/17?page=2&tag=a&tag=b%20c&flat");
        expect(answer("WWW.example.com").headers.location?.value).to.equal("https://example.com/");
    });

    it("keep the method of calls with a body", () => {
        const { statusCode, headers } = answer("www.example.com", "/api/orders", "POST");
        expect(statusCode).to.equal(308);
        expect(headers.location?.value).to.equal("https://example.com/api/orders");
    });

    it("include the names below a wildcard, except those that serve the site", () => {
        expect(answer("a.example.org").statusCode).to.equal(301);
        for (const host of ["app.example.org", "example.com", "example.org", "notexample.org"]) {
            expect(answer(host).statusCode, host).to.equal(undefined);
            expect(answer(host, "/orders").uri).to.equal("/index.html");
            expect(answer(host, "/api/orders").uri).to.equal("/api/orders");
        }
    });

    it("use no syntax that CloudFront's runtime lacks", () => {
        expect(code).to.not.match(/\?\.|\?\?|\bclass\b|__/);
        expect(code.length).to.be.below(10_240);
    });

    it("leave the router as it is without redirects", () => {
        expect(routerCode({ to: "example.com", from: [], served: ["example.com"] })).to.equal(SPA_ROUTER_CODE);
    });
});
