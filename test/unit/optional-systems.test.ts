import { readFileSync } from "node:fs";
import path from "node:path";
import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { parse } from "yaml";
import { parseJson, parsePolicy, record, type Recording } from "../../components/testing";
import { InternalLoadBalancer } from "../../components";
import { nameOf } from "../../components/testing/urn";
import { differences } from "../../tools/plan/compare";
import { jsonSchemaOf, parseConfig, SECRETS } from "../support/config";
import { plan, SMALL } from "../support/plans";

interface System {
    /** Resources of the system: none of them may exist without it. */
    own: RegExp;
    /** Resources of other systems that exist only with it. */
    also?: RegExp;
    /** Resources that get something else instead. */
    instead?: RegExp;
    /** What other systems get from it, as `<resource>.<input>`. */
    passes: RegExp;
    /** Systems that require it, and are off in both plans. */
    beside?: string[];
    /** The key of the outputs. */
    output?: string;
    /** Only primary stacks have it. */
    ofPrimary?: boolean;
}

const INGEST = /^ingest(-|$)|-from-ingest-reader-/;
const either = (...patterns: RegExp[]) => new RegExp(patterns.map(({ source }) => source).join("|"));
/** Of the service: environment variables, and secrets with the permission to read them. */
const VARIABLES = /^api-task\.containerDefinitions$/;
const CREDENTIALS = /^api-(task\.containerDefinitions|execution-start\.policy|service\.triggers)$/;
/** The dashboard, the alarm for all alarms that page, and the description of the stack for a failover. */
const OVERVIEW = /^(observability-(dashboard\.dashboardBody|composite\.alarmRule)|recovery-stack-(primary|dr)\.item)$/;
const KEY_POLICY = /^data-encryption-(key|replica-[a-z0-9-]+)\.policy$/;

const SYSTEMS: Record<string, System> = {
    "cache.enabled": { own: /^cache(-|$)|-(to|from)-cache-|^cache-from-/, passes: either(CREDENTIALS, OVERVIEW), output: "cache" },
    "documents.enabled": {
        own: /^documents(-|$)|-to-documents-/,
        also: either(INGEST, /^backups-(documents-|none-of-documentdb)/),
        passes: either(CREDENTIALS, OVERVIEW),
        output: "documents",
    },
    "lake.enabled": {
        own: /^lake(-|$)|^copy-access-logs(-|$)|-lake-(raw|curated)-/,
        also: either(INGEST, /^events-(stream|everything)(-|$)/),
        passes: either(VARIABLES, OVERVIEW, /^events-undelivered-policy\.policy$/),
        output: "lake",
    },
    "events.stream.enabled": {
        own: /^events-(stream|everything)(-|$)/,
        passes: either(OVERVIEW, /^events-undelivered-policy\.policy$/),
    },
    "events.enabled": {
        own: /^events(-|$)|-events-(publish|work-consume)$/,
        also: INGEST,
        passes: either(VARIABLES, OVERVIEW, KEY_POLICY),
        output: "events",
    },
    "ai.enabled": { own: /^ai$|^ai-(?!platform)|^guardrail-|-ai-invoke$/, also: INGEST, passes: either(VARIABLES, OVERVIEW, KEY_POLICY) },
    "api.enabled": {
        own: /^gateway(-|$)|^aws-waf-logs-gateway$|-from-gateway-|^origin-secret(-|$)|^services-alb-config-rule$|^edge-settings-headers$/,
        instead: /^services-alb-from-\d+-\d+-\d+-0-24-80$/,
        passes: either(OVERVIEW, /^edge-(web-acl\.rules|distribution\.(origins|orderedCacheBehaviors))$/),
        output: "apiUrl",
    },
    "identity.enabled": {
        own: /^identity(-|$)/,
        passes: either(VARIABLES, /^edge-security-headers\.securityHeadersConfig$/),
        beside: ["api.enabled"],
        output: "identity",
    },
    "edge.enabled": {
        own: /^edge(-|$)|^aws-waf-logs-edge$/,
        // Topics for the alarms of CloudFront.
        also: /^observability-us-east-1-/,
        passes: OVERVIEW,
        beside: ["api.enabled", "identity.enabled"],
        output: "site",
    },
    "backups.enabled": { own: /^backups(-|$)/, passes: OVERVIEW, ofPrimary: true },
};

const off = (keys: string[]) => keys.map((key) => `ai-platform:${key}=false`);
const STACKS: Record<string, [stack: string, overrides: string[]]> = {
    prod: ["prod", []],
    "dr, standing by": ["dr", []],
    "dr, active": ["dr", ["ai-platform:active=true"]],
    dev: ["dev", []],
};

describe("a system that is off", () => {
    for (const [key, system] of Object.entries(SYSTEMS))
        for (const [title, [stack, overrides]] of Object.entries(STACKS)) {
            if (system.ofPrimary && stack === "dr") continue;

            it(`doesn't exist, and changes nothing else: ${key}, ${title}`, async () => {
                const { own, also = /^$/, instead = /^$/, passes, beside = [] } = system;
                const resources = (recording: Recording) => recording.deployment().deployment.resources;
                const before = await plan(stack, [...overrides, ...off(beside)]);
                const after = await plan(stack, [...overrides, ...off([...beside, key])]);
                const named = (change: string) =>
                    differences(resources(before), resources(after))
                        .filter((it) => it.change === change)
                        .map(({ resource }) => nameOf(resource.urn));
                const removed = named("only before");
                // Without recovery, there are no backups.
                if (!(system.ofPrimary && stack === "dev")) expect(removed.filter((name) => own.test(name))).not.to.be.empty;
                expect(removed.filter((name) => !either(own, also).test(name))).to.deep.equal([]);
                expect(after.registered.map(({ name }) => name).filter((name) => either(own, also).test(name))).to.deep.equal([]);
                expect(named("only after").filter((name) => !instead.test(name))).to.deep.equal([]);
                const changed = differences(resources(before), resources(after)).flatMap(({ change, inputs, resource }) =>
                    change === "changed" ? inputs.map((input) => `${nameOf(resource.urn)}.${input}`) : [],
                );
                expect(changed.filter((it) => !passes.test(it))).to.deep.equal([]);
                if (system.output === undefined) return;
                expect(before.outputs).to.have.property(system.output);
                expect(after.outputs).not.to.have.property(system.output);
            });
        }

    it("leaves no copies, keys, and lookups in the recovery region", async () => {
        const prod = await plan("prod", off(["lake.enabled", "backups.enabled"]));
        const copies = prod.registered.filter(({ inputs }) => inputs.region === "us-west-2").map(({ name }) => name);
        expect(copies.filter((name) => /lake|backups|copy-access-logs/.test(name))).to.deep.equal([]);
        expect(copies).to.include.members(["edge-site-copy-bucket", "data-encryption-replica-us-west-2"]);
        const dr = await plan("dr", off(["lake.enabled", "api.enabled", "identity.enabled", "edge.enabled"]));
        expect(dr.lookups.filter(({ token }) => token === "aws:s3/getBucket:getBucket")).to.deep.equal([]);
    });

    it("has no exceptions for documents in the web ACL without the API", async () => {
        const rules = async (...keys: string[]) =>
            JSON.stringify((await plan("prod", off(keys))).one(aws.wafv2.WebAcl, "edge-web-acl").inputs.rules);
        expect(await rules()).to.contain("/api/documents");
        expect(await rules("api.enabled")).not.to.contain("/api/documents");
    });

    it("needs no key in us-east-1 for CloudFront", async () => {
        const elsewhere = ["aws:region=eu-west-1"];
        const replicas = async (keys: string[]) =>
            (await plan("dev", [...elsewhere, ...off(keys)])).registered
                .filter(({ inputs }) => inputs.region === "us-east-1")
                .map(({ name }) => name);
        expect(await replicas([])).to.include.members(["logs-encryption-replica-us-east-1", "alerts-encryption-replica-us-east-1"]);
        expect(await replicas(["api.enabled", "identity.enabled", "edge.enabled"])).to.deep.equal([]);
    });

    it("can't use the data key", async () => {
        const services = async (...keys: string[]) => {
            const { inputs } = (await plan("dev", off(keys))).one(aws.kms.Key, "data-encryption-key");
            const { Statement } = parsePolicy(inputs.policy);
            return [
                ...new Set(Statement.map((it) => JSON.stringify(it.Principal)).flatMap((it) => it.match(/[a-z]+(?=\.amazonaws)/g) ?? [])),
            ];
        };
        expect(await services()).to.include.members(["events", "sns", "bedrock"]);
        expect(await services("events.enabled", "ai.enabled")).to.deep.equal([]);
        expect(await services("ai.enabled")).to.have.members(["events", "sns"]);
    });
});

describe("a stack with a network, a service, and a database", () => {
    let recording: Recording;
    before(async () => {
        recording = await plan("dev", [...SMALL, "ai-platform:services.api.tracing=false"]);
    });

    it("has a service that uses the database and nothing else", () => {
        const [container] = parseJson<{ environment: { name: string }[]; secrets: { name: string }[] }[]>(
            recording.one(aws.ecs.TaskDefinition).inputs.containerDefinitions,
        );
        expect(container?.secrets.map(({ name }) => name)).to.have.members([SECRETS.database, SECRETS.jwt]);
        const variables = container?.environment.map(({ name }) => name) ?? [];
        expect(variables).to.include.members(["ASPNETCORE_ENVIRONMENT", "ASPNETCORE_HTTP_PORTS"]);
        expect(variables.filter((name) => /^(Ai|Documents|Events|Identity|Lake)__/.test(name))).to.be.empty;
    });

    it("is reachable in the private subnets only", () => {
        const { inputs } = recording.one(aws.lb.LoadBalancer);
        expect(inputs.internal).to.be.true;
        const rules = recording.all(aws.vpc.SecurityGroupIngressRule, /^services-alb-from-/);
        const subnets = recording.all(aws.ec2.Subnet, /-private-/).map((subnet) => subnet.inputs.cidrBlock);
        expect(subnets).not.to.be.empty;
        expect(rules.map((rule) => rule.inputs.cidrIpv4)).to.have.members(subnets);
        for (const rule of rules) {
            expect(rule.inputs).to.include({ fromPort: 80, toPort: 80, ipProtocol: "tcp", securityGroupId: inputs.securityGroups?.[0] });
        }
        expect(recording.outputs.internalUrl).to.equal(`http://${String(recording.one(aws.lb.LoadBalancer).outputs.dnsName)}`);
    });

    it("can't be opened to all addresses", async () => {
        const place = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] };
        await record(() => {
            const loadBalancer = new InternalLoadBalancer("shared", place);
            for (const block of ["0.0.0.0/0", "10.0.4.0", "everywhere"])
                expect(() => loadBalancer.allowFromCidrBlock(block)).to.throw(
                    `InternalLoadBalancer shared-alb: ${block} must be an IPv4 block, such as 10.0.4.0/24`,
                );
        });
    });

    it("keeps the load balancer's access logs", () => {
        const { bucket } = recording.one(aws.lb.LoadBalancer).inputs.accessLogs ?? {};
        expect(bucket).to.equal(recording.one(aws.s3.Bucket, "access-logs-bucket").id);
    });

    it("can be reached from the private subnets of an existing network", async () => {
        const subnets = (tier: string, digits: string[]) =>
            digits.map((digit, i) => `ai-platform:network.existing.${tier}SubnetIds[${i}]=subnet-${digit.repeat(17)}`);
        const existing = await plan("prod", [
            ...SMALL,
            `ai-platform:network.existing.vpcId=vpc-${"0".repeat(17)}`,
            ...subnets("private", ["1", "2"]),
            ...subnets("data", ["3", "4"]),
        ]);
        const rules = existing.all(aws.vpc.SecurityGroupIngressRule, /^services-alb-from-/);
        // The blocks of the first two subnets that are looked up.
        expect(rules.map(({ inputs }) => inputs.cidrIpv4)).to.have.members(["10.0.1.0/24", "10.0.2.0/24"]);
    });
});

describe("systems that require each other", () => {
    const problems = (own: object, role = "primary") =>
        parseConfig({ role, ...own }, { region: role === "dr" ? "us-west-2" : "us-east-1" }, role === "dr" ? "dr" : "prod").problems.map(
            (it) => it.replace("ai-platform:", ""),
        );
    const no = { enabled: false };
    const closed = { api: no, identity: no };
    const DOMAIN = { name: "app.example.com", zoneId: "Z0123456789" };
    const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000001";
    const CASES: [title: string, own: object, expected: string[]][] = [
        [
            "the API without users",
            { identity: no },
            ["api.enabled: identity is off (identity.enabled: false): the API accepts only requests with a token of the user pool"],
        ],
        [
            "the API and sign-in without the edge",
            { edge: no },
            [
                "api.enabled: edge is off (edge.enabled: false): the API accepts only requests from CloudFront",
                "identity.siteUrls: must contain a URL: edge is off (edge.enabled: false), and sign-in must return to a site. Or set identity.enabled to false",
            ],
        ],
        [
            "a stream without the lake",
            { lake: no, events: { stream: { enabled: true } } },
            ["events.stream.enabled: lake is off (lake.enabled: false): the stream delivers events to the lake"],
        ],
        [
            "a domain without the edge",
            { ...closed, edge: no, domain: DOMAIN },
            ["domain: edge is off (edge.enabled: false): the names are those of the site and of the API"],
        ],
        [
            "a certificate of the API without the API",
            { api: no, domain: { ...DOMAIN, apiCertificateArn: CERTIFICATE } },
            ["domain.apiCertificateArn: api is off (api.enabled: false): the certificate is for the API's names"],
        ],
        [
            "a pipeline of the site without the site",
            {
                ...closed,
                edge: no,
                services: { api: { deployedBy: "pipeline" } },
                delivery: { service: { repositoryId: "acme/api" }, site: { repositoryId: "acme/site" } },
            },
            ["delivery.site: edge is off (edge.enabled: false): the pipeline publishes the site"],
        ],
        [
            "a list of addresses that nothing checks",
            { ...closed, edge: no, access: { allowedCidrBlocks: ["203.0.113.0/24"] } },
            ["access.allowedCidrBlocks: has no effect: edge is off (edge.enabled: false), and identity is off (identity.enabled: false)"],
        ],
        [
            "a service and a job that use systems that are off",
            {
                cache: no,
                services: { api: {}, reports: { image: "registry.example.org/shop:1", path: "/api/reports", uses: ["cache", "database"] } },
                jobs: { nightly: { image: "registry.example.org/shop:1", schedule: "rate(1 day)", uses: ["cache"] } },
            },
            ["services.reports", "jobs.nightly"].map(
                (key) => `${key}.uses: cache is off (cache.enabled: false): enable it, or remove it from the list`,
            ),
        ],
    ];
    for (const [title, own, expected] of CASES)
        it(`are rejected by key: ${title}`, () => {
            expect(problems(own)).to.deep.equal(expected);
        });

    it("are rejected by key: a destination for the log of CloudFront's web ACL without the edge", () => {
        const usEast1LogDestinationArn = "arn:aws:logs:us-east-1:210987654321:destination:central";
        expect(problems({ ...closed, edge: no, usEast1LogDestinationArn }, "dr")).to.deep.equal([
            "usEast1LogDestinationArn: edge is off (edge.enabled: false): only CloudFront's web ACL writes a log in us-east-1",
        ]);
        expect(problems({ ...closed, usEast1LogDestinationArn }, "dr")).to.be.empty;
    });

    it("are accepted in every other combination", () => {
        for (const system of ["cache", "documents", "lake", "events", "ai", "api", "backups"])
            expect(problems({ [system]: no }), system).to.be.empty;
        expect(problems(closed)).to.be.empty;
        expect(problems({ ...closed, edge: no })).to.be.empty;
        expect(problems({ api: no, edge: no, identity: { siteUrls: ["http://localhost:4200"] } })).to.be.empty;
        expect(problems({ events: no, lake: no })).to.be.empty;
        expect(problems({ events: { ...no, stream: { enabled: true } }, lake: no }), "the stream of events that are off").to.be.empty;
        expect(problems({ ...closed, edge: no, access: {}, services: { api: { path: "/reports/*" } } })).to.be.empty;
    });

    it("are all reported, also with other problems", () => {
        const all = problems({ identity: no, lake: no, events: { stream: { enabled: true } }, services: { api: { uses: ["lake"] } } });
        expect(all.map((it) => it.split(": ")[0])).to.have.members(["services.api.uses", "api.enabled", "events.stream.enabled"]);
    });

    it("have no switch for backups in a dr stack, which has none", () => {
        expect(problems({ backups: no }, "dr")[0]).to.match(/^backups.enabled: unknown key in a dr stack/);
    });

    it("don't make a region invalid if they are off", () => {
        const inRegion = (own: object, region: string) => parseConfig({ role: "primary", ...own }, { region }, "prod").problems;
        expect(inRegion({ documents: no }, "us-west-1").filter((it) => it.includes("ai.models"))).to.be.empty;
        expect(inRegion({ cache: { nodeType: "cache.c7gn.large" } }, "eu-central-1").join()).to.contain("cache.nodeType");
        expect(inRegion({ cache: { ...no, nodeType: "cache.c7gn.large" } }, "eu-central-1").join()).not.to.contain("cache.nodeType");
    });
});

describe("docs/optional-systems.md", () => {
    const page = readFileSync(path.join(__dirname, "..", "..", "docs", "optional-systems.md"), "utf8");

    it("lists every switch of a system", () => {
        const rows = [...page.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, key]) => key);
        expect(rows).to.have.members(Object.keys(SYSTEMS));
        const switches = Object.entries(jsonSchemaOf("primary").properties ?? {}).filter(([, { properties }]) => properties?.enabled);
        expect(rows).to.include.members(switches.map(([section]) => `${section}.enabled`));
    });

    it("has the smallest stack, with everything off that can be off", async () => {
        const [, sample = ""] = /```yaml\n([^]*?)```/.exec(page) ?? [];
        const keys = Object.entries(parse(sample) as Record<string, { enabled: boolean }>).map(
            ([section, { enabled }]) => `${section}.enabled=${String(enabled)}`,
        );
        expect([...keys, "ai-platform:backups.enabled=false"]).to.have.members(SMALL);
        expect(Object.keys((await plan("dev", keys)).outputs)).to.include("internalUrl");
    });

    it("shows messages of the program", () => {
        const [, sample = ""] = /```\n(ai-platform:[^]*?)```/.exec(page) ?? [];
        const { problems } = parseConfig(
            {
                role: "primary",
                cache: { enabled: false },
                identity: { enabled: false },
                services: { api: {}, reports: { image: "registry.example.org/shop:1", path: "/api/reports", uses: ["cache"] } },
            },
            { region: "us-east-1" },
            "prod",
        );
        expect(sample.trim().split("\n")).to.deep.equal(problems);
    });
});
