import { expect } from "chai";
import type { DeployedResource } from "../../components/testing";
import { NAME_KINDS } from "../../tools/preflight/checks/names";
import { type Report, resumeCommand } from "../../tools/resume/command";
import { render } from "../../tools/resume/render";
import { refreshOf } from "../../tools/resume/pulumi";
import { parseState, repairedState } from "../../tools/resume/state";
import { ran } from "../support/command";
import { type Answers, clientsWith, OWN } from "../support/preflight";

const STACK = "urn:pulumi:prod::ai-platform";
const PROVIDER = `${STACK}::pulumi:providers:aws::aws`;
const ACCOUNT = { Account: "111122223333" };

const resource = (type: string, name: string, inputs: object, more: Partial<DeployedResource> = {}): DeployedResource => ({
    urn: `${STACK}::${type}::${name}`,
    type,
    custom: true,
    provider: `${PROVIDER}::1`,
    inputs: inputs as DeployedResource["inputs"],
    ...more,
});
const PRESENT = [
    { urn: `${STACK}::pulumi:pulumi:Stack::ai-platform-prod`, type: "pulumi:pulumi:Stack", custom: false },
    {
        urn: PROVIDER,
        type: "pulumi:providers:aws",
        custom: true,
        id: "1",
        inputs: { region: "us-east-1", defaultTags: '{"tags":{"Project":"ai-platform","Environment":"prod"}}' },
    },
    resource("aws:sqs/queue:Queue", "jobs", {}, { id: "https://q/jobs", outputs: { arn: "arn:aws:sqs:us-east-1:111122223333:jobs" } }),
];
const BUCKET = resource("aws:s3/bucket:Bucket", "raw", { bucket: "prod-raw" });
const REPLICA = resource("aws:s3/bucket:Bucket", "copy", { bucket: "prod-copy", region: "us-west-2" });
const BUS = resource("aws:cloudwatch/eventBus:EventBus", "bus", { name: "prod" });
const SECRET = resource("aws:secretsmanager/secret:Secret", "jwt", { name: "prod/jwt" });
const KEY = resource("aws:kms/key:Key", "key", {});

const stateOf = (pending: DeployedResource[], type = "creating", present = PRESENT) =>
    JSON.stringify({
        version: 3,
        deployment: { resources: present, pending_operations: pending.map((it) => ({ type, resource: it })) },
    });

/** Runs the command with a state and answers of AWS. Returns the report and what `pulumi` was called with. */
async function resumed(text: string, answers: Answers, args: string[] = []) {
    const calls: { args: string[]; input?: string }[] = [];
    let state = text;
    const pulumi = (command: string[], input?: string) => {
        calls.push({ args: command, input });
        if (command[1] === "import") state = input ?? "";
        return Promise.resolve(command[1] === "export" ? state : "");
    };
    const clients = () => clientsWith({ GetCallerIdentity: ACCOUNT, GetResources: {}, ...answers });
    const outcome = await ran(resumeCommand({ clients, pulumi }), ["prod", "--json", ...args]);
    if (outcome.code === 2 || !outcome.stdout) throw new Error(outcome.stderr);
    return { ...outcome, report: JSON.parse(outcome.stdout) as Report, calls, state: () => parseState(state) };
}

describe("npm run resume", () => {
    it("imports what exists with the stack's tags, and drops what doesn't exist", async () => {
        const answers = {
            HeadBucket: { BucketRegion: "us-east-1" },
            GetBucketTagging: { TagSet: OWN },
            DescribeEventBus: "ResourceNotFoundException",
        };
        const { report, calls, state, code } = await resumed(stateOf([BUCKET, BUS]), answers, ["--yes"]);
        expect(report.pending.map(({ name, status, id }) => [name, status, id])).to.deep.equal([
            ["raw", "exists", "prod-raw"],
            ["bus", "missing", undefined],
        ]);
        expect(calls.map(({ args }) => args.slice(0, 2).join(" "))).to.deep.equal([
            "stack export",
            "stack export",
            "stack import",
            "refresh --stack",
            "stack export",
        ]);
        expect(state().pending).to.deep.equal([]);
        expect(state().resources.find(({ urn }) => urn === BUCKET.urn)).to.include({ id: "prod-raw", provider: `${PROVIDER}::1` });
        expect(state().resources.some(({ urn }) => urn === BUS.urn)).to.equal(false);
        expect(code).to.equal(0);
    });

    it("rejects an export whose pending operations it can't read", () => {
        for (const pending of [[{ type: "creating" }], [{ type: "creating", resource: { urn: BUS.urn } }], {}]) {
            const text = JSON.stringify({ version: 3, deployment: { resources: PRESENT, pending_operations: pending } });
            expect(() => parseState(text)).to.throw(
                "its pending operations have no resource with urn and type; expected the output of `pulumi stack export`",
            );
        }
    });

    it("changes nothing without --yes, and exits with 1", async () => {
        const { report, calls, code } = await resumed(stateOf([BUS]), { DescribeEventBus: "ResourceNotFoundException" });
        expect(calls.map(({ args }) => args[1])).to.deep.equal(["export"]);
        expect([report.repaired, code]).to.deep.equal([false, 1]);
    });

    it("changes nothing if AWS doesn't answer about one name", async () => {
        const { report, calls, code } = await resumed(
            stateOf([BUS, BUCKET]),
            { DescribeEventBus: "AccessDenied", HeadBucket: "NotFound" },
            ["--yes"],
        );
        expect(report.pending[0]).to.include({ status: "unknown" });
        expect(report.pending[0]?.detail).to.contain("events:DescribeEventBus");
        expect([calls.length, code]).to.deep.equal([1, 1]);
    });

    it("doesn't import a resource of another stack", async () => {
        const tags = [
            { Key: "Project", Value: "ai-platform" },
            { Key: "Environment", Value: "dev" },
        ];
        const { report, state } = await resumed(stateOf([BUCKET]), { HeadBucket: {}, GetBucketTagging: { TagSet: tags } }, ["--yes"]);
        expect(report.pending[0]).to.include({ status: "foreign", detail: "belongs to Project=ai-platform Environment=dev" });
        expect(state().resources.some(({ urn }) => urn === BUCKET.urn)).to.equal(false);
    });

    it("imports a resource without tags, which the killed update didn't set yet", async () => {
        const { report } = await resumed(stateOf([BUCKET]), { HeadBucket: {}, GetBucketTagging: "NoSuchTagSet" });
        expect(report.pending[0]).to.include({ status: "exists" });
    });

    it("uses the import ID of the type and region", async () => {
        const secretArn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/jwt-AbCdEf";
        const answers = {
            HeadBucket: { BucketRegion: "us-west-2" },
            GetBucketTagging: { TagSet: OWN },
            DescribeSecret: { ARN: secretArn, Tags: OWN },
        };
        const { report } = await resumed(stateOf([REPLICA, SECRET]), answers);
        expect(report.pending.map(({ id }) => id)).to.deep.equal(["prod-copy@us-west-2", secretArn]);
    });

    it("drops resources that can't be found by name, and those that replace another one", async () => {
        const old = { ...BUCKET, id: "prod-raw" };
        const { report, state } = await resumed(stateOf([KEY, BUCKET], "creating", [...PRESENT, old]), {}, ["--yes"]);
        expect(report.pending.map(({ status }) => status)).to.deep.equal(["unnamed", "replacement"]);
        expect(state().resources.filter(({ urn }) => urn === BUCKET.urn)).to.have.length(1);
    });

    it("lists tagged resources that aren't in the state, except for those that AWS creates itself", async () => {
        const arn = (text: string) => ({ ResourceARN: `arn:aws:${text}` });
        const ResourceTagMappingList = [
            arn("sqs:us-east-1:111122223333:jobs"),
            arn("kms:us-east-1:111122223333:key/orphan"),
            arn("rds:us-east-1:111122223333:snapshot:rds:prod"),
            arn("s3:::prod-raw"),
        ];
        const answers = { GetResources: { ResourceTagMappingList }, HeadBucket: {}, GetBucketTagging: { TagSet: OWN } };
        const { report } = await resumed(stateOf([BUCKET]), answers);
        expect(report.orphans).to.deep.equal(["arn:aws:kms:us-east-1:111122223333:key/orphan"]);
    });

    it("repairs the state if the tagged resources can't be listed, says why, and exits with 1", async () => {
        const answers = { DescribeEventBus: "ResourceNotFoundException", GetResources: "AccessDenied" };
        const { report, code } = await resumed(stateOf([BUS]), answers, ["--yes"]);
        expect(report.repaired).to.equal(true);
        expect(report.unanswered).to.deep.equal(["us-east-1: access denied. Allow tag:GetResources."]);
        expect(code).to.equal(1);
        expect(render(report)).to.contain("couldn't be listed:\n  us-east-1: access denied");
    });

    it("keeps other pending operations", () => {
        const { deployment } = JSON.parse(repairedState(stateOf([BUCKET], "deleting"), new Map())) as {
            deployment: { pending_operations: unknown[] };
        };
        expect(deployment.pending_operations).to.have.length(1);
    });

    it("stops with credentials of another account than the state's", async () => {
        const clients = () => clientsWith({ GetCallerIdentity: { Account: "999988887777" } });
        const pulumi = () => Promise.resolve(stateOf([BUCKET]));
        const { code, stderr } = await ran(resumeCommand({ clients, pulumi }), ["prod", "--yes"]);
        expect(stderr).to.contain("prod is in the account 111122223333, but these credentials belong to 999988887777");
        expect(code).to.equal(1);
    });

    it("doesn't overwrite a state that has changed during the lookups", async () => {
        const clients = () => clientsWith({ GetCallerIdentity: ACCOUNT, GetResources: {}, DescribeEventBus: "ResourceNotFoundException" });
        const calls: string[] = [];
        const pulumi = ([, name = ""]: string[]) => {
            calls.push(name);
            return Promise.resolve(stateOf(calls.length > 1 ? [] : [BUS]));
        };
        const { code, stderr } = await ran(resumeCommand({ clients, pulumi }), ["prod", "--yes"]);
        expect(stderr).to.contain("the state of prod has changed");
        expect(calls).not.to.include("import");
        expect(code).to.equal(1);
    });

    it("refreshes only what it imported", () => {
        expect(refreshOf("prod", ["urn:a", "urn:b"]).join(" ")).to.equal(
            "refresh --stack prod --yes --skip-preview --target urn:a --target urn:b",
        );
    });

    it("has the import ID of every type that it finds by name", () => {
        // The name is the ID, according to the registry's page of the type.
        const byName = [
            "aws:apigateway/domainName:DomainName",
            "aws:backup/restoreTestingPlan:RestoreTestingPlan",
            "aws:backup/vault:Vault",
            "aws:cloudwatch/eventBus:EventBus",
            "aws:cloudwatch/logGroup:LogGroup",
            "aws:cognito/userPoolDomain:UserPoolDomain",
            "aws:docdb/cluster:Cluster",
            "aws:ecr/repository:Repository",
            "aws:ecs/cluster:Cluster",
            "aws:iam/role:Role",
            "aws:kms/alias:Alias",
            "aws:dynamodb/table:Table",
            "aws:rds/instance:Instance",
            "aws:rds/proxy:Proxy",
            "aws:s3/bucket:Bucket",
        ];
        const byId = [
            "aws:cloudfront/distribution:Distribution",
            "aws:glue/catalogDatabase:CatalogDatabase",
            "aws:route53/record:Record",
            "aws:secretsmanager/secret:Secret",
            "aws:xray/group:Group",
        ];
        expect([...byName, ...byId]).to.include.members(NAME_KINDS.map(({ type }) => type));
    });

    it("explains the state to people", async () => {
        const clients = () => clientsWith({ GetCallerIdentity: ACCOUNT, GetResources: {}, DescribeEventBus: "ResourceNotFoundException" });
        const { stdout } = await ran(resumeCommand({ clients, pulumi: () => Promise.resolve(stateOf([BUS])) }), ["prod"]);
        expect(stdout).to.contain("bus  aws:cloudwatch/eventBus:EventBus (prod) doesn't exist: would be dropped from the state");
        expect(stdout).to.contain("npm run resume -- prod --yes");
        const { stdout: clean } = await ran(resumeCommand({ clients, pulumi: () => Promise.resolve(stateOf([])) }), ["prod"]);
        expect(clean).to.contain("prod has no pending creations.");
    });

    it("rejects wrong arguments with the usage", async () => {
        const { code, stderr } = await ran(resumeCommand(), ["--bogus"]);
        expect(code).to.equal(2);
        expect(stderr).to.contain("unknown option --bogus").and.contain("usage: npm run resume");
    });
});
