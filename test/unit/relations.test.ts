import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { DOCUMENT_INGESTED, DOCUMENTS_FOLDER, DOCUMENTS_TABLE } from "../../components";
import { parseJson, parsePolicy, type Recording } from "../../components/testing";
import { curatedKey } from "../../functions/ingest/document";
import { readSettings } from "../../functions/ingest/settings";
import { plan } from "../support/plans";

/** Relations between components: network paths, grants, alarms, and names that both sides must share. */
describe("the components of the program", () => {
    let prod: Recording;
    before(async () => {
        prod = await plan("prod");
    });
    /** The platform's own clients. A program can have more, which this test ignores. */
    const CLIENTS = /-from-(gateway|api|services-alb|ingest-reader|cache|database|documents|edge|identity)-\d+$/;
    const pathsOf = (recording: Recording) =>
        recording.all(aws.vpc.SecurityGroupIngressRule, CLIENTS).map(({ name, inputs }) => `${name} ${String(inputs.fromPort)}`);
    const PATHS = [
        "services-alb-from-gateway-80 80",
        "api-from-services-alb-8080 8080",
        "cache-from-api-6379 6379",
        "database-from-api-5432 5432",
        "documents-from-api-27017 27017",
        "documents-from-ingest-reader-27017 27017",
    ];

    it("have exactly these network paths", async () => {
        expect(pathsOf(prod)).to.have.members(PATHS);
        expect(pathsOf(await plan("dr"))).to.have.members(PATHS);
    });

    it("can reach interface endpoints, if any: the service and the ingest function", async () => {
        const recording = await plan("prod", ["ai-platform:network.interfaceEndpoints[0]=logs"]);
        const more = pathsOf(recording).filter((path) => !PATHS.includes(path));
        expect(more.map((path) => path.replace(/^.*-from-/, ""))).to.have.members(["api-443 443", "ingest-reader-443 443"]);
    });

    it("wait for Lambda to delete a function's interfaces before their group, subnets, and role go", async () => {
        for (const recording of [prod, await plan("dr")]) {
            const functions = recording.all(aws.lambda.Function).filter(({ inputs }) => inputs.vpcConfig);
            expect(functions.map(({ name }) => name)).to.include("ingest-reader-function");
            for (const { inputs } of functions) {
                const { securityGroupIds = [], subnetIds = [] } = inputs.vpcConfig ?? {};
                const groups = recording.all(aws.ec2.SecurityGroup).filter(({ id }) => securityGroupIds.includes(id ?? ""));
                const subnets = recording.all(aws.ec2.Subnet).filter(({ id }) => subnetIds.includes(id ?? ""));
                expect([groups.length, subnets.length]).to.deep.equal([securityGroupIds.length, subnetIds.length]);
                for (const it of [...groups, ...subnets]) expect(it.customTimeouts.delete, it.name).to.equal("90m");
                const policy = recording
                    .all(aws.iam.RolePolicy)
                    .find(({ inputs: { policy: text } }) => /"Allow".*ec2:DeleteNetworkInterface/.test(String(text)));
                for (const group of groups) expect(group.dependencies, group.name).to.include(policy?.urn);
            }
        }
    });

    const policiesOf = (recording: Recording, pattern: RegExp) =>
        recording.all(aws.iam.RolePolicy).filter(({ name }) => pattern.test(name));
    const SERVICE = /^api-(?!execution)/;

    it("grant the service exactly these permissions, and writing only under the documents prefix", () => {
        const policies = policiesOf(prod, SERVICE);
        expect(policies.map(({ name }) => name)).to.have.members([
            "api-ai-invoke",
            "api-events-publish",
            "api-events-work-consume",
            "api-lake-curated-read",
            "api-lake-raw-read",
            "api-lake-raw-write-documents",
            "api-task-tracing",
        ]);
        const write = policies.find(({ name }) => name === "api-lake-raw-write-documents");
        const [statement] = parsePolicy(write?.inputs.policy).Statement;
        expect(statement?.Resource).to.deep.equal([`arn:aws:s3:::ai-platform-prod-raw-123456789012-us-east-1/${DOCUMENTS_FOLDER}*`]);
    });

    it("allow the service to invoke the model endpoint, if any, and pass its name", async () => {
        const recording = await plan("prod", [
            "ai-platform:ai.endpoint.image=123456789012.dkr.ecr.us-east-1.amazonaws.com/models/rank:1",
            "ai-platform:ai.endpoint.modelDataUrl=s3://models/rank.tar.gz",
        ]);
        const actions = policiesOf(recording, SERVICE).flatMap(({ inputs }) =>
            parsePolicy(inputs.policy).Statement.flatMap(({ Action }) => Action),
        );
        expect(actions).to.include("sagemaker:InvokeEndpoint");
        const [api] = parseJson<{ environment: { name: string; value: string }[] }[]>(
            recording.one(aws.ecs.TaskDefinition, "api-task").inputs.containerDefinitions,
        );
        const told = api?.environment.find(({ name }) => name === "Ai__Endpoint")?.value;
        expect(told).to.equal(recording.one(aws.sagemaker.Endpoint).inputs.name);
    });

    it("all have alarms", () => {
        const watched = new Set(prod.all(aws.cloudwatch.MetricAlarm).map(({ name }) => name.split("-")[0]));
        for (const part of ["edge", "gateway", "api", "database", "cache", "documents", "backups", "events", "ingest", "ai", "network"])
            expect(watched, part).to.include(part);
    });

    it("back up both databases to vaults that deny deletion while data is protected", async () => {
        expect(prod.all(aws.backup.Selection).flatMap(({ inputs }) => inputs.resources)).to.include.members([
            "arn:aws:rds:us-east-1:123456789012:db:ai-platform-prod",
            "arn:aws:rds:us-east-1:123456789012:cluster:ai-platform-prod-documents",
        ]);
        const effects = (recording: Recording) =>
            recording.all(aws.backup.VaultPolicy).map(({ inputs }) => parsePolicy(inputs.policy).Statement.map(({ Effect }) => Effect));
        expect(effects(prod)).to.deep.equal([["Deny"], ["Deny"]]);
        const open = await plan("prod", ["ai-platform:protectData=false"]);
        expect(effects(open)).to.deep.equal([["Allow"], ["Allow"]]);
        expect(open.all(aws.backup.Vault).every(({ inputs }) => inputs.forceDestroy)).to.be.true;
        const locked = await plan("prod", ["ai-platform:protectData=false", "ai-platform:backups.vaultLock.minRetentionDays=7"]);
        expect(locked.all(aws.backup.VaultLockConfiguration).map(({ outputs }) => outputs.region)).to.deep.equal([
            "us-east-1",
            "us-west-2",
        ]);
        expect(locked.all(aws.backup.Vault).some(({ inputs }) => inputs.forceDestroy)).to.be.false;
    });

    it("agree on the settings of ingest, and on its event, prefix, and table", () => {
        const { environment } = prod.one(aws.lambda.Function, "ingest-reader-function").inputs;
        const settings = readSettings(environment?.variables ?? {});
        expect(settings.curatedBucket).to.equal("ai-platform-prod-curated-123456789012-us-east-1");
        const created = parseJson<{ detail: { object: { key: { prefix: string }[] } } }>(
            prod.one(aws.cloudwatch.EventRule, "ingest-created").inputs.eventPattern,
        );
        expect(created.detail.object.key).to.deep.equal([{ prefix: DOCUMENTS_FOLDER }]);
        const work = parseJson<Record<string, string[]>>(prod.one(aws.cloudwatch.EventRule, /^events-work/).inputs.eventPattern);
        expect(work["detail-type"]).to.include(DOCUMENT_INGESTED);
        const key = curatedKey("id", { bucket: "b", key: "k", etag: "e", size: 1, createdAt: "2026-03-04T05:06:07Z" });
        expect(key).to.equal(`${DOCUMENTS_TABLE.prefix}/dt=2026-03-04/id.json`);
    });

    it("use the role names of dr's service", async () => {
        const delivered = await plan("prod", [
            "ai-platform:delivery.service.repositoryId=acme/api",
            "ai-platform:services.api.deployedBy=pipeline",
        ]);
        const statements = policiesOf(delivered, /^delivery-service/).flatMap(({ inputs }) => parsePolicy(inputs.policy).Statement);
        const passed = statements.filter(({ Action }) => Action.includes("iam:PassRole")).flatMap(({ Resource }) => Resource);
        const roles = (await plan("dr")).all(aws.iam.Role).map(({ outputs }) => outputs.arn);
        const ofDr = passed.filter((arn) => arn.includes("ai-platform-dr-"));
        expect(ofDr).to.have.length(2);
        for (const arn of ofDr) expect(roles).to.include(arn);
    });
});
