import { expect } from "chai";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { match } from "../../tools/import/match";
import { parseState, readState } from "../../tools/import/state";
import { ADOPTIONS } from "../../tools/import/table";
import { resourcesOf } from "../support/plans";

const managed = (type: string, name: string, attributes: object, module?: string) => ({
    mode: "managed",
    type,
    name,
    ...(module ? { module } : {}),
    instances: [{ attributes }],
});
const stateOf = (...resources: object[]) => JSON.stringify({ version: 4, terraform_version: "1.11.4", serial: 1, resources });
const database = { identifier: "ai-platform-prod", db_name: "aiplatform", username: "aiplatform", storage_encrypted: true, id: "db-ABC" };

const adopted = async (...resources: object[]) => match(parseState(stateOf(...resources)), await resourcesOf("prod"));
const reasons = async (...resources: object[]) => (await adopted(...resources)).left.map(({ address, reason }) => `${address}: ${reason}`);

describe("import", () => {
    it("writes entries of what is adopted, below its components and with the program's provider", async () => {
        const { file, adopted: found, left } = await adopted(managed("aws_db_instance", "main", database, "module.database"));
        expect(found).to.deep.equal([{ address: "module.database.aws_db_instance.main", logicalName: "database-instance" }]);
        expect(left).to.be.empty;
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

    it("writes each component once, and no name twice", async () => {
        const { file } = await adopted(
            managed("aws_cloudfront_distribution", "main", { id: "E123" }),
            managed("aws_s3_bucket", "frontend", { id: "b", bucket: "ai-platform-prod-site-123456789012-us-east-1" }),
        );
        expect(file.resources.map(({ name, parent, id }) => [name, parent, id])).to.deep.equal([
            ["edge", undefined, undefined],
            ["edge-distribution", "edge", "E123"],
            ["edge-site", "edge", undefined],
            ["edge-site-bucket", "edge-site", "b"],
        ]);
    });

    it("leaves out what AWS would have to replace, and says how to bring it over", async () => {
        expect(await reasons(managed("aws_db_instance", "main", { ...database, username: "postgres" }))).to.deep.equal([
            'aws_db_instance.main: username is "postgres", here "aiplatform": set database.name and database.username as they are, ' +
                "or restore a snapshot and promote it under the new identifier",
        ]);
        const [bucket] = await reasons(managed("aws_s3_bucket", "frontend", { id: "b", bucket: "ai-platform-prod-frontend" }));
        expect(bucket).to.match(/^aws_s3_bucket\.frontend: bucket is "ai-platform-prod-frontend", here "ai-platform-prod-site-.*sync/);
        const [key] = await reasons(managed("aws_kms_key", "rds", { id: "k", multi_region: false }));
        expect(key).to.contain("multi_region is false, here true: a key of one region never becomes one of several");
    });

    it("leaves out the rest, with the reason", async () => {
        expect(
            await reasons(
                managed("aws_db_instance", "read_replica", { ...database, replicate_source_db: "ai-platform-prod" }),
                managed("aws_vpc", "main", { id: "vpc-1" }),
                managed("aws_security_group", "rds", { id: "sg-1" }),
                managed("aws_ecs_cluster", "main", { id: "c" }),
            ),
        ).to.deep.equal([
            "aws_db_instance.read_replica: a replica is made anew by the dr stack, in its region and with its key",
            "aws_vpc.main: the network is made anew by awsx, with data subnets of its own; both stand side by side until the old one is empty",
            "aws_security_group.rds: its inline rules would clash with rules that are resources",
            "aws_ecs_cluster.main: made anew: it holds nothing that would be lost",
        ]);
    });

    it("adopts one of two, and nothing without an id", async () => {
        const pool = { id: "us-east-1_A", username_attributes: ["email"], alias_attributes: [] };
        expect(await reasons(managed("aws_cognito_user_pool", "a", pool), managed("aws_cognito_user_pool", "b", pool))).to.deep.equal([
            "aws_cognito_user_pool.b: identity-users has been found already: one of two",
        ]);
        expect(await reasons(managed("aws_cloudfront_distribution", "main", {}))).to.deep.equal([
            "aws_cloudfront_distribution.main: has no id in the state",
        ]);
    });

    it("knows resources that the program has, and their fixed inputs", async () => {
        const resources = await resourcesOf("prod");
        for (const { pulumi, logicalName, fixed } of ADOPTIONS) {
            const target = resources.find(({ urn, type }) => type === pulumi && urn.endsWith(`::${logicalName}`));
            expect(target, logicalName).not.to.equal(undefined);
            for (const wanted of Object.values(fixed)) {
                if ("input" in wanted && wanted.input !== "aliasAttributes")
                    expect(target?.inputs, logicalName).to.have.property(wanted.input);
            }
        }
    });
});

describe("Terraform state", () => {
    it("is read with modules, keys and data sources left out", () => {
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

    const expected = "expected Terraform's state as JSON of version 4, which `terraform state pull` prints";
    const REFUSED: [text: string, problem: string][] = [
        ["resource {}", `not JSON; ${expected}`],
        ["[]", `has no version; ${expected}`],
        ['{"version": 3, "modules": []}', `has version 3; ${expected}`],
        ['{"version": 4}', `has no list of resources; ${expected}`],
        ['{"version": 4, "resources": [{"type": "aws_vpc"}]}', `resources[0] has no type, name and instances; ${expected}`],
    ];
    for (const [text, problem] of REFUSED) {
        it(`refuses ${text}, and names the file`, () => {
            const file = path.join(mkdtempSync(path.join(tmpdir(), "import-")), "terraform.tfstate");
            writeFileSync(file, text);
            expect(() => readState(file)).to.throw(`${file}: ${problem}`);
        });
    }

    it("refuses a file that is not there", () => {
        expect(() => readState("no.tfstate")).to.throw(`no.tfstate: no such file; ${expected}`);
    });
});
