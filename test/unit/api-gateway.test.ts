import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { type ApiGateway, type ApiGatewayArgs } from "../../components";
import { PartFactory } from "../../components/building-blocks/parts";
import { allowConnection, type Connectable, type ConnectionParts } from "../../components/building-blocks/security-groups";
import { parsePolicy, record, resolve } from "../../components/testing";
import { untransformable } from "../support/transforms";
import { ALB, args, domain, primary, secondary, make, recorded, method, integration } from "./api-gateway.fixture";

describe("ApiGateway: routes", () => {
    it("is a regional API and the parent of its resources", async () => {
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
        // AWS requires this prefix for the log group of a web ACL.
        const names = children.map(({ name }) => name).filter((name) => !name.startsWith("api-"));
        expect(names).to.deep.equal(["aws-waf-logs-api"]);
    });

    it("sends a route to the load balancer that it names, and all others to the default", async () => {
        const other = { arn: `${ALB}-reports`, dnsName: "internal-reports.elb.amazonaws.com", listenerPort: 443 };
        const recording = await recorded({
            backends: { reports: { loadBalancer: other, hostName: "reports.example.com" } },
            routes: { "ANY /api/reports/{proxy+}": { backend: "reports" } },
        });
        expect(integration(recording, "api-any-api-reports-below-proxy-to-service")).to.include({
            integrationTarget: other.arn,
            uri: "https://reports.example.com:443/api/reports/{proxy}",
        });
        expect(integration(recording, "api-any-api-below-proxy-to-service")).to.include({
            integrationTarget: ALB,
            uri: "http://internal-service.elb.amazonaws.com:80/api/{proxy}",
        });
    });

    it("requires a token with one of the scopes on every route except /health", async () => {
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

    it("nests {proxy+} under /api under the root", async () => {
        const recording = await recorded();
        const at = (name: string) => recording.one(aws.apigateway.Resource, name);
        expect(at("api-path-api").inputs).to.include({
            pathPart: "api",
            parentId: recording.one(aws.apigateway.RestApi).outputs.rootResourceId,
        });
        expect(at("api-path-api-below-proxy").inputs).to.include({ pathPart: "{proxy+}", parentId: at("api-path-api").id });
        expect(method(recording, "api-any-api-below-proxy").resourceId).to.equal(at("api-path-api-below-proxy").id);
    });

    it("calls the load balancer through a VPC link, with the route's path without the stage", async () => {
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

    it("calls the service over HTTPS if its certificate's name is configured", async () => {
        const backend = { ...args.backend, listenerPort: 443 };
        const recording = await recorded({ backend, backendHostName: "service.example.com" });
        expect(integration(recording, "api-any-api-below-proxy-to-service").uri).to.equal("https://service.example.com:443/api/{proxy}");
    });

    it("validates required parameters only for routes that have some", async () => {
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

    it("adds routes and overrides the default ones", async () => {
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

    it("can have every resource transformed", async () => {
        const more: Partial<ApiGatewayArgs>[] = [{ domain: primary, manageAccountLogging: true }, {}];
        for (const one of more) expect(await untransformable((transform) => make({ ...one, transform }))).to.deep.equal([]);
    });

    it("applies transforms last", async () => {
        const recording = await recorded({
            transform: {
                restApi: () => ({ description: "mine" }),
                methods: () => ({ operationName: "mine" }),
                integrations: () => ({ timeoutMilliseconds: 5000 }),
                stage: () => ({ xrayTracingEnabled: false }),
                webAcl: () => ({ description: "mine" }),
                vpcLink: () => ({ subnetIds: ["subnet-3"] }),
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

describe("ApiGateway: connections and alarms", () => {
    it("calls itself once a day like CloudFront, so that AWS doesn't remove its idle VPC link", async () => {
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
        // Events that EventBridge sends before it has the permission are lost.
        expect(recording.one(aws.cloudwatch.EventTarget).dependencies).to.include(recording.one(aws.iam.RolePolicy).urn);
        const withoutDomain = (await recorded()).one(aws.cloudwatch.EventApiDestination).inputs.invocationEndpoint;
        expect(withoutDomain).to.match(/execute-api\.us-east-1\.amazonaws\.com\/prod\/health$/);
        expect((await recorded({ keepAlive: false })).all(aws.cloudwatch.EventRule)).to.be.empty;
    });

    it("can be passed to allowFrom of a service", async () => {
        const recording = await record(() => {
            const gateway = make();
            const service: Connectable = { logicalName: "service", securityGroupId: pulumi.output("sg-service") };
            const parts = new PartFactory<ConnectionParts>(gateway, undefined);
            allowConnection(parts, gateway, service, 80);
        });
        const group = recording.one(aws.ec2.SecurityGroup, "api-link");
        expect(group.inputs).to.not.have.any.keys("ingress", "egress");
        expect(recording.one(aws.vpc.SecurityGroupIngressRule, "service-from-api-80").inputs).to.include({
            securityGroupId: "sg-service",
            referencedSecurityGroupId: group.id,
            fromPort: 80,
            toPort: 80,
        });
        expect(recording.one(aws.vpc.SecurityGroupEgressRule, "api-to-service-80").inputs.securityGroupId).to.equal(group.id);
    });

    it("has alarms", async () => {
        const alarms = async (more: Partial<ApiGatewayArgs>) => {
            const gateways: ApiGateway[] = [];
            await record(() => gateways.push(make(more)));
            return resolve(gateways[0]?.alarms ?? []);
        };
        const plain = await alarms({});
        expect(plain.map(({ name }) => name)).to.deep.equal(["5xx", "latency", "latency-p99", "4xx", "integration-latency", "keep-warm"]);
        expect(plain.filter(({ severity }) => severity === "page").map(({ name }) => name)).to.deep.equal(["5xx", "latency"]);
        expect(plain[0]).to.deep.include({ namespace: "AWS/ApiGateway", metricName: "5XXError", rateOf: "Count", statistic: "Sum" });
        expect(plain[0]?.dimensions.ApiName).to.match(/^api-api-[0-9a-f]{7}$/);
        const keepWarm = plain.find(({ name }) => name === "keep-warm");
        expect(keepWarm).to.deep.include({ metricName: "FailedInvocations", period: 86_400, periods: 3, severity: "ticket" });
        expect((await alarms({ keepAlive: false })).map(({ name }) => name)).not.to.include("keep-warm");
        expect(plain[0]?.dimensions.Stage).to.equal("prod");
        const expiry = (await alarms({ domain })).find(({ name }) => name === "certificate-expiry");
        expect(expiry).to.deep.include({ metricName: "DaysToExpiry", comparison: "below", threshold: 30 });
        expect(expiry?.dimensions.CertificateArn).to.match(/^arn:aws:acm:us-east-1:/);
    });
});
