import { writeFileSync } from "node:fs";
import path from "node:path";
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { Edge, type EdgeArgs, FargateService, InternalLoadBalancer, type InternalLoadBalancerArgs } from "../../components";
import { record, type Recording } from "../../components/testing";
import { estimate } from "../../tools/cost/estimate";
import { PRICES } from "../../tools/cost/prices";
import { parseConfig } from "../support/config";
import { temporaryFolder } from "../support/folder";
import { FIXTURES, plan, planIn, planLive, planOf, planWith } from "../support/plans";
import { read } from "../support/samples";
import { untransformable } from "../support/transforms";

const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000002";
const placement = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };
const jwtValidation = { issuer: "https://issuer.example.com", jwksEndpoint: "https://issuer.example.com/keys" };

/** A distribution in front of an internal load balancer. */
const recorded = (own: Partial<InternalLoadBalancerArgs> = {}, hostName?: string, more: Partial<EdgeArgs> = {}) =>
    record(() => {
        const loadBalancer = new InternalLoadBalancer("shop", { ...placement, ...own });
        new Edge("edge", { bucketName: "site", apiOrigin: { loadBalancer, hostName }, ...more });
    });

const apiOf = (recording: Recording) => {
    const { inputs } = recording.one(aws.cloudfront.Distribution);
    const origins = inputs.origins as aws.types.input.cloudfront.DistributionOrigin[];
    return { origin: origins.find(({ originId }) => originId === "api"), behaviors: inputs.orderedCacheBehaviors };
};

/** All sources of the load balancer's security group. */
const sourcesOf = (recording: Recording, name: string) => {
    const { id } = recording.all(aws.ec2.SecurityGroup).find((it) => it.name === name) ?? { id: "" };
    return recording
        .all(aws.vpc.SecurityGroupIngressRule)
        .filter(({ inputs }) => inputs.securityGroupId === id)
        .map(({ inputs: { ipProtocol, fromPort, toPort, cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId } }) => {
            const sources = [cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId].filter((source) => source !== undefined);
            return { ipProtocol, fromPort, toPort, sources };
        });
};
/** The list that the recorder's data source returns. */
const PREFIX_LIST = "pl-63a5400a";

describe("Edge in front of an internal load balancer", () => {
    it("connects to the load balancer over HTTP, or over HTTPS with the name in its certificate", async () => {
        const http = await recorded();
        const { arn, dnsName } = http.one(aws.lb.LoadBalancer).outputs;
        const id = String(arn).split("/").at(-1);
        const tls = { items: ["TLSv1.2"], quantity: 1 };
        expect(http.one(aws.cloudfront.VpcOrigin).inputs.vpcOriginEndpointConfig).to.deep.equal({
            name: `edge-http-80-${id ?? ""}`,
            arn,
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "http-only",
            originSslProtocols: tls,
        });
        expect(apiOf(http).origin).to.deep.include({
            domainName: dnsName,
            vpcOriginConfig: { vpcOriginId: http.one(aws.cloudfront.VpcOrigin).id, originReadTimeout: 60, originKeepaliveTimeout: 30 },
        });
        const https = await recorded({ certificateArn: CERTIFICATE }, "api.example.com");
        expect(https.one(aws.cloudfront.VpcOrigin).inputs.vpcOriginEndpointConfig).to.deep.include({
            name: `edge-https-443-${id ?? ""}`,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
        });
        expect(apiOf(https).origin).to.include({ domainName: "api.example.com" });
        expect(apiOf(https).origin).not.to.have.property("customOriginConfig");
    });

    it("forwards the same requests as to a public host, uncached", async () => {
        const publicHost = await record(() => new Edge("edge", { bucketName: "site", apiOrigin: { domainName: "api.example.com" } }));
        const behaviors = apiOf(publicHost).behaviors;
        expect(behaviors).to.have.length(1);
        expect(apiOf(await recorded()).behaviors).to.deep.equal(behaviors);
    });

    it("opens only the listener's port, for CloudFront only, before it connects", async () => {
        for (const [own, port] of [
            [{}, 80],
            [{ certificateArn: CERTIFICATE }, 443],
        ] as const) {
            const recording = await recorded(own, port === 443 ? "api.example.com" : undefined);
            expect(sourcesOf(recording, "shop-alb-group")).to.deep.equal([
                { ipProtocol: "tcp", fromPort: port, toPort: port, sources: [PREFIX_LIST] },
            ]);
            expect(recording.lookups.map(({ inputs }) => inputs)).to.deep.include({
                name: "com.amazonaws.global.cloudfront.origin-facing",
            });
        }
    });

    it("replaces the origin with another one, because AWS doesn't change one in use", async () => {
        let options: pulumi.CustomResourceOptions = {};
        const transform = {
            vpcOrigin: (_: unknown, opts: pulumi.CustomResourceOptions) => {
                options = { ...opts };
            },
        };
        await recorded({}, undefined, { transform });
        expect(options.replaceOnChanges).to.deep.equal(["vpcOriginEndpointConfig"]);
        expect(options.deleteBeforeReplace).not.to.equal(true);
        expect(options.dependsOn).to.have.length(1);
    });

    it("sends headers as secrets", async () => {
        const recording = await record(() => {
            const loadBalancer = new InternalLoadBalancer("shop", placement);
            new Edge("edge", { bucketName: "site", apiOrigin: { loadBalancer, headers: { "x-stage": "blue" } } });
        });
        expect(apiOf(recording).origin?.customHeaders).to.deep.equal([{ name: "x-stage", value: "blue" }]);
        expect(JSON.stringify(recording.deployment())).not.to.contain('"blue"');
    });

    it("lets users transform the origin", async () => {
        expect(
            await untransformable(() =>
                record(() => {
                    const loadBalancer = new InternalLoadBalancer("shop", placement);
                    new Edge("edge", {
                        bucketName: "site",
                        apiOrigin: { loadBalancer },
                        transform: { vpcOrigin: { tags: { Team: "x" } } },
                    });
                }),
            ),
        ).to.deep.equal([]);
    });

    it("rejects a host name that doesn't fit the listener", async () => {
        for (const [own, hostName, allowed] of [
            [{}, "api.example.com", "must be set if the load balancer has a certificate, and only then"],
            [{ certificateArn: CERTIFICATE }, undefined, "must be set if the load balancer has a certificate, and only then"],
            [{ certificateArn: CERTIFICATE }, "*.example.com/x", "must be a host name, such as api.example.com"],
        ] as const) {
            const error = await recorded(own, hostName).catch((it: unknown) => it);
            expect(String(error)).to.contain(`apiOrigin.hostName ${allowed}`);
        }
    });
});

describe("a load balancer that validates tokens", () => {
    const service = (own: Partial<InternalLoadBalancerArgs>, strategy: "rolling" | "canary" = "rolling") =>
        record(() => {
            const loadBalancer = new InternalLoadBalancer("shop", { ...placement, ...own });
            const logKeyArn = "arn:aws:kms:us-east-1:123456789012:key/1";
            const cluster = { kmsKeyArn: logKeyArn };
            new FargateService("orders", { ...placement, cluster, logKeyArn, image: "shop:1", loadBalancer, deployment: { strategy } });
        });

    it("validates them before it forwards a request, in the rule of each service", async () => {
        const additionalClaims = [{ name: "token_use", format: "single-string" as const, values: ["access"] }];
        const claims = { ...jwtValidation, additionalClaims };
        const recording = await service({ certificateArn: CERTIFICATE, jwtValidation: claims });
        const { targetGroupArn, ...forward } = (recording.one(aws.lb.ListenerRule).inputs.actions as Record<string, unknown>[])[1] ?? {};
        expect(recording.one(aws.lb.ListenerRule).inputs.actions).to.deep.equal([
            { type: "jwt-validation", order: 1, jwtValidation: claims },
            { targetGroupArn, ...forward },
        ]);
        expect(forward).to.deep.equal({ type: "forward", order: 2 });
        expect(targetGroupArn).to.equal(recording.one(aws.lb.TargetGroup).outputs.arn);
        expect(recording.one(aws.lb.Listener).inputs).to.include({ protocol: "HTTPS", port: 443, certificateArn: CERTIFICATE });
    });

    it("can fetch the signing keys, and connects to nothing else than its tasks otherwise", async () => {
        const group = (recording: Recording) => recording.all(aws.ec2.SecurityGroup).find(({ name }) => name === "shop-alb-group")?.id;
        const targets = (recording: Recording) =>
            recording
                .all(aws.vpc.SecurityGroupEgressRule)
                .filter(({ inputs }) => inputs.securityGroupId === group(recording))
                .map(({ inputs: { fromPort, toPort, cidrIpv4 } }) => [fromPort, toPort, cidrIpv4]);
        expect(targets(await service({ certificateArn: CERTIFICATE }))).to.deep.equal([[8080, 8080, undefined]]);
        expect(targets(await service({ certificateArn: CERTIFICATE, jwtValidation }))).to.have.deep.members([
            [443, 443, "0.0.0.0/0"],
            [8080, 8080, undefined],
        ]);
    });

    it("is rejected without a certificate, with claims that AWS doesn't accept, and with deployments that rewrite its rules", async () => {
        const claim = (name: string, values: string[]) => ({ name, format: "single-string" as const, values });
        for (const [own, message, strategy] of [
            [{ jwtValidation }, "jwtValidation requires certificateArn: only HTTPS listeners validate tokens"],
            [{ jwtValidation: { ...jwtValidation, issuer: "http://issuer" } }, "jwtValidation.issuer must be an HTTPS URL"],
            [
                { jwtValidation: { ...jwtValidation, additionalClaims: [claim("exp", ["1"])] } },
                "jwtValidation.additionalClaims[0].name must not be exp, which is always checked",
            ],
            [
                { jwtValidation: { ...jwtValidation, additionalClaims: [claim("scope", [])] } },
                "jwtValidation.additionalClaims[0].values must be between 1 and 10 values",
            ],
            [
                { certificateArn: CERTIFICATE, jwtValidation },
                "deployment.strategy must be rolling if the load balancer validates tokens",
                "canary",
            ],
        ] as [Partial<InternalLoadBalancerArgs>, string, "canary"?][]) {
            const error = await service(own, strategy).catch((it: unknown) => it);
            expect(String(error)).to.contain(message);
        }
    });
});

const DOMAIN = ["domain.name=app.example.com", "domain.zoneId=Z0123456789ABCDEFGHIJ", `domain.apiCertificateArn=${CERTIFICATE}`];
const planned = (stack: string, ...keys: string[]) =>
    plan(
        stack,
        ["api.kind=vpcOrigin", ...keys].map((key) => `ai-platform:${key}`),
    );

describe("api.kind vpcOrigin", () => {
    it("creates nothing of API Gateway, and the load balancer accepts requests of CloudFront only", async () => {
        for (const recording of [await planned("prod"), await planned("dr"), await planned("dev", ...DOMAIN)]) {
            const gateway = recording.registered.filter(
                ({ name, type }) => /^gateway|aws-waf-logs-gateway|origin-secret/.test(name) || /apigateway/i.test(type),
            );
            expect(gateway.map(({ name }) => name)).to.deep.equal([]);
            const [rule, ...others] = sourcesOf(recording, "services-alb-group");
            expect(rule?.sources).to.deep.equal([PREFIX_LIST]);
            expect(others).to.deep.equal([]);
            const { arn } = recording.one(aws.lb.LoadBalancer).outputs;
            expect(recording.one(aws.cloudfront.VpcOrigin).inputs.vpcOriginEndpointConfig).to.include({ arn });
            expect(recording.outputs.apiUrl).to.equal(recording.outputs.url);
            expect(recording.outputs).not.to.have.property("internalUrl");
        }
    });

    it("keeps the rules of CloudFront's web ACL, with the paths of documents", async () => {
        const rulesOf = (recording: Recording) => recording.all(aws.wafv2.WebAcl).find(({ name }) => name === "edge-web-acl")?.inputs.rules;
        expect(rulesOf(await planned("prod"))).to.deep.equal(rulesOf(await plan("prod")));
    });

    it("alone makes the load balancer use the certificate: with the gateway, its listener uses HTTP", async () => {
        const overrides = DOMAIN.map((key) => `ai-platform:${key}`);
        expect((await plan("dev", overrides)).one(aws.lb.Listener).inputs).to.include({ protocol: "HTTP", port: 80 });
    });

    it("adds only the WAF rule for documents to the fixed costs of the dev stack", async () => {
        const lean = path.join(FIXTURES, "lean");
        const overrides = ["identity.enabled=true", "api.enabled=true", "api.kind=vpcOrigin"].map((key) => `ai-platform:${key}`);
        const costOf = async (keys: string[]) => estimate((await planIn(lean, "dev", keys)).deployment()).total;
        expect((await costOf(overrides)) - (await costOf([]))).to.be.closeTo(PRICES.webAclRule.usd, 0.001);
    });

    it("leaves the validation of tokens to the services without a certificate", async () => {
        const recording = await planned("dev");
        expect(recording.one(aws.lb.Listener).inputs).to.include({ protocol: "HTTP", port: 80 });
        expect(recording.one(aws.cloudfront.VpcOrigin).inputs.vpcOriginEndpointConfig).to.include({ originProtocolPolicy: "http-only" });
        const rule = recording.one(aws.lb.ListenerRule, "api-rule").inputs.actions as { type: string }[];
        expect(rule.map(({ type }) => type)).to.deep.equal(["forward"]);
        const task = JSON.stringify(recording.one(aws.ecs.TaskDefinition).inputs.containerDefinitions);
        expect(task).to.contain("Identity__Authority");
    });

    it("warns if only the services can validate tokens", async () => {
        const warning = "api.kind is vpcOrigin, and domain.apiCertificateArn is not set: every request to /api/* reaches the services";
        expect((await planned("dev")).warnings.join()).to.contain(warning);
        for (const { warnings } of [await planned("dev", ...DOMAIN), await plan("dev")]) expect(warnings.join()).not.to.contain("token");
    });

    it("accepts only access tokens of the user pool with the API's scopes, with a certificate", async () => {
        const recording = await planned("dev", ...DOMAIN);
        const issuer = `https://${String(recording.one(aws.cognito.UserPool).outputs.endpoint)}`;
        const [validation] = recording.one(aws.lb.ListenerRule, "api-rule").inputs.actions as aws.types.input.lb.ListenerRuleAction[];
        expect(validation).to.deep.equal({
            type: "jwt-validation",
            order: 1,
            jwtValidation: {
                issuer,
                jwksEndpoint: `${issuer}/.well-known/jwks.json`,
                additionalClaims: [
                    { name: "token_use", format: "single-string", values: ["access"] },
                    { name: "scope", format: "space-separated-values", values: ["api/read", "api/write"] },
                ],
            },
        });
        expect(recording.one(aws.lb.Listener).inputs).to.include({ protocol: "HTTPS", certificateArn: CERTIFICATE });
        expect(apiOf(recording).origin).to.include({ domainName: "api.app.example.com" });
        const records = recording.all(aws.route53.Record).map(({ inputs }) => inputs.name);
        expect(records).not.to.include("api.app.example.com");
        const alarm = recording.all(aws.cloudwatch.MetricAlarm).find(({ name }) => name.endsWith("services-alb-certificate-expiry"));
        expect(alarm?.inputs.dimensions).to.deep.equal({ CertificateArn: CERTIFICATE });
    });
});

describe("api.kind vpcOrigin on a live stack", () => {
    const OVERRIDES = ["ai-platform:api.kind=vpcOrigin"];
    /** The next update of a stack that was deployed with the gateway. */
    const update = async (deployed: string, ...overrides: string[]) =>
        planLive((await plan(deployed)).outputs, deployed, [...OVERRIDES, ...overrides]);

    it("requires a confirmation for the secret that is stored for the dr stack", async () => {
        const error = await update("prod").catch((it: unknown) => it);
        expect(String(error)).to.contain(
            "ai-platform:api.kind: gateway -> vpcOrigin: deletes the secret with which CloudFront authenticates",
        );
        expect(String(error)).to.contain("add api to ai-platform:confirmDeletion");
        const { deployedWith } = (await plan("prod", ["ai-platform:confirmDeletion[0]=api"])).outputs;
        await planLive({ deployedWith }, "prod", [...OVERRIDES, "ai-platform:confirmDeletion[0]=api"]);
    });

    it("requires none in stacks without the secret, and in the other direction", async () => {
        await update("dev");
        await update("dr");
        await planLive((await plan("prod", OVERRIDES)).outputs, "prod");
    });

    it("keeps everything that clients and data depend on", async () => {
        const names = (recording: Recording) => recording.registered.filter(({ protect }) => protect).map(({ name }) => name);
        const kept = names(await plan("prod")).filter((name) => name !== "origin-secret-secret");
        expect(kept).to.include("edge-distribution");
        expect(names(await plan("prod", OVERRIDES))).to.have.members(kept);
    });
});

const recipes = read("docs/vpc-origin.md");

describe("docs/vpc-origin.md", () => {
    for (const title of ["With tokens validated by the load balancer", "With tokens validated by the services"])
        it(title, async () => {
            const yaml = /```yaml\n([^]*?)```/.exec(recipes.split(`## ${title}\n`)[1] ?? "")?.[1] ?? "";
            const own = Object.entries(parse(yaml) as Record<string, Record<string, string>>);
            const overrides = own.flatMap(([section, keys]) => Object.entries(keys).map(([key, value]) => `${section}.${key}=${value}`));
            const recording = await plan("dev", overrides);
            const actions = recording.one(aws.lb.ListenerRule, "api-rule").inputs.actions as { type: string }[];
            expect(actions[0]?.type).to.equal(title.endsWith("load balancer") ? "jwt-validation" : "forward");
        });
});

describe("api.kind vpcOrigin: impossible combinations", () => {
    const directory = temporaryFolder("vpc-origin");
    const problems = ({ role = "primary", api = {}, ...own }: Record<string, unknown> & { api?: object }) =>
        parseConfig(
            { role, ...own, api: { kind: "vpcOrigin", ...api } },
            { region: role === "dr" ? "us-west-2" : "us-east-1" },
            role === "dr" ? "dr" : "prod",
        ).problems.map((it) => it.replace("ai-platform:", ""));
    const domain = { name: "app.example.com", zoneId: "Z0123456789" };
    const validated = { ...domain, apiCertificateArn: CERTIFICATE };
    const FAILOVER =
        "api.kind: must be gateway in an environment with recovery and domain: in a failover, CloudFront can't switch API requests to the load balancer in the other region. Without domain, each region has its own distribution";
    const CASES: [title: string, own: Parameters<typeof problems>[0], expected: string[]][] = [
        [
            "without the edge",
            { edge: { enabled: false }, identity: { siteUrls: ["https://www.example.org"] } },
            ["api.enabled: edge is off (edge.enabled: false): the API accepts only requests from CloudFront"],
        ],
        [
            "keys of API Gateway",
            { api: { throttlingRateLimit: 100, originSecretVersion: 1, manageAccountLogging: true } },
            [
                "api.throttlingRateLimit: has no effect with api.kind vpcOrigin: limit the requests of each client with edge.rateLimit and edge.rules",
                "api.originSecretVersion: has no effect with api.kind vpcOrigin: only CloudFront can connect to the load balancer, without a secret header",
                "api.manageAccountLogging: has no effect with api.kind vpcOrigin: the stack has no API Gateway",
            ],
        ],
        ["failover of a domain, in the primary", { recovery: { region: "us-west-2" }, domain }, [FAILOVER]],
        ["failover of a domain, in dr", { role: "dr", domain }, [FAILOVER]],
        [
            "tokens validated by a rule that ECS rewrites",
            { domain: validated, services: { api: { deployment: { strategy: "canary" } } } },
            [
                "services.api.deployment.strategy: must be rolling: ECS would rewrite the listener rule, which validates tokens. Or remove domain.apiCertificateArn, and validate tokens in the services",
            ],
        ],
        [
            "tokens validated without a route to the keys",
            {
                domain: validated,
                network: { natGateways: "none", interfaceEndpoints: ["ecr.api", "ecr.dkr", "logs", "secretsmanager"] },
                services: { api: { image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1", tracing: false } },
                ...Object.fromEntries(["events", "ai", "lake", "documents"].map((system) => [system, { enabled: false }])),
            },
            [
                "network.natGateways: must not be none: the load balancer fetches the keys that validate tokens. Or remove domain.apiCertificateArn, and validate tokens in the services",
            ],
        ],
    ];
    for (const [title, own, expected] of CASES)
        it(`are rejected by key: ${title}`, () => {
            expect(problems(own)).to.deep.equal(expected);
        });

    it("are only those", () => {
        expect(problems({})).to.deep.equal([]);
        expect(problems({ domain: validated })).to.deep.equal([]);
        expect(problems({ domain, services: { api: { deployment: { strategy: "canary" } } } })).to.deep.equal([]);
        expect(problems({ recovery: { region: "us-west-2" } })).to.deep.equal([]);
        expect(problems({ role: "dr" })).to.deep.equal([]);
        expect(problems({ api: { manageAccountLogging: false } })).to.deep.equal([]);
        // Without the API, its keys have no effect in any case.
        expect(problems({ api: { enabled: false, manageAccountLogging: false } })).to.deep.equal([]);
    });

    it("include zones without VPC origins", async () => {
        const zones = {
            "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
                region: "us-east-1",
                names: ["us-east-1c", "us-east-1d"],
                zoneIds: ["use1-az3", "use1-az4"],
            }),
        };
        const keys = ["network.availabilityZoneNames[0]=us-east-1c", "network.availabilityZoneNames[1]=us-east-1d"];
        const overrides = [...keys, "api.kind=vpcOrigin"].map((key) => `ai-platform:${key}`);
        const error = await planWith(zones, "dev", overrides).catch((it: unknown) => it);
        expect(String(error)).to.contain(
            "ai-platform:network.availabilityZoneNames: us-east-1c (use1-az3) doesn't support VPC origins, which api.kind requires. Use other zones, or api.kind gateway",
        );
        expect(String(error)).not.to.contain("us-east-1d");
    });

    const existing = [
        "vpcId=vpc-0123456789abcdef0",
        ...["privateSubnetIds", "dataSubnetIds"].flatMap((key, i) =>
            [1, 2].map((n) => `${key}[${n - 1}]=subnet-${String(n + 3 * i).repeat(17)}`),
        ),
        "s3EndpointId=vpce-0123456789abcdef0",
    ].map((key) => `network.existing.${key}`);

    it("include tokens that the load balancer validates in an existing network without internet access", async () => {
        const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v1";
        const own = [...existing, "api.kind=vpcOrigin", `services.api.image=${image}`, "services.api.tracing=false"];
        // The route table of the S3 endpoint.
        const TABLE = "rtb-0123456789abcdef0";
        const results = { "aws:ec2/getRouteTable:getRouteTable": { id: TABLE, routeTableId: TABLE, associations: [], routes: [] } };
        // The other stack files configure their own network, or a copy in another region.
        writeFileSync(
            path.join(directory, "Pulumi.dev.yaml"),
            stringify({ config: { "aws:region": "us-east-1", "ai-platform:role": "primary" } }),
        );
        const planned = (...more: string[]) =>
            planOf({ directory, stack: "dev", results, overrides: [...own, ...more].map((key) => `ai-platform:${key}`) });
        const error = await planned(...DOMAIN).catch((it: unknown) => it);
        for (const digit of ["1", "2"])
            expect(String(error)).to.contain(
                `ai-platform:network.existing.privateSubnetIds: subnet-${digit.repeat(17)} must have a default route: the load balancer fetches the keys`,
            );
        expect(String(error)).not.to.contain(`subnet-${"4".repeat(17)}`);
        await planned();
    });

    it("include an existing network without an internet gateway", async () => {
        const overrides = [...existing, "api.kind=vpcOrigin"].map((key) => `ai-platform:${key}`);
        const token = "aws:ec2/getInternetGateway:getInternetGateway";
        const missing = () => {
            throw new Error("no matching EC2 Internet Gateway found");
        };
        const error = await planWith({ [token]: missing }, "prod", overrides).catch((it: unknown) => it);
        expect(String(error)).to.contain(
            "ai-platform:network.existing.vpcId: vpc-0123456789abcdef0 has no internet gateway: api.kind vpcOrigin requires one",
        );
        const found = await planWith({}, "prod", overrides);
        expect(found.lookups.find((it) => it.token === token)?.inputs.filters).to.deep.equal([
            { name: "attachment.vpc-id", values: ["vpc-0123456789abcdef0"] },
        ]);
    });
});
