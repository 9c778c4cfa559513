import { expect } from "chai";
import { type ApiGatewayArgs } from "../../components";
import { args, domain, make, primary } from "./api-gateway.fixture";

describe("ApiGateway: arguments", () => {
    const refused: [more: Partial<ApiGatewayArgs>, problem: string][] = [
        [{ stageName: "a-b" }, "stageName must be 1 to 128 letters, digits, and _"],
        [{ authorizer: { userPoolArns: [], scopes: ["a/b"] } }, "authorizer.userPoolArns must contain at least one user pool"],
        [
            { authorizer: { ...args.authorizer, scopes: [] } },
            "authorizer.scopes must not be empty: without scopes, API Gateway requires ID tokens",
        ],
        [{ throttlingRateLimit: 0 }, "throttlingRateLimit must be between 1 and 10000 requests a second"],
        [{ throttlingBurstLimit: 5001 }, "throttlingBurstLimit must be between 1 and 5000 requests"],
        [{ originSecretVersion: 0 }, "originSecretVersion must be 1 or more"],
        [{ originSecrets: [] }, "originSecrets must contain one or two secrets"],
        [{ originSecrets: ["a"], originSecretVersion: 2 }, "originSecretVersion must not be set with originSecrets"],
        [{ active: false }, "active and activeAfter must not be set without domain.failover"],
        [{ domain, activeAfter: [] }, "active and activeAfter must not be set without domain.failover"],
        [{ domain: { ...domain, apiName: "API" } }, "domain.apiName must be a domain name in lower case, such as api.example.com"],
        [{ domain: { ...domain, regionalName: "api" } }, "domain.regionalName must be a domain name in lower case"],
        [{ domain: { ...domain, regionalName: domain.apiName } }, "domain.regionalName must differ from apiName"],
        [{ domain: { apiName: domain.apiName, zoneId: "Z1", failover: "SECONDARY" } }, "domain.regionalName must be set with failover"],
        [{ domain: { ...domain, failover: "PRIMARY" } }, 'domain.switch must be set if failover is "PRIMARY", and only then'],
        [{ domain: { ...primary, failover: "SECONDARY" } }, 'domain.switch must be set if failover is "PRIMARY", and only then'],
        [
            { domain: { ...primary, switch: { healthCheckOf: "api.example.com" } } },
            "domain.switch.healthCheckOf must be the regionalName of the API in the other region",
        ],
    ];
    for (const [more, problem] of refused) {
        it(`rejects: ${problem}`, () => {
            expect(() => make(more)).to.throw(`ApiGateway "api": ${problem}`);
        });
    }

    const refusedRoutes: [key: string, route: NonNullable<ApiGatewayArgs["routes"]>[string], problem: string][] = [
        ["FETCH /api/x", {}, ' must be a method and a path such as "GET /api/documents/{id}"'],
        ["GET /api/{proxy+}/x", {}, " must be a method and a path"],
        ["GET /failover/active", {}, " must not be the failover path"],
        ["GET /api/x", { open: true, scopes: ["a/b"] }, ".scopes must not be set for an open route"],
        ["GET /api/x", { scopes: [] }, ".scopes must not be empty"],
        ["GET /api/x", { throttlingRateLimit: 0 }, ".throttlingRateLimit must be between 1 and 10000"],
        ["GET /api/x", { throttlingBurstLimit: 0 }, ".throttlingBurstLimit must be between 1 and 5000"],
        ["GET /api/x", { timeoutSeconds: 301 }, ".timeoutSeconds must be between 1 and 300"],
        ["GET /api/x", { streaming: true, timeoutSeconds: 901 }, ".timeoutSeconds must be between 1 and 900"],
        ["GET /api/x", { backend: "reports" }, ".backend must be a key of backends: there are none"],
        ["GET /api/{id}", { backendPath: "/documents" }, ".backendPath must begin with / and have the parameters of the route"],
    ];
    for (const [key, route, problem] of refusedRoutes) {
        it(`rejects: routes["${key}"]${problem}`, () => {
            expect(() => make({ routes: { [key]: route } })).to.throw(`ApiGateway "api": routes["${key}"]${problem}`);
        });
    }

    it("reports all problems at once", () => {
        expect(() => make({ stageName: "", throttlingRateLimit: 0 })).to.throw(/stageName .*\n.*throttlingRateLimit /);
    });
});
