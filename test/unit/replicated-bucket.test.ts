import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ReplicatedBucket, type ReplicatedBucketArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record, resolve } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const COPY_KEY = "arn:aws:kms:us-west-2:123456789012:key/mrk-1";
const plain: ReplicatedBucketArgs = { bucketName: "raw", kmsKeyArn: KEY };
const copied: ReplicatedBucketArgs = { ...plain, copyBucketName: "raw-copy", recovery: { region: "us-west-2", kmsKeyArn: COPY_KEY } };
const recorded = (args: Partial<ReplicatedBucketArgs> = {}) => record(() => new ReplicatedBucket("raw", { ...copied, ...args }));

describe("ReplicatedBucket", () => {
    it("makes one bucket and no replication without a recovery region", async () => {
        const recording = await record(() => {
            const bucket = new ReplicatedBucket("raw", plain);
            expect(bucket.alarms).to.be.empty;
            expect([bucket.copy, bucket.replication]).to.deep.equal([undefined, undefined]);
        });
        expect(recording.one(aws.s3.Bucket).inputs).to.deep.include({ bucket: "raw", forceDestroy: false });
        expect(recording.all(aws.s3.BucketReplicationConfig)).to.be.empty;
        expect(recording.all(aws.iam.Role)).to.be.empty;
    });

    it("makes the copy in the recovery region, versioned and encrypted with that region's key", async () => {
        const recording = await recorded({ oldVersionDays: 7, accessLogBucket: "logs", copyAccessLogBucket: "logs-west" });
        expect(recording.one(aws.s3.Bucket, "raw-copy-bucket").inputs).to.include({ bucket: "raw-copy", region: "us-west-2" });
        expect(recording.one(aws.s3.Bucket, "raw-bucket").inputs.region).to.be.undefined;
        for (const [name, key] of [
            ["raw", KEY],
            ["raw-copy", COPY_KEY],
        ] as const) {
            const encryption = recording.one(aws.s3.BucketServerSideEncryptionConfiguration, `${name}-encryption`).inputs.rules;
            expect(JSON.stringify(encryption)).to.contain(key).and.to.contain('"bucketKeyEnabled":true');
            expect(recording.one(aws.s3.BucketVersioning, `${name}-versioning`).inputs.versioningConfiguration.status).to.equal("Enabled");
            expect(recording.one(aws.s3.BucketPublicAccessBlock, `${name}-public-access`).inputs.blockPublicPolicy).to.equal(true);
            expect(JSON.stringify(recording.one(aws.s3.BucketLifecycleConfiguration, `${name}-lifecycle`).inputs.rules)).to.contain(
                '"noncurrentDays":7',
            );
        }
        expect(recording.all(aws.s3.BucketLogging).map(({ inputs }) => [inputs.bucket, inputs.targetBucket])).to.deep.equal([
            ["raw", "logs"],
            ["raw-copy", "logs-west"],
        ]);
    });

    it("replicates everything, objects encrypted by KMS and deletions included, with the copy's key", async () => {
        const recording = await recorded();
        const { inputs, parent } = recording.one(aws.s3.BucketReplicationConfig);
        expect(inputs).to.deep.include({ bucket: "raw", role: recording.one(aws.iam.Role).outputs.arn });
        expect(inputs.rules).to.deep.equal([
            {
                id: "everything",
                status: "Enabled",
                priority: 1,
                filter: { prefix: "" },
                deleteMarkerReplication: { status: "Enabled" },
                sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
                destination: { bucket: "arn:aws:s3:::raw-copy", encryptionConfiguration: { replicaKmsKeyId: COPY_KEY } },
            },
        ]);
        expect(parent).to.contain("ai-platform:components:ReplicatedBucket::raw");
    });

    it("starts replication after both buckets are versioned and the role may copy", async () => {
        const { dependencies } = (await recorded()).one(aws.s3.BucketReplicationConfig);
        for (const name of ["raw-versioning", "raw-copy-versioning", "raw-replication-copy"])
            expect(
                dependencies.some((urn) => urn.endsWith(`::${name}`)),
                name,
            ).to.equal(true);
    });

    it("lets replication's role read here, write there, and use each key through S3 of its region", async () => {
        const recording = await recorded();
        const statements = parsePolicy(recording.one(aws.iam.RolePolicy).inputs.policy).Statement;
        expect(statements.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["s3:GetReplicationConfiguration", "s3:ListBucket"], ["arn:aws:s3:::raw"]],
            [["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"], ["arn:aws:s3:::raw/*"]],
            [["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], ["arn:aws:s3:::raw-copy/*"]],
            [["kms:Decrypt"], [KEY]],
            [["kms:Encrypt", "kms:GenerateDataKey"], [COPY_KEY]],
        ]);
        expect(statements.slice(3).map(({ Condition }) => Condition)).to.deep.equal([
            { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
            { StringEquals: { "kms:ViaService": "s3.us-west-2.amazonaws.com" } },
        ]);
        expect(parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy).Statement[0]?.Principal).to.deep.equal([
            "s3.amazonaws.com",
        ]);
    });

    it("copies within 15 minutes and watches it, where time control is on", async () => {
        const recording = await record(() => new ReplicatedBucket("raw", { ...copied, timeControl: true }));
        expect(recording.one(aws.s3.BucketReplicationConfig).inputs.rules[0]?.destination).to.deep.include({
            metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
            replicationTime: { status: "Enabled", time: { minutes: 15 } },
        });
        await record(async () => {
            const { alarms } = new ReplicatedBucket("raw", { ...copied, timeControl: true });
            expect(alarms.map(({ name, metricName, threshold }) => [name, metricName, threshold])).to.deep.equal([
                ["replication-failed", "OperationsFailedReplication", 0],
                ["replication-latency", "ReplicationLatency", 900],
            ]);
            const dimensions = await resolve(alarms[0]!.dimensions);
            expect(dimensions).to.deep.equal({ SourceBucket: "raw", DestinationBucket: "raw-copy", RuleId: "everything" });
        });
        await record(() => {
            expect(new ReplicatedBucket("raw", copied).alarms).to.be.empty;
        });
    });

    it("adds further statements to both policies, or other ones to the copy's", async () => {
        const statement = (Sid: string) => ({
            Sid,
            Effect: "Deny" as const,
            Principal: "*" as const,
            Action: "s3:PutObject",
            Resource: "*",
        });
        const sids = async (args: Partial<ReplicatedBucketArgs>) =>
            (await recorded(args)).all(aws.s3.BucketPolicy).map(({ inputs }) => parsePolicy(inputs.policy).Statement.map(({ Sid }) => Sid));
        expect(await sids({ policy: () => [statement("Both")] })).to.deep.equal([
            ["TlsOnly", "Both"],
            ["TlsOnly", "Both"],
        ]);
        expect(await sids({ policy: () => [statement("One")], copyPolicy: () => [] })).to.deep.equal([["TlsOnly", "One"], ["TlsOnly"]]);
    });

    it("grants on the bucket, not on its copy", async () => {
        const recording = await record(() => {
            const role = new ServiceRole("app", { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
            const bucket = new ReplicatedBucket("raw", copied);
            bucket.grantRead(role, "in/");
            bucket.grantWrite(role);
            bucket.grantDelete(role);
        });
        const resources = recording
            .all(aws.iam.RolePolicy, /^app-raw-/)
            .map(({ name, inputs }) => [name, parsePolicy(inputs.policy).Statement.flatMap(({ Resource }) => Resource)]);
        expect(resources).to.deep.equal([
            ["app-raw-read", ["arn:aws:s3:::raw", "arn:aws:s3:::raw/in/*", KEY]],
            ["app-raw-write", ["arn:aws:s3:::raw/*", KEY]],
            ["app-raw-delete", ["arn:aws:s3:::raw", "arn:aws:s3:::raw/*"]],
        ]);
    });

    it("lets transforms have the last word", async () => {
        const recording = await recorded({
            transform: {
                bucket: (it) => ({ ...it, tags: { of: "bucket" } }),
                copy: (it) => ({ ...it, tags: { of: "copy" } }),
                replication: (it) => ({ ...it, token: "lock" }),
            },
        });
        expect(recording.one(aws.s3.Bucket, "raw-bucket").inputs.tags).to.deep.equal({ of: "bucket" });
        expect(recording.one(aws.s3.Bucket, "raw-copy-bucket").inputs.tags).to.deep.equal({ of: "copy" });
        expect(recording.one(aws.s3.BucketReplicationConfig).inputs.token).to.equal("lock");
    });

    it("refuses a copy without a name, and what makes no sense without a copy", () => {
        const without = { ...copied, copyBucketName: undefined };
        expect(() => new ReplicatedBucket("raw", without)).to.throw(
            'ReplicatedBucket "raw": copyBucketName must be given with recovery: the copy is found by its name',
        );
        const alone = { ...plain, copyBucketName: "raw-copy", timeControl: true, copyAccessLogBucket: "logs" };
        expect(() => new ReplicatedBucket("raw", alone)).to.throw(
            'ReplicatedBucket "raw": copyBucketName must be left out without recovery\n' +
                'ReplicatedBucket "raw": timeControl must be left out without recovery\n' +
                'ReplicatedBucket "raw": copyAccessLogBucket must be left out without recovery',
        );
    });

    it("is made of private buckets", async () => {
        const recording = await recorded();
        expect(recording.all("ai-platform:components:PrivateBucket").map(({ name }) => name)).to.deep.equal(["raw", "raw-copy"]);
    });
});
