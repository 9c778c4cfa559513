import * as aws from "@pulumi/aws";
import * as random from "@pulumi/random";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Edge, type EdgeArgs, type FixedResponseArgs, InternalLoadBalancer } from "../../components";
import { PRIORITIES, priorityOf } from "../../components/fargate-service/paths";
import { parseJson, record, type Recording } from "../../components/testing";
import { parseConfig } from "../support/config";
import { plan, planLive, SMALL } from "../support/plans";
import { untransformable } from "../support/transforms";

const DOMAIN = ["ai-platform:domain.name=app.example.com", "ai-platform:domain.zoneId=Z0123456789ABCDEFGHIJ"];
const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000002";
const VPC_ORIGIN = "ai-platform:api.kind=vpcOrigin";
const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const off = (system: string) => `ai-platform:${system}.enabled=false`;

interface Action {
    type: string;
    fixedResponse?: { statusCode: string; contentType: string; messageBody: string };
}
interface SiteSettings {
    region: string;
    apiPath: string;
    identity: { issuer: string; userPoolId: string; clientId: string; loginUrl: string; scopes: string[] };
}

const ruleOf = (recording: Recording) => recording.one(aws.lb.ListenerRule, "services-alb-config-rule");
const responseOf = (recording: Recording) => (ruleOf(recording).inputs.actions as Action[])[0]?.fixedResponse;
const settingsOf = (recording: Recording) => parseJson<SiteSettings>(responseOf(recording)?.messageBody ?? "");
const behaviorsOf = (recording: Recording, distribution = "edge-distribution") =>
    recording.one(aws.cloudfront.Distribution, distribution).inputs.orderedCacheBehaviors ?? [];
const openMethods = (recording: Recording) =>
    recording
        .all(aws.apigateway.Method)
        .filter(({ inputs }) => inputs.authorization === "NONE")
        .map(({ name }) => name);
/** Everything on the way of a request for the settings. */
const found = (recording: Recording) => ({
    rules: recording.all(aws.lb.ListenerRule).filter(({ inputs }) => JSON.stringify(inputs.conditions).includes("/config.json")).length,
    methods: recording.all(aws.apigateway.Method).filter(({ name }) => name.includes("config")).length,
    behaviors: recording
        .all(aws.cloudfront.Distribution)
        .flatMap(({ inputs }) => inputs.orderedCacheBehaviors ?? [])
        .filter(({ pathPattern }) => pathPattern === "/config.json").length,
});

describe("/config.json", () => {
    for (const [title, overrides] of [
        ["without a domain", []],
        ["with a domain", DOMAIN],
        ["with a VPC origin", [VPC_ORIGIN]],
    ] as const)
        it(`contains the sign-in settings of the region that answers, ${title}`, async () => {
            const seen = await Promise.all(
                (["prod", "dr"] as const).map(async (stack) => {
                    const recording = await plan(stack, [...overrides]);
                    const settings = settingsOf(recording);
                    const { issuer, loginUrl, clientId } = recording.outputs.identity as Record<string, string>;
                    const pool = recording.one(aws.cognito.UserPool);
                    const client = recording.one(aws.cognito.UserPoolClient);
                    expect(settings).to.deep.equal({
                        region: stack === "prod" ? "us-east-1" : "us-west-2",
                        apiPath: "/api",
                        identity: { issuer, userPoolId: pool.id, clientId, loginUrl, scopes: client.inputs.allowedOauthScopes },
                    });
                    expect(issuer)
                        .to.equal(`https://${String(pool.outputs.endpoint)}`)
                        .and.to.contain(pool.id);
                    expect(clientId).to.equal(client.id);
                    expect(settings.identity.scopes).to.include.members(["openid", "api/read", "api/write"]);
                    return settings.identity;
                }),
            );
            for (const key of ["issuer", "userPoolId", "clientId", "loginUrl"] as const)
                expect(new Set(seen.map((identity) => identity[key])).size, key).to.equal(2);
        });

    it("contains nothing secret, and fits into a fixed response, whatever the identity providers are", async () => {
        const provider = "ai-platform:identity.providers.Acme";
        const recording = await plan("prod", [
            ...[`${provider}.type=oidc`, `${provider}.issuer=https://idp.example.com`, `${provider}.clientId=site-client`],
            `${provider}.clientSecret=hidden-value`,
            `ai-platform:identity.domainPrefix=${"a".repeat(63)}`,
        ]);
        expect(ruleOf(recording).isSecret("actions")).to.equal(false);
        const body = responseOf(recording)?.messageBody ?? "";
        expect(body).to.not.match(/hidden-value|secret|arn:aws/i);
        expect(Object.keys(settingsOf(recording))).to.deep.equal(["region", "apiPath", "identity"]);
        expect(body.length).to.be.below(1024 / 2);
    });

    it("is JSON that the load balancer returns itself, without a token even if it validates tokens", async () => {
        const tokens = [...DOMAIN, VPC_ORIGIN, `ai-platform:domain.apiCertificateArn=${CERTIFICATE}`];
        for (const recording of [await plan("prod"), await plan("dev", tokens)]) {
            const { actions, conditions, listenerArn } = ruleOf(recording).inputs;
            expect((actions as Action[]).map(({ type }) => type)).to.deep.equal(["fixed-response"]);
            expect(responseOf(recording)).to.include({ statusCode: "200", contentType: "application/json" });
            expect(conditions).to.deep.equal([{ pathPattern: { values: ["/config.json"] } }]);
            expect(listenerArn).to.equal(recording.one(aws.lb.Listener, /^services-listener/).outputs.arn);
        }
    });

    it("is the only open route of the API besides the health checks, and needs CloudFront's header, too", async () => {
        expect(openMethods(await plan("prod"))).to.have.members(["gateway-get-config.json", "gateway-get-health"]);
        const shared = await plan("prod", DOMAIN);
        expect(openMethods(shared)).to.have.members(["gateway-get-config.json", "gateway-get-health", "gateway-failover"]);
        const acl = JSON.stringify(shared.one(aws.wafv2.WebAcl, "gateway-firewall").inputs.rules);
        expect(acl).to.contain("/failover/active").and.not.to.contain("config.json");
        const integration = shared.one(aws.apigateway.Integration, "gateway-get-config.json-to-service").inputs;
        expect(integration.uri).to.match(/\/config\.json$/);
        expect(shared.one(random.RandomId, "gateway-routes").inputs.keepers?.routes).to.contain("GET /config.json");
    });

    it("changes without a deployment of the API, which doesn't wait for the distribution and the user pool's client", async () => {
        const deploymentOf = (recording: Recording) => recording.one(aws.apigateway.Deployment).inputs.triggers;
        const [prod, renamed] = [await plan("prod"), await plan("prod", ["ai-platform:identity.domainPrefix=acme-login"])];
        expect(responseOf(renamed)).to.not.deep.equal(responseOf(prod));
        expect(deploymentOf(renamed)).to.deep.equal(deploymentOf(prod));
        const { resources } = prod.deployment().deployment;
        const byUrn = new Map(resources.map((it) => [it.urn, it]));
        const above = new Set<string>();
        const visit = (urn: string): void => {
            if (above.has(urn)) return;
            above.add(urn);
            for (const other of byUrn.get(urn)?.dependencies ?? []) visit(other);
        };
        visit(prod.one(aws.apigateway.Stage).urn);
        expect([...above].some((urn) => urn.includes("userPool:UserPool"))).to.equal(true);
        expect([...above].filter((urn) => /distribution:Distribution|userPoolClient/.test(urn))).to.deep.equal([]);
    });

    it("is forwarded by the site's distribution, which serves both regions with a domain", async () => {
        for (const overrides of [[], DOMAIN, [VPC_ORIGIN]]) {
            const [api, settings, ...others] = behaviorsOf(await plan("prod", overrides));
            expect([api?.pathPattern, settings?.pathPattern, others.length]).to.deep.equal(["/api/*", "/config.json", 0]);
        }
        expect(found(await plan("dr"))).to.deep.equal({ rules: 1, methods: 1, behaviors: 1 });
        expect(found(await plan("dr", DOMAIN))).to.deep.equal({ rules: 1, methods: 1, behaviors: 0 });
    });

    it("doesn't exist without the API", async () => {
        for (const systems of [["api"], ["api", "identity"]])
            expect(found(await plan("prod", systems.map(off))), systems.join()).to.deep.equal({ rules: 0, methods: 0, behaviors: 0 });
        expect(found(await plan("dev", SMALL))).to.deep.equal({ rules: 0, methods: 0, behaviors: 0 });
        expect(found(await plan("dev", [VPC_ORIGIN]))).to.deep.equal({ rules: 1, methods: 0, behaviors: 1 });
    });

    it("is not on the domains of services", async () => {
        const reports = ["image=registry.example.org/shop:1", "path=/api/reports/*", "domain.name=reports.example.com"];
        const recording = await plan("prod", [...DOMAIN, ...reports.map((it) => `ai-platform:services.reports.${it}`)]);
        expect(recording.one(aws.cloudfront.Distribution, "edge-reports-distribution").inputs).not.to.have.property(
            "orderedCacheBehaviors",
        );
    });
});

describe("priority of the rule for /config.json", () => {
    const problems = (services: object, more: object = {}) =>
        parseConfig({ role: "primary", services, ...more }, { region: "us-east-1" }, "prod").problems.join();

    it("is not one that is derived for a service", async () => {
        const { priority = 0 } = ruleOf(await plan("prod")).inputs;
        expect(priority).to.equal(PRIORITIES[1]);
        // The shortest path of a service, with every offset.
        const derived = Array.from({ length: 5000 }, (_, i) => [priorityOf(`s${i}`, "/*"), priorityOf(`s${i}`, "/*", true)]).flat();
        expect(Math.max(...derived)).to.be.below(priority);
    });

    it("can't be that of a service, or match its health check", () => {
        expect(problems({ api: { rulePriority: 50_000 } })).to.contain(
            "services.api.rulePriority: 50000 is also the priority of the rule for /config.json: set another one",
        );
        expect(problems({ api: { healthCheckPath: "/config.json" } })).to.contain(
            "services.api.healthCheckPath: must not be /config.json, where the site reads its settings",
        );
        expect(problems({ api: { rulePriority: 49_999, healthCheckPath: "/config" } })).to.equal("");
        expect(problems({ api: { rulePriority: 50_000 } }, { api: { enabled: false } })).to.equal("");
    });

    it("isn't taken from a service in the update that turns the API on", async () => {
        const api = off("api");
        const { outputs } = await plan("dev", [api, "ai-platform:services.api.rulePriority=50000"]);
        const update = planLive(outputs, "dev", ["ai-platform:services.api.rulePriority=7"]);
        expect(String(await update.catch((it: unknown) => it))).to.contain("services.rulePriorities");
        await planLive((await plan("dev", [api])).outputs, "dev");
    });
});

describe("InternalLoadBalancer.addFixedResponse", () => {
    const placement = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };
    const added = (own: Partial<FixedResponseArgs> = {}) =>
        record(() =>
            new InternalLoadBalancer("shop", placement).addFixedResponse("robots", {
                path: "/robots.txt",
                contentType: "text/plain",
                messageBody: "User-agent: *",
                ...own,
            }),
        );

    it("answers a path with status 200", async () => {
        const { inputs } = (await added({ priority: 7 })).one(aws.lb.ListenerRule, "shop-alb-robots-rule");
        expect(inputs).to.deep.include({ priority: 7, conditions: [{ pathPattern: { values: ["/robots.txt"] } }] });
        const fixedResponse = { statusCode: "200", contentType: "text/plain", messageBody: "User-agent: *" };
        expect(inputs.actions).to.deep.equal([{ type: "fixed-response", fixedResponse }]);
    });

    it("rejects paths with wildcards, other priorities, and bodies that AWS doesn't accept", async () => {
        for (const [own, message] of [
            [{ path: "/a/*" }, "path must be a path without wildcards, such as /config.json"],
            [{ priority: 50_001 }, "priority must be between 1 and 50000"],
            [{ messageBody: pulumi.output("x".repeat(1025)) }, "messageBody has 1025 characters, and can have at most 1024"],
        ] as const)
            expect(String(await added(own).catch((it: unknown) => it))).to.contain(message);
        await added({ messageBody: "x".repeat(1024) });
    });

    it("lets users transform the rule", async () => {
        const create = (transform: never) => {
            const loadBalancer = new InternalLoadBalancer("shop", { ...placement, transform });
            loadBalancer.addFixedResponse("robots", { path: "/robots.txt", contentType: "text/plain", messageBody: "" });
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });
});

describe("Edge.settingsPath", () => {
    const apiOrigin = { domainName: "api.example.com" };
    const recorded = (more: Partial<EdgeArgs> = {}) =>
        record(() => new Edge("edge", { bucketName: "site", apiOrigin, settingsPath: "/config.json", ...more }));

    it("goes to the API: GET and HEAD only, uncached, without cookies, query strings, and tokens", async () => {
        const recording = await recorded();
        const [, behavior] = behaviorsOf(recording);
        expect(behavior).to.deep.equal({
            pathPattern: "/config.json",
            targetOriginId: "api",
            viewerProtocolPolicy: "redirect-to-https",
            allowedMethods: ["GET", "HEAD"],
            cachedMethods: ["GET", "HEAD"],
            cachePolicyId: CACHING_DISABLED,
            responseHeadersPolicyId: recording.one(aws.cloudfront.ResponseHeadersPolicy, "edge-settings-headers").id,
        });
        expect(behaviorsOf(await recorded({ settingsPath: undefined })).map(({ pathPattern }) => pathPattern)).to.deep.equal(["/api/*"]);
    });

    it("has the security headers of the site, and isn't cached by browsers", async () => {
        const recording = await recorded({ connectSources: ["https://login.example.com"] });
        const headers = (name: string) => recording.one(aws.cloudfront.ResponseHeadersPolicy, name).inputs;
        const [site, settings] = [headers("edge-security-headers"), headers("edge-settings-headers")];
        expect(settings.securityHeadersConfig).to.deep.equal(site.securityHeadersConfig);
        const noStore = { header: "Cache-Control", value: "no-store", override: true };
        expect(settings.customHeadersConfig?.items).to.have.deep.members([...(site.customHeadersConfig?.items ?? []), noStore]);
        expect(site.customHeadersConfig?.items).to.have.length(1);
    });

    it("is redirected like the site, on names that redirect", async () => {
        const domain = { name: "app.example.com", zoneId: "Z1", additionalNames: { "www.example.com": { redirect: true } } };
        const recording = await recorded({ domain });
        const functionArn = recording.one(aws.cloudfront.Function).outputs.arn;
        for (const { functionAssociations } of behaviorsOf(recording))
            expect(functionAssociations).to.deep.equal([{ eventType: "viewer-request", functionArn }]);
    });

    it("requires an API, and a path outside /api/", async () => {
        for (const [more, message] of [
            [{ apiOrigin: undefined }, "settingsPath must not be set without apiOrigin"],
            [{ settingsPath: "config.json" }, "settingsPath must be a path such as /config.json"],
            [{ settingsPath: "/*" }, "settingsPath must be a path such as /config.json"],
            [{ settingsPath: "/api/config.json" }, "settingsPath must be a path such as /config.json"],
        ] as [Partial<EdgeArgs>, string][])
            expect(String(await recorded(more).catch((it: unknown) => it))).to.contain(message);
    });

    it("lets users transform the headers", async () => {
        const create = (transform: never) => new Edge("edge", { bucketName: "site", apiOrigin, settingsPath: "/config.json", transform });
        expect(await untransformable(create)).to.deep.equal([]);
    });
});
