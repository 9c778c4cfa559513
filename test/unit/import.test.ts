import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { parseImportArguments, USAGE } from "../../tools/import/arguments";
import { importCommand } from "../../tools/import/command";
import type { ImportFile } from "../../tools/import/import-file";
import { match, type MatchOptions } from "../../tools/import/match";
import { accountOf, dataSourcesIn } from "../../tools/import/place";
import { HEADINGS, report } from "../../tools/import/report";
import { parseState, readState } from "../../tools/import/state";
import { ADOPTIONS } from "../../tools/import/table";
import { fateOf, mayGo } from "../../tools/import/types";
import { ran } from "../support/command";
import { planWith, resourcesOf } from "../support/plans";

/** Differs from the default account of plans. */
const ACCOUNT = "444455556666";

const managed = (type: string, name: string, attributes: object, module?: string) => ({
    mode: "managed",
    type,
    name,
    ...(module ? { module } : {}),
    instances: [{ attributes }],
});
const stateOf = (...resources: object[]) => JSON.stringify({ version: 4, terraform_version: "1.11.4", serial: 1, resources });
const arn = (service: string, rest: string, region = "us-east-1") => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
const tagged = (environment: string) => ({ tags_all: { Project: "ai-platform", Environment: environment, ManagedBy: "terraform" } });

const database = {
    identifier: "ai-platform-prod",
    engine: "postgres",
    db_name: "aiplatform",
    username: "aiplatform",
    storage_encrypted: true,
    id: "db-ABC",
    arn: arn("rds", "db:ai-platform-prod"),
};
const pool = (id: string, region = "us-east-1") => ({
    id: `${region}_${id}`,
    arn: arn("cognito-idp", `userpool/${region}_${id}`, region),
    username_attributes: ["email"],
    alias_attributes: null,
    username_configuration: [{ case_sensitive: false }],
});
const distribution = (id: string) => ({ id, arn: `arn:aws:cloudfront::${ACCOUNT}:distribution/${id}`, aliases: [] });
const bucket = (name: string) => ({ id: name, bucket: name, arn: `arn:aws:s3:::${name}`, region: "us-east-1" });
const key = (id: string) => ({
    id,
    arn: arn("kms", `key/${id}`),
    multi_region: true,
    key_usage: "ENCRYPT_DECRYPT",
    customer_master_key_spec: "SYMMETRIC_DEFAULT",
});
const cache = {
    id: "ai-platform-prod",
    arn: arn("elasticache", "replicationgroup:ai-platform-prod"),
    engine: "valkey",
    at_rest_encryption_enabled: true,
    transit_encryption_enabled: true,
};
const repository = {
    id: "ai-platform/prod/api",
    name: "ai-platform/prod/api",
    arn: arn("ecr", "repository/ai-platform/prod/api"),
    encryption_configuration: [{ encryption_type: "KMS", kms_key: arn("kms", "key/k") }],
};
const secret = (name: string) => ({
    id: arn("secretsmanager", `secret:${name}-AbCdEf`),
    arn: arn("secretsmanager", `secret:${name}-AbCdEf`),
    name,
});
const siteBucket = `ai-platform-prod-site-${ACCOUNT}-us-east-1`;

const planned = new Map<string, Promise<DeployedResource[]>>();
/** The stack's resources in that account, planned once. */
const resourcesIn = (stack: string): Promise<DeployedResource[]> => {
    const known = planned.get(stack) ?? planWith(dataSourcesIn(ACCOUNT), stack).then((it) => it.deployment().deployment.resources);
    planned.set(stack, known);
    return known;
};

/** Matches the resources of a state with those of a stack. */
const matched = async (resources: object[], stack = "prod", options: MatchOptions = {}) =>
    match(parseState(stateOf(...resources)), await resourcesIn(stack), { account: ACCOUNT, ...options });
const adopted = async (...given: Parameters<typeof matched>) =>
    (await matched(...given)).adopted.map(({ address, logicalName }) => `${address} -> ${logicalName}`);
const left = async (...given: Parameters<typeof matched>) =>
    (await matched(...given)).left.map(({ address, kind, reason }) => `${kind}: ${address}: ${reason}`);
const taking = (resource: string, address: string): MatchOptions => ({ take: new Map([[resource, address]]) });

describe("import", () => {
    it("writes an entry for each adopted resource, with its parent component and the program's provider", async () => {
        const { file, adopted: found, left: others } = await matched([managed("aws_db_instance", "main", database, "module.database")]);
        expect(found.map(({ address, logicalName }) => [address, logicalName])).to.deep.equal([
            ["module.database.aws_db_instance.main", "database-instance"],
        ]);
        expect(others).to.be.empty;
        expect(file).to.deep.equal({
            nameTable: { aws: "urn:pulumi:prod::ai-platform::pulumi:providers:aws::aws" },
            resources: [
                { type: "ai-platform:components:PostgresCluster", name: "database", component: true },
                {
                    type: "aws:rds/instance:Instance",
                    name: "database-instance",
                    parent: "database",
                    provider: "aws",
                    id: "ai-platform-prod",
                },
            ],
        });
    });

    it("writes each component once, with unique names", async () => {
        const { file } = await matched([
            managed("aws_s3_bucket", "frontend", bucket(siteBucket)),
            managed("aws_cloudfront_distribution", "main", { ...distribution("E123"), ...tagged("prod") }),
        ]);
        expect(file.resources.map(({ name, parent, id }) => [name, parent, id])).to.deep.equal([
            ["edge", undefined, undefined],
            ["edge-site", "edge", undefined],
            ["edge-site-bucket", "edge-site", siteBucket],
            ["edge-distribution", "edge", "E123"],
        ]);
    });

    it("adopts every known resource with its Pulumi import ID, and reports the reason for the match", async () => {
        const raw = `ai-platform-prod-raw-${ACCOUNT}-us-east-1`;
        const { adopted: found, file } = await matched([
            managed("aws_db_instance", "main", database),
            managed("aws_kms_key", "rds", { ...key("mrk-1"), ...tagged("prod") }),
            managed("aws_s3_bucket", "frontend", bucket(siteBucket)),
            managed("aws_s3_bucket", "anything", bucket(raw)),
            managed("aws_cognito_user_pool", "main", { ...pool("A"), ...tagged("prod") }),
            managed("aws_ecr_repository", "api", repository),
            managed("aws_elasticache_replication_group", "redis", cache),
            managed("aws_cloudfront_distribution", "main", { ...distribution("E1"), ...tagged("prod") }),
            managed("aws_secretsmanager_secret", "anything", secret("ai-platform/prod/jwt")),
        ]);
        expect(found.map(({ logicalName, why }) => `${logicalName}: ${why}`)).to.deep.equal([
            'database-instance: its identifier is "ai-platform-prod", as in this program',
            "data-encryption-key: the only matching aws_kms_key with one of the words rds, data, database, main in its Terraform name: rds",
            `edge-site-bucket: its bucket is "${siteBucket}", as in this program`,
            `lake-raw-bucket: its bucket is "${raw}", as in this program`,
            "identity-users: the only matching aws_cognito_user_pool",
            'images-repository: its name is "ai-platform/prod/api", as in this program',
            "cache-group: the only matching aws_elasticache_replication_group",
            "edge-distribution: the only matching aws_cloudfront_distribution",
            'jwt-secret-secret: its name is "ai-platform/prod/jwt", as in this program',
        ]);
        expect(found.map(({ logicalName }) => logicalName)).to.have.members(ADOPTIONS.map(({ logicalName }) => logicalName));
        const { id, arn: secretArn } = secret("ai-platform/prod/jwt");
        expect(file.resources.flatMap((it) => it.id ?? [])).to.deep.equal([
            ...["ai-platform-prod", "mrk-1", siteBucket, raw, "us-east-1_A", "ai-platform/prod/api", "ai-platform-prod", "E1", id],
        ]);
        expect(id).to.equal(secretArn);
    });

    it("omits resources that AWS would have to replace, and explains how to migrate them", async () => {
        const refused = async (type: string, attributes: object) => {
            const { adopted: found, left: others } = await matched([managed(type, "main", attributes)]);
            expect(found).to.be.empty;
            expect(others.map(({ kind }) => kind)).to.deep.equal(["data"]);
            return others[0]!.reason;
        };
        expect(await refused("aws_db_instance", { ...database, username: "postgres" })).to.equal(
            'username is "postgres", database-instance\'s is "aiplatform": set database.dbName and database.username to these values, ' +
                "or restore a snapshot under the new identifier",
        );
        expect(await refused("aws_db_instance", { ...database, engine: "mysql" })).to.contain(
            'engine is "mysql", database-instance\'s is "postgres": ',
        );
        expect(await refused("aws_db_instance", { ...database, storage_encrypted: false })).to.contain("storage_encrypted is false");
        expect(await refused("aws_kms_key", { ...key("k"), multi_region: false })).to.contain(
            "multi_region is false, data-encryption-key's is true: AWS can't convert a single-region key to a multi-region key",
        );
        expect(await refused("aws_kms_key", { ...key("k"), key_usage: "SIGN_VERIFY" })).to.contain('key_usage is "SIGN_VERIFY"');
        expect(await refused("aws_kms_key", { ...key("k"), customer_master_key_spec: "RSA_2048" })).to.contain('is "RSA_2048"');
        expect(await refused("aws_cognito_user_pool", { ...pool("A"), username_attributes: ["phone_number"] })).to.contain(
            'username_attributes is ["phone_number"], identity-users\'s is ["email"]: users can\'t be moved with their passwords',
        );
        expect(await refused("aws_cognito_user_pool", { ...pool("A"), username_configuration: [] })).to.contain(
            "username_configuration.0.case_sensitive is not set, identity-users's is false",
        );
        expect(
            await refused("aws_ecr_repository", { ...repository, encryption_configuration: [{ encryption_type: "AES256" }] }),
        ).to.contain('encryption_configuration.0.encryption_type is "AES256", images-repository\'s is "KMS"');
        expect(await refused("aws_elasticache_replication_group", { ...cache, engine: "redis" })).to.contain('engine is "redis"');
        expect(await refused("aws_secretsmanager_secret", secret("stripe"))).to.match(
            /^name is "stripe", jwt-secret-secret's is .*keep it/,
        );
    });

    it("reports the possible names of a bucket, and the one-time alternative", async () => {
        expect(await left([managed("aws_s3_bucket", "frontend", bucket("ai-platform-prod-frontend"))])).to.deep.equal([
            `data: aws_s3_bucket.frontend: bucket is "ai-platform-prod-frontend", edge-site-bucket's is "${siteBucket}"; ` +
                `bucket is "ai-platform-prod-frontend", lake-raw-bucket's is "ai-platform-prod-raw-${ACCOUNT}-us-east-1": ` +
                "copy the objects to the new bucket with `aws s3 sync`, or with S3 Batch Replication for large amounts of data",
        ]);
    });

    it("matches a KMS key by a whole word of its Terraform name only", async () => {
        const found = async (name: string) => adopted([managed("aws_kms_key", name, key("k"))]);
        for (const name of ["rds", "data", "app_database", "Main-key"]) expect(await found(name), name).to.have.length(1);
        for (const name of ["payments", "passwords", "domain", "metadata"]) expect(await found(name), name).to.be.empty;
        expect(await left([managed("aws_kms_key", "payments", key("k"))])).to.deep.equal([
            "data: aws_kms_key.payments: a key: without it, encrypted data can't be read",
        ]);
    });

    it("adopts nothing without an ID", async () => {
        expect(await left([managed("aws_db_instance", "main", { ...database, identifier: undefined })])).to.satisfy(([line]: string[]) =>
            line!.startsWith("data: aws_db_instance.main: has no identifier in the state"),
        );
    });

    it("omits replicas and deposed objects", async () => {
        const replica = managed("aws_db_instance", "replica", { ...database, replicate_source_db: "ai-platform-prod" });
        const [line] = await left([replica]);
        expect(line).to.match(/^data: aws_db_instance\.replica: a replica: the dr stack creates a replica/);
        const main = managed("aws_db_instance", "main", database);
        const deposed = { ...main, instances: [{ attributes: database }, { attributes: database, deposed: "a1b2c3d4" }] };
        expect(await adopted([deposed])).to.deep.equal(["aws_db_instance.main -> database-instance"]);
        expect(await left([deposed])).to.satisfy(([it]: string[]) => it!.startsWith("data: aws_db_instance.main: deposed: "));
    });

    it("refers only to resources of the program, and to inputs that force a replacement", async () => {
        const resources = await resourcesOf("prod");
        for (const { pulumi, logicalName, terraform, fixed, known } of ADOPTIONS) {
            const target = resources.find(({ urn, type }) => type === pulumi && urn.endsWith(`::${logicalName}`));
            expect(target, logicalName).not.to.equal(undefined);
            for (const wanted of Object.values(fixed)) {
                if ("input" in wanted && wanted.input !== "aliasAttributes")
                    expect(target?.inputs, logicalName).to.have.nested.property(wanted.input);
            }
            if (known.by === "name") expect(fixed[known.attribute], logicalName).to.have.property("input");
            expect(fateOf(terraform).kind, terraform).to.be.oneOf(["data", "address"]);
        }
    });
});

describe("import: other regions, accounts, and environments", () => {
    it("adopts nothing from another region, according to the state, the ARN, or the pool ID", async () => {
        const elsewhere = [
            managed("aws_cognito_user_pool", "arn", { ...pool("A", "eu-west-1") }),
            managed("aws_cognito_user_pool", "id", { ...pool("B", "eu-west-1"), arn: undefined }),
            managed("aws_db_instance", "main", { ...database, arn: arn("rds", "db:ai-platform-prod", "eu-west-1") }),
            managed("aws_s3_bucket", "site", { ...bucket(siteBucket), region: "eu-west-1" }),
        ];
        expect(await adopted(elsewhere)).to.be.empty;
        expect(await left(elsewhere.slice(0, 3))).to.deep.equal([
            "data: aws_cognito_user_pool.arn: is in eu-west-1, but identity-users is in us-east-1: keep it",
            "data: aws_cognito_user_pool.id: is in eu-west-1, but identity-users is in us-east-1: keep it",
            "data: aws_db_instance.main: is in eu-west-1, but database-instance is in us-east-1: keep it",
        ]);
        expect(await left([managed("aws_db_instance", "main", { ...database, arn: undefined })])).to.deep.equal([
            "data: aws_db_instance.main: the state doesn't contain its region: keep it",
        ]);
    });

    it("adopts nothing from another account", async () => {
        const main = managed("aws_db_instance", "main", database);
        expect(await adopted([main], "prod", { account: "111122223333" })).to.be.empty;
        expect(await left([main], "prod", { account: "111122223333" })).to.deep.equal([
            `data: aws_db_instance.main: is in account ${ACCOUNT}, but the stack is in 111122223333: keep it`,
        ]);
    });

    it("matches no resource of prod with dr, with or without tags", async () => {
        const ofProd = (tags: object) => [
            managed("aws_db_instance", "main", { ...database, ...tags }),
            managed("aws_cognito_user_pool", "main", { ...pool("A"), ...tags }),
            managed("aws_elasticache_replication_group", "main", { ...cache, ...tags }),
            managed("aws_cloudfront_distribution", "main", { ...distribution("E1"), ...tags }),
            managed("aws_s3_bucket", "site", bucket(siteBucket)),
        ];
        for (const tags of [tagged("prod"), {}]) expect(await adopted(ofProd(tags), "dr")).to.be.empty;
        expect(await left(ofProd({}), "dr")).to.include.members([
            "data: aws_s3_bucket.site: this stack has no such resource: keep it",
            "address: aws_cloudfront_distribution.main: it has no region and no Environment tag that identifies the stack: " +
                "to adopt it anyway: --take edge-distribution=aws_cloudfront_distribution.main",
        ]);
        const ofDr = [managed("aws_cloudfront_distribution", "dr", { ...distribution("E2"), ...tagged("dr") })];
        expect(await adopted([...ofProd(tagged("prod")), ...ofDr], "dr")).to.deep.equal([
            "aws_cloudfront_distribution.dr -> edge-distribution",
        ]);
    });

    it("requires a choice if a tag names another environment, unless the physical name matches", async () => {
        const staging = managed("aws_cognito_user_pool", "main", { ...pool("A"), tags: { environment: "staging" } });
        expect(await left([staging])).to.deep.equal([
            'data: aws_cognito_user_pool.main: its Environment tag is "staging", the stack\'s is "prod": ' +
                "to adopt it anyway: --take identity-users=aws_cognito_user_pool.main",
        ]);
        expect(await adopted([staging], "prod", taking("identity-users", "aws_cognito_user_pool.main"))).to.have.length(1);
        expect(await adopted([managed("aws_db_instance", "main", { ...database, ...tagged("production") })])).to.have.length(1);
    });

    it("requires a choice if `up` would remove an alias from a distribution", async () => {
        const main = managed("aws_cloudfront_distribution", "main", {
            ...distribution("E1"),
            ...tagged("prod"),
            aliases: ["app.example.com"],
        });
        const [line] = await left([main]);
        expect(line).to.contain("`up` would remove app.example.com from aliases, because edge-distribution doesn't have it: to adopt it");
        const withDomain = await resourcesOf("prod, everything on");
        expect(match(parseState(stateOf(main)), withDomain).adopted).to.have.length(1);
    });
});

describe("import: several candidates", () => {
    const two = [managed("aws_cognito_user_pool", "a", pool("A")), managed("aws_cognito_user_pool", "b", pool("B"))];

    it("adopts none, and explains how to choose", async () => {
        expect(await adopted(two)).to.be.empty;
        const which = "2 resources match identity-users, so none is adopted: choose one with --take identity-users=ADDRESS";
        expect(await left(two)).to.deep.equal([`data: aws_cognito_user_pool.a: ${which}`, `data: aws_cognito_user_pool.b: ${which}`]);
    });

    it("adopts the chosen one, and keeps the other", async () => {
        const options = taking("identity-users", "aws_cognito_user_pool.b");
        const { adopted: found, left: others } = await matched(two, "prod", options);
        expect(found.map(({ address, why }) => [address, why])).to.deep.equal([["aws_cognito_user_pool.b", "chosen by --take"]]);
        expect(others.map(({ address, kind, reason }) => [address, kind, reason])).to.deep.equal([
            ["aws_cognito_user_pool.a", "data", "--take adopts another resource as identity-users: keep it"],
        ]);
    });

    it("adopts the only one that matches", async () => {
        const other = managed("aws_cognito_user_pool", "c", pool("C", "eu-west-1"));
        expect(await adopted([two[0]!, other])).to.deep.equal(["aws_cognito_user_pool.a -> identity-users"]);
    });

    it("accepts a chosen key with an unrelated name, but no resource with different fixed inputs", async () => {
        const payments = managed("aws_kms_key", "payments", key("k"));
        expect(await adopted([payments], "prod", taking("data-encryption-key", "aws_kms_key.payments"))).to.have.length(1);
        const problem = async (resources: object[], stack: string, options: MatchOptions) =>
            matched(resources, stack, options).then(
                () => "none",
                (error: unknown) => (error as Error).message,
            );
        const mysql = managed("aws_db_instance", "main", { ...database, engine: "mysql" });
        expect(await problem([mysql], "prod", taking("database-instance", "aws_db_instance.main"))).to.equal(
            '--take database-instance=aws_db_instance.main: engine is "mysql", database-instance\'s is "postgres"',
        );
        expect(await problem(two, "prod", taking("identity-users", "aws_cognito_user_pool.z"))).to.equal(
            "--take identity-users=aws_cognito_user_pool.z: the state has no such address; " +
                "candidates of type aws_cognito_user_pool: aws_cognito_user_pool.a, aws_cognito_user_pool.b",
        );
        expect(await problem(two, "prod", taking("database-instance", "aws_cognito_user_pool.a"))).to.equal(
            "--take database-instance=aws_cognito_user_pool.a: it can't be adopted as database-instance; candidates of type aws_db_instance: none",
        );
        expect(await problem([payments], "dr", taking("data-encryption-key", "aws_kms_key.payments"))).to.equal(
            "--take data-encryption-key: this stack has no data-encryption-key",
        );
    });
});

describe("import: other resources", () => {
    it("keeps unknown types", async () => {
        for (const type of ["google_storage_bucket", "aws_some_new_store", "azurerm_storage_account", "null_resource"]) {
            expect(await left([managed(type, "it", { id: "x" })])).to.deep.equal([
                `unknown: ${type}.it: unknown type: keep it, and check it before you destroy it`,
            ]);
        }
    });

    it("keeps resources that hold data", () => {
        const types =
            "aws_dynamodb_table aws_rds_cluster aws_efs_file_system aws_opensearch_domain aws_docdb_cluster aws_ebs_volume aws_ssm_parameter " +
            "aws_kms_key aws_secretsmanager_secret aws_s3_bucket aws_cognito_user_pool aws_db_instance aws_db_snapshot aws_s3_object " +
            "aws_cognito_identity_pool aws_iam_user aws_sqs_queue aws_cloudwatch_log_group aws_instance aws_lambda_function random_password";
        for (const type of types.split(" ")) expect(fateOf(type).kind, type).to.equal("data");
    });

    it("releases only the listed types", () => {
        expect(mayGo()).to.include.members(["aws_ecs_cluster", "aws_vpc", "aws_security_group", "aws_iam_role", "aws_lb"]);
        const holding =
            /bucket|table|snapshot|backup|volume|file_system|instance$|database|_db_|rds|docdb|dynamo|kms|secret|parameter|password|user|pool|queue|stream|repository|log_group|domain|object|_key|archive|search|cache_?cluster|redis|eip|zone|image|ami$|vault/;
        const without = (type: string) => type.replace("route_table", "");
        expect(mayGo().filter((type) => holding.test(without(type)))).to.deep.equal([]);
        for (const near of ["aws_vpc_ipam", "aws_iam_user", "aws_iam_access_key", "aws_route53_zone", "aws_s3_bucket_object", "aws_lb_x"]) {
            expect(fateOf(near).kind, near).not.to.equal("recreated");
        }
    });

    it("keeps settings with their resource, and removes them from Terraform with an adopted one", async () => {
        const resources = [
            managed("aws_s3_bucket", "site", bucket(siteBucket)),
            managed("aws_s3_bucket_public_access_block", "site", { id: siteBucket, bucket: siteBucket }),
            managed("aws_s3_object", "index", { id: "index.html", bucket: siteBucket }),
            managed("aws_s3_bucket_versioning", "other", { id: "other", bucket: "other" }),
            managed("aws_cognito_user_pool", "main", pool("A")),
            managed("aws_cognito_user_pool_client", "web", { id: "c", user_pool_id: "us-east-1_A" }),
        ];
        expect(await left(resources)).to.deep.equal([
            "attached: aws_s3_bucket_public_access_block.site: belongs to aws_s3_bucket.site, which is adopted",
            "attached: aws_s3_object.index: belongs to aws_s3_bucket.site, which is adopted",
            "setting: aws_s3_bucket_versioning.other: a setting of a bucket: keep it while the bucket exists",
            "attached: aws_cognito_user_pool_client.web: belongs to aws_cognito_user_pool.main, which is adopted",
        ]);
    });
});

describe("import: report", () => {
    const options = { state: "terraform.tfstate", stack: "prod", account: ACCOUNT, count: 5, out: "import.json" };

    it("has a heading for each kind, and the next commands", async () => {
        const text = report(
            await matched([
                managed("aws_s3_bucket", "site", bucket(siteBucket), 'module.s3["a b"]'),
                managed("aws_s3_bucket_policy", "site", { id: siteBucket, bucket: siteBucket }),
                managed("aws_cognito_user_pool", "main", pool("A")),
                managed("aws_dynamodb_table", "sessions", { id: "sessions" }),
                managed("aws_route53_zone", "main", { id: "Z1" }),
                managed("google_storage_bucket", "it", { id: "x" }),
                managed("aws_s3_bucket_versioning", "other", { id: "other", bucket: "other" }),
                { ...managed("aws_subnet", "a", {}), instances: [{ index_key: 0 }, { index_key: 1 }] },
                managed("aws_ecs_cluster", "main", { id: "c" }),
            ]),
            options,
        );
        expect(text.split("\n")).to.deep.equal([
            `5 resources in terraform.tfstate, 2 of them to adopt in prod, account ${ACCOUNT}`,
            "",
            "Adopted",
            '  module.s3["a b"].aws_s3_bucket.site -> edge-site-bucket',
            `    matched: its bucket is "${siteBucket}", as in this program`,
            "  aws_cognito_user_pool.main -> identity-users",
            "    matched: the only matching aws_cognito_user_pool",
            "    note: to keep its name, set name with transform.userPool of Identity. Delete its amazoncognito.com domain first: a pool can have only one",
            "",
            "Parts of adopted resources: remove them from Terraform's state, too",
            '  aws_s3_bucket_policy.site: belongs to module.s3["a b"].aws_s3_bucket.site, which is adopted',
            "",
            "Holds data, not adopted",
            "  aws_dynamodb_table.sessions: a database: keep it until you have moved its data",
            "",
            "Addresses in use, not adopted",
            "  aws_route53_zone.main: keep it, and set domain.zoneId to its ID",
            "",
            "Unknown types",
            "  google_storage_bucket.it: unknown type: keep it, and check it before you destroy it",
            "",
            "Settings of other resources",
            "  aws_s3_bucket_versioning.other: a setting of a bucket: keep it while the bucket exists",
            "",
            "Recreated by the program",
            "  the program creates a network with separate data subnets; keep the old network until it is empty:",
            "    aws_subnet.a[0]",
            "    aws_subnet.a[1]",
            "  aws_ecs_cluster.main: recreated: contains no data",
            "",
            "Next steps (wrote import.json)",
            "  pulumi stack init prod        # if the stack doesn't exist; the README describes secrets providers",
            "  pulumi up --stack prod --target 'urn:pulumi:prod::ai-platform::pulumi:providers:aws::aws'        # creates the provider that the import uses",
            "  pulumi import --stack prod --file import.json --generate-code=false",
            "  pulumi preview --stack prod --diff        # if it replaces an adopted resource, change the configuration",
            "  terraform state rm 'module.s3[\"a b\"].aws_s3_bucket.site' aws_cognito_user_pool.main aws_s3_bucket_policy.site        # also remove these from the Terraform configuration",
            "  pulumi up --stack prod",
            "",
            "Before `terraform destroy`",
            "  It deletes everything in Terraform's state, including adopted resources that you didn't remove from it.",
            '  Destroy only resources under "Recreated by the program", after their replacements run. Remove the others from the state with',
            "  `terraform state rm ADDRESS`, and check `terraform plan -destroy`.",
        ]);
    });

    it("warns if nothing is adopted, and mentions no file", async () => {
        const text = report(await matched([managed("aws_dynamodb_table", "sessions", { id: "sessions" })]), options);
        expect(text).to.contain("Nothing to adopt: import.json is not written.");
        expect(text).to.contain("Before `terraform destroy`");
        expect(text).to.not.match(/^Next|Adopted/m);
    });
});

describe("import: documentation", () => {
    it("describes every resource, keyword, and heading", () => {
        const page = readFileSync("docs/from-terraform.md", "utf8");
        const [, rules = "", rest = ""] = /### Matching rules([^]*?)### Other resources([^]*?)\n### /.exec(page) ?? [];
        for (const { terraform, logicalName, known } of ADOPTIONS) {
            const row = rules.split("\n").find((line) => line.startsWith(`| \`${terraform}\``)) ?? "";
            expect(row, logicalName).to.contain(`\`${logicalName}\``);
            if (known.by === "word") for (const word of known.words) expect(row, word).to.contain(`\`${word}\``);
        }
        const types = [...rules.matchAll(/^\| `(\w+)`/gm)].map(([, type]) => type);
        expect(types).to.have.members([...new Set(ADOPTIONS.map(({ terraform }) => terraform))]);
        const headings = [...rest.matchAll(/^\| ((?!Heading )[A-Z][^|]*?) \|/gm)].map(([, heading]) => heading);
        expect(headings).to.deep.equal(HEADINGS.map(([, heading]) => heading.replace(/[:,] (?!not).*/, "")));
    });
});

describe("import: command", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "import-"));
    const [state, out] = [path.join(folder, "terraform.tfstate"), path.join(folder, "import.json")];
    const run = (...args: string[]) => ran(importCommand, args);
    after(() => {
        rmSync(folder, { recursive: true });
    });
    before(() => {
        const site = bucket(siteBucket);
        writeFileSync(
            state,
            stateOf(managed("aws_db_instance", "main", { ...database, password: "hunter2" }), managed("aws_s3_bucket", "site", site)),
        );
    });

    it("plans with the account of the state, and writes the file", async () => {
        const { code, stdout, stderr } = await run(state, "prod", "--out", out);
        expect(stderr).to.equal("");
        expect(code).to.equal(0);
        expect(stdout).to.contain("aws_s3_bucket.site -> edge-site-bucket").and.to.contain(`account ${ACCOUNT}`);
        const file = JSON.parse(readFileSync(out, "utf8")) as ImportFile;
        expect(file.resources.flatMap(({ id }) => id ?? [])).to.deep.equal(["ai-platform-prod", siteBucket]);
        expect(stdout + readFileSync(out, "utf8")).to.not.contain("hunter2");
    });

    it("prints JSON for machines, and writes no file", async () => {
        const unwritten = path.join(folder, "unwritten.json");
        const { stdout } = await run(state, "--json", "--out", unwritten, "--account", "111122223333");
        expect(existsSync(unwritten)).to.equal(false);
        const {
            stack,
            account,
            adopted: found,
            left: others,
            file,
        } = JSON.parse(stdout) as ReturnType<typeof match> & Record<string, unknown>;
        expect([stack, account, found, file.resources]).to.deep.equal(["prod", "111122223333", [], []]);
        expect(others.map(({ address, kind }) => [address, kind])).to.deep.equal([
            ["aws_db_instance.main", "data"],
            ["aws_s3_bucket.site", "data"],
        ]);
    });

    it("prints errors in one line, with the usage", async () => {
        const { code, stdout, stderr } = await run(state, "--bogus");
        expect([code, stdout]).to.deep.equal([1, ""]);
        expect(stderr).to.equal(`error: unknown option --bogus\n\n${USAGE}\n`);
    });

    it("prints the usage", async () => {
        expect(await run("--help")).to.deep.equal({ code: 0, stdout: `${USAGE}\n`, stderr: "" });
    });
});

describe("arguments of import", () => {
    it("are a state, a stack by position or by name, and choices", () => {
        expect(parseImportArguments(["s.tfstate"])).to.deep.include({ state: "s.tfstate", stack: "prod", out: "import.json", json: false });
        expect(parseImportArguments(["s.tfstate", "dr"]).stack).to.equal("dr");
        expect(parseImportArguments(["s.tfstate", "--stack", "dr"]).stack).to.equal("dr");
        expect(parseImportArguments(["s.tfstate", "dr", "-s", "dr"]).stack).to.equal("dr");
        const { take, account, set } = parseImportArguments([
            ...["s.tfstate", "-t", 'identity-users=module.x["a=b"].aws_cognito_user_pool.main', "--take", "cache-group=c"],
            ...["--account", ACCOUNT, "--set", "a=b"],
        ]);
        expect([...take]).to.deep.equal([
            ["identity-users", 'module.x["a=b"].aws_cognito_user_pool.main'],
            ["cache-group", "c"],
        ]);
        expect({ account, set }).to.deep.equal({ account: ACCOUNT, set: ["a=b"] });
        expect(parseImportArguments(["--help"]).help).to.equal(true);
    });

    const WRONG: [args: string[], problem: string][] = [
        [[], "a Terraform state file is required"],
        [["s", "prod", "dr"], "only one stack is allowed: prod, dr"],
        [["s", "prod", "--stack", "dr"], "only one stack is allowed: prod, dr"],
        [["s", "--account", "prod"], "--account must be 12 digits, not prod"],
        [["s", "--take", "identity-users"], "--take must be RESOURCE=ADDRESS, not identity-users"],
        [["s", "--take", "identity-users="], "--take must be RESOURCE=ADDRESS, not identity-users="],
        [["s", "--take", "users=a"], "--take users=a: the resource must be one of database-instance, "],
        [["s", "--take", "cache-group=a", "--take", "cache-group=b"], "--take contains cache-group twice"],
        [["s", "--out", "./s"], "--out ./s would overwrite the state"],
        [["s", "--bogus"], "unknown option --bogus\n\nusage: npm run import"],
    ];
    for (const [args, problem] of WRONG) {
        it(`rejects ${args.join(" ") || "no arguments"}`, () => {
            expect(() => parseImportArguments(args))
                .to.throw(problem)
                .with.property("message")
                .that.contains(`\n\n${USAGE}`);
        });
    }
});

describe("account of a Terraform state", () => {
    const account = (...resources: object[]) => accountOf(parseState(stateOf(...resources)));
    const table = (of: string) => managed("aws_dynamodb_table", "t", { id: "t", arn: `arn:aws:dynamodb:us-east-1:${of}:table/t` });

    it("is derived from the ARNs", () => {
        const ofAws = managed("aws_iam_role_policy_attachment", "a", { id: "a", policy_arn: "arn:aws:iam::999999999999:policy/p" });
        expect(account(table(ACCOUNT), table(ACCOUNT), ofAws, managed("aws_s3_bucket", "b", bucket("b")))).to.equal(ACCOUNT);
        expect(account(managed("aws_secretsmanager_secret", "s", { id: secret("s").id }))).to.equal(ACCOUNT);
        expect(account(managed("google_storage_bucket", "b", { id: "b" }))).to.equal(undefined);
    });

    it("must be passed if the ARNs contain several, or none", () => {
        expect(() => account(table(ACCOUNT), table("111122223333"))).to.throw(
            `the state contains resources of accounts 111122223333, ${ACCOUNT}: pass the stack's account with --account`,
        );
        expect(() => account(managed("aws_s3_bucket", "b", bucket("b")))).to.throw(
            "no ARN in the state contains an account: pass the stack's account with --account",
        );
    });
});

describe("Terraform state", () => {
    it("is read with modules and keys, without data sources", () => {
        const state = parseState(
            stateOf(
                { mode: "data", type: "aws_region", name: "current", instances: [{ attributes: {} }] },
                {
                    mode: "managed",
                    module: "module.vpc",
                    type: "aws_subnet",
                    name: "private",
                    instances: [{ index_key: 0, attributes: { id: "subnet-1" } }, { index_key: "b" }],
                },
            ),
        );
        expect(state.map(({ address }) => address)).to.deep.equal([
            "module.vpc.aws_subnet.private[0]",
            'module.vpc.aws_subnet.private["b"]',
        ]);
        expect(state[0]?.attributes).to.deep.equal({ id: "subnet-1" });
    });

    const expected = "expected the output of `terraform state pull`: a state in JSON, version 4";
    const REFUSED: [text: string, problem: string][] = [
        ["resource {}", `not JSON; ${expected}`],
        ["[]", `has no version; ${expected}`],
        ['{"version": 3, "modules": []}', `has version 3; ${expected}`],
        ['{"version": 4}', `has no list of resources; ${expected}`],
        [
            '{"version": 4, "resources": [{"type": "aws_vpc", "name": "main", "instances": [null]}]}',
            `resources[0] has no type, name, and instances; ${expected}`,
        ],
        ['{"version": 4, "resources": [{"type": "aws_vpc"}]}', `resources[0] has no type, name, and instances; ${expected}`],
    ];
    for (const [text, problem] of REFUSED) {
        it(`rejects ${text}, and names the file`, () => {
            const folder = mkdtempSync(path.join(tmpdir(), "import-"));
            const file = path.join(folder, "terraform.tfstate");
            writeFileSync(file, text);
            expect(() => readState(file)).to.throw(`${file}: ${problem}`);
            rmSync(folder, { recursive: true });
        });
    }

    it("rejects a missing file", () => {
        expect(() => readState("no.tfstate")).to.throw(`no.tfstate: no such file; ${expected}`);
    });
});
