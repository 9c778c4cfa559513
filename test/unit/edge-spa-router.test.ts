import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { SPA_ROUTER_CODE } from "../../components/edge/spa-router";

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
            "/api/items",
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
