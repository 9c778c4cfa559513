import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { type ConfiguredStack, disagreements, EQUAL, EQUAL_IN_SERVICES } from "../../stacks/config/agreement";
import { planCommand } from "../../tools/plan/command";
import { outcomeOf } from "../../tools/command";
import { parseConfig } from "../support/config";

type Section = Record<string, unknown>;

function stackOf(stack: string, region: string, own: Section, accounts: string[] = []): ConfiguredStack {
    const { values, problems } = parseConfig(own, { region }, stack);
    if (!values) throw new Error(problems.join("\n"));
    return { stack, region, accounts, values };
}

const prod = (own: Section = {}, region = "us-east-1") =>
    stackOf("prod", region, { role: "primary", recovery: { region: "us-west-2" }, ...own });
const dr = (own: Section = {}, region = "us-west-2") => stackOf("dr", region, { role: "dr", ...own });
const dev = (own: Section = {}, region = "us-east-1", accounts?: string[]) =>
    stackOf(
        "dev",
        region,
        { role: "primary", network: { cidrBlock: "10.8.0.0/16" }, api: { manageAccountLogging: false }, ...own },
        accounts,
    );

/** Severity and the keys with their values, by stack. */
const found = (...stacks: ConfiguredStack[]) =>
    disagreements(stacks).map(({ severity, settings }) => [
        severity,
        ...settings.map(({ stack, key, value }) => `${stack} ${key}=${String(value)}`),
    ]);

const p = "ai-platform:";

describe("agreement of stacks", () => {
    it("doesn't report a missing primary stack if a stack file is invalid: it could be that of the primary", () => {
        expect(
            disagreements([dr()])
                .map(({ problem }) => problem)
                .join(),
        ).to.contain("no valid stack file of a primary stack");
        expect(disagreements([dr()], false)).to.deep.equal([]);
    });

    it("warns if both stacks of a pair are active, or both passive", () => {
        expect(found(prod(), dr({ active: true }))).to.deep.equal([["warning", `prod ${p}active=undefined`, `dr ${p}active=true`]]);
        expect(found(prod({ active: false }), dr())).to.deep.equal([["warning", `prod ${p}active=false`, `dr ${p}active=undefined`]]);
        expect(found(prod({ active: false }), dr({ active: true }))).to.deep.equal([]);
    });

    it("finds nothing in a primary stack, its dr stack, and an independent stack", () => {
        expect(found(prod(), dr(), dev())).to.deep.equal([]);
    });

    it("reports restore tests in dr of backups that the primary stack doesn't have", () => {
        const tests = { backups: { restoreTests: { enabled: true } } };
        expect(found(prod(), dr(tests))).to.deep.equal([]);
        expect(found(prod({ backups: { enabled: false } }), dr())).to.deep.equal([]);
        expect(found(prod({ backups: { enabled: false } }), dr(tests))).to.deep.equal([
            ["error", `prod ${p}backups.enabled=false`, `dr ${p}backups.restoreTests.enabled=true`],
        ]);
    });

    it("reports a dr stack in another account than its primary stack", () => {
        const own = { role: "primary", recovery: { region: "us-west-2" } };
        const [primary, other] = [
            stackOf("prod", "us-east-1", own, ["111111111111"]),
            stackOf("dr", "us-west-2", { role: "dr" }, ["222222222222"]),
        ];
        expect(found(primary, other)).to.deep.equal([
            ["error", "prod aws:allowedAccountIds=111111111111", "dr aws:allowedAccountIds=222222222222"],
        ]);
        expect(found(primary, stackOf("dr", "us-west-2", { role: "dr" }, ["222222222222", "111111111111"]))).to.deep.equal([]);
        expect(found(primary, dr())).to.deep.equal([]);
    });

    const USERS = { users: { enabled: true } };
    const WITHOUT_USERS = { api: { enabled: false }, identity: { enabled: false } };
    const OKTA = { Okta: { type: "saml", metadataUrl: "https://example.okta.com/metadata" } };
    const equal: [key: string, own: Section, copy: Section, values: [string, string]][] = [
        [
            "api.documentPaths",
            { api: { documentPaths: ["/api/a"] } },
            { api: { documentPaths: ["/api/a", "/b"] } },
            ["/api/a", "/api/a,/b"],
        ],
        ["database.dbName", { database: { dbName: "app" } }, {}, ["app", "aiplatform"]],
        ["database.engineVersion", {}, { database: { engineVersion: "16" } }, ["17", "16"]],
        ["database.users.enabled", { database: { users: { enabled: true } } }, {}, ["true", "false"]],
        [
            "services.api.databaseAccess",
            { database: USERS, services: { api: { databaseAccess: "owner" } } },
            { database: USERS, services: { api: { databaseAccess: "readOnly" } } },
            ["owner", "readOnly"],
        ],
        ["cache.enabled", { cache: { enabled: false } }, {}, ["false", "true"]],
        ["api.enabled", { api: { enabled: false } }, {}, ["false", "true"]],
        ["api.kind", { api: { kind: "vpcOrigin" } }, {}, ["vpcOrigin", "gateway"]],
        ["documents.enabled", {}, { documents: { enabled: false } }, ["true", "false"]],
        ["namePrefix", { namePrefix: "zeta" }, {}, ["zeta", "ai-platform"]],
        ["services.api.containerPort", { services: { api: { containerPort: 8081 } } }, {}, ["8081", "8080"]],
        ["services.api.deployedBy", {}, { services: { api: { deployedBy: "pipeline" } } }, ["pulumi", "pipeline"]],
        [
            "access.allowedCidrBlocks",
            { access: { allowedCidrBlocks: ["203.0.113.0/24"] } },
            { access: { allowedCidrBlocks: ["198.51.100.0/24"] } },
            ["203.0.113.0/24", "198.51.100.0/24"],
        ],
        ["api.countedRules", { api: { countedRules: ["NoUserAgent_HEADER"] } }, {}, ["NoUserAgent_HEADER", ""]],
        ["ai.enabled", { ai: { enabled: false } }, {}, ["false", "true"]],
        ["edge.enabled", { ...WITHOUT_USERS, edge: { enabled: false } }, WITHOUT_USERS, ["false", "true"]],
        ["events.enabled", { events: { enabled: false } }, {}, ["false", "true"]],
        ["identity.enabled", WITHOUT_USERS, { api: { enabled: false } }, ["false", "true"]],
        ["lake.enabled", { lake: { enabled: false } }, {}, ["false", "true"]],
        [
            "domain.name",
            { domain: { name: "a.example.com", zoneId: "Z0123456789ABCDEFGHIJ" } },
            { domain: { name: "b.example.com", zoneId: "Z0123456789ABCDEFGHIJ" } },
            ["a.example.com", "b.example.com"],
        ],
        [
            "domain.zoneId",
            { domain: { name: "a.example.com", zoneId: "Z0123456789ABCDEFGHIJ" } },
            { domain: { name: "a.example.com", zoneId: "Z1123456789ABCDEFGHIJ" } },
            ["Z0123456789ABCDEFGHIJ", "Z1123456789ABCDEFGHIJ"],
        ],
        [
            "identity.passwordSignIn",
            { identity: { providers: OKTA } },
            { identity: { providers: OKTA, passwordSignIn: false } },
            ["true", "false"],
        ],
        ["services.api.path", { services: { api: { path: "/api/v1/*" } } }, {}, ["/api/v1/*", "/api/*"]],
        ["services.api.cpuArchitecture", {}, { services: { api: { cpuArchitecture: "X86_64" } } }, ["ARM64", "X86_64"]],
    ];
    for (const [key, own, copy, [a, b]] of equal) {
        it(`reports a different ${key} of a dr stack`, () => {
            expect(found(prod(own), dr(copy))).to.deep.equal([["error", `prod ${p}${key}=${a}`, `dr ${p}${key}=${b}`]]);
        });
    }

    it("has a case for each key that must be equal", () => {
        const keys = [...Object.keys(EQUAL), ...Object.keys(EQUAL_IN_SERVICES).map((key) => `services.api.${key}`)];
        expect(equal.map(([key]) => key)).to.include.members(keys);
    });

    const DOMAIN = { name: "app.example.com", zoneId: "Z0123456789ABCDEFGHIJ" };

    it("reports additional names that only one of the two stacks has", () => {
        const additionalNames = { "www.example.com": { redirect: true } };
        const [problem, ...more] = disagreements([prod({ domain: { ...DOMAIN, additionalNames } }), dr({ domain: DOMAIN })]);
        expect(more).to.be.empty;
        expect(problem?.settings.map(({ key }) => key)).to.deep.equal([`${p}domain.additionalNames`, `${p}domain.additionalNames`]);
        expect(found(prod({ domain: { ...DOMAIN, additionalNames } }), dr({ domain: { ...DOMAIN, additionalNames } }))).to.deep.equal([]);
    });

    it("reports identity providers that only one of the two stacks has, without their secrets", () => {
        const providers = OKTA;
        const settings = (name: string) => `names of ${p}identity.providers=${name}`;
        expect(found(prod({ identity: { providers } }), dr())).to.deep.equal([["error", `prod ${settings("Okta")}`, `dr ${settings("")}`]]);
        expect(found(prod({ identity: { providers } }), dr({ identity: { providers } }))).to.deep.equal([]);
    });

    it("reports a role for DNS records that only one of the two stacks has", () => {
        const [account, other] = ["210987654321", "310987654321"].map((id) => ({ ...DOMAIN, dnsRoleArn: `arn:aws:iam::${id}:role/dns` }));
        const key = `${p}domain.dnsRoleArn`;
        const value = String(account?.dnsRoleArn);
        expect(found(prod({ domain: account }), dr({ domain: DOMAIN }))).to.deep.equal([
            ["error", `prod ${key}=${value}`, `dr ${key}=undefined`],
        ]);
        expect(found(prod({ domain: DOMAIN }), dr({ domain: account }))).to.deep.equal([
            ["error", `prod ${key}=undefined`, `dr ${key}=${value}`],
        ]);
        expect(found(prod({ domain: account }), dr({ domain: other }))).to.deep.equal([]);
    });

    it("warns about a permissions boundary that only one of the two stacks has", () => {
        const own = { permissionsBoundaryArn: "arn:aws:iam::123456789012:policy/boundary" };
        const key = `${p}permissionsBoundaryArn`;
        expect(found(prod(own), dr())).to.deep.equal([["warning", `prod ${key}=${own.permissionsBoundaryArn}`, `dr ${key}=undefined`]]);
        expect(found(prod(own), dr(own))).to.deep.equal([]);
    });

    it("warns about jobs that don't run after a failover", () => {
        const job = { image: "example.com/shop-jobs:1", schedule: "rate(1 hour)" };
        const own = { jobs: { nightly: job, hourly: job } };
        const [problem, ...more] = disagreements([prod(own), dr({ jobs: { hourly: job } })]);
        expect(more).to.deep.equal([]);
        expect(problem).to.include({ severity: "warning", problem: "after a failover, these jobs don't run: nightly" });
        expect(found(prod(own), dr(own))).to.deep.equal([]);
        expect(found(prod(), dr(own))).to.deep.equal([]);
    });

    it("reports an existing certificate of the API that only the primary stack has", () => {
        const arn = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000002`;
        const own = { domain: { ...DOMAIN, apiCertificateArn: arn("us-east-1") } };
        expect(found(prod(own), dr({ domain: DOMAIN }))).to.deep.equal([
            ["error", `prod ${p}domain.apiCertificateArn=${arn("us-east-1")}`, `dr ${p}domain.apiCertificateArn=undefined`],
        ]);
        expect(found(prod(own), dr({ domain: { ...DOMAIN, apiCertificateArn: arn("us-west-2") } }))).to.deep.equal([]);
        expect(found(prod({ domain: DOMAIN }), dr({ domain: DOMAIN }))).to.deep.equal([]);
    });

    it("reports a service that only one of the two stacks has, and different uses", () => {
        const image = "public.ecr.aws/acme/reports:1";
        const services = { api: {}, reports: { image, path: "/api/reports/*", uses: ["database"] } };
        const names = (list: string) => `names of ${p}services=${list}`;
        expect(found(prod({ services }), dr())).to.deep.equal([["error", `prod ${names("api,reports")}`, `dr ${names("api")}`]]);
        const other = { ...services, reports: { ...services.reports, uses: ["database", "lake"] } };
        expect(found(prod({ services }), dr({ services: other }))).to.deep.equal([
            ["error", `prod ${p}services.reports.uses=database`, `dr ${p}services.reports.uses=database,lake`],
        ]);
    });

    it("reports IOPS of the replica that the storage of its source doesn't allow", () => {
        const source = (allocatedStorage: number) => prod({ database: { allocatedStorage, maxAllocatedStorage: 1000 } });
        const provisioned = dr({ database: { iops: 20000 } });
        expect(found(source(399), provisioned)).to.deep.equal([
            ["error", `prod ${p}database.allocatedStorage=399`, `dr ${p}database.iops=20000`],
        ]);
        expect(found(source(400), provisioned)).to.deep.equal([]);
    });

    it("reports a storage limit of the replica that is below that of its source", () => {
        const limited = (maxAllocatedStorage: number) => dr({ database: { maxAllocatedStorage } });
        const source = prod({ database: { maxAllocatedStorage: 200 } });
        expect(found(source, limited(150))).to.deep.equal([
            ["error", `prod ${p}database.maxAllocatedStorage=200`, `dr ${p}database.maxAllocatedStorage=150`],
        ]);
        expect(found(source, limited(200))).to.deep.equal([]);
        expect(found(source, limited(300))).to.deep.equal([]);
        expect(found(source, dr())).to.deep.equal([]);
    });

    it("warns about recipients that only the primary stack has, without their addresses", () => {
        const observability = { alertEmails: ["a@example.com"], pagingWebhooks: ["https://pager.example.com/key"] };
        const number = (stack: string, key: string, value: number) => `${stack} number of ${p}observability.${key}=${value}`;
        expect(found(prod({ observability }), dr())).to.deep.equal([
            ["warning", number("prod", "alertEmails", 1), number("dr", "alertEmails", 0)],
            ["warning", number("prod", "pagingWebhooks", 1), number("dr", "pagingWebhooks", 0)],
        ]);
        expect(found(prod({ observability }), dr({ observability }))).to.deep.equal([]);
        expect(found(prod(), dr({ observability }))).to.deep.equal([]);
    });

    it("reports a sign-in prefix that two stacks of a region would share", () => {
        const identity = { domainPrefix: "example" };
        const settings = [`prod ${p}identity.domainPrefix=example`, `dev ${p}identity.domainPrefix=example`];
        expect(found(prod({ identity }), dev({ identity }))).to.deep.equal([["error", ...settings]]);
        expect(found(prod({ identity }), dev({ identity }, "us-east-2"))).to.deep.equal([]);
    });

    it("reports a domain that only one of the two stacks has", () => {
        const domain = { name: "app.example.com", zoneId: "Z0123456789ABCDEFGHIJ" };
        expect(found(prod({ domain }), dr())).to.deep.equal([
            ["error", `prod ${p}domain.name=app.example.com`, `dr ${p}domain.name=undefined`],
            ["error", `prod ${p}domain.zoneId=Z0123456789ABCDEFGHIJ`, `dr ${p}domain.zoneId=undefined`],
        ]);
    });

    it("reports copies in another region than the dr stack's, and none", () => {
        expect(found(prod({ recovery: { region: "us-east-2" } }), dr())).to.deep.equal([
            ["error", `prod ${p}recovery.region=us-east-2`, "dr aws:region=us-west-2"],
        ]);
        expect(found(prod({ recovery: undefined }), dr())).to.deep.equal([
            ["error", `prod ${p}recovery=undefined`, "dr aws:region=us-west-2"],
        ]);
    });

    it("reports another environment and another network than the counterpart has", () => {
        const primary = prod({ recovery: { region: "us-west-2", environment: "standby" }, network: { cidrBlock: "10.4.0.0/16" } });
        expect(found(primary, dr())).to.deep.equal([
            ["error", `prod ${p}recovery.environment=standby`, `dr ${p}environment=dr`],
            ["error", `prod ${p}network.cidrBlock=10.4.0.0/16`, `dr ${p}primary.cidrBlock=10.0.0.0/16`],
        ]);
    });

    it("finds the primary stack by environment, and reports another region or none", () => {
        const live = stackOf("live", "eu-west-1", { role: "primary", environment: "prod", recovery: { region: "us-west-2" } });
        expect(found(live, dr())).to.deep.equal([["error", "live aws:region=eu-west-1", `dr ${p}primary.region=us-east-1`]]);
        expect(found(dev(), dr())).to.deep.equal([["error", `dr ${p}primary.environment=prod`]]);
    });

    it("checks each pair, whatever the stacks are called", () => {
        const shop = stackOf("shop", "eu-west-1", { role: "primary", recovery: { region: "eu-central-1", environment: "spare" } });
        const own = {
            role: "dr",
            environment: "spare",
            primary: { environment: "shop", region: "eu-west-1" },
            database: { dbName: "shop" },
        };
        const spare = stackOf("shop-spare", "eu-central-1", own);
        const others = found(prod(), dr(), shop, spare).filter(([severity]) => severity === "error");
        expect(others).to.deep.equal([["error", `shop ${p}database.dbName=aiplatform`, `shop-spare ${p}database.dbName=shop`]]);
    });

    it("reports names that two stacks of an account would share", () => {
        const twin = dev({ environment: "prod" }, "eu-west-1");
        expect(found(prod(), twin)).to.deep.equal([["error", `prod ${p}environment=prod`, `dev ${p}environment=prod`]]);
        const domain = { name: "app.example.com", zoneId: "Z0123456789ABCDEFGHIJ" };
        expect(found(prod({ domain }), dev({ domain }))).to.have.length(1);
    });

    it("warns about two owners of a setting, unless the accounts differ", () => {
        const own = { api: { manageAccountLogging: true } };
        const settings = [`prod ${p}api.manageAccountLogging=true`, `dev ${p}api.manageAccountLogging=true`];
        expect(found(prod(), dev(own))).to.deep.equal([["warning", ...settings]]);
        const [primary, same, other] = [
            { ...prod(), accounts: ["111111111111"] },
            dev(own, "us-east-1", ["111111111111"]),
            dev(own, "us-east-1", ["222222222222"]),
        ];
        expect(found(primary, same)).to.deep.equal([["error", ...settings]]);
        expect(found(primary, other)).to.deep.equal([]);
    });

    it("warns about two owners of the registry in regions that are each other's recovery", () => {
        const west = dev({ recovery: { region: "us-east-1", environment: "dev-dr" } }, "us-west-2");
        expect(found(prod(), west)).to.deep.equal([
            ["warning", `prod ${p}recovery.manageRegistry=true`, `dev ${p}recovery.manageRegistry=true`],
        ]);
    });

    it("reports an environment whose images the owner of the registry doesn't replicate", () => {
        const second = dev({ recovery: { region: "us-west-2", environment: "dev-dr", manageRegistry: false } });
        expect(found(prod(), second)).to.deep.equal([
            ["error", `prod ${p}recovery.additionalEnvironments=`, `dev ${p}recovery.manageRegistry=false`],
        ]);
        expect(found(prod({ recovery: { region: "us-west-2", additionalEnvironments: ["dev"] } }), second)).to.deep.equal([]);
    });

    it("warns about networks that overlap", () => {
        expect(found(prod(), dev({ network: { cidrBlock: "10.0.0.0/16" } }))).to.deep.equal([
            ["warning", `prod ${p}network.cidrBlock=10.0.0.0/16`, `dev ${p}network.cidrBlock=10.0.0.0/16`],
        ]);
    });
});

describe("npm run plan -- --check", () => {
    let directory = "";
    beforeEach(() => {
        directory = mkdtempSync(path.join(tmpdir(), "stacks-"));
    });
    afterEach(() => {
        rmSync(directory, { recursive: true });
    });
    const file = (stack: string, ...config: string[]) => {
        writeFileSync(path.join(directory, `Pulumi.${stack}.yaml`), ["config:", ...config.map((line) => `  ${line}`)].join("\n"));
    };
    const io = () => ({ directory, readInput: () => "", notify: () => undefined });
    const check = (...args: string[]) => outcomeOf(planCommand, ["--check", ...args], io());

    it("prints keys and values, and fails", async () => {
        file(
            "live",
            "aws:region: us-east-1",
            "ai-platform:role: primary",
            "ai-platform:environment: prod",
            "ai-platform:recovery: { region: us-west-2 }",
        );
        file("dr", "aws:region: us-west-2", "ai-platform:role: dr", "ai-platform:database: { dbName: app }");
        const { stdout: text, code } = await check();
        expect(code).to.equal(1);
        expect(text).to.contain("must be equal: a replica contains the databases of its source");
        expect(text).to.contain('live  ai-platform:database.dbName: "aiplatform"');
        expect(text).to.contain('dr  ai-platform:database.dbName: "app"');
        const json = JSON.parse((await check("--json")).stdout) as { stacks: string[]; disagreements: { severity: string }[] };
        expect(json.stacks).to.deep.equal(["dr", "live"]);
        expect(json.disagreements.map(({ severity }) => severity)).to.deep.equal(["error"]);
    });

    it("passes for files that agree, and reports an invalid file with its problems", async () => {
        file("prod", "aws:region: us-east-1", "ai-platform:role: primary", "ai-platform:recovery: { region: us-west-2 }");
        file("dr", "aws:region: us-west-2", "ai-platform:role: dr");
        expect(await check()).to.deep.equal({ stdout: "2 stack files agree: dr, prod\n", stderr: "", code: 0 });
        file("dev", "aws:region: us-east-1", "ai-platform:role: primary", "ai-platform:logRetentionDays: 4");
        const { stdout: text, code } = await check();
        expect(code).to.equal(1);
        expect(text).to.contain("Pulumi.dev.yaml is invalid").and.to.contain("ai-platform:logRetentionDays: 4 must be one of");
    });

    it("warns about a webhook in plain text, without showing it", async () => {
        const webhook = (value: string) => `ai-platform:observability: { pagingWebhooks: [${value}] }`;
        file("prod", "aws:region: us-east-1", "ai-platform:role: primary", webhook("{ secure: AAABAHNlY3JldA== }"));
        expect((await check()).stdout).not.to.contain("plain text");
        file("prod", "aws:region: us-east-1", "ai-platform:role: primary", webhook("https://pager.example.com/key"));
        const { stdout: text, code } = await check();
        expect(text).to.contain("warning: in plain text: set webhooks with").and.not.to.contain("pager.example.com");
        expect(code).to.equal(0);
    });

    it("warns about the secret of an identity provider in plain text, without showing it", async () => {
        const provider = (clientSecret: string) =>
            `ai-platform:identity: { providers: { Corp: { type: oidc, issuer: "https://login.example.com", clientId: it, clientSecret: ${clientSecret} } } }`;
        file("prod", "aws:region: us-east-1", "ai-platform:role: primary", provider("{ secure: AAABAHNlY3JldA== }"));
        expect((await check()).stdout).not.to.contain("plain text");
        file("prod", "aws:region: us-east-1", "ai-platform:role: primary", provider("hunter2"));
        const { stdout: text, code } = await check();
        expect(text)
            .to.contain("ai-platform:identity.providers.Corp.clientSecret")
            .and.to.contain("in plain text")
            .and.not.to.contain("hunter2");
        expect(code).to.equal(0);
    });

    it("reports encrypted values that would be in plain text in a container", async () => {
        const environment = "{ api: { environment: { TOKEN: { secure: AAABAHNlY3JldA== } } } }";
        file("prod", "aws:region: us-east-1", "ai-platform:role: primary", `ai-platform:services: ${environment}`);
        const { stdout: text, code } = await check();
        expect(code).to.equal(1);
        expect(text).to.contain("ai-platform:services: must not contain encrypted values");
    });

    it("takes no stack", async () => {
        expect(await check("prod")).to.deep.include({ code: 1 });
        expect((await check("prod")).stderr).to.contain("--check checks all stack files");
    });
});
