import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { DataLake, type DataLakeArgs, type LakeTable } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record } from "../../components/testing";
import { untransformable } from "../support/transforms";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const REPLICA_KEY = "arn:aws:kms:us-west-2:123456789012:key/mrk-1";
const args: DataLakeArgs = { kmsKeyArn: KEY, databaseName: "prod_lake", raw: { bucketName: "raw" }, curated: { bucketName: "curated" } };
const replicated: DataLakeArgs = {
    ...args,
    raw: { bucketName: "raw", replicaBucketName: "raw-copy" },
    curated: { bucketName: "curated", replicaBucketName: "curated-copy" },
    recovery: { region: "us-west-2", kmsKeyArn: REPLICA_KEY },
};
const recorded = (more: Partial<DataLakeArgs> = {}) => record(() => new DataLake("lake", { ...args, ...more }));
const role = (name: string) => new ServiceRole(name, { service: "ecs-tasks.amazonaws.com", description: "test" }, {});

describe("DataLake", () => {
    it("creates encrypted, private buckets for raw data, curated data, and results that require TLS", async () => {
        const recording = await recorded();
        expect(recording.all(aws.s3.Bucket).map(({ name, inputs }) => [name, inputs.bucket, inputs.forceDestroy])).to.have.deep.members([
            ["lake-raw-bucket", "raw", false],
            ["lake-curated-bucket", "curated", false],
            ["lake-results-bucket", undefined, false],
        ]);
        for (const { inputs } of recording.all(aws.s3.BucketServerSideEncryptionConfiguration))
            expect(JSON.stringify(inputs.rules)).to.contain(KEY).and.to.contain('"bucketKeyEnabled":true');
        for (const { inputs } of recording.all(aws.s3.BucketPolicy))
            expect(parsePolicy(inputs.policy).Statement.map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly"]);
        expect(recording.all(aws.s3.BucketPublicAccessBlock)).to.have.length(3);
        expect(recording.all(aws.s3.BucketVersioning).map(({ name }) => name)).to.have.members([
            "lake-raw-versioning",
            "lake-curated-versioning",
        ]);
        expect(recording.all(aws.s3.BucketReplicationConfig)).to.be.empty;
    });

    it("moves objects to Intelligent-Tiering immediately, or after the configured days", async () => {
        const transitions = async (more: Partial<DataLakeArgs>) => {
            const recording = await recorded(more);
            return ["lake-raw-lifecycle", "lake-curated-lifecycle"].map(
                (name) =>
                    recording.one(aws.s3.BucketLifecycleConfiguration, name).inputs.rules?.find(({ id }) => id === "intelligent-tiering")
                        ?.transitions,
            );
        };
        expect(await transitions({})).to.deep.equal([
            [{ days: 0, storageClass: "INTELLIGENT_TIERING" }],
            [{ days: 0, storageClass: "INTELLIGENT_TIERING" }],
        ]);
        expect(await transitions({ raw: { tieringAfterDays: 1 }, curated: { tieringAfterDays: 90 } })).to.deep.equal([
            [{ days: 1, storageClass: "INTELLIGENT_TIERING" }],
            [{ days: 90, storageClass: "INTELLIGENT_TIERING" }],
        ]);
    });

    it("logs access to its buckets and their replicas, each in its own region", async () => {
        const logged = (recording: Awaited<ReturnType<typeof recorded>>) =>
            Object.fromEntries(recording.all(aws.s3.BucketLogging).map(({ name, inputs }) => [name, inputs.targetBucket]));
        const own = { "lake-raw-access-logs": "logs", "lake-curated-access-logs": "logs", "lake-results-access-logs": "logs" };
        expect(logged(await recorded({ ...replicated, accessLogBucket: "logs" }))).to.deep.equal(own);
        const both = await recorded({ ...replicated, accessLogBucket: "logs", replicaAccessLogBucket: "logs-west" });
        expect(logged(both)).to.deep.equal({
            ...own,
            "lake-raw-copy-access-logs": "logs-west",
            "lake-curated-copy-access-logs": "logs-west",
        });
        const loggedReplicas = both.all(aws.s3.BucketLogging, /-copy-/).map(({ inputs }) => [inputs.bucket, inputs.region]);
        expect(loggedReplicas).to.have.deep.members([
            ["raw-copy", "us-west-2"],
            ["curated-copy", "us-west-2"],
        ]);
    });

    it("archives objects only if configured", async () => {
        expect((await recorded()).all(aws.s3.BucketIntelligentTieringConfiguration)).to.be.empty;
        const recording = await recorded({
            raw: { bucketName: "raw", archiveDays: { archive: 90, deepArchive: 365 } },
            curated: { bucketName: "curated", archiveDays: { deepArchive: 180 } },
        });
        expect(
            recording.all(aws.s3.BucketIntelligentTieringConfiguration).map(({ inputs }) => [inputs.bucket, inputs.tierings]),
        ).to.have.deep.members([
            [
                "raw",
                [
                    { accessTier: "ARCHIVE_ACCESS", days: 90 },
                    { accessTier: "DEEP_ARCHIVE_ACCESS", days: 365 },
                ],
            ],
            ["curated", [{ accessTier: "DEEP_ARCHIVE_ACCESS", days: 180 }]],
        ]);
    });

    it("sends events of raw objects to EventBridge, unless notifications are off", async () => {
        const { inputs } = (await recorded()).one(aws.s3.BucketNotification);
        expect(inputs).to.deep.include({ bucket: "raw", eventbridge: true });
        expect((await recorded({ notifications: false })).all(aws.s3.BucketNotification)).to.be.empty;
    });

    it("replicates both buckets to the recovery region, and with twoWay back", async () => {
        const recording = await record(() => {
            const lake = new DataLake("lake", { ...replicated, timeControl: true, twoWay: true });
            expect(lake.alarms.map(({ name, threshold }) => [name, threshold])).to.deep.equal(
                ["raw-replication", "raw-reverse-replication", "curated-replication", "curated-reverse-replication"].flatMap((name) => [
                    [`${name}-failed`, 0],
                    [`${name}-latency`, 900],
                ]),
            );
        });
        const replicas = recording.all(aws.s3.Bucket, /copy/).map(({ inputs }) => [inputs.bucket, inputs.region]);
        expect(replicas).to.have.deep.members([
            ["raw-copy", "us-west-2"],
            ["curated-copy", "us-west-2"],
        ]);
        expect(recording.all(aws.s3.BucketReplicationConfig).map(({ inputs }) => inputs.rules[0]?.destination.bucket)).to.have.deep.members(
            ["arn:aws:s3:::raw-copy", "arn:aws:s3:::curated-copy", "arn:aws:s3:::raw", "arn:aws:s3:::curated"],
        );
        expect((await recorded(replicated)).all(aws.s3.BucketReplicationConfig)).to.have.length(2);
    });

    it("logs access to each bucket in its own region", async () => {
        const recording = await recorded({ ...replicated, accessLogBucket: "logs", replicaAccessLogBucket: "logs-west" });
        expect(
            recording.all(aws.s3.BucketLogging).map(({ name, inputs }) => [name, inputs.targetBucket, inputs.region]),
        ).to.have.deep.members([
            ["lake-raw-access-logs", "logs", undefined],
            ["lake-raw-copy-access-logs", "logs-west", "us-west-2"],
            ["lake-curated-access-logs", "logs", undefined],
            ["lake-curated-copy-access-logs", "logs-west", "us-west-2"],
            ["lake-results-access-logs", "logs", undefined],
        ]);
    });

    it("denies the given roles access to objects outside the endpoint", async () => {
        const recording = await recorded({ ...replicated, onlyThroughEndpoint: { vpcEndpointId: "vpce-1", roles: ["api-*", "ingest"] } });
        const statements = (name: string) => parsePolicy(recording.one(aws.s3.BucketPolicy, name).inputs.policy).Statement;
        for (const bucket of ["raw", "curated"]) {
            expect(statements(`lake-${bucket}-policy`)[1]).to.deep.equal({
                Sid: "OnlyThroughEndpoint",
                Effect: "Deny",
                Principal: ["*"],
                Action: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
                Resource: [`arn:aws:s3:::${bucket}/*`],
                Condition: {
                    ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::123456789012:role/api-*", "arn:aws:iam::123456789012:role/ingest"] },
                    StringNotEquals: { "aws:SourceVpce": "vpce-1" },
                    Bool: { "aws:ViaAWSService": "false" },
                },
            });
            expect(statements(`lake-${bucket}-copy-policy`).map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly"]);
        }
    });

    it("uses buckets of another stack, and creates only queries and grants", async () => {
        const recording = await record(
            () => {
                const lake = new DataLake("lake", {
                    kmsKeyArn: REPLICA_KEY,
                    databaseName: "dr_lake",
                    existing: { raw: "raw-copy", curated: "curated-copy" },
                });
                lake.raw.grantRead(role("app"));
                lake.curated.grantWrite(role("app2"));
                lake.raw.grantDelete(role("app3"), "in/");
            },
            { region: "us-west-2" },
        );
        expect(recording.all(aws.s3.Bucket).map(({ name }) => name)).to.deep.equal(["lake-results-bucket"]);
        expect(recording.one(aws.s3.BucketNotification).inputs.bucket).to.equal("raw-copy");
        const statements = (name: string) =>
            parsePolicy(recording.one(aws.iam.RolePolicy, name).inputs.policy).Statement.map(({ Action, Resource }) => [Action, Resource]);
        expect(statements("app-lake-raw-read")).to.deep.equal([
            [["s3:GetBucketLocation", "s3:ListBucket"], ["arn:aws:s3:::raw-copy"]],
            [["s3:GetObject", "s3:GetObjectVersion"], ["arn:aws:s3:::raw-copy/*"]],
            [["kms:Decrypt", "kms:DescribeKey"], [REPLICA_KEY]],
        ]);
        expect(statements("app2-lake-curated-write")).to.deep.equal([
            [["s3:AbortMultipartUpload", "s3:PutObject"], ["arn:aws:s3:::curated-copy/*"]],
            [["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [REPLICA_KEY]],
        ]);
        expect(statements("app3-lake-raw-delete-in")).to.deep.equal([
            [["s3:GetBucketLocation", "s3:ListBucket"], ["arn:aws:s3:::raw-copy"]],
            [["s3:DeleteObject"], ["arn:aws:s3:::raw-copy/in/*"]],
        ]);
    });

    it("parents its resources, and applies transforms", async () => {
        const recording = await recorded({
            forceDestroy: true,
            transform: {
                buckets: (_args, _opts, name) => ({
                    transform: { bucket: { transform: { bucket: { tags: { of: name.replace("lake-", "") } } } } },
                }),
                queries: {
                    transform: {
                        workgroup: { state: "DISABLED" },
                        database: { description: "other" },
                        tables: () => ({ owner: "me" }),
                    },
                },
            },
        });
        expect(recording.all(aws.s3.Bucket).map(({ inputs }) => inputs.tags)).to.have.deep.members([
            { of: "raw" },
            { of: "curated" },
            undefined,
        ]);
        expect(recording.all(aws.s3.Bucket).every(({ inputs }) => inputs.forceDestroy)).to.equal(true);
        expect(recording.one(aws.athena.Workgroup).inputs).to.deep.include({ state: "DISABLED", forceDestroy: true });
        expect(recording.one(aws.glue.CatalogDatabase).inputs.description).to.equal("other");
        expect(recording.all(aws.glue.CatalogTable).map(({ inputs }) => inputs.owner)).to.deep.equal(["me", "me"]);
        expect(recording.registered.filter(({ parent, type }) => !parent && type !== "pulumi:pulumi:Stack")).to.be.empty;
        expect(recording.one("ai-platform:components:DataLake").name).to.equal("lake");
    });

    it("grants one role access to two prefixes", async () => {
        const recording = await record(() => {
            const lake = new DataLake("lake", args);
            const app = role("app");
            lake.raw.grantWrite(app, "in/");
            lake.raw.grantWrite(app, "uploads/");
        });
        const names = recording.all(aws.iam.RolePolicy).map(({ name }) => name);
        expect(names).to.have.members(["app-lake-raw-write-in", "app-lake-raw-write-uploads"]);
    });

    it("can have every resource transformed", async () => {
        const create = (more: Partial<DataLakeArgs>) => (transform: never) => {
            const lake = new DataLake("lake", { ...more, kmsKeyArn: KEY, databaseName: "lake", accessLogBucket: "logs", transform });
            const app = { logicalName: "app", roleName: lake.workgroupName };
            lake.raw.grantRead(app, "in/");
            lake.grantQuery(app);
        };
        const raw = { ...replicated.raw, archiveDays: { archive: 90 } };
        expect(await untransformable(create({ ...replicated, raw, twoWay: true }))).to.deep.equal([]);
        expect(await untransformable(create({ existing: { raw: "raw", curated: "curated" } }))).to.deep.equal([]);
    });

    it("rejects invalid arguments, all at once, before anything is registered", () => {
        const problems = (more: Partial<DataLakeArgs>) => {
            try {
                new DataLake("lake", { ...args, ...more });
            } catch (error) {
                return (error as Error).message.split("\n").map((line) => line.replace('DataLake "lake": ', ""));
            }
            return [];
        };
        expect(problems({ databaseName: "Prod-Lake", workgroupName: "a b", queryScanLimit: 0.01, resultDays: 0 })).to.deep.equal([
            "databaseName must be 1 to 255 lower-case letters, digits, and _",
            "workgroupName must be 1 to 128 letters, digits, and . _ -",
            "queryScanLimit must be 0.011 or more: Athena's minimum is 10 MiB",
            "resultDays must be between 1 and 3650",
        ]);
        const table: LakeTable = {
            bucket: "raw",
            prefix: "/a/",
            description: "",
            columns: { dt: "string", "A-b": "string" },
            firstDay: "2026",
        };
        expect(
            problems({ tables: { "my-table": table, none: { ...table, prefix: "a", columns: {}, firstDay: "2026-01-01" } } }),
        ).to.deep.equal([
            "tables.my-table must have a name of lower-case letters, digits, and _",
            "tables.my-table must have a prefix that neither starts nor ends with a slash",
            "tables.my-table must have columns of lower-case letters, digits, and _",
            "tables.my-table must not have a column dt, which is the partition key",
            "tables.my-table must have a firstDay like 2025-01-01",
            "tables.none must have columns",
        ]);
        expect(
            problems({
                raw: { replicaBucketName: "copy", tieringAfterDays: -1, archiveDays: { archive: 89, deepArchive: 731 } },
                curated: { tieringAfterDays: 1.5, archiveDays: { archive: 400, deepArchive: 300 } },
                timeControl: true,
                twoWay: true,
                replicaAccessLogBucket: "logs",
                onlyThroughEndpoint: { vpcEndpointId: "vpce-1", roles: [] },
            }),
        ).to.deep.equal([
            "timeControl requires recovery",
            "twoWay requires recovery",
            "replicaAccessLogBucket requires recovery",
            "onlyThroughEndpoint.roles must contain at least one role",
            "raw.replicaBucketName must be set with recovery, and only then",
            "raw.tieringAfterDays must be between 0 and 3650",
            "raw.archiveDays.archive must be between 90 and 730",
            "raw.archiveDays.deepArchive must be between 180 and 730",
            "curated.tieringAfterDays must be between 0 and 3650",
            "curated.archiveDays.deepArchive must be more than archive",
        ]);
        expect(problems({ curated: { archiveDays: { archive: 730 } }, raw: { archiveDays: { deepArchive: 180 } } })).to.be.empty;
        expect(problems({ curated: { archiveDays: {} } })).to.deep.equal(["curated.archiveDays must have archive or deepArchive"]);
        expect(problems({ recovery: replicated.recovery })).to.deep.equal([
            "raw.replicaBucketName must be set with recovery, and only then",
            "curated.replicaBucketName must be set with recovery, and only then",
        ]);
        expect(
            problems({ existing: { raw: "raw", curated: "curated" }, curated: undefined, recovery: replicated.recovery, twoWay: true }),
        ).to.deep.equal([
            "raw must not be set with existing: the stack that owns the buckets configures it",
            "recovery must not be set with existing: the stack that owns the buckets configures it",
            "twoWay must not be set with existing: the stack that owns the buckets configures it",
        ]);
    });
});
