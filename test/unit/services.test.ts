import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { PATH, patternsOf, PRIORITIES, priorityOf } from "../../components/fargate-service/paths";
import { parseJson, parsePolicy, type Recording } from "../../components/testing";
import { RESERVED } from "../../stacks/names";
import { type Use, USES } from "../../stacks/uses";
import { parseConfig, SECRETS } from "../support/config";
import { planWithWorkloads } from "../support/plans";
import { RELEASE_CHECKS } from "../support/release";

const IMAGE = "registry.example.org/shop/app:1";
/** A second service and a worker, beside the default service. */
const SERVICES = [
    `services.reports.image=${IMAGE}`,
    "services.reports.path=/api/reports/*",
    "services.reports.uses[0]=lake",
    `services.mailer.image=${IMAGE}`,
    "services.mailer.command[0]=mail",
    "services.mailer.uses[0]=events",
    "services.mailer.scaling.minCapacity=0",
    "services.mailer.scaling.messagesPerTask=25",
    "services.api.cpu=1024",
];
const planned = (overrides: string[], stack = "prod") =>
    planWithWorkloads(
        ["mailer", "only"],
        stack,
        overrides.map((it) => (it.includes(":") && !it.startsWith("services") ? it : `ai-platform:${it}`)),
    );

interface Container {
    command?: string[];
    portMappings?: unknown[];
    environment: { name: string; value: string }[];
    secrets: { name: string }[];
}
const containerOf = (recording: Recording, name: string): Container => {
    const [container] = parseJson<Container[]>(recording.one(aws.ecs.TaskDefinition, `${name}-task`).inputs.containerDefinitions);
    return container!;
};

describe("services", () => {
    let recording: Recording;
    before(async () => {
        recording = await planned(SERVICES);
    });

    it("share a cluster and a load balancer, and have their own roles, security groups, logs, and alarms", () => {
        expect(recording.all(aws.ecs.Cluster)).to.have.length(1);
        expect(recording.all(aws.lb.LoadBalancer)).to.have.length(1);
        const cluster = recording.one(aws.ecs.Cluster).outputs.arn;
        for (const name of ["api", "reports", "mailer"]) {
            const { inputs } = recording.one(aws.ecs.Service, `${name}-service`);
            expect(inputs.cluster).to.equal(cluster);
            expect(inputs.name).to.equal(`ai-platform-prod-${name}`);
            expect(inputs.networkConfiguration?.securityGroups).to.deep.equal([
                recording.one(aws.ec2.SecurityGroup, `${name}-tasks-group`).id,
            ]);
            const task = recording.one(aws.ecs.TaskDefinition, `${name}-task`);
            expect(inputs.taskDefinition).to.equal(task.outputs.arn);
            expect(task.inputs.taskRoleArn).to.equal(recording.one(aws.iam.Role, `${name}-task`).outputs.arn);
            expect(recording.all(aws.cloudwatch.LogGroup, `${name}-logs`)).to.have.length(1);
            expect(recording.all(aws.cloudwatch.MetricAlarm, `${name}-cpu`)).to.have.length(1);
        }
    });

    it("get the requests below their path, and the longest path comes first", () => {
        const rules = recording.all(aws.lb.ListenerRule, /^(api|reports)-/).map(({ name, inputs }) => ({
            name,
            paths: inputs.conditions[0]?.pathPattern?.values,
            priority: inputs.priority ?? 0,
            group: inputs.actions[0]?.targetGroupArn,
        }));
        const [api, reports] = ["api", "reports"].map((name) => rules.find((rule) => rule.name === `${name}-rule`));
        expect(rules).to.have.length(2);
        expect(reports?.paths).to.deep.equal(["/api/reports", "/api/reports/*"]);
        // The API's health check is a request to the service with the shortest path.
        expect(api?.paths).to.deep.equal(["/api", "/api/*", "/healthz"]);
        expect(reports?.priority).to.be.lessThan(api?.priority ?? 0);
        expect(reports?.group).to.equal(recording.one(aws.lb.TargetGroup, "reports-tg").outputs.arn);
        expect(recording.one(aws.lb.Listener).inputs.defaultActions[0]?.fixedResponse?.statusCode).to.equal("404");
    });

    it("without a path are workers: no target group, no port, and no way in", () => {
        expect(recording.all(aws.lb.TargetGroup, /mailer/)).to.be.empty;
        expect(recording.all(aws.vpc.SecurityGroupIngressRule, /^mailer-from/)).to.be.empty;
        expect(recording.one(aws.ecs.Service, "mailer-service").inputs).not.to.have.property("loadBalancers");
        const container = containerOf(recording, "mailer");
        expect(container.command).to.deep.equal(["mail"]);
        expect(container).not.to.have.property("portMappings");
        expect(container.environment.map(({ name }) => name)).not.to.include("ASPNETCORE_HTTP_PORTS");
        expect(recording.all(aws.cloudwatch.MetricAlarm, /^mailer-(errors|latency)/)).to.be.empty;
    });

    it("scale with the messages that wait per task, also from zero tasks", () => {
        const { inputs } = recording.one(aws.appautoscaling.Policy, "mailer-scale-by-messages");
        const tracked = inputs.targetTrackingScalingPolicyConfiguration;
        expect(tracked?.targetValue).to.equal(25);
        const metrics = tracked?.customizedMetricSpecification?.metrics ?? [];
        const [messages, tasks, perTask] = metrics;
        expect(messages?.metricStat?.metric.dimensions).to.deep.equal([
            { name: "QueueName", value: recording.one(aws.sqs.Queue, "events-work-queue").outputs.name },
        ]);
        expect(tasks?.metricStat?.metric.dimensions).to.deep.include({ name: "ServiceName", value: "ai-platform-prod-mailer" });
        expect(metrics.map(({ returnData }) => returnData)).to.deep.equal([false, false, true]);
        expect(perTask?.expression).to.equal("FILL(messages, 0) / IF(FILL(tasks, 0) < 1, 1, FILL(tasks, 0))");
        expect(recording.all(aws.appautoscaling.Policy, "mailer-scale-by-requests")).to.be.empty;
    });

    it("keep the priority of their rule when other services come and go", async () => {
        const alone = await planned([]);
        const priority = (plan: Recording) => plan.one(aws.lb.ListenerRule, "api-rule").inputs.priority;
        expect(priority(alone)).to.equal(priority(recording));
    });

    /** What shows that a service can use a system: secrets, permissions, and network paths. */
    const evidence: Record<Use, { secret?: string; grants?: RegExp; rule?: string }> = {
        database: { secret: SECRETS.database, rule: "database-from-only-5432" },
        cache: { secret: SECRETS.cache, rule: "cache-from-only-6379" },
        documents: { secret: SECRETS.documents, rule: "documents-from-only-27017" },
        lake: { grants: /^only-lake-/ },
        events: { grants: /^only-events-/ },
        ai: { grants: /^only-ai-/ },
        jwt: { secret: SECRETS.jwt },
    };
    for (const uses of [[], ...USES.map((use) => [use]), [...USES]] as Use[][]) {
        it(`can use exactly what they list: ${uses.join(", ") || "nothing"}`, async () => {
            const only = [
                `services.only.image=${IMAGE}`,
                "services.only.path=/api/only",
                "services.only.tracing=false",
                "services.api.cpu=1024",
            ];
            const plan = await planned([...only, ...uses.map((use, i) => `services.only.uses[${i}]=${use}`)]);
            const secrets = containerOf(plan, "only").secrets.map(({ name }) => name);
            const grants = plan.all(aws.iam.RolePolicy, /^only-/).map(({ name }) => name);
            const rules = plan.all(aws.vpc.SecurityGroupIngressRule, /-from-only-/).map(({ name }) => name);
            expect(secrets).to.have.members(uses.flatMap((use) => evidence[use].secret ?? []));
            expect(rules).to.have.members(uses.flatMap((use) => evidence[use].rule ?? []));
            const granted = (use: Use) => grants.some((name) => evidence[use].grants?.test(name));
            for (const use of USES) expect(granted(use), use).to.equal(uses.includes(use) && evidence[use].grants !== undefined);
            const known = [/^only-execution-start$/, ...USES.flatMap((use) => evidence[use].grants ?? [])];
            expect(grants.filter((name) => !known.some((it) => it.test(name)))).to.be.empty;
            // The execution role reads the same secrets, and no others.
            const { Statement } = parsePolicy(plan.one(aws.iam.RolePolicy, "only-execution-start").inputs.policy);
            const readable = Statement.filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue")).flatMap(
                ({ Resource }) => Resource,
            );
            expect(readable).to.have.length(secrets.length);
        });
    }

    it("run no worker on standby, and one task for each path", async () => {
        const dr = await planned(SERVICES, "dr");
        const count = (name: string) => dr.one(aws.ecs.Service, `${name}-service`).inputs.desiredCount;
        expect(["api", "reports", "mailer"].map(count)).to.deep.equal([1, 1, 0]);
        const active = await planned([...SERVICES, "active=true"], "dr");
        expect(active.one(aws.ecs.Service, "reports-service").inputs.desiredCount).to.equal(3);
        expect(active.one(aws.appautoscaling.Target, "mailer-scaling").inputs.minCapacity).to.equal(0);
    });

    it("have names that no other component has", () => {
        const { resources } = recording.deployment().deployment;
        const names = resources
            .filter(({ urn }) => /::ai-platform:components:[^$]*$/.test(urn.split("::").slice(2, 3).join("").replace(/^/, "::")))
            .map(({ urn }) => urn.split("::").at(-1) ?? "")
            .filter((name) => /^[a-z](-?[a-z0-9]){0,19}$/.test(name) && !["api", "reports", "mailer"].includes(name));
        const alarms = ["database", "cache", "documents", "events", "gateway", "edge", "ingest", "network", "services"];
        expect(names).to.include.members(alarms);
        // The names of an adopter's own components aren't the platform's to reserve.
        if (!RELEASE_CHECKS) return;
        expect(
            names.filter((name) => !RESERVED.includes(name) && !name.endsWith("-encryption") && !name.endsWith("-secret")),
        ).to.deep.equal([]);
    });
});

describe("jobs", () => {
    const JOB = [`jobs.nightly.image=${IMAGE}`, "jobs.nightly.schedule=cron(0 3 * * ? *)", "jobs.nightly.uses[0]=database"];

    it("run in the shared cluster, with exactly what they list", async () => {
        const plan = await planned(JOB);
        expect(plan.one(aws.scheduler.Schedule).inputs.target.arn).to.equal(plan.one(aws.ecs.Cluster).outputs.arn);
        expect(containerOf(plan, "nightly").secrets.map(({ name }) => name)).to.deep.equal([SECRETS.database]);
        expect(plan.all(aws.vpc.SecurityGroupIngressRule, /-from-nightly-/).map(({ name }) => name)).to.deep.equal([
            "database-from-nightly-5432",
        ]);
        const policies = plan.all(aws.iam.RolePolicy, /^nightly-/).map(({ name }) => name);
        expect(policies).to.have.members(["nightly-execution-start", "nightly-scheduler-run", "nightly-task-tracing"]);
        expect(plan.all(aws.cloudwatch.MetricAlarm, /^nightly-/).map(({ name }) => name)).to.have.members([
            "nightly-failed-runs",
            "nightly-missed-runs",
        ]);
    });

    it("start no runs on standby, and start them in an active stack", async () => {
        const state = async (...more: string[]) =>
            (await planned([...JOB, ...more], "dr")).one(aws.scheduler.Schedule, "nightly-schedule").inputs.state;
        expect(await state()).to.equal("DISABLED");
        expect(await state("active=true")).to.equal("ENABLED");
    });
});

describe("services: configuration", () => {
    const problems = (services: object, more: object = {}) =>
        parseConfig({ role: "primary", services, ...more }, { region: "us-east-1" }, "prod").problems.map((it) =>
            it.replace("ai-platform:", ""),
        );
    const web = (path: string, more: object = {}) => ({ image: IMAGE, path, ...more });
    const cases: [string, object, string | RegExp, object?][] = [
        [
            "a system that is off",
            { api: { uses: ["documents"] } },
            "services.api.uses: documents is off (documents.enabled: false): enable it, or remove it from the list",
            { documents: { enabled: false } },
        ],
        [
            "an unknown system",
            { api: { uses: ["queue"] } },
            /^services\.api\.uses\.?\[0\]: "queue" must be one of database, cache, documents, lake, events, ai, jwt$/,
        ],
        ["a duplicate path", { api: {}, b: web("/api/*") }, "services.b.path: /api/* is also the path of services.api"],
        [
            "a path that the API doesn't forward",
            { api: {}, b: web("/reports") },
            "services.b.path: /reports must be /api/* or a path below /api: the API forwards no other requests",
        ],
        [
            "a path with a wildcard in the middle",
            { api: {}, b: web("/api/*/x") },
            'services.b.path: "/api/*/x" must be a path such as /api/reports, or /api/reports/* for it and all paths below',
        ],
        [
            "a path behind a shorter one",
            { api: { rulePriority: 1 }, b: web("/api/b") },
            "services.b.path: /api/b gets no requests: /api/* of services.api matches them first. Change the rulePriority of one",
        ],
        [
            "two equal priorities",
            { api: {}, b: web("/api/b", { rulePriority: 9 }), c: web("/api/c", { rulePriority: 9 }) },
            "services.c.rulePriority: 9 is also the priority of services.b: set another one",
        ],
        [
            "a worker without an image",
            { api: {}, b: {} },
            "services.b.image: is missing: a service without a path is a worker, and the sample image does no work",
        ],
        [
            "requests of a worker",
            { api: {}, b: { image: IMAGE, healthCheckPath: "/up", scaling: { requestsPerTarget: 5 } } },
            "services.b.scaling.requestsPerTarget: has no effect without a path: a worker gets no requests",
        ],
        [
            "messages without events",
            { api: {}, b: { image: IMAGE, scaling: { messagesPerTask: 5 } } },
            "services.b.scaling.messagesPerTask: requires events in uses: the messages are in the work queue",
        ],
        [
            "messages without the number of running tasks",
            { api: { scaling: { messagesPerTask: 5 } } },
            "services.api.scaling.messagesPerTask: requires observability.containerInsights, which counts the running tasks",
            { observability: { containerInsights: "disabled" } },
        ],
        [
            "a moving deployment of a worker",
            { api: {}, b: { image: IMAGE, deployment: { strategy: "blueGreen" } } },
            "services.b.deployment.strategy: must be rolling without a path: a worker gets no requests",
        ],
        [
            "a setting of another strategy",
            { api: { deployment: { strategy: "blueGreen", canaryPercent: 10 } } },
            "services.api.deployment.canaryPercent: has no effect with blueGreen: it requires deployment.strategy canary",
        ],
        ["no path at all", { b: { image: IMAGE } }, "services: must contain a service with a path, which gets the requests"],
        [
            "the name of another component",
            { api: {}, cache: web("/api/cache") },
            "services.cache: cache is the name of another part of the platform, and alarms and rules are named after both",
        ],
        [
            "a job with the name of a service",
            { api: {} },
            "jobs.api: api is also a service: both would have the same names",
            { jobs: { api: { image: IMAGE, schedule: "rate(1 day)" } } },
        ],
        [
            "a job that uses a system that is off",
            { api: {} },
            "jobs.b.uses: documents is off (documents.enabled: false): enable it, or remove it from the list",
            { documents: { enabled: false }, jobs: { b: { image: IMAGE, schedule: "rate(1 day)", uses: ["documents"] } } },
        ],
        [
            "a schedule of cron itself",
            { api: {} },
            /^jobs\.b\.schedule: "0 3 \* \* \*" must be cron/,
            { jobs: { b: { image: IMAGE, schedule: "0 3 * * *" } } },
        ],
        [
            "an unknown time zone",
            { api: {} },
            /^jobs\.b\.timezone: .*must be the IANA name/,
            { jobs: { b: { image: IMAGE, schedule: "rate(1 day)", timezone: "Zurich" } } },
        ],
        ["an invalid name", { api: {}, b_c: web("/api/b") }, /^services\.b_c: must be/],
        [
            "a size that Fargate doesn't offer",
            { api: { cpu: 256, memory: 4096 } },
            "services.api.memory: must be one of 512, 1024, 2048 MiB with 256 CPU units",
        ],
        [
            "an unknown service of the pipeline",
            { api: { deployedBy: "pipeline" } },
            "delivery.service.name: web must be one of api",
            { delivery: { service: { repositoryId: "acme/api", name: "web" } } },
        ],
        [
            "an inverted schedule",
            { api: { scaling: { schedules: { night: { schedule: "rate(1 day)", minCapacity: 3, maxCapacity: 2 } } } } },
            "services.api.scaling.schedules.night.minCapacity: 3 is above maxCapacity 2",
        ],
    ];
    it("reports two equal paths once, whatever the priorities are", () => {
        for (const rulePriority of [1, 2]) {
            const services = { api: {}, b: web("/api/b", { rulePriority }), c: web("/api/b", { rulePriority: 3 - rulePriority }) };
            expect(problems(services)).to.deep.equal(["services.c.path: /api/b is also the path of services.b"]);
        }
    });

    for (const [what, services, message, more] of cases) {
        it(`rejects ${what}`, () => {
            const found = problems(services, more);
            if (typeof message === "string") expect(found).to.include(message);
            else
                expect(
                    found.some((it) => message.test(it)),
                    found.join("\n"),
                ).to.equal(true);
        });
    }

    it("has defaults for the service api only", () => {
        const { values } = parseConfig({ role: "primary", services: { api: {}, b: web("/api/b") } }, { region: "us-east-1" }, "prod");
        expect(values?.services.api).to.deep.include({ path: "/api/*", uses: [...USES] });
        expect(values?.services.b?.uses).to.deep.equal([]);
    });
});

describe("paths of services", () => {
    it("have priorities that a listener accepts, where a longer path always comes first", () => {
        const paths = ["/*", "/a", "/a/*", "/ab", "/api/*", "/api/reports/*", "/api/reports/daily", `/${"x".repeat(126)}/`];
        const lengths = paths.map((path) => path.replace("*", "").length);
        const priorities = paths.map((path) => priorityOf("it", path));
        for (const priority of priorities) expect(priority).to.be.within(...PRIORITIES);
        for (const [i, length] of lengths.entries())
            for (const [j, other] of lengths.entries())
                if (length > other) expect(priorities[i], paths[i]).to.be.lessThan(priorities[j] ?? 0);
    });

    it("include the path itself, but not its neighbors", () => {
        expect(patternsOf(["/api/*", "/health", "/*"])).to.deep.equal(["/api", "/api/*", "/health", "/*"]);
    });

    it("are literal, apart from the end", () => {
        for (const path of ["/", "/a/b", "/a/*", "/*"]) expect(PATH.test(path), path).to.equal(true);
        for (const path of ["", "a", "/a*", "/*/a", "/a?b", "/a//b", `/${"x".repeat(128)}`]) expect(PATH.test(path), path).to.equal(false);
    });
});
