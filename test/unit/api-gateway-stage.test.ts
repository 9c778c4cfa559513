import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { type ApiGateway, type ApiGatewayArgs } from "../../components";
import { parseJson, record, resolve } from "../../components/testing";
import { ALB, args, domain, primary, make, recorded, fingerprintOf, rulesOf, letIn } from "./api-gateway.fixture";

describe("ApiGateway: stage", () => {
    it("creates a new deployment only if the deployed routes change", async () => {
        const before = fingerprintOf(await recorded());
        expect(before).to.match(/^[0-9a-f]{64}$/);
        const same: Partial<ApiGatewayArgs>[] = [
            {},
            { throttlingRateLimit: 5 },
            { routes: { "GET /health": { throttlingBurstLimit: 3 } } },
            { originSecretVersion: 2 },
            { logRetentionDays: 7 },
            { keepAlive: false },
        ];
        for (const more of same) expect(fingerprintOf(await recorded(more)), JSON.stringify(more)).to.equal(before);
        const different: Partial<ApiGatewayArgs>[] = [
            { routes: { "GET /api/models": {} } },
            { routes: { "ANY /api": { timeoutSeconds: 5 } } },
            { backend: { ...args.backend, listenerPort: 8080 } },
            { backend: { ...args.backend, arn: `${ALB}0` } },
            { authorizer: { ...args.authorizer, scopes: ["api/read"] } },
            { domain },
            { transform: { integrations: () => ({ timeoutMilliseconds: 50 }) } },
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

    it("traces requests, and logs them as JSON without tokens to an encrypted log group for 30 days", async () => {
        const recording = await recorded();
        const group = recording.one(aws.cloudwatch.LogGroup, "api-access");
        expect(group.inputs).to.include({ kmsKeyId: args.logKeyArn, retentionInDays: 30 });
        const { inputs } = recording.one(aws.apigateway.Stage);
        expect(inputs).to.include({ stageName: "prod", xrayTracingEnabled: true });
        expect(inputs).to.not.have.property("variables");
        expect(inputs.accessLogSettings?.destinationArn).to.equal(group.outputs.arn);
        const format = parseJson<Record<string, string>>(inputs.accessLogSettings?.format);
        expect(format).to.include({ requestId: "$context.requestId", status: "$context.status", route: "$context.resourcePath" });
        expect(JSON.stringify(format)).to.not.match(/authorization|header|query/i);
        expect((await recorded({ logRetentionDays: 90 })).one(aws.cloudwatch.LogGroup, "api-access").inputs.retentionInDays).to.equal(90);
    });

    it("throttles and measures all routes, with separate limits for configured ones", async () => {
        const recording = await recorded({ throttlingBurstLimit: 7, routes: { "POST /api/documents/{id}": { throttlingRateLimit: 5 } } });
        const settings = (name: string) => recording.one(aws.apigateway.MethodSettings, name).inputs;
        const quiet = { metricsEnabled: true, loggingLevel: "OFF", dataTraceEnabled: false };
        expect(settings("api-settings")).to.deep.include({
            methodPath: "*/*",
            settings: { ...quiet, throttlingRateLimit: 500, throttlingBurstLimit: 7 },
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

    it("doesn't change the account's logging role unless configured", async () => {
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

describe("ApiGateway: web ACL", () => {
    it("first blocks requests that don't come through CloudFront", async () => {
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

    it("then applies the AWS managed rules, and no rate limit by an address that the client can forge", async () => {
        const rules = rulesOf(await recorded());
        expect(rules.map(({ statement }) => statement.managedRuleGroupStatement?.name)).to.deep.equal([
            undefined,
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
        ]);
        expect(rules[1]?.statement.managedRuleGroupStatement).to.not.have.property("ruleActionOverrides");
    });

    it("marks the rules as secret, because they contain the origin secret", async () => {
        expect((await recorded()).one(aws.wafv2.WebAcl).additionalSecretOutputs).to.deep.equal(["rules"]);
    });

    it("redacts the origin secret and credentials in sampled requests", async () => {
        const recording = await recorded();
        const hidden = recording.one(aws.wafv2.WebAcl).inputs.dataProtectionConfig?.dataProtections;
        expect(hidden).to.deep.equal([
            { action: "SUBSTITUTION", field: { fieldType: "SINGLE_HEADER", fieldKeys: ["x-origin-verify", "authorization"] } },
            { action: "SUBSTITUTION", field: { fieldType: "SINGLE_COOKIE" } },
        ]);
    });

    it("logs blocked requests, encrypted, without the origin secret and credentials", async () => {
        const recording = await recorded({ logRetentionDays: 90 });
        const group = recording.one(aws.cloudwatch.LogGroup, "aws-waf-logs-api");
        expect(group.inputs).to.deep.include({ kmsKeyId: args.logKeyArn, retentionInDays: 90 });
        expect(group.outputs.name).to.match(/^aws-waf-logs-/);
        const { inputs } = recording.one(aws.wafv2.WebAclLoggingConfiguration);
        expect(inputs).to.deep.include({
            resourceArn: recording.one(aws.wafv2.WebAcl).outputs.arn,
            logDestinationConfigs: [group.outputs.arn],
            redactedFields: ["x-origin-verify", "authorization", "cookie"].map((name) => ({ singleHeader: { name } })),
        });
        expect(inputs.loggingFilter).to.deep.include({ defaultBehavior: "DROP" });
        const other = await recorded({ transform: { webAclLogging: () => ({ loggingFilter: undefined }) } });
        expect(other.one(aws.wafv2.WebAclLoggingConfiguration).inputs).not.to.have.property("loggingFilter");
    });

    it("accepts the last two versions of the secret and sends the latest", async () => {
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

    it("accepts secrets created elsewhere instead of its own", async () => {
        const gateway: ApiGateway[] = [];
        const recording = await record(() => gateway.push(make({ originSecrets: ["theirs", "their-last"] })));
        expect(recording.all(random.RandomPassword)).to.be.empty;
        expect(letIn(recording)).to.deep.equal(["singleHeader theirs", "singleHeader their-last"]);
        expect(await resolve(gateway[0]?.originSecrets)).to.deep.equal(["theirs", "their-last"]);
    });

    it("keeps the secret encrypted, and doesn't pass it to the service", async () => {
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
