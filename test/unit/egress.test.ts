import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parsePolicy, type Recording } from "../../components/testing";
import { parseConfig, requiredEndpoints } from "../support/config";
import { configOf, plan } from "../support/plans";

/** Endpoints of an AWS service, by the prefix of its IAM actions. S3 has a gateway endpoint. */
const ENDPOINTS: Record<string, string[]> = {
    bedrock: ["bedrock-runtime"],
    ecr: ["ecr.api", "ecr.dkr"],
    events: ["events"],
    kms: ["kms"],
    logs: ["logs"],
    s3: [],
    sagemaker: ["sagemaker.runtime"],
    secretsmanager: ["secretsmanager"],
    sqs: ["sqs"],
    ssmmessages: ["ssmmessages"],
    xray: ["xray"],
};
/** What Lambda calls with the role of a function, outside of the VPC: network interfaces, the log, and traces. */
const BY_LAMBDA = ["ec2", "logs", "xray"];

/** The AWS services that a role calls by itself: KMS only without `kms:ViaService`. */
function servicesOf(recording: Recording, role: unknown): Set<string> {
    const name = recording.all(aws.iam.Role).find((it) => it.outputs.arn === role)?.outputs.name;
    const policies = recording.all(aws.iam.RolePolicy).filter(({ inputs }) => inputs.role === name);
    const services = policies.flatMap(({ name: policy, inputs }) => {
        const statements = parsePolicy(inputs.policy).Statement.filter(({ Effect }) => Effect === "Allow");
        const own = statements.filter(({ Condition = {} }) => !JSON.stringify(Condition).includes("kms:ViaService"));
        const prefixes = own.flatMap(({ Action = [] }) => Action).map((action) => action.split(":")[0] ?? "");
        // Bedrock decrypts the guardrail with the caller's permission.
        return policy.endsWith("-ai-invoke") ? prefixes.filter((prefix) => prefix !== "kms") : prefixes;
    });
    return new Set(services);
}

/** The services that tasks and functions in the VPC call. */
function calledFromVpc(recording: Recording): string[] {
    const tasks = recording.all(aws.ecs.TaskDefinition).flatMap(({ inputs }) => [inputs.taskRoleArn, inputs.executionRoleArn]);
    const functions = recording.all(aws.lambda.Function).filter(({ inputs }) => inputs.vpcConfig);
    const byFunctions = functions.flatMap(({ inputs }) => [...servicesOf(recording, inputs.role)].filter((it) => !BY_LAMBDA.includes(it)));
    return [...new Set([...tasks.flatMap((role) => [...servicesOf(recording, role)]), ...byFunctions])].sort();
}

describe("egress without NAT gateways", () => {
    const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v1";
    const none = ["network.natGateways=none", `services.api.image=${image}`, `services.api.collectorImage=${image}`];
    const always = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "events", "sqs", "bedrock-runtime"];
    const configured = (...more: string[]) => more.map((it) => `ai-platform:${it}`);
    const endpoints = (names: string[]) => names.map((name, i) => `network.interfaceEndpoints[${i}]=${name}`);

    const cases: Record<string, { set: string[]; endpoints: string[] }> = {
        "the defaults": { set: [], endpoints: ["xray"] },
        "no traces": { set: ["services.api.tracing=false"], endpoints: [] },
        "ECS Exec": { set: ["services.api.enableExecuteCommand=true"], endpoints: ["xray", "kms", "ssmmessages"] },
        "a model endpoint": {
            set: [`ai.endpoint.image=${image}`, "ai.endpoint.modelDataUrl=s3://models/rank.tar.gz"],
            endpoints: ["xray", "sagemaker.runtime"],
        },
    };
    for (const [title, { set, endpoints: more }] of Object.entries(cases)) {
        it(`requires an endpoint for every service that tasks and functions call, with ${title}`, async () => {
            const overrides = configured(...none, ...set, ...endpoints([...always, ...more]));
            const { own, aws: provider } = configOf("prod", overrides);
            const { values, problems } = parseConfig(own, provider, "prod");
            expect(problems).to.deep.equal([]);
            const called = calledFromVpc(await plan("prod", overrides));
            expect(called).to.include.members(["bedrock", "ecr", "events", "logs", "s3", "secretsmanager", "sqs"]);
            const unknown = called.filter((service) => !(service in ENDPOINTS));
            expect(unknown, "add these services to the table, and their endpoints to REQUIRED in stacks/config/egress.ts").to.deep.equal(
                [],
            );
            const needed = called.flatMap((service) => ENDPOINTS[service] ?? []);
            expect(values && requiredEndpoints(values)).to.have.members(needed);
        });
    }

    it("rejects an endpoint for Cognito, which breaks the validation of tokens with NAT gateways as well", () => {
        for (const endpoint of ["cognito-idp", "cognito-idp-fips"]) {
            const { own, aws: provider } = configOf("prod", configured(...endpoints([endpoint])));
            const [problem, ...others] = parseConfig(own, provider, "prod").problems;
            expect(problem).to.match(new RegExp(`^ai-platform:network.interfaceEndpoints: ${endpoint} can't be used: .* with a domain`));
            expect(others).to.deep.equal([]);
        }
    });

    it("warns that the service can't fetch Cognito's keys, and about endpoints that no service is known to have", async () => {
        const warnings = async (...set: string[]) => (await plan("prod", configured(...set))).warnings.join("\n");
        expect(await warnings(...none, ...endpoints([...always, "xray"]))).to.contain("can't fetch Cognito's signing keys");
        const usual = await warnings(...endpoints(["ecr.api", "kms-fips", "kinesis-streams"]));
        expect(usual).not.to.contain("signing keys").and.not.contain("network.interfaceEndpoints");
        expect(await warnings(...endpoints(["ecr.api", "nonsense"]))).to.match(/network.interfaceEndpoints: nonsense .* us-east-1/);
    });
});
