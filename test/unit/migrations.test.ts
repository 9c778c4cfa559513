import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parseJson, type Recording } from "../../components/testing";
import { nameOf } from "../../components/testing/urn";
import { SECRETS } from "../support/config";
import { planOf, prefixed, problemsWith } from "../support/plans";

const IMAGE = "registry.example.org/shop/app:1";
const TOOLS = "registry.example.org/shop/tools:1";
const MIGRATION = ["migrations.schema.command[0]=migrate"];
const SERVICES = [
    `services.api.image=${IMAGE}`,
    "services.api.uses[0]=database",
    `services.reports.image=${IMAGE}`,
    "services.reports.path=/api/reports/*",
    "services.reports.uses[0]=lake",
];
const planned = (overrides: string[], stack = "prod") => planOf({ stack, overrides: prefixed(overrides) });
const problemsOf = (overrides: string[], stack = "prod") =>
    problemsWith(stack, prefixed(overrides)).map((it) => it.replace("ai-platform:", ""));

interface Container {
    image: string;
    command?: string[];
    secrets: { name: string }[];
}
const containerOf = (recording: Recording, name: string): Container =>
    parseJson<Container[]>(recording.one(aws.ecs.TaskDefinition, `${name}-task`).inputs.containerDefinitions)[0]!;

describe("migrations", () => {
    let recording: Recording;
    before(async () => {
        recording = await planned([...SERVICES, ...MIGRATION]);
    });
    const waits = (plan: Recording, service: string) =>
        plan.one(aws.ecs.Service, `${service}-service`).dependencies.includes(plan.one(aws.lambda.Invocation).urn);

    it("run the image of the services that they run before, with access to the database", () => {
        const { image, command, secrets } = containerOf(recording, "schema");
        expect(image).to.equal(IMAGE);
        expect(command).to.deep.equal(["migrate"]);
        expect(secrets.map(({ name }) => name)).to.deep.equal([SECRETS.database]);
    });

    it("warn if they would run the default command of a service", async () => {
        const warned = async (...overrides: string[]) =>
            (await planned([...SERVICES, ...overrides])).warnings.filter((it) => it.includes("migrations.schema.command"));
        expect(await warned(...MIGRATION)).to.deep.equal([]);
        expect((await warned("migrations.schema.timeout=300"))[0]).to.contain("default command of the image of services.api");
        expect((await warned(`migrations.schema.image=${IMAGE}`))[0]).to.contain("default command of the image of services.api");
        expect(await warned(`migrations.schema.image=${TOOLS}`)).to.deep.equal([]);
    });

    it("finish before the services that use the database are updated, and nothing else of these services waits", async () => {
        expect(waits(recording, "api")).to.equal(true);
        expect(waits(recording, "reports")).to.equal(false);
        const run = recording.one(aws.lambda.Invocation).urn;
        const waiting = recording.deployment().deployment.resources.filter(({ dependencies = [] }) => dependencies.includes(run));
        expect(waiting.map(({ urn }) => nameOf(urn))).to.deep.equal(["api-service"]);
        const chosen = await planned([...SERVICES, ...MIGRATION, "migrations.schema.before[0]=reports"]);
        expect([waits(chosen, "api"), waits(chosen, "reports")]).to.deep.equal([false, true]);
    });

    it("start when the database accepts their connections", () => {
        const dependencies = recording.one(aws.lambda.Invocation).dependencies;
        const rules = recording.all(aws.vpc.SecurityGroupIngressRule, "database-from-schema-5432");
        expect(rules).to.have.length(1);
        expect(dependencies).to.include(rules[0]?.urn);
        expect(dependencies).to.include(recording.one(aws.rds.Instance, "database-instance").urn);
    });

    it("start when they can connect to the interface endpoints", async () => {
        const plan = await planned([...SERVICES, ...MIGRATION, "network.interfaceEndpoints[0]=secretsmanager"]);
        const { dependencies } = plan.one(aws.lambda.Invocation);
        expect(dependencies).to.include(plan.one(aws.vpc.SecurityGroupIngressRule, "network-endpoints-from-schema-443").urn);
        expect(dependencies).to.include(plan.one(aws.vpc.SecurityGroupEgressRule, "schema-to-network-endpoints-443").urn);
    });

    it("can have an image, systems, and a time limit of their own", async () => {
        const own = [`migrations.schema.image=${TOOLS}`, "migrations.schema.uses[0]=lake", "migrations.schema.timeout=120"];
        const plan = await planned([...SERVICES, ...MIGRATION, ...own]);
        expect(containerOf(plan, "schema").image).to.equal(TOOLS);
        expect(containerOf(plan, "schema").secrets).to.be.empty;
        expect(plan.all(aws.vpc.SecurityGroupIngressRule, /-from-schema-/)).to.be.empty;
        expect(plan.one(aws.lambda.Function, "schema-run-function").inputs.environment?.variables).to.include({ TIMEOUT: "120" });
    });

    it("don't run on standby, and run after the promotion in an active dr stack", async () => {
        const dr = [...SERVICES, ...MIGRATION];
        const standby = await planned(dr, "dr");
        expect(standby.all(aws.lambda.Invocation)).to.be.empty;
        expect(standby.all(aws.ecs.TaskDefinition, "schema-task")).to.have.length(1);
        const active = await planned([...dr, "active=true"], "dr");
        const dependencies = active.one(aws.lambda.Invocation).dependencies;
        expect(dependencies).to.include(active.one(aws.rds.Instance, "database-instance").urn);
    });

    it("are run by the pipeline that builds their image", async () => {
        const byPipeline = ["services.api.deployedBy=pipeline", "delivery.service.repositoryId=acme/api"];
        const plan = await planned([...MIGRATION, ...byPipeline]);
        expect(plan.all(aws.lambda.Invocation)).to.be.empty;
        expect(plan.all(aws.lambda.Function, "schema-run-function")).to.have.length(1);
    });

    const invalid: [string, string[], string][] = [
        ["an unknown service", ["migrations.schema.before[0]=web"], "migrations.schema.before: web must be one of api, reports"],
        [
            "an unknown service whose name every object has",
            ["migrations.schema.before[0]=constructor", "migrations.schema.image=example.com/app:1"],
            "migrations.schema.before: constructor must be one of api, reports",
        ],
        ["the name of a service", ["migrations.reports.timeout=90"], "migrations.reports: reports is also a service"],
        [
            "the name of a job",
            [`jobs.schema.image=${IMAGE}`, "jobs.schema.schedule=rate(1 day)"],
            "migrations.schema: schema is also a job",
        ],
        ["the name of a part of the platform", ["migrations.cache.timeout=90"], "migrations.cache: cache is the name of another part"],
        [
            "no image if the services have different ones",
            [`services.reports.image=${TOOLS}`, "services.reports.uses[0]=database"],
            "migrations.schema.image: is missing: the services api, reports have different images",
        ],
        [
            "another architecture than that of the image",
            ["services.api.cpuArchitecture=X86_64"],
            "migrations.schema.cpuArchitecture: must be X86_64, as in services.api: both run the same image",
        ],
        ["a size that Fargate doesn't have", ["migrations.schema.memory=30720"], "migrations.schema.memory: must be one of"],
        ["a timeout above Lambda's", ["migrations.schema.timeout=900"], "migrations.schema.timeout: 900 is above the maximum 840 seconds"],
    ];
    for (const [what, overrides, message] of invalid) {
        it(`rejects ${what}`, () => {
            expect(problemsOf([...SERVICES, ...MIGRATION, ...overrides]).join("\n")).to.contain(message);
        });
    }

    it("require an image if no service gives one", () => {
        expect(problemsOf(MIGRATION)).to.deep.equal(["migrations.schema.image: is missing: services.api has none"]);
        const none = ["services.api.uses[0]=cache", `services.api.image=${IMAGE}`];
        expect(problemsOf([...none, ...MIGRATION])).to.deep.equal(["migrations.schema.image: is missing: no service in before has one"]);
    });
});
