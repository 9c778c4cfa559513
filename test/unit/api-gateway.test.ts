import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { ApiGateway, type ApiDomainArgs, type ApiGatewayArgs } from "../../components";
import { allow, type Peer } from "../../components/shared/network";
import { parseJson, parsePolicy, record, type RecordOptions, resolve } from "../../components/testing";

const ALB = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/service/0123456789abcdef";
const args: ApiGatewayArgs = {
    stageName: "prod",
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    backend: { loadBalancer: { arn: ALB, dnsName: "internal-service.elb.amazonaws.com" }, listenerPort: 80 },
    authorizer: { userPoolArns: ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_A"], scopes: ["api/write", "api/read"] },
    logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/logs",
};
const domain: ApiDomainArgs = { apiName: "api.example.com", regionalName: "api-us-east-1.example.com", zoneId: "Z1" };
const primary: ApiDomainArgs = { ...domain, failover: "PRIMARY", switch: { healthCheckOf: "api-us-west-2.example.com" } };
const secondary: ApiDomainArgs = { ...domain, regionalName: "api-us-west-2.example.com", failover: "SECONDARY" };

const make = (more: Partial<ApiGatewayArgs> = {}) => new ApiGateway("api", { ...args, ...more });
const recorded = (more: Partial<ApiGatewayArgs> = {}, options: RecordOptions = {}) => record(() => make(more), options);
type Recording = Awaited<ReturnType<typeof recorded>>;

const method = (recording: Recording, name: string) => recording.one(aws.apigateway.Method, name).inputs;
const integration = (recording: Recording, name: string) => recording.one(aws.apigateway.Integration, name).inputs;
const fingerprintOf = (recording: Recording) => recording.one(aws.apigateway.Deployment).inputs.triggers?.definition;

describe("ApiGateway: routes", () => {
    it("is a regional API whose children all have it as their parent", async () => {
        const recording = await recorded();
        expect(recording.one(aws.apigateway.RestApi).inputs).to.deep.include({
            endpointConfiguration: { types: "REGIONAL" },
            disableExecuteApiEndpoint: false,
            securityPolicy: "SecurityPolicy_TLS13_1_2_2021_06",
            endpointAccessMode: "BASIC",
            binaryMediaTypes: ["*/*"],
        });
        const children = recording.registered.filter(({ custom }) => custom);
        expect(children.filter(({ parent }) => !parent?.endsWith("ai-platform:components:ApiGateway::api"))).to.be.empty;
        expect(children.filter(({ name }) => !name.startsWith("api-"))).to.be.empty;
    });

    it("asks for a token with one of the scopes everywhere but at /health", async () => {
        const recording = await recorded();
        expect(recording.one(aws.apigateway.Authorizer).inputs).to.include({
            type: "COGNITO_USER_POOLS",
            identitySource: "method.request.header.Authorization",
        });
        expect(recording.one(aws.apigateway.Authorizer).inputs.providerArns).to.deep.equal(args.authorizer.userPoolArns);
        for (const name of ["api-any-api", "api-any-api-below-proxy"]) {
            expect(method(recording, name)).to.deep.include({
                httpMethod: "ANY",
                authorization: "COGNITO_USER_POOLS",
                authorizerId: recording.one(aws.apigateway.Authorizer).id,
                authorizationScopes: ["api/read", "api/write"],
            });
        }
        expect(method(recording, "api-get-health")).to.include({ httpMethod: "GET", authorization: "NONE" });
        expect(recording.all(aws.apigateway.Method)).to.have.length(3);
    });

    it("hangs {proxy+} below /api below the root", async () => {
        const recording = await recorded();
        const at = (name: string) => recording.one(aws.apigateway.Resource, name);
        expect(at("api-path-api").inputs).to.include({
            pathPart: "api",
            parentId: recording.one(aws.apigateway.RestApi).outputs.rootResourceId,
        });
        expect(at("api-path-api-below-proxy").inputs).to.include({ pathPart: "{proxy+}", parentId: at("api-path-api").id });
        expect(method(recording, "api-any-api-below-proxy").resourceId).to.equal(at("api-path-api-below-proxy").id);
    });

    it("calls the load balancer through a VPC link, by the route's path without the stage", async () => {
        const recording = await recorded();
        const link = recording.one(aws.apigatewayv2.VpcLink);
        expect(link.inputs.subnetIds).to.deep.equal(["subnet-1", "subnet-2"]);
        expect(link.inputs.securityGroupIds).to.deep.equal([recording.one(aws.ec2.SecurityGroup).id]);
        expect(integration(recording, "api-any-api-below-proxy-to-service")).to.deep.include({
            type: "HTTP_PROXY",
            httpMethod: "ANY",
            integrationHttpMethod: "ANY",
            connectionType: "VPC_LINK",
            connectionId: link.id,
            integrationTarget: ALB,
            uri: "http://internal-service.elb.amazonaws.com:80/api/{proxy}",
            requestParameters: {
                "integration.request.path.proxy": "method.request.path.proxy",
                "integration.request.header.x-origin-verify": "'verified'",
            },
            responseTransferMode: "BUFFERED",
            timeoutMilliseconds: 29_000,
        });
        expect(integration(recording, "api-any-api-to-service").uri).to.equal("http://internal-service.elb.amazonaws.com:80/api");
        expect(integration(recording, "api-get-health-to-service").integrationHttpMethod).to.equal("GET");
    });

    it("calls the service by HTTPS where its certificate's name is given", async () => {
        const backend = { ...args.backend, listenerPort: 443 };
        const recording = await recorded({ backend, backendHostName: "service.example.com" });
        expect(integration(recording, "api-any-api-below-proxy-to-service").uri).to.equal("https://service.example.com:443/api/{proxy}");
    });

    it("checks required parameters, and only where there are any", async () => {
        const routes = { "POST /api/documents/{id}": { requiredHeaders: ["Idempotency-Key"], requiredQueryParameters: ["version"] } };
        const recording = await recorded({ routes });
        expect(recording.one(aws.apigateway.RequestValidator).inputs).to.include({ validateRequestParameters: true });
        const requestValidatorId = recording.one(aws.apigateway.RequestValidator).id;
        expect(method(recording, "api-post-api-documents-by-id")).to.deep.include({
            requestValidatorId,
            requestParameters: {
                "method.request.path.id": true,
                "method.request.header.Idempotency-Key": true,
                "method.request.querystring.version": true,
            },
        });
        expect(method(recording, "api-any-api-below-proxy").requestParameters).to.deep.equal({ "method.request.path.proxy": true });
        expect(method(recording, "api-any-api")).to.not.have.any.keys("requestParameters", "requestValidatorId");
    });

    it("adds routes and changes its own", async () => {
        const recording = await recorded({
            routes: {
                "GET /health": { backendPath: "/healthz" },
                "POST /api/chat": { scopes: ["api/write"], streaming: true, timeoutSeconds: 900 },
            },
        });
        expect(integration(recording, "api-get-health-to-service").uri).to.match(/:80\/healthz$/);
        expect(method(recording, "api-get-health").authorization).to.equal("NONE");
        expect(method(recording, "api-post-api-chat").authorizationScopes).to.deep.equal(["api/write"]);
        expect(integration(recording, "api-post-api-chat-to-service")).to.include({
            responseTransferMode: "STREAM",
            timeoutMilliseconds: 900_000,
        });
        expect(recording.all(aws.apigateway.Resource).map(({ name }) => name)).to.have.members([
            "api-path-health",
            "api-path-api",
            "api-path-api-below-proxy",
            "api-path-api-chat",
        ]);
    });

    it("lets a transform have the last word", async () => {
        const recording = await recorded({
            transform: {
                restApi: (it) => ({ ...it, description: "mine" }),
                method: (it) => ({ ...it, operationName: "mine" }),
                integration: (it) => ({ ...it, timeoutMilliseconds: 5000 }),
                stage: (it) => ({ ...it, xrayTracingEnabled: false }),
                webAcl: (it) => ({ ...it, description: "mine" }),
                vpcLink: (it) => ({ ...it, subnetIds: ["subnet-3"] }),
            },
        });
        expect(recording.one(aws.apigateway.RestApi).inputs.description).to.equal("mine");
        expect(method(recording, "api-any-api").operationName).to.equal("mine");
        expect(integration(recording, "api-any-api-to-service").timeoutMilliseconds).to.equal(5000);
        expect(recording.one(aws.apigateway.Stage).inputs.xrayTracingEnabled).to.equal(false);
        expect(recording.one(aws.wafv2.WebAcl).inputs.description).to.equal("mine");
        expect(recording.one(aws.apigatewayv2.VpcLink).inputs.subnetIds).to.deep.equal(["subnet-3"]);
    });
});

describe("ApiGateway: stage", () => {
    it("deploys anew exactly when what is deployed changes", async () => {
        const before = fingerprintOf(await recorded());
        expect(before).to.match(/^[0-9a-f]{64}$/);
        const same: Partial<ApiGatewayArgs>[] = [
            {},
            { rateLimit: 5 },
            { routes: { "GET /health": { burstLimit: 3 } } },
            { originSecretVersion: 2 },
            { logRetentionDays: 7 },
            { keepWarm: false },
        ];
        for (const more of same) expect(fingerprintOf(await recorded(more)), JSON.stringify(more)).to.equal(before);
        const different: Partial<ApiGatewayArgs>[] = [
            { routes: { "GET /api/models": {} } },
            { routes: { "ANY /api": { timeoutSeconds: 5 } } },
            { backend: { ...args.backend, listenerPort: 8080 } },
            { backend: { ...args.backend, loadBalancer: { ...args.backend.loadBalancer, arn: `${ALB}0` } } },
            { authorizer: { ...args.authorizer, scopes: ["api/read"] } },
            { domain },
            { transform: { integration: (it) => ({ ...it, timeoutMilliseconds: 50 }) } },
        ];
        for (const more of different) expect(fingerprintOf(await recorded(more)), JSON.stringify(more)).to.not.equal(before);
    });

    it("deploys after all methods and integrations", async () => {
        const recording = await recorded({ domain: primary });
        const { dependencies } = recording.one(aws.apigateway.Deployment);
        const types = [
            aws.apigateway.Method,
            aws.apigateway.Integration,
            aws.apigateway.MethodResponse,
            aws.apigateway.IntegrationResponse,
        ] as const;
        const needed = types.flatMap((type) => recording.registered.filter((it) => it.type === Reflect.get(type, "__pulumiType")));
        expect(needed).to.have.length(4 + 4 + 2 + 2);
        expect(dependencies).to.include.members(needed.map(({ urn }) => urn));
        for (const it of recording.all(aws.apigateway.Integration)) {
            const methods = recording.all(aws.apigateway.Method).filter(({ inputs }) => inputs.resourceId === it.inputs.resourceId);
            expect(it.dependencies).to.include.members(methods.map(({ urn }) => urn));
        }
    });

    it("traces, and logs each call as JSON, without tokens, to an encrypted group of 30 days", async () => {
        const recording = await recorded();
        const group = recording.one(aws.cloudwatch.LogGroup);
        expect(group.inputs).to.include({ kmsKeyId: args.logKeyArn, retentionInDays: 30 });
        const { inputs } = recording.one(aws.apigateway.Stage);
        expect(inputs).to.include({ stageName: "prod", xrayTracingEnabled: true });
        expect(inputs).to.not.have.property("variables");
        expect(inputs.accessLogSettings?.destinationArn).to.equal(group.outputs.arn);
        const format = parseJson<Record<string, string>>(inputs.accessLogSettings?.format);
        expect(format).to.include({ requestId: "$context.requestId", status: "$context.status", route: "$context.resourcePath" });
        expect(JSON.stringify(format)).to.not.match(/authorization|header|query/i);
        expect((await recorded({ logRetentionDays: 90 })).one(aws.cloudwatch.LogGroup).inputs.retentionInDays).to.equal(90);
    });

    it("throttles and measures all routes, and single ones by their own limits", async () => {
        const recording = await recorded({ burstLimit: 7, routes: { "POST /api/documents/{id}": { rateLimit: 5 } } });
        const settings = (name: string) => recording.one(aws.apigateway.MethodSettings, name).inputs;
        const quiet = { metricsEnabled: true, loggingLevel: "OFF", dataTraceEnabled: false };
        expect(settings("api-settings")).to.deep.include({
            methodPath: "*/*",
            settings: { ...quiet, throttlingRateLimit: 1000, throttlingBurstLimit: 7 },
        });
        expect(settings("api-settings-post-api-documents-by-id")).to.deep.include({
            methodPath: "~1api~1documents~1{id}/POST",
            settings: { ...quiet, throttlingRateLimit: 5, throttlingBurstLimit: 7 },
        });
        expect(settings("api-settings-get-health")).to.deep.include({
            methodPath: "~1health/GET",
            settings: { ...quiet, throttlingRateLimit: 50, throttlingBurstLimit: 100 },
        });
        expect(recording.all(aws.apigateway.MethodSettings)).to.have.length(3);
    });

    it("leaves the account's logging role alone unless it is told to keep it", async () => {
        expect((await recorded()).all(aws.apigateway.Account)).to.be.empty;
        const recording = await recorded({ manageAccountLogging: true });
        const account = recording.one(aws.apigateway.Account);
        expect(account.inputs.cloudwatchRoleArn).to.equal(recording.one(aws.iam.Role, "api-logging").outputs.arn);
        const attachment = recording.one(aws.iam.RolePolicyAttachment);
        expect(attachment.inputs.policyArn).to.equal("arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs");
        expect(account.dependencies).to.include(attachment.urn);
        expect(recording.one(aws.apigateway.Stage).dependencies).to.include(account.urn);
    });
});

interface Rule {
    name: string;
    action?: { block?: object };
    overrideAction?: { none?: object };
    statement: {
        notStatement?: { statement: { byteMatchStatement?: Match; orStatement?: { statements: { byteMatchStatement: Match }[] } } };
        managedRuleGroupStatement?: { name: string; ruleActionOverrides?: { name: string }[] };
        rateBasedStatement?: object;
    };
}
interface Match {
    searchString: string;
    positionalConstraint: string;
    fieldToMatch: object;
}
const rulesOf = (recording: Recording) => recording.one(aws.wafv2.WebAcl).inputs.rules as unknown as Rule[];
/** What the first rule lets in: header values and paths. */
function letIn(recording: Recording): string[] {
    const statement = rulesOf(recording)[0]?.statement.notStatement?.statement;
    const matches = statement?.orStatement?.statements.map(({ byteMatchStatement }) => byteMatchStatement) ?? [
        statement?.byteMatchStatement,
    ];
    return matches.map((match) => {
        expect(match?.positionalConstraint).to.equal("EXACTLY");
        return `${Object.keys(match?.fieldToMatch ?? {}).join()} ${match?.searchString}`;
    });
}

describe("ApiGateway: firewall", () => {
    it("blocks whatever does not come through CloudFront before anything else", async () => {
        const recording = await recorded();
        const webAcl = recording.one(aws.wafv2.WebAcl);
        expect(webAcl.inputs).to.deep.include({ scope: "REGIONAL", defaultAction: { allow: {} } });
        expect(rulesOf(recording)[0]).to.deep.include({ name: "only-through-cloudfront", priority: 0, action: { block: {} } });
        expect(letIn(recording)).to.deep.equal(["singleHeader generated-secret-api-origin-secret-1"]);
        const association = recording.one(aws.wafv2.WebAclAssociation);
        expect(association.inputs).to.include({
            resourceArn: recording.one(aws.apigateway.Stage).outputs.arn,
            webAclArn: webAcl.outputs.arn,
        });
        expect(association.deleteBeforeReplace).to.equal(true);
    });

    it("then applies AWS's rules and a limit by client address", async () => {
        const rules = rulesOf(await recorded({ rateLimitPerAddress: 300 }));
        expect(rules.map(({ statement }) => statement.managedRuleGroupStatement?.name)).to.deep.equal([
            undefined,
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
            undefined,
        ]);
        expect(rules[1]?.statement.managedRuleGroupStatement?.ruleActionOverrides).to.deep.equal([
            { name: "SizeRestrictions_BODY", actionToUse: { count: {} } },
        ]);
        expect(rules[3]).to.deep.include({
            action: { block: {} },
            statement: {
                rateBasedStatement: {
                    limit: 300,
                    evaluationWindowSec: 300,
                    aggregateKeyType: "FORWARDED_IP",
                    forwardedIpConfig: { headerName: "X-Forwarded-For", fallbackBehavior: "MATCH" },
                },
            },
        });
        const strict = rulesOf(await recorded({ countedRules: [] }))[1]?.statement.managedRuleGroupStatement;
        expect(strict).to.not.have.property("ruleActionOverrides");
    });

    it("lets in the last two versions of the secret and sends the last", async () => {
        const gateway: ApiGateway[] = [];
        const recording = await record(() => gateway.push(make({ originSecretVersion: 3 })));
        expect(recording.all(random.RandomPassword).map(({ name }) => name)).to.deep.equal(["api-origin-secret-3", "api-origin-secret-2"]);
        expect(letIn(recording)).to.deep.equal([
            "singleHeader generated-secret-api-origin-secret-3",
            "singleHeader generated-secret-api-origin-secret-2",
        ]);
        const sent = gateway[0]?.origin.headers["x-origin-verify"];
        expect(await resolve(sent)).to.equal("generated-secret-api-origin-secret-3");
    });

    it("lets in secrets made elsewhere instead of its own", async () => {
        const gateway: ApiGateway[] = [];
        const recording = await record(() => gateway.push(make({ originSecrets: ["theirs", "their-last"] })));
        expect(recording.all(random.RandomPassword)).to.be.empty;
        expect(letIn(recording)).to.deep.equal(["singleHeader theirs", "singleHeader their-last"]);
        expect(await resolve(gateway[0]?.originSecrets)).to.deep.equal(["theirs", "their-last"]);
    });

    it("keeps the secret secret, and away from the service", async () => {
        const gateway: ApiGateway[] = [];
        const recording = await record(() => gateway.push(make({ originSecrets: ["theirs"] })));
        expect(recording.one(aws.wafv2.WebAcl).isSecret("rules")).to.equal(true);
        expect(recording.one(aws.cloudwatch.EventConnection).isSecret("authParameters")).to.equal(true);
        expect(await pulumi.isSecret(gateway[0]?.origin.headers["x-origin-verify"] ?? pulumi.output(""))).to.equal(true);
        for (const { inputs } of recording.all(aws.apigateway.Integration)) {
            expect(inputs.requestParameters).to.include({ "integration.request.header.x-origin-verify": "'verified'" });
        }
    });
});

describe("ApiGateway: names and failover", () => {
    it("is reached at execute-api below the stage where it has no domain", async () => {
        const recording = await record(() => {
            const { origin, url } = make();
            return { domainName: origin.domainName, originPath: origin.originPath, url };
        });
        const host = `${recording.one(aws.apigateway.RestApi).id}.execute-api.us-east-1.amazonaws.com`;
        expect(recording.outputs).to.deep.equal({ domainName: host, originPath: "/prod", url: `https://${host}/prod` });
        expect(recording.all(aws.acm.Certificate)).to.be.empty;
    });

    it("has its domain's name, an own certificate and TLS 1.2, and execute-api is off", async () => {
        const recording = await record(() => {
            const { origin, url } = make({ domain: { apiName: "api.example.com", zoneId: "Z1" } });
            return { domainName: origin.domainName, originPath: origin.originPath, url };
        });
        expect(recording.outputs).to.deep.equal({ domainName: "api.example.com", originPath: "", url: "https://api.example.com" });
        expect(recording.one(aws.apigateway.RestApi).inputs.disableExecuteApiEndpoint).to.equal(true);
        expect(recording.one(aws.acm.Certificate).inputs).to.include({ domainName: "api.example.com", validationMethod: "DNS" });
        const name = recording.one(aws.apigateway.DomainName);
        expect(name.inputs).to.deep.include({
            domainName: "api.example.com",
            securityPolicy: "TLS_1_2",
            endpointConfiguration: { types: "REGIONAL" },
            regionalCertificateArn: recording.one(aws.acm.CertificateValidation).outputs.certificateArn,
        });
        expect(recording.one(aws.apigateway.BasePathMapping).inputs).to.include({ domainName: "api.example.com", stageName: "prod" });
        expect(recording.one(aws.route53.Record, "api-api-record").inputs).to.deep.include({
            name: "api.example.com",
            type: "A",
            aliases: [{ name: name.outputs.regionalDomainName, zoneId: name.outputs.regionalZoneId, evaluateTargetHealth: false }],
        });
        expect(recording.all(aws.route53.HealthCheck)).to.be.empty;
        expect(recording.all(aws.apigateway.Method, /failover/)).to.be.empty;
    });

    it("primary: serves its names until the secondary says that it is active", async () => {
        const recording = await recorded({ domain: primary });
        expect(recording.one(aws.acm.Certificate).inputs.subjectAlternativeNames).to.deep.equal(["api-us-east-1.example.com"]);
        expect(recording.all(aws.route53.Record, /validation/).map(({ name }) => name)).to.deep.equal([
            "api-certificate-validation-api.example.com",
            "api-certificate-validation-api-us-east-1.example.com",
        ]);
        const check = recording.one(aws.route53.HealthCheck);
        expect(check.inputs).to.include({
            type: "HTTPS",
            fqdn: "api-us-west-2.example.com",
            port: 443,
            resourcePath: "/failover/active",
            invertHealthcheck: true,
        });
        expect(recording.one(aws.route53.Record, "api-api-record").inputs).to.deep.include({
            name: "api.example.com",
            setIdentifier: "primary",
            failoverRoutingPolicies: [{ type: "PRIMARY" }],
            healthCheckId: check.id,
        });
        expect(recording.one(aws.route53.Record, "api-regional-record").inputs).to.include({ name: "api-us-east-1.example.com" });
        expect(recording.one(aws.route53.Record, "api-regional-record").inputs).to.not.have.property("failoverRoutingPolicies");
        expect(recording.one(aws.apigateway.Stage).inputs.variables).to.deep.equal({ failoverActive: "true" });
    });

    it("secondary: takes over without a health check, and leaves the shared name's validation to the primary", async () => {
        const recording = await recorded({ domain: secondary, active: false }, { region: "us-west-2" });
        expect(recording.all(aws.route53.HealthCheck)).to.be.empty;
        const apiRecord = recording.one(aws.route53.Record, "api-api-record").inputs;
        expect(apiRecord).to.deep.include({ setIdentifier: "secondary", failoverRoutingPolicies: [{ type: "SECONDARY" }] });
        expect(apiRecord).to.not.have.property("healthCheckId");
        expect(recording.all(aws.route53.Record, /validation/).map(({ name }) => name)).to.deep.equal([
            "api-certificate-validation-api-us-west-2.example.com",
        ]);
    });

    it("answers 200 at the failover path while it is active, 503 otherwise, to health checkers too", async () => {
        const recording = await recorded({ domain: secondary });
        expect(method(recording, "api-failover")).to.include({ httpMethod: "GET", authorization: "NONE" });
        expect(recording.one(aws.apigateway.Resource, "api-path-failover-active").inputs.pathPart).to.equal("active");
        const answer = integration(recording, "api-failover-answer");
        expect(answer).to.include({ type: "MOCK", contentHandling: "CONVERT_TO_TEXT" });
        expect(answer.requestTemplates?.["application/json"]).to.equal(
            '#if($stageVariables.failoverActive == "true"){"statusCode": 200}#else{"statusCode": 503}#end',
        );
        const responses = recording
            .all(aws.apigateway.IntegrationResponse)
            .map(({ inputs }) => [inputs.statusCode, inputs.selectionPattern]);
        expect(responses).to.have.deep.members([
            ["200", "200"],
            ["503", undefined],
        ]);
        expect(letIn(recording)).to.include.members(["uriPath /failover/active", "uriPath /prod/failover/active"]);
        expect(letIn(recording)).to.have.length(3);
    });

    it("becomes active by one change of its stage, after what must be done before", async () => {
        const [standby, active] = [await program(false), await program(true)];
        const before = new Map(standby.registered.map((it) => [it.urn, JSON.stringify(it)]));
        expect(active.registered.map(({ urn }) => urn)).to.have.members([...before.keys()]);
        const differing = active.registered.filter((it) => JSON.stringify(it) !== before.get(it.urn));
        expect(differing.map(({ type }) => type)).to.deep.equal(["aws:apigateway/stage:Stage"]);
        const stage = active.one(aws.apigateway.Stage);
        expect(stage.inputs.variables).to.deep.equal({ failoverActive: "true" });
        expect(standby.one(aws.apigateway.Stage).inputs.variables).to.deep.equal({ failoverActive: "false" });
        expect(stage.dependencies).to.include(active.one(random.RandomId).urn);
        expect(standby.one(aws.apigateway.Stage).dependencies).to.not.include(standby.one(random.RandomId).urn);

        function program(isActive: boolean) {
            return record(() => {
                const promotion = new random.RandomId("promotion", { byteLength: 1 });
                return make({ domain: secondary, active: isActive, activeAfter: [promotion] });
            });
        }
    });

    it("lets transforms change names and health check", async () => {
        const transform: ApiDomainArgs["transform"] = {
            domainName: (it) => ({ ...it, securityPolicy: "SecurityPolicy_TLS13_1_3_2025_09" }),
            healthCheck: (it) => ({ ...it, requestInterval: 10 }),
        };
        const recording = await recorded({ domain: { ...primary, transform } });
        expect(recording.one(aws.apigateway.DomainName, "api-api-name").inputs.securityPolicy).to.equal("SecurityPolicy_TLS13_1_3_2025_09");
        expect(recording.one(aws.route53.HealthCheck).inputs.requestInterval).to.equal(10);
    });
});

describe("ApiGateway: surroundings", () => {
    it("calls itself once a day as CloudFront would, so that its VPC link stays up", async () => {
        const recording = await recorded({ domain: secondary, active: false }, { region: "us-west-2" });
        const destination = recording.one(aws.cloudwatch.EventApiDestination);
        expect(destination.inputs).to.include({ httpMethod: "GET", invocationEndpoint: "https://api-us-west-2.example.com/health" });
        expect(recording.one(aws.cloudwatch.EventConnection).inputs.authParameters).to.deep.equal({
            apiKey: { key: "x-origin-verify", value: "generated-secret-api-origin-secret-1" },
        });
        expect(recording.one(aws.cloudwatch.EventRule).inputs.scheduleExpression).to.equal("rate(1 day)");
        const [statement] = parsePolicy(recording.one(aws.iam.RolePolicy).inputs.policy).Statement;
        expect(statement?.Action).to.deep.equal(["events:InvokeApiDestination"]);
        expect(statement?.Resource).to.deep.equal([destination.outputs.arn]);
        const trust = parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy).Statement[0];
        expect(trust?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnEquals: { "aws:SourceArn": recording.one(aws.cloudwatch.EventRule).outputs.arn },
        });
        const withoutDomain = (await recorded()).one(aws.cloudwatch.EventApiDestination).inputs.invocationEndpoint;
        expect(withoutDomain).to.match(/execute-api\.us-east-1\.amazonaws\.com\/prod\/health$/);
        expect((await recorded({ keepWarm: false })).all(aws.cloudwatch.EventRule)).to.be.empty;
    });

    it("is a peer that a service lets in", async () => {
        const recording = await record(() => {
            const gateway = make();
            const service: Peer = { logicalName: "service", securityGroupId: pulumi.output("sg-service") };
            allow(gateway, gateway, service, 80);
        });
        const group = recording.one(aws.ec2.SecurityGroup, "api-link");
        expect(group.inputs).to.not.have.any.keys("ingress", "egress");
        expect(recording.one(aws.vpc.SecurityGroupIngressRule, "service-from-api").inputs).to.include({
            securityGroupId: "sg-service",
            referencedSecurityGroupId: group.id,
            fromPort: 80,
            toPort: 80,
        });
        expect(recording.one(aws.vpc.SecurityGroupEgressRule, "api-to-service").inputs.securityGroupId).to.equal(group.id);
    });

    it("says what is to be watched", async () => {
        const signals = async (more: Partial<ApiGatewayArgs>) => {
            const gateways: ApiGateway[] = [];
            await record(() => gateways.push(make(more)));
            return resolve(gateways[0]?.signals ?? []);
        };
        const plain = await signals({});
        expect(plain.map(({ name }) => name)).to.deep.equal(["5xx", "latency-p99", "4xx", "integration-latency"]);
        expect(plain.filter(({ severity }) => severity === "page").map(({ name }) => name)).to.deep.equal(["5xx", "latency-p99"]);
        expect(plain[0]).to.deep.include({ namespace: "AWS/ApiGateway", metricName: "5XXError", percentOf: "Count", statistic: "Sum" });
        expect(plain[0]?.dimensions.ApiName).to.match(/^api-api-[0-9a-f]{7}$/);
        expect(plain[0]?.dimensions.Stage).to.equal("prod");
        const [expiry] = (await signals({ domain })).slice(4);
        expect(expiry).to.deep.include({ name: "certificate-expiry", metricName: "DaysToExpiry", comparison: "below", threshold: 30 });
        expect(expiry?.dimensions.CertificateArn).to.match(/^arn:aws:acm:us-east-1:/);
    });
});

describe("ApiGateway: arguments", () => {
    const refused: [more: Partial<ApiGatewayArgs>, problem: string][] = [
        [{ stageName: "a-b" }, "stageName must be 1 to 128 letters, digits and _"],
        [{ authorizer: { userPoolArns: [], scopes: ["a/b"] } }, "authorizer.userPoolArns must name at least one user pool"],
        [
            { authorizer: { ...args.authorizer, scopes: [] } },
            "authorizer.scopes must not be empty: without scopes API Gateway asks for ID tokens",
        ],
        [{ rateLimit: 0 }, "rateLimit must be between 1 and 10000 requests a second"],
        [{ burstLimit: 5001 }, "burstLimit must be between 1 and 5000 requests"],
        [{ rateLimitPerAddress: 9 }, "rateLimitPerAddress must be between 10 and 2000000000 requests in five minutes"],
        [{ originSecretVersion: 0 }, "originSecretVersion must be 1 or more"],
        [{ originSecrets: [] }, "originSecrets must be one or two"],
        [{ originSecrets: ["a"], originSecretVersion: 2 }, "originSecretVersion must be left out with originSecrets"],
        [{ active: false }, "active and activeAfter have a meaning with domain.failover only"],
        [{ domain, activeAfter: [] }, "active and activeAfter have a meaning with domain.failover only"],
        [{ domain: { ...domain, apiName: "API" } }, "domain.apiName must be a domain name in lower case, such as api.example.com"],
        [{ domain: { ...domain, regionalName: "api" } }, "domain.regionalName must be a domain name in lower case"],
        [{ domain: { ...domain, regionalName: domain.apiName } }, "domain.regionalName must differ from apiName"],
        [{ domain: { apiName: domain.apiName, zoneId: "Z1", failover: "SECONDARY" } }, "domain.regionalName must be given with failover"],
        [{ domain: { ...domain, failover: "PRIMARY" } }, 'domain.switch must be given with failover "PRIMARY", and only then'],
        [{ domain: { ...primary, failover: "SECONDARY" } }, 'domain.switch must be given with failover "PRIMARY", and only then'],
        [
            { domain: { ...primary, switch: { healthCheckOf: "api.example.com" } } },
            "domain.switch.healthCheckOf must be the regional name of the other region's API",
        ],
    ];
    for (const [more, problem] of refused) {
        it(`refuses: ${problem}`, () => {
            expect(() => make(more)).to.throw(`ApiGateway "api": ${problem}`);
        });
    }

    const refusedRoutes: [key: string, route: NonNullable<ApiGatewayArgs["routes"]>[string], problem: string][] = [
        ["FETCH /api/x", {}, ' must be a method and a path such as "GET /api/documents/{id}"'],
        ["GET /api/{proxy+}/x", {}, " must be a method and a path"],
        ["GET /failover/active", {}, " must not be the path of the failover"],
        ["GET /api/x", { open: true, scopes: ["a/b"] }, ".scopes must be left out for an open route"],
        ["GET /api/x", { scopes: [] }, ".scopes must not be empty"],
        ["GET /api/x", { rateLimit: 0 }, ".rateLimit must be between 1 and 10000"],
        ["GET /api/x", { burstLimit: 0 }, ".burstLimit must be between 1 and 5000"],
        ["GET /api/x", { timeoutSeconds: 301 }, ".timeoutSeconds must be between 1 and 300"],
        ["GET /api/x", { streaming: true, timeoutSeconds: 901 }, ".timeoutSeconds must be between 1 and 900"],
        ["GET /api/{id}", { backendPath: "/documents" }, ".backendPath must begin with / and have the route's parameters"],
    ];
    for (const [key, route, problem] of refusedRoutes) {
        it(`refuses: routes["${key}"]${problem}`, () => {
            expect(() => make({ routes: { [key]: route } })).to.throw(`ApiGateway "api": routes["${key}"]${problem}`);
        });
    }

    it("names all problems at once", () => {
        expect(() => make({ stageName: "", rateLimit: 0 })).to.throw(/stageName .*\n.*rateLimit /);
    });
});
