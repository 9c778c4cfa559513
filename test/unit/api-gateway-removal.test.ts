import * as aws from "@pulumi/aws";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { fingerprintOf, recorded, secondary } from "./api-gateway.fixture";

/**
 * A removed route must not be part of the next deployment. Pulumi deletes at the end of an update, except for dependents of a resource that is
 * deleted before it's replaced: it deletes those first, also if they left the program. It compares property dependencies for that.
 */
describe("ApiGateway: removal of routes", () => {
    const removed = { "POST /webhook": { open: true } };
    const OF_ROUTES = [
        aws.apigateway.Resource,
        aws.apigateway.Method,
        aws.apigateway.Integration,
        aws.apigateway.MethodResponse,
        aws.apigateway.IntegrationResponse,
    ] as const;

    it("replaces the set of routes, and deletes it first", async () => {
        const keepers = async (routes: object) =>
            (await recorded({ routes: { ...routes } })).one(random.RandomId, "api-routes").inputs.keepers;
        expect(await keepers({})).to.deep.equal({ routes: "ANY /api, ANY /api/{proxy+}, GET /health" });
        expect(await keepers(removed)).to.deep.equal({ routes: "ANY /api, ANY /api/{proxy+}, GET /health, POST /webhook" });
        // A setting of a route doesn't replace anything.
        expect(await keepers({ "GET /health": { throttlingRateLimit: 5 } })).to.deep.equal(await keepers({}));
        expect((await recorded()).one(random.RandomId, "api-routes").deleteBeforeReplace).to.equal(true);
    });

    it("deletes the resources of the routes with it: the API's ID, which replaces them, depends on the set", async () => {
        const recording = await recorded({ routes: removed, domain: secondary });
        const { urn } = recording.one(random.RandomId, "api-routes");
        for (const type of OF_ROUTES) {
            const resources = recording.all(type as typeof aws.apigateway.Method);
            expect(resources, type.name).to.not.be.empty;
            for (const { name, propertyDependencies } of resources) expect(propertyDependencies.restApi, name).to.include(urn);
        }
    });

    it("keeps the deployment and the stage, which serve requests until the next deployment exists", async () => {
        const recording = await recorded({ routes: removed, domain: secondary });
        const replaced = new Set([
            recording.one(random.RandomId, "api-routes").urn,
            ...OF_ROUTES.flatMap((type) => recording.all(type as typeof aws.apigateway.Method).map(({ urn }) => urn)),
        ]);
        for (const type of [aws.apigateway.Deployment, aws.apigateway.Stage]) {
            const { propertyDependencies } = recording.one(type as typeof aws.apigateway.Deployment);
            expect(
                Object.values(propertyDependencies)
                    .flat()
                    .filter((urn) => replaced.has(urn)),
                type.name,
            ).to.deep.equal([]);
        }
    });

    it("creates a deployment if a path changes, though IDs aren't part of its content", async () => {
        const one = await recorded({ routes: { "GET /api/one": { backendPath: "/x" } } });
        const other = await recorded({ routes: { "GET /api/two": { backendPath: "/x" } } });
        expect(fingerprintOf(one)).to.not.equal(fingerprintOf(other));
    });
});
