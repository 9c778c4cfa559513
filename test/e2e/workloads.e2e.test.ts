import { expect } from "chai";
import { nameOf } from "../../components/testing/urn";
import { SMALL } from "../support/plans";
import { type Deployment, missing, Project, skipIfMissing } from "./support";

const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1";

/** A stack file, and the settings that give the stack its shape. Keys are below `ai-platform:`. */
interface Shape {
    title: string;
    stack: "prod" | "dev";
    settings: Record<string, string>;
    /** ECS services by name, and task families besides theirs. */
    services: string[];
    tasks: string[];
    /** Types that the stack doesn't have. */
    absent?: RegExp;
    /** Types of which it has one resource. */
    present?: string[];
    /** A key to remove from the live stack, what that deletes, and an entry of `confirmDeletion`. */
    removes?: { key: string; names: RegExp; confirmed: string };
}

const SHAPES: Shape[] = [
    {
        title: "prod with three services, a worker, two jobs, and a migration",
        stack: "prod",
        settings: {
            protectData: "false",
            "services.api.image": IMAGE,
            "services.reports.image": IMAGE,
            "services.reports.path": "/api/reports/*",
            "services.reports.uses[0]": "database",
            "services.search.image": IMAGE,
            "services.search.path": "/api/search/*",
            "services.search.uses[0]": "documents",
            "services.search.uses[1]": "cache",
            "services.mailer.image": IMAGE,
            "services.mailer.uses[0]": "events",
            "jobs.nightly.image": IMAGE,
            "jobs.nightly.schedule": "cron(0 2 * * ? *)",
            "jobs.nightly.uses[0]": "database",
            "jobs.hourly.image": IMAGE,
            "jobs.hourly.schedule": "rate(1 hour)",
            "jobs.hourly.uses[0]": "lake",
            "migrations.schema.image": IMAGE,
            "migrations.schema.command[0]": "migrate",
        },
        services: ["api", "mailer", "reports", "search"],
        tasks: ["hourly", "nightly", "schema"],
    },
    {
        title: "a network, a service with a database user, and a database",
        stack: "dev",
        settings: {
            ...Object.fromEntries(SMALL.map((setting) => setting.replace("ai-platform:", "").split("=") as [string, string])),
            "database.users.enabled": "true",
        },
        services: ["api"],
        tasks: [],
        present: ["aws:secretsmanager/secretRotation:SecretRotation", "aws:lambda/invocation:Invocation"],
        absent: /^aws:(apigateway|cloudfront|cognito|elasticache|docdb|glue|kinesis|backup|wafv2)\//,
    },
    {
        title: "CloudFront in front of the internal load balancer, and a service with its own domain",
        stack: "dev",
        settings: {
            "api.kind": "vpcOrigin",
            "domain.name": "app.example.com",
            "domain.zoneId": "Z0123456789ABCDEFGHIJ",
            "services.reports.path": "/api/reports/*",
            "services.reports.domain.name": "reports.example.com",
        },
        services: ["api", "reports"],
        removes: { key: "services.reports.domain", names: /^edge-reports/, confirmed: "domain" },
        tasks: [],
        absent: /^aws:apigateway\//,
        present: ["aws:cloudfront/vpcOrigin:VpcOrigin", "aws:cloudfront/distribution:Distribution"],
    },
];

describe("stacks with other workloads and systems", function () {
    this.timeout(30 * 60_000);
    let project: Project;

    before(function () {
        skipIfMissing(this);
        project = new Project({ checkpoints: false });
    });
    after(() => {
        if (!missing()) project.remove();
    });

    for (const { title, stack, settings, services, tasks, absent, present = [], removes } of SHAPES) {
        describe(title, () => {
            let deployment: Deployment;

            it("is created with its workloads", async () => {
                deployment = await project.stack(stack, {});
                for (const [key, value] of Object.entries(settings)) await deployment.set(`ai-platform:${key}`, value);
                await deployment.create();
                const resources = await deployment.resources();
                const named = (type: string) => resources.filter((it) => it.type === type).map(({ urn }) => nameOf(urn));
                expect(named("aws:ecs/service:Service")).to.have.members(services.map((name) => `${name}-service`));
                for (const name of tasks) expect(named("aws:ecs/taskDefinition:TaskDefinition").join(" ")).to.contain(name);
                expect(resources.map(({ type }) => type)).to.include.members(present);
                expect(resources.filter(({ type }) => absent?.test(type)).map(({ urn }) => urn)).to.deep.equal([]);
            });

            it("is unchanged afterwards", async () => {
                expect(await deployment.preview()).to.deep.equal({});
            });

            if (removes)
                it(`loses only its own resources without ${removes.key}`, async () => {
                    const named = async () => (await deployment.resources()).map(({ urn }) => nameOf(urn));
                    const before = await named();
                    expect(before.filter((name) => removes.names.test(name))).to.not.be.empty;
                    await deployment.set("ai-platform:confirmDeletion[0]", removes.confirmed);
                    await deployment.remove(`ai-platform:${removes.key}`);
                    await deployment.up();
                    const left = before.filter((name) => !removes.names.test(name) && !name.startsWith("observability-"));
                    expect(await named()).to.include.members(left);
                    expect((await named()).filter((name) => removes.names.test(name))).to.deep.equal([]);
                    expect(await deployment.preview()).to.deep.equal({});
                });

            it("is destroyed completely", async () => {
                await deployment.destroy();
                expect(await deployment.resources()).to.deep.equal([]);
            });
        });
    }
});
