import * as aws from "@pulumi/aws";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { type ApiGatewayArgs } from "../../components";
import { record } from "../../components/testing";
import { primary, secondary, make, recorded, method, integration, letIn } from "./api-gateway.fixture";

describe("ApiGateway: domain names and failover", () => {
    it("is served by execute-api under the stage name without a domain", async () => {
        const recording = await record(() => {
            const { origin, url } = make();
            return { domainName: origin.domainName, originPath: origin.originPath, url };
        });
        const host = `${recording.one(aws.apigateway.RestApi).id}.execute-api.us-east-1.amazonaws.com`;
        expect(recording.outputs).to.deep.equal({ domainName: host, originPath: "/prod", url: `https://${host}/prod` });
        expect(recording.all(aws.acm.Certificate)).to.be.empty;
    });

    it("has a custom domain name with its own certificate and TLS 1.2, and execute-api is disabled", async () => {
        const recording = await record(() => {
            const { origin, url } = make({ domain: { apiName: "api.example.com", zoneId: "Z1" } });
            return { domainName: origin.domainName, originPath: origin.originPath, url };
        });
        expect(recording.outputs).to.deep.equal({ domainName: "api.example.com", originPath: "", url: "https://api.example.com" });
        expect(recording.one(aws.apigateway.RestApi).inputs.disableExecuteApiEndpoint).to.equal(true);
        expect(recording.one(aws.acm.Certificate).inputs).to.deep.include({
            domainName: "api.example.com",
            // Also the only one: without a list, a certificate would keep a name that is removed, such as the regional one.
            subjectAlternativeNames: ["api.example.com"],
            validationMethod: "DNS",
        });
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

    it("primary: serves its names until the secondary reports that it is active", async () => {
        const recording = await recorded({ domain: primary });
        expect(recording.one(aws.acm.Certificate).inputs.subjectAlternativeNames).to.deep.equal([
            "api-us-east-1.example.com",
            "api.example.com",
        ]);
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

    it("secondary: takes over without a health check; the primary validates the shared name", async () => {
        const recording = await recorded({ domain: secondary, active: false }, { region: "us-west-2" });
        expect(recording.all(aws.route53.HealthCheck)).to.be.empty;
        const apiRecord = recording.one(aws.route53.Record, "api-api-record").inputs;
        expect(apiRecord).to.deep.include({ setIdentifier: "secondary", failoverRoutingPolicies: [{ type: "SECONDARY" }] });
        expect(apiRecord).to.not.have.property("healthCheckId");
        expect(recording.all(aws.route53.Record, /validation/).map(({ name }) => name)).to.deep.equal([
            "api-certificate-validation-api-us-west-2.example.com",
        ]);
    });

    it("returns 200 on the failover path while active, otherwise 503, including to health checkers", async () => {
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

    it("becomes active with one change of its stage, after its prerequisites", async () => {
        const [standby, active] = [await program(false), await program(true)];
        const before = new Map(standby.registered.map((it) => [it.urn, JSON.stringify(it)]));
        expect(active.registered.map(({ urn }) => urn)).to.have.members([...before.keys()]);
        const differing = active.registered.filter((it) => JSON.stringify(it) !== before.get(it.urn));
        expect(differing.map(({ type }) => type)).to.deep.equal(["aws:apigateway/stage:Stage"]);
        const stage = active.one(aws.apigateway.Stage);
        expect(stage.inputs.variables).to.deep.equal({ failoverActive: "true" });
        expect(standby.one(aws.apigateway.Stage).inputs.variables).to.deep.equal({ failoverActive: "false" });
        expect(stage.dependencies).to.include(active.one(random.RandomId, "promotion").urn);
        expect(standby.one(aws.apigateway.Stage).dependencies).to.not.include(standby.one(random.RandomId, "promotion").urn);

        function program(isActive: boolean) {
            return record(() => {
                const promotion = new random.RandomId("promotion", { byteLength: 1 });
                return make({ domain: secondary, active: isActive, activeAfter: [promotion] });
            });
        }
    });

    it("applies transforms to names and health check", async () => {
        const transform: ApiGatewayArgs["transform"] = {
            domainNames: () => ({ securityPolicy: "SecurityPolicy_TLS13_1_3_2025_09" }),
            healthCheck: () => ({ requestInterval: 10 }),
        };
        const recording = await recorded({ domain: primary, transform });
        expect(recording.one(aws.apigateway.DomainName, "api-api-name").inputs.securityPolicy).to.equal("SecurityPolicy_TLS13_1_3_2025_09");
        expect(recording.one(aws.route53.HealthCheck).inputs.requestInterval).to.equal(10);
    });
});
