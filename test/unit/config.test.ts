import { readFileSync } from "node:fs";
import { expect } from "chai";
import { propertiesOf } from "../../tools/changing/values";
import {
    jsonSchemaOf,
    type JsonSchema,
    misspelledNamespaces,
    parseConfig,
    PROVIDER_SETTINGS,
    RENAMED,
    schemaAt,
    stackFileSchema,
} from "../support/config";

const AWS = { region: "us-east-1" };
const primary = (more: Record<string, unknown> = {}) => parseConfig({ role: "primary", ...more }, AWS, "prod");
const dr = (more: Record<string, unknown> = {}) => parseConfig({ role: "dr", ...more }, { region: "us-west-2" }, "dr");

const ADD_REGION = 'To use a region that AWS added later, see docs/extending.md, "Add a region"';

describe("configuration", () => {
    it("uses the documented defaults", () => {
        const { values, problems } = primary();
        expect(problems).to.be.empty;
        expect(values).to.deep.include({ role: "primary", environment: "prod", logRetentionDays: 30, protectData: true });
        expect(values?.network).to.deep.equal({
            cidrBlock: "10.0.0.0/16",
            numberOfAvailabilityZones: 3,
            natGateways: "one-per-zone",
            transitGatewayCidrBlocks: [],
            interfaceEndpoints: [],
            subnets: {},
        });
        expect(values?.services.api).to.include({ cpu: 1024, memory: 2048, containerPort: 8080 });
        expect(values?.services.api?.scaling).to.include({ minCapacity: 2, maxCapacity: 10, cpuTarget: 60, memoryTarget: 75 });
        expect(values?.database).to.include({
            instanceClass: "db.r6g.xlarge",
            allocatedStorage: 100,
            maxAllocatedStorage: 200,
            multiAz: true,
        });
        expect(values?.cache).to.include({ nodeType: "cache.r6g.large", nodes: 3 });
        expect(dr().values?.network.cidrBlock).to.equal("10.1.0.0/16");
    });

    it("reports all problems at once, each with its key", () => {
        const { values, problems } = primary({
            database: { allocatedStorage: 5, maxAlocatedStorage: 300 },
            services: { api: { cpu: "big", cpuArchitecture: "arm" } },
            logRetentionDays: 31,
            cach: {},
        });
        expect(values).to.be.undefined;
        expect(problems).to.have.members([
            "ai-platform:database.allocatedStorage: 5 is below the minimum 20 GiB",
            "ai-platform:database.maxAlocatedStorage: unknown key; did you mean maxAllocatedStorage?",
            'ai-platform:services.api.cpu: "big" must be one of 256, 512, 1024, 2048, 4096, 8192, 16384',
            'ai-platform:services.api.cpuArchitecture: "arm" must be one of ARM64, X86_64',
            `ai-platform:logRetentionDays: 31 must be one of ${[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653].join(", ")}`,
            "ai-platform:cach: unknown key; did you mean cache?",
        ]);
    });

    it("rejects unknown settings of the AWS provider, and accepts all that it has", () => {
        const problemsOf = (aws: Record<string, unknown>) => parseConfig({ role: "primary" }, { ...AWS, ...aws }, "prod").problems;
        expect(problemsOf({ allowedAcountIds: ["123456789012"] })).to.deep.equal([
            "aws:allowedAcountIds: unknown key; did you mean allowedAccountIds?",
        ]);
        const declarations = readFileSync(require.resolve("@pulumi/aws/config/vars.d.ts"), "utf8");
        const declared = [...declarations.matchAll(/export declare const (\w+):/g)].map(([, name = ""]) => name);
        const own = ["allowedAccountIds", "defaultTags", "profile", "region"];
        expect(declared).to.have.members([...PROVIDER_SETTINGS, ...own]);
    });

    it("rejects a misspelled namespace, and ignores those of other programs and providers", () => {
        const problems = misspelledNamespaces({
            "ai-plattform:cache": "{}",
            "awss:region": "eu-west-1",
            "ai-platform:cache": "{}",
            "aws:region": "us-east-1",
            "awsx:x": "1",
            "pulumi:disable-default-providers": "[]",
            "random:x": "1",
            "tls:x": "1",
        });
        expect(problems).to.deep.equal([
            "ai-plattform:cache: unknown namespace; did you mean ai-platform?",
            "awss:region: unknown namespace; did you mean aws?",
        ]);
    });

    it("reports what the components would reject later, by configuration key", () => {
        const { problems } = primary({
            cach: {},
            database: { engineVersion: "17.1", username: "rdsadmin", dbName: "template0", backupWindow: "04:30-05:30" },
            services: {
                api: {
                    cpu: 256,
                    memory: 4096,
                    healthCheckCommand: ["/health"],
                    containerPort: 4317,
                    desiredCount: 1,
                    environment: { connectionstrings__redis: "x", DB: "Password=hunter2" },
                },
            },
            cache: { engine: "redis", nodeType: "cache.r8g.large" },
            identity: { domainPrefix: "my-aws-app" },
            ai: { models: ["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"] },
            network: { interfaceEndpoints: ["s3"] },
            recovery: { region: "us-east-1" },
        });
        const keys = problems.map((problem) => problem.replace(/^ai-platform:/, "").split(": ")[0]);
        expect(keys).to.have.members([
            "cach",
            "database.engineVersion",
            "database.username",
            "database.dbName",
            "database.maintenanceWindow",
            "services.api.memory",
            "services.api.healthCheckCommand",
            "services.api.containerPort",
            "services.api.desiredCount",
            "services.api.environment.connectionstrings__redis",
            "services.api.environment.DB",
            "cache.nodeType",
            "identity.domainPrefix",
            "ai.models",
            "network.interfaceEndpoints",
            "recovery.region",
        ]);
        const text = problems.join("\n");
        expect(text).to.contain('database.engineVersion: "17.1" must be 15, 16, or 17, or a minor version that AWS still offers');
        expect(text).to.contain("database.maintenanceWindow: must not overlap backupWindow (04:30-05:30)");
        expect(text).to.contain("services.api.memory: must be one of 512, 1024, 2048 MiB with 256 CPU units");
        expect(text).to.not.contain("hunter2");
    });

    it("requires enough memory for /tmp and the collector", () => {
        const small = (more: object) => primary({ services: { api: { cpu: 256, memory: 512, ...more } } }).problems;
        expect(small({})).to.deep.equal([
            "ai-platform:services.api.memory: must be above 512 MiB with tracing: /tmp and the collector use that much",
        ]);
        expect(small({ tracing: false })).to.be.empty;
    });

    it("requires a sign-in prefix if the environment contains a word that Cognito reserves", () => {
        const named = (identity: object) => parseConfig({ role: "primary", identity }, AWS, "aws-prod").problems;
        expect(named({}).join()).to.contain("ai-platform:identity.domainPrefix: is missing: Cognito doesn't allow aws");
        expect(named({ domainPrefix: "acme" })).to.be.empty;
    });

    it("rejects keys that have no effect in a dr stack", () => {
        const refused = dr({
            database: { allocatedStorage: 50, username: "me", passwordVersion: 2, databaseInsightsMode: "advanced" },
            lake: { tieringAfterDays: 5 },
        }).problems;
        expect(refused).to.have.length(5);
        for (const problem of refused) expect(problem).to.contain(": unknown key");
        const domain = { name: "app.example.com", zoneId: "Z0123456789ABCDEFGHIJ" };
        const sections = { api: { originSecretVersion: 2 }, edge: { rateLimit: 100 } };
        expect(dr(sections).problems).to.be.empty;
        expect(dr({ domain, ...sections }).problems).to.deep.equal(
            ["edge.rateLimit", "api.originSecretVersion"].map(
                (key) =>
                    `ai-platform:${key}: has no effect in a dr stack with a domain: the primary stack owns the CloudFront distribution`,
            ),
        );
    });

    it("reports other problems even if the role is missing", () => {
        expect(
            parseConfig({ logRetentionDays: 4, active: true, api: { rate: 1 } }, AWS, "it").problems.map((it) => it.split(": ")[0]),
        ).to.have.members(["ai-platform:role", "ai-platform:logRetentionDays", "ai-platform:api.rate"]);
    });

    it("requires a role and a region", () => {
        const [region, role, ...more] = parseConfig({}, {}, "prod").problems;
        expect(region).to.match(/^aws:region: is missing: must be one of \d+ known values, such as /);
        expect(role).to.match(/^ai-platform:role: is missing: must be primary or dr\. A primary stack owns the data/);
        expect(more).to.be.empty;
        expect(parseConfig({ role: "primary" }, {}, "prod").problems).to.deep.equal([region]);
        expect(parseConfig({ role: "standby" }, AWS, "prod").problems).to.deep.equal(['ai-platform:role: "standby" must be primary or dr']);
    });

    it("says of every missing key what it must be, and what it is", () => {
        const missing = (schema: JsonSchema, path: string[]): { path: string[]; schema: JsonSchema }[] => [
            ...(schema.required ?? []).map((key) => ({ path: [...path, key], schema: schemaAt(schema, [key]) ?? {} })),
            ...Object.entries(schema.properties ?? {}).flatMap(([key, it]) => missing(it, [...path, key])),
            ...(typeof schema.additionalProperties === "object" ? missing(schema.additionalProperties, [...path, "it"]) : []),
            ...(schema.oneOf ?? []).flatMap((it) => missing(it, path)),
        ];
        // The map that lacks the key; with the first values of the keys that select an alternative.
        const around = (path: string[], schema: JsonSchema): unknown => {
            const alternative = (schema.oneOf ?? []).find((it) => path[0] !== undefined && it.properties?.[path[0]]);
            const [key = "", ...rest] = path;
            const given = Object.entries(alternative?.properties ?? {}).filter(([name, it]) => name !== key && it.const !== undefined);
            const own = rest.length === 0 ? {} : { [key]: around(rest, schemaAt(schema, [key]) ?? {}) };
            return { ...Object.fromEntries(given.map(([name, it]) => [name, it.const])), ...own };
        };
        for (const role of ["primary", "dr"] as const) {
            const all = jsonSchemaOf(role);
            for (const { path, schema } of missing(all, []).filter((it) => it.path[0] !== "role")) {
                const written = around(path, all) as Record<string, unknown>;
                const key = `ai-platform:${path.join(".")}`;
                const found = parseConfig({ role, ...written }, AWS, role).problems.find((it) => it.startsWith(`${key}: `));
                expect(schema.description, key).to.match(/\.$/);
                expect(found, key)
                    .to.match(/: is missing: must be .+/)
                    .and.to.contain(`. ${schema.description ?? ""}`);
            }
        }
        const [region] = parseConfig({ role: "primary" }, {}, "prod").problems;
        expect(region).to.contain(". Region to deploy to");
        expect(primary({ domain: { name: "app.example.com" } }).problems.join()).to.match(
            /^ai-platform:domain\.zoneId: is missing: must be the ID of a hosted zone, such as Z\w+\. ID of the public hosted zone/,
        );
        expect(primary({ observability: { budget: {} } }).problems.join()).to.contain("must be a number (USD a month). Monthly limit.");
        expect(primary({ identity: { providers: { Acme: { type: "ldap" } } } }).problems).to.deep.equal([
            'ai-platform:identity.providers.Acme.type: "ldap" must be one of oidc, saml',
        ]);
    });

    it("takes whole numbers for text, because `pulumi config set` can't quote them", () => {
        const { values, problems } = parseConfig(
            { role: "primary", database: { engineVersion: 16 } },
            { ...AWS, allowedAccountIds: [123456789012] },
            "prod",
        );
        expect(problems).to.be.empty;
        expect(values?.database.engineVersion).to.equal("16");
        expect(primary({ observability: { alertEmails: [5] } }).problems.join()).to.contain('"5" must be an email address');
    });

    it("says what a value of the wrong type must contain, in one line", () => {
        const own = {
            domain: "app.example.com",
            network: { availabilityZoneNames: "us-east-1a" },
            observability: { thresholds: { database: { cpu: 90 } } },
        };
        expect(primary(own).problems).to.have.members([
            'ai-platform:domain: "app.example.com" must be a map with name, zoneId, dnsRoleArn, additionalNames, apiCertificateArn, certificateArn',
            'ai-platform:network.availabilityZoneNames: "us-east-1a" must be a list',
            'ai-platform:observability.thresholds.database: {"cpu":90} must be a number: write the key as ["database.cpu"]',
        ]);
    });

    it("takes any range of tasks if service.desiredCount isn't set", () => {
        for (const scaling of [
            { minCapacity: 1, maxCapacity: 2 },
            { minCapacity: 4, maxCapacity: 6 },
        ]) {
            expect(primary({ services: { api: { scaling } } }).problems).to.be.empty;
        }
    });

    it("suggests a fix where it can", () => {
        expect(
            primary({ recovery: { region: "us-wset-2" }, database: { engineVersion: 16.1 }, primary: {}, "cache.nodes": "2" }).problems,
        ).to.have.members([
            'ai-platform:recovery.region: "us-wset-2" must be one of 34 known values; did you mean us-west-2? ' + ADD_REGION,
            "ai-platform:database.engineVersion: 16.1 must be a string: put it in quotes",
            "ai-platform:primary: unknown key in a primary stack; only dr stacks have it",
            "ai-platform:cache.nodes: unknown key; paths require pulumi config set --path",
        ]);
        expect(parseConfig({ role: "dr" }, AWS, "dr").problems).to.deep.equal([
            "ai-platform:primary.region: us-east-1 (the default) is the stack's own region: the dr stack must be in another region",
        ]);
    });

    it("reports a problem of derived subnets under the VPC's block, together with other problems of the section", () => {
        expect(primary({ network: { cidrBlock: "10.8.0.1/16", natGateway: "single" } }).problems).to.have.members([
            "ai-platform:network.cidrBlock: must begin with the first address of the block: 10.8.0.0/16, not 10.8.0.1/16",
            "ai-platform:network.natGateway: unknown key; did you mean natGateways?",
        ]);
        expect(primary({ network: { cidrBlock: "10.8.0.0/24" } }).problems.join()).to.match(
            /^ai-platform:network\.cidrBlock: 10\.8\.0\.0\/24 is too small for the subnets of 3 Availability Zones, a \/24 each\. .*network\.subnets$/,
        );
    });

    it("checks addresses: inside the VPC, no overlap, one per zone, private, dr not overlapping prod", () => {
        const network = (more: Record<string, unknown>) => primary({ network: more }).problems.join("\n");
        expect(network({ subnets: { data: ["10.0.4.0/24", "10.0.8.0/24", "10.0.9.0/24"] } })).to.match(
            /^ai-platform:network\.subnets\.data\[0\]: must not overlap subnets\.private\[0\] \(10\.0\.4\.0\/24\)/,
        );
        expect(network({ subnets: { public: ["10.1.1.0/24", "10.0.2.0/24", "10.0.3.0/24"] } })).to.contain(
            "network.subnets.public[0]: must be inside",
        );
        expect(network({ subnets: { public: ["10.0.1.0/24", "10.0.2.0/24"] } })).to.contain(
            "network.subnets.public: must have one block for each of the 3 zones",
        );
        expect(network({ cidrBlock: "8.8.0.0/16" })).to.contain("network.cidrBlock: must be in a private range");
        expect(dr({ network: { cidrBlock: "10.0.0.0/16" } }).problems.join()).to.contain(
            "ai-platform:network.cidrBlock: must not overlap 10.0.0.0/16 (the primary network)",
        );
    });

    it("checks keys against each other and against the stack's region and name", () => {
        expect(primary({ recovery: { region: "us-east-1" } }).problems).to.deep.equal([
            "ai-platform:recovery.region: us-east-1 is the stack's own region: copies must be in another region",
        ]);
        expect(dr({ primary: { region: "us-west-2" } }).problems.join()).to.contain(
            "ai-platform:primary.region: us-west-2 is the stack's own region",
        );
        expect(dr({ primary: { environment: "dr" } }).problems.join()).to.contain(
            "ai-platform:environment: dr is also the primary's environment",
        );
        expect(
            primary({ recovery: { region: "us-west-2", manageRegistry: false, additionalEnvironments: ["stage"] } }).problems,
        ).to.deep.equal(["ai-platform:recovery.additionalEnvironments: requires recovery.manageRegistry"]);
        const both = { lake: { recovery: { timeControl: true, twoWay: true } }, edge: { recovery: { twoWay: true } } };
        expect(primary(both).problems).to.deep.equal(
            ["lake.recovery.timeControl", "lake.recovery.twoWay", "edge.recovery.twoWay"].map(
                (key) => `ai-platform:${key}: requires recovery: without it, there is no copy in another region`,
            ),
        );
        expect(primary({ ...both, recovery: { region: "us-west-2" } }).problems).to.be.empty;
        expect(dr(both).problems).to.deep.equal(
            ["lake.recovery", "edge.recovery"].map((key) => `ai-platform:${key}: unknown key in a dr stack; only primary stacks have it`),
        );
        expect(primary({ delivery: { service: { repositoryId: "acme/api" } } }).problems).to.deep.equal([
            "ai-platform:services.api.deployedBy: must be pipeline with delivery: with pulumi, `pulumi up` would revert the pipeline's deployments",
        ]);
        expect(primary({ delivery: { service: { repositoryId: "acme/api" } }, services: { api: { deployedBy: "pipeline" } } }).problems).to
            .be.empty;
        expect(primary({ services: { api: { scaling: { minCapacity: 11 } } } }).problems.join()).to.contain(
            "ai-platform:services.api.scaling.minCapacity: 11 is above scaling.maxCapacity 10",
        );
        expect(primary({ database: { allocatedStorage: 300 } }).problems.join()).to.contain(
            "ai-platform:database.maxAllocatedStorage: must be 330 GiB (110% of allocatedStorage) or more",
        );
        expect(parseConfig({ role: "primary" }, AWS, "Prod_1").problems.join()).to.contain(
            "ai-platform:environment: must be 1 to 16 lower-case letters, digits, and single hyphens, starting with a letter and not ending with a hyphen. It defaults to the stack's name, Prod_1",
        );
    });

    it("limits the bake times of a service that a pipeline deploys to the time that CodePipeline waits", () => {
        const delivery = { service: { repositoryId: "acme/api" } };
        const problems = (deployment: object) =>
            primary({ delivery, services: { api: { deployedBy: "pipeline", deployment } } }).problems.join();
        expect(problems({ strategy: "blueGreen", bakeTimeInMinutes: 40 })).to.equal("");
        expect(problems({ strategy: "blueGreen", bakeTimeInMinutes: 50 })).to.contain(
            "ai-platform:services.api.deployment.bakeTimeInMinutes: must be at most 40 minutes together with the other bake time, with delivery: CodePipeline waits at most 60 minutes",
        );
        expect(problems({ strategy: "canary", bakeTimeInMinutes: 20, canaryBakeTimeInMinutes: 21 })).to.contain(
            "ai-platform:services.api.deployment.canaryBakeTimeInMinutes: must be at most 40 minutes",
        );
        expect(primary({ services: { api: { deployment: { strategy: "blueGreen", bakeTimeInMinutes: 600 } } } }).problems).to.be.empty;
    });

    it("skips cross-section rules for a section that is invalid by itself", () => {
        expect(parseConfig({ role: "dr", primary: { region: "us-wset-2" } }, AWS, "dr").problems).to.deep.equal([
            'ai-platform:primary.region: "us-wset-2" must be one of 34 known values; did you mean us-west-2? ' + ADD_REGION,
        ]);
        const pipelines = {
            delivery: { service: { repositoryId: "acme/api" } },
            services: { api: { deployedBy: "pipeline", cpuArchitecture: "arm" } },
        };
        expect(primary(pipelines).problems).to.deep.equal(['ai-platform:services.api.cpuArchitecture: "arm" must be one of ARM64, X86_64']);
        // Other sections are still checked.
        expect(primary({ ...pipelines, recovery: { region: "us-east-1" } }).problems).to.have.length(2);
    });

    it("lists what a network without NAT gateways requires", () => {
        const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v1";
        const interfaceEndpoints = ["ecr.api", "ecr.dkr", "events", "logs", "secretsmanager", "sqs", "bedrock-runtime"];
        const why = "because network.natGateways is none";
        const problems = (network: object, api: object) =>
            primary({ network: { natGateways: "none", ...network }, services: { api } }).problems;
        expect(problems({ interfaceEndpoints: ["logs"] }, {})).to.deep.equal([
            `ai-platform:network.interfaceEndpoints: must also contain ecr.api, ecr.dkr, secretsmanager, events, sqs, bedrock-runtime, xray ${why}`,
            `ai-platform:services.api.image: must be an image in ECR ${why}`,
            `ai-platform:services.api.collectorImage: must be an image in ECR ${why}. Alternatively, set services.api.tracing to false`,
        ]);
        expect(problems({ interfaceEndpoints }, { image, tracing: false })).to.be.empty;
        expect(problems({ interfaceEndpoints: [...interfaceEndpoints, "xray"] }, { image, collectorImage: image })).to.be.empty;
        expect(problems({ interfaceEndpoints }, { image, tracing: false, enableExecuteCommand: true }).join()).to.contain(
            "contain kms, ssmmessages",
        );
    });

    it("rejects a major version upgrade in the maintenance window, until which the previous parameter group is in use", () => {
        for (const problemsOf of [(database: object) => primary({ database }).problems, (database: object) => dr({ database }).problems]) {
            const [problem, ...others] = problemsOf({ allowMajorVersionUpgrade: true, applyImmediately: false });
            expect(problem).to.match(/^ai-platform:database.applyImmediately: must be true with allowMajorVersionUpgrade: /);
            expect(others).to.deep.equal([]);
            expect(problemsOf({ allowMajorVersionUpgrade: true, applyImmediately: true })).to.deep.equal([]);
        }
    });

    it("rejects windows of the database that meet the backups of AWS Backup", () => {
        const problems = (database: object, own: object = { recovery: { region: "us-west-2" } }) => primary({ database, ...own }).problems;
        const [backup, ...others] = problems({ backupWindow: "01:10-02:10" });
        expect(backup).to.match(
            /^ai-platform:database.backupWindow: must be within 03:00 to 07:00, or .* at 01:00, 07:00, 13:00, 19:00 UTC/,
        );
        expect(others).to.deep.equal([]);
        expect(problems({ maintenanceWindow: "sat:08:30-sat:09:30" })[0]).to.match(
            /^ai-platform:database.maintenanceWindow: must be within 03:00/,
        );
        expect(problems({ backupWindow: "05:00-07:00", maintenanceWindow: "mon:09:00-mon:13:00" })).to.deep.equal([]);
        // Without AWS Backup, and in a dr stack, which has none.
        expect(problems({ backupWindow: "01:10-02:10" }, {})).to.deep.equal([]);
        expect(dr({ database: { backupWindow: "01:10-02:10" } }).problems).to.deep.equal([]);
    });

    it("rejects a vault lock whose limits exclude backups of the platform, and one without vaults", () => {
        const problems = (vaultLock: object, own: object = { recovery: { region: "us-west-2" } }) =>
            primary({ backups: { vaultLock }, ...own }).problems;
        expect(problems({ minRetentionDays: 7, maxRetentionDays: 35, changeableForDays: 3 })).to.deep.equal([]);
        expect(problems({ minRetentionDays: 8, maxRetentionDays: 34 })).to.deep.equal([
            "ai-platform:backups.vaultLock.minRetentionDays: must be at most 7: AWS Backup keeps some backups for 7 days",
            "ai-platform:backups.vaultLock.maxRetentionDays: must be at least 35: AWS Backup keeps some backups for 35 days",
        ]);
        expect(problems({ minRetentionDays: 7 }, {})).to.deep.equal([
            "ai-platform:backups.vaultLock: requires recovery: without it, there are no vaults",
        ]);
        expect(problems({ minRetentionDays: 7, changeableForDays: 2 })[0]).to.contain(
            "backups.vaultLock.changeableForDays: 2 is below the minimum 3",
        );
        const off = { recovery: { region: "us-west-2" }, backups: { enabled: false, vaultLock: { minRetentionDays: 7 } } };
        expect(primary(off).problems).to.deep.equal([
            "ai-platform:backups.vaultLock: requires backups.enabled: without it, there are no vaults",
        ]);
    });

    it("rejects images in another region's registry", () => {
        const elsewhere = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v1";
        for (const key of ["image", "collectorImage"]) {
            expect(dr({ services: { api: { [key]: elsewhere } } }).problems).to.deep.equal([
                `ai-platform:services.api.${key}: ${elsewhere} is in us-east-1: the stack in us-west-2 must not depend on another region's registry`,
            ]);
        }
    });

    it("rejects keys of the other role", () => {
        expect(primary({ primary: { region: "us-west-2" } }).problems.join()).to.contain("ai-platform:primary: unknown key");
        expect(dr({ recovery: { region: "eu-west-1" } }).problems.join()).to.contain("ai-platform:recovery: unknown key");
    });

    for (const role of ["primary", "dr"] as const) {
        for (const [path, schema] of leaves(jsonSchemaOf(role))) {
            for (const wrong of wrongValues(schema)) {
                it(`rejects ${path.join(".")} = ${JSON.stringify(wrong)} in a ${role} stack, by its key`, () => {
                    const base = {
                        role,
                        ...(path[0] === "domain" ? { domain: { name: "a.example.com", zoneId: "Z0123456789ABCDEFGHIJ" } } : {}),
                    };
                    const { problems } = parseConfig(place(base, path, wrong), { region: role === "dr" ? "us-west-2" : "us-east-1" }, role);
                    const key = `ai-platform:${path
                        .map((part) => (part === "0" ? "[0]" : `.${part}`))
                        .join("")
                        .slice(1)}`;
                    expect(
                        problems.some((problem) => problem.startsWith(key)),
                        problems.join("\n"),
                    ).to.be.true;
                });
            }
        }
    }

    it("rejects environments whose physical names AWS would reject", () => {
        for (const environment of ["pre-", "a--b", "-a", "1a", "a".repeat(17)]) {
            expect(primary({ environment }).problems.join()).to.contain("ai-platform:environment:");
        }
        const long = { role: "primary", environment: "a".repeat(16), recovery: { region: "ap-southeast-1" } };
        expect(parseConfig(long, AWS, "prod").problems).to.deep.equal([
            `ai-platform:environment: ${"a".repeat(16)} must have at most 15 characters in ap-southeast-1: bucket names have at most 63`,
        ]);
        expect(parseConfig({ ...long, environment: "a".repeat(15) }, AWS, "prod").problems).to.be.empty;
    });

    it("rejects a domain that is too long for the API's certificate", () => {
        const domain = (name: string) => primary({ domain: { name, zoneId: "Z0123456789ABCDEFGHIJ" } }).problems;
        expect(domain(`${"a".repeat(56)}.com`)).to.be.empty;
        expect(domain(`${"a".repeat(57)}.com`).join()).to.contain("domain.name:");
    });

    it("suggests the new name of a renamed key, and every new name exists", () => {
        for (const [key, renamed] of Object.entries(RENAMED)) {
            // `*` is for any name.
            const named = (text: string) => text.replace("*", "web");
            const path = named(key).split(".");
            const { problems } = primary(place({}, path, "x"));
            expect(problems.join("\n")).to.contain(`ai-platform:${named(key)}: was renamed to ${named(renamed)}`);
            expect(schemaAt(jsonSchemaOf("primary"), named(renamed).split(".")), renamed).to.not.equal(undefined);
            expect(schemaAt(jsonSchemaOf("primary"), path), key).to.equal(undefined);
        }
    });

    it("says if the value of a renamed key must change", () => {
        expect(primary({ identity: { selfSignUp: true } }).problems).to.deep.equal([
            "ai-platform:identity.selfSignUp: was renamed to identity.allowAdminCreateUserOnly, whose value is the opposite",
        ]);
    });

    it("publishes the schema that it checks", () => {
        const published = JSON.parse(readFileSync("stacks/config.schema.json", "utf8")) as unknown;
        expect(published, "run `npm run schema`").to.deep.equal(JSON.parse(JSON.stringify(stackFileSchema())));
    });

    it("describes every key that is not a section", () => {
        for (const role of ["primary", "dr"] as const) {
            for (const [path, { description }] of leaves(jsonSchemaOf(role))) {
                if (path.at(-1) !== "0" && path.at(-1) !== "role") expect(description, path.join(".")).to.be.a("string").and.not.be.empty;
            }
        }
    });
});

/** Paths of all values; `0` is a list element. */
function leaves(schema: JsonSchema, path: string[] = []): [string[], JsonSchema][] {
    const properties = propertiesOf(schema);
    if (properties) return Object.entries(properties).flatMap(([key, value]) => leaves(value, [...path, key]));
    return [[path, schema], ...(schema.items ? leaves(schema.items, [...path, "0"]) : [])];
}

/** Invalid values for a schema: wrong types, out of bounds, not in the enumeration, not matching the pattern. */
function wrongValues(schema: JsonSchema): unknown[] {
    const { type, minimum, maximum, minItems, maxItems, pattern, minLength } = schema;
    return [
        type === "object" ? "text" : {},
        ...(type === "string" || schema.enum || schema.const !== undefined ? [] : ["text"]),
        ...(type === "boolean" ? [1] : []),
        ...(schema.enum || schema.const !== undefined ? ["no-such-choice", -1] : []),
        ...(minimum === undefined ? [] : [minimum - 1, ...(type === "integer" ? [minimum + 0.5] : [])]),
        ...(maximum === undefined ? [] : [maximum + 1]),
        ...(pattern ? ["?!"] : []),
        ...(minLength ? [""] : []),
        ...(minItems ? [[]] : []),
        ...(maxItems ? [Array.from({ length: maxItems + 1 }, (_, i) => `10.0.${i + 1}.0/24`)] : []),
        ...(schema.propertyNames ? [{ "1\t2": "x" }] : []),
    ];
}

function place(target: unknown, [key, ...rest]: string[], value: unknown): Record<string, unknown> {
    if (key === undefined) return value as Record<string, unknown>;
    if (key === "0") return [place(undefined, rest, value)] as unknown as Record<string, unknown>;
    const map = (target ?? {}) as Record<string, unknown>;
    return { ...map, [key]: place(map[key], rest, value) };
}
