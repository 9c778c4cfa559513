import * as aws from "@pulumi/aws";
import * as random from "@pulumi/random";
import { expect } from "chai";
import { parseJson, parsePolicy, type Recording } from "../../components/testing";
import { eventDetail } from "../../functions/ingest/document";
import { DEFAULT_MAX_BYTES } from "../../functions/ingest/settings";
import { SECRETS } from "../support/config";
import { plan } from "../support/plans";
import { RELEASE_CHECKS } from "../support/release";
import { fences, read } from "../support/samples";

/** Compares docs/application.md, the contract with the service and the site, with the plan. */

interface Container {
    name: string;
    environment: { name: string; value: string }[];
    secrets: { name: string; valueFrom: string }[];
    portMappings: { containerPort: number }[];
    readonlyRootFilesystem: boolean;
    linuxParameters: { initProcessEnabled: boolean; tmpfs: { containerPath: string; size: number }[] };
    stopTimeout: number;
    memory?: number;
}

const page = read("docs/application.md");
const containersOf = (recording: Recording) =>
    parseJson<Container[]>(recording.one(aws.ecs.TaskDefinition, "api-task").inputs.containerDefinitions);
const variablesOf = (recording: Recording) => {
    const [api] = containersOf(recording);
    return [...(api?.environment ?? []), ...(api?.secrets ?? [])].map(({ name }) => name);
};

/** Names in tables of variables, with the text of the last column. */
const rows = new Map(
    page
        .split("\n")
        .filter((line) => /^\| `[A-Z]/.test(line))
        .flatMap((line) => {
            const cells = line.split("|").map((cell) => cell.trim());
            return [...(cells[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => [name, cells[3] ?? ""] as const);
        }),
);

/** Variables on the page that the platform doesn't set: those of ECS, the image, and Npgsql. And a token of Angular. */
const OF_OTHERS = ["AWS_REGION", "APP_UID", "PGSSLROOTCERT", "APP_INITIALIZER"];
/** Variables of the site's build in the pipeline. */
const OF_SITE = ["SITE_URL", "IDENTITY_ISSUER", "IDENTITY_LOGIN_URL", "IDENTITY_CLIENT_ID"];

const ENDPOINT = [
    "ai-platform:ai.endpoint.image=123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1",
    "ai-platform:ai.endpoint.modelDataUrl=s3://models/rank.tar.gz",
];

describe("docs/application.md", () => {
    let prod: Recording;
    before(async () => {
        prod = await plan("prod");
    });
    const connection = (what: string) =>
        parseJson<Record<string, string | undefined>>(
            prod.one(aws.secretsmanager.SecretVersion, new RegExp(`^${what}-`)).inputs.secretString,
        );
    /** Each value must appear on the page. The wording doesn't matter. */
    const says = (...values: (string | number | undefined)[]) => {
        for (const value of values) {
            const word = String(value).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
            expect(page).to.match(new RegExp(`(?<![\\w.])${word}(?![\\w])`), String(value));
        }
    };

    it("lists exactly the variables and secrets of the planned container", async () => {
        expect([...rows.keys()]).to.include.members(["Lake__RawBucket", "JWT_SECRET"]);
        const planned = variablesOf(await plan("prod", ENDPOINT));
        expect(planned).to.include.members([...rows.keys()]);
        if (RELEASE_CHECKS) expect([...rows.keys()]).to.include.members(planned);
        expect(variablesOf(await plan("dr"))).to.have.members(variablesOf(prod));
    });

    it("mentions no variable that the container doesn't have", () => {
        const named = [...page.matchAll(/\b([A-Z][A-Za-z]*__[A-Z]\w*|[A-Z][A-Z0-9]*_[A-Z0-9_]+|PG[A-Z]{4,})\b/g)].map(([name]) => name);
        expect(named).to.include.members(["JWT_SECRET", "Ai__Model"]);
        expect(named.filter((name) => ![...rows.keys(), ...OF_OTHERS, ...OF_SITE, "X86_64"].includes(name))).to.deep.equal([]);
    });

    it("states when a variable is absent", async () => {
        const without = new Set([...rows.values()].filter((when) => when !== ""));
        expect(without).to.not.be.empty;
        for (const when of without) {
            const [, key = "", value = ""] = /`([\w.]+): (\w+)`/.exec(when) ?? [];
            // The API requires users.
            const set = [
                ...ENDPOINT,
                `ai-platform:${key}=${value}`,
                ...(key === "identity.enabled" ? ["ai-platform:api.enabled=false"] : []),
            ];
            const present = variablesOf(key === "" ? prod : await plan("prod", set));
            const [section = ""] = key.split(".");
            // A system that is off has no optional parts either.
            const isAbsent = (it: string) => it === when || (key.endsWith(".enabled") && it.includes(`without \`${section}.`));
            expect(
                [...rows.keys()].filter((name) => !present.includes(name)),
                when,
            ).to.deep.equal([...rows].filter(([, it]) => isAbsent(it)).map(([name]) => name));
        }
    });

    it("states that the configuration can override a variable but not a secret", async () => {
        const mine = await plan("prod", ["ai-platform:services.api.environment.ASPNETCORE_ENVIRONMENT=Staging"]);
        expect(containersOf(mine)[0]?.environment).to.deep.include({ name: "ASPNETCORE_ENVIRONMENT", value: "Staging" });
        const refused = await plan("prod", ["ai-platform:services.api.environment.JWT_SECRET=mine"]).catch(String);
        expect(refused).to.contain("must not be a name that is also in secrets");
    });

    it("lists the keys of the secrets", () => {
        const keys = ["host", "port", "database", "username", "password", "connectionString"];
        says(...keys);
        const secrets = containersOf(prod)[0]?.secrets ?? [];
        for (const { name, valueFrom } of secrets) {
            const [, secret = "", key] = /secret:([\w/-]+)-\w{6}(?::(\w+)::)?$/.exec(valueFrom) ?? [];
            const what = secret.split("/").pop() ?? "";
            expect(page, name).to.match(new RegExp(`\`${name}\` \\|[^|]*\`ai-platform/<[\\w' ]+>/${what}\``));
            expect(key, name).to.equal(name === SECRETS.jwt ? undefined : "connectionString");
            if (key) expect(Object.keys(connection(what)), name).to.have.members(keys);
        }
        const signingKey = prod.one(random.RandomPassword, "jwt-signing-key");
        expect(prod.one(aws.secretsmanager.SecretVersion, /^jwt-/).inputs.secretString).to.equal(signingKey.outputs.result);
        expect(signingKey.inputs).to.deep.include({ length: 64, special: false });
    });

    it("describes the database connections", () => {
        const [postgres, cache, documents] = [connection("database"), connection("cache"), connection("documents")];
        expect([postgres.database, postgres.username]).to.deep.equal(["aiplatform", "aiplatform"]);
        says("aiplatform");
        for (const [text, { connectionString }] of [
            ["SSL Mode=VerifyFull", postgres],
            ["ssl=true", cache],
            ["retryWrites=false", documents],
        ] as const) {
            expect(connectionString).to.contain(text);
            says(text);
        }
        expect(documents.connectionString).to.match(/^mongodb:\/\/[^/]+\/\?tls=true&/);
        says("Documents__Database");
        const [api] = containersOf(prod);
        expect(api?.environment.find(({ name }) => name === "Documents__Database")?.value).to.equal(documents.database);
    });

    it("describes the container settings", () => {
        const [api, collector] = containersOf(prod);
        const { portMappings, stopTimeout, linuxParameters, readonlyRootFilesystem } = api!;
        const { runtimePlatform, memory } = prod.one(aws.ecs.TaskDefinition, "api-task").inputs;
        const [tmp] = linuxParameters.tmpfs;
        expect([readonlyRootFilesystem, linuxParameters.initProcessEnabled, runtimePlatform?.cpuArchitecture]).to.deep.equal([
            true,
            true,
            "ARM64",
        ]);
        says(portMappings[0]?.containerPort);
        says(`${tmp?.size ?? ""} MiB`, tmp?.containerPath);
        says(`${stopTimeout} s`);
        says(`${collector?.memory ?? ""} MiB`, memory);
        for (const { name, value } of api?.environment ?? []) if (/^(ASPNETCORE|OTEL)_/.test(name)) says(value);
        const configuration = JSON.stringify(collector?.environment);
        for (const port of ["4317", "4318"]) {
            expect(configuration).to.contain(`localhost:${port}`);
            says(port);
        }
        expect(fences(page, "sh").join()).to.contain(`--tmpfs /tmp:size=${tmp?.size ?? ""}m --stop-timeout ${stopTimeout}`);
    });

    it("describes the requirements of the load balancer and the gateway", () => {
        const target = prod.one(aws.lb.TargetGroup, "api-tg").inputs;
        const { interval, timeout, unhealthyThreshold, matcher } = target.healthCheck ?? {};
        expect([matcher, unhealthyThreshold, target.stickiness?.enabled]).to.deep.equal(["200", 3, false]);
        says(`${interval ?? ""} s`, `${timeout ?? ""} s`, matcher);
        says(`${String(target.deregistrationDelay)} s`);
        expect(prod.one(aws.ecs.Service).inputs).to.deep.include({ healthCheckGracePeriodSeconds: 60, desiredCount: 3 });
        const routes = prod.all(aws.apigateway.Integration, /api-below-proxy/);
        expect(routes.map(({ inputs }) => [inputs.timeoutMilliseconds, inputs.responseTransferMode])).to.deep.equal([[29_000, "BUFFERED"]]);
        says("29 s");
        const [method] = prod.all(aws.apigateway.Method, /api-below-proxy/);
        for (const scope of method?.inputs.authorizationScopes ?? []) says(scope);
        expect(prod.all(aws.cognito.UserGroup).map(({ inputs }) => inputs.name)).to.have.members(["admins", "users"]);
    });

    it("names the configured health check path", async () => {
        const own = await plan("prod", ["ai-platform:services.api.image=registry.example.org/api:1"]);
        expect(own.one(aws.lb.TargetGroup, "api-tg").inputs.healthCheck?.path).to.equal("/health");
    });

    it("describes the permissions on objects and models", () => {
        const statements = (name: string) => parsePolicy(prod.one(aws.iam.RolePolicy, name).inputs.policy).Statement;
        const raw = prod.outputs.lake as { raw: string };
        const writes = statements("api-lake-raw-write-documents").filter(({ Action }) => Action.includes("s3:PutObject"));
        expect(writes.map(({ Resource }) => Resource)).to.deep.equal([[`arn:aws:s3:::${raw.raw}/documents/*`]]);
        says("documents/");
        const role = prod.all(aws.iam.RolePolicy, /^api-(?!execution)/).flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement);
        expect(role.flatMap(({ Action }) => Action).filter((action) => action.startsWith("s3:Delete"))).to.deep.equal([]);
        const { Statement } = parsePolicy(prod.one(aws.s3.BucketPolicy, "lake-raw-policy").inputs.policy);
        expect(Statement.find(({ Sid }) => Sid === "OnlyThroughEndpoint")?.Condition?.ArnLike?.["aws:PrincipalArn"]).to.include(
            "arn:aws:iam::123456789012:role/ai-platform-prod-api-task",
        );
        expect(statements("api-ai-invoke").some(({ Effect, Condition }) => Effect === "Deny" && "StringNotLike" in (Condition ?? {}))).to.be
            .true;
        expect(DEFAULT_MAX_BYTES).to.equal(1024 * 1024);
        says("1 MiB");
    });

    it("describes the events, their destinations, and their format", () => {
        const patterns = prod.all(aws.cloudwatch.EventRule, /^events-/).map(({ inputs }) => JSON.stringify(inputs.eventPattern));
        for (const type of ["DocumentIngested", "WorkRequested", "NotificationRequested"]) {
            expect(patterns.join(), type).to.contain(type);
            says(type);
        }
        const queue = prod.one(aws.sqs.Queue, "events-work-queue").inputs;
        says(queue.visibilityTimeoutSeconds);
        expect(parseJson<{ maxReceiveCount: number }>(queue.redrivePolicy).maxReceiveCount).to.equal(5);
        const shown = parseJson<Record<string, object>>(fences(page, "json")[0]);
        const source = { bucket: "b", key: "k", versionId: "v", etag: "e", size: 1, createdAt: "2026-11-24T09:30:00.000Z" };
        const detail = eventDetail({
            id: "1",
            source,
            outcome: "ingested",
            analysis: { summary: "", category: "invoice", topics: [], language: "en" },
            curated: { bucket: "b", key: "k" },
            processedAt: "2026-11-24T09:30:05.000Z",
        });
        expect(Object.keys(shown)).to.deep.equal(Object.keys(detail));
        for (const part of ["source", "curated"]) {
            expect(Object.keys(shown[part] ?? {}), part).to.deep.equal(Object.keys(detail[part] as object));
        }
    });

    it("has the variables that docs/extending.md sets for a service outside AWS, in the planned format", () => {
        const script = fences(read("docs/extending.md"), "sh").join("");
        const set = [...script.matchAll(/^export .*$/gm)].flatMap(([line]) => [...line.matchAll(/ (\w+)=('[^']*'|\S+)/g)]);
        const values = new Map(set.map(([, name = "", value = ""]) => [name, value.replaceAll("'", "")]));
        expect([...values.keys()]).to.have.members([...Object.values(SECRETS), "ASPNETCORE_ENVIRONMENT", "ASPNETCORE_HTTP_PORTS"]);
        expect([...values.keys()].filter((name) => !rows.has(name))).to.deep.equal([]);
        for (const [name, secret] of [
            [SECRETS.database, "database"],
            [SECRETS.cache, "cache"],
            [SECRETS.documents, "documents"],
        ] as const) {
            const { connectionString = "", port = "" } = connection(secret);
            const local = values.get(name) ?? "";
            const settings = (text: string) => [...text.matchAll(/(?:^|[;,?&])([\w ]+)=/g)].map(([, key]) => key);
            expect(settings(connectionString), name).to.include.members(settings(local));
            expect(local).to.match(new RegExp(`localhost[:;](Port=)?${port}\\b`));
        }
        const { database, username } = connection("database");
        expect(values.get(SECRETS.database)).to.contain(`;Database=${database ?? ""};Username=${username ?? ""};`);
        expect(script).to.contain(
            `-e POSTGRES_USER=${username ?? ""} -e POSTGRES_PASSWORD=local -e POSTGRES_DB=${database ?? ""} postgres:17`,
        );
    });

    it("shows the settings that the site reads, and their type", () => {
        const { actions } = prod.one(aws.lb.ListenerRule, "services-alb-config-rule").inputs;
        const [action] = actions as { fixedResponse?: { messageBody?: string } }[];
        const { identity, ...settings } = parseJson<{ identity: object }>(action?.fixedResponse?.messageBody);
        const shown = parseJson<{ identity: object }>(fences(page, "json")[1]);
        expect(Object.keys(shown)).to.have.members([...Object.keys(settings), "identity"]);
        expect(shown).to.deep.include({ ...settings });
        expect(Object.keys(shown.identity)).to.deep.equal(Object.keys(identity));
        const [code = ""] = fences(page, "typescript");
        for (const key of [...Object.keys(shown), ...Object.keys(identity)]) expect(code).to.match(new RegExp(`\\b${key}: `), key);
    });

    it("describes the build of the site and its sign-in redirects", () => {
        const { url, identity } = prod.outputs as { url: string; identity: Record<string, string> };
        for (const key of Object.keys(identity)) says(`identity.${key}`);
        const { callbackUrls, logoutUrls } = prod.one(aws.cognito.UserPoolClient).inputs;
        expect([callbackUrls, logoutUrls]).to.deep.equal([[`${url}/callback`], [`${url}/`]]);
        says("`/callback`", "`/`");
    });
});
