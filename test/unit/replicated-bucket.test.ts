import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { ReplicatedBucket, type ReplicatedBucketArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record, resolve } from "../../components/testing";
import { untransformable } from "../support/transforms";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const REPLICA_KEY = "arn:aws:kms:us-west-2:123456789012:key/mrk-1";
const plain: ReplicatedBucketArgs = { bucketName: "raw", kmsKeyArn: KEY };
const replicated: ReplicatedBucketArgs = {
    ...plain,
    replicaBucketName: "raw-copy",
    recovery: { region: "us-west-2", kmsKeyArn: REPLICA_KEY },
};
const recorded = (args: Partial<ReplicatedBucketArgs> = {}) => record(() => new ReplicatedBucket("raw", { ...replicated, ...args }));

describe("ReplicatedBucket", () => {
    it("creates one bucket and no replication without a recovery region", async () => {
        const recording = await record(() => {
            const bucket = new ReplicatedBucket("raw", plain);
            expect(bucket.alarms).to.be.empty;
            expect([bucket.replica, bucket.replication]).to.deep.equal([undefined, undefined]);
        });
        expect(recording.one(aws.s3.Bucket).inputs).to.deep.include({ bucket: "raw", forceDestroy: false });
        expect(recording.all(aws.s3.BucketReplicationConfig)).to.be.empty;
        expect(recording.all(aws.iam.Role)).to.be.empty;
    });

    it("creates the replica in the recovery region, versioned and encrypted with the key of that region", async () => {
        const recording = await recorded({ oldVersionDays: 7, accessLogBucket: "logs", replicaAccessLogBucket: "logs-west" });
        expect(recording.one(aws.s3.Bucket, "raw-copy-bucket").inputs).to.include({ bucket: "raw-copy", region: "us-west-2" });
        expect(recording.one(aws.s3.Bucket, "raw-bucket").inputs.region).to.be.undefined;
        for (const [name, key] of [
            ["raw", KEY],
            ["raw-copy", REPLICA_KEY],
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

    it("replicates all objects, including objects encrypted with KMS and deletions, with the key of the replica", async () => {
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
                destination: {
                    bucket: "arn:aws:s3:::raw-copy",
                    encryptionConfiguration: { replicaKmsKeyId: REPLICA_KEY },
                    metrics: { status: "Enabled" },
                },
            },
        ]);
        expect(parent).to.contain("ai-platform:components:ReplicatedBucket::raw");
    });

    it("configures replication after both buckets are versioned and the role has permissions", async () => {
        const { dependencies } = (await recorded()).one(aws.s3.BucketReplicationConfig);
        for (const name of ["raw-versioning", "raw-copy-versioning", "raw-replication-copy"])
            expect(
                dependencies.some((urn) => urn.endsWith(`::${name}`)),
                name,
            ).to.equal(true);
    });

    it("lets the role read the source, write to the replica, and use each key through S3 of its region", async () => {
        const recording = await recorded();
        const statements = parsePolicy(recording.one(aws.iam.RolePolicy).inputs.policy).Statement;
        expect(statements.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
            [["s3:GetReplicationConfiguration", "s3:ListBucket"], ["arn:aws:s3:::raw"]],
            [["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"], ["arn:aws:s3:::raw/*"]],
            [["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], ["arn:aws:s3:::raw-copy/*"]],
            [["kms:Decrypt"], [KEY]],
            [["kms:Encrypt", "kms:GenerateDataKey"], [REPLICA_KEY]],
        ]);
        expect(statements.slice(3).map(({ Condition }) => Condition)).to.deep.equal([
            { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
            { StringEquals: { "kms:ViaService": "s3.us-west-2.amazonaws.com" } },
        ]);
        expect(parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy).Statement[0]?.Principal).to.deep.equal([
            "s3.amazonaws.com",
        ]);
    });

    it("replicates within 15 minutes with time control, in each direction", async () => {
        const recording = await recorded({ timeControl: true, twoWay: true });
        for (const { name, inputs } of recording.all(aws.s3.BucketReplicationConfig))
            expect(inputs.rules[0]?.destination, name).to.deep.include({
                metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
                replicationTime: { status: "Enabled", time: { minutes: 15 } },
            });
    });

    it("has alarms on failures in the source's region, and on the latency in the destination's", async () => {
        const alarmsOf = async (args: Partial<ReplicatedBucketArgs>) => {
            let found: [string, string, string | undefined, number, string][] = [];
            await record(async () => {
                const { alarms } = new ReplicatedBucket("raw", { ...replicated, ...args });
                found = await Promise.all(
                    alarms.map(async ({ name, metricName, region, threshold, dimensions }) => {
                        const { SourceBucket, DestinationBucket, RuleId } = await resolve(dimensions);
                        return [name, metricName, region, threshold, [SourceBucket, DestinationBucket, RuleId].join(" ")];
                    }),
                );
            });
            return found;
        };
        const [to, from] = ["raw raw-copy everything", "raw-copy raw everything"];
        expect(await alarmsOf({})).to.deep.equal([
            ["replication-failed", "OperationsFailedReplication", undefined, 0, to],
            ["replication-latency", "ReplicationLatency", "us-west-2", 3600, to],
        ]);
        expect(await alarmsOf({ timeControl: true, twoWay: true })).to.deep.equal([
            ["replication-failed", "OperationsFailedReplication", undefined, 0, to],
            ["replication-latency", "ReplicationLatency", "us-west-2", 900, to],
            ["reverse-replication-failed", "OperationsFailedReplication", "us-west-2", 0, from],
            ["reverse-replication-latency", "ReplicationLatency", undefined, 900, from],
        ]);
    });

    describe("twoWay", () => {
        it("replicates what is written to the replica, with the key of the bucket's region", async () => {
            const recording = await recorded({ twoWay: true });
            const { inputs, parent } = recording.one(aws.s3.BucketReplicationConfig, "raw-reverse-replication");
            const role = recording.one(aws.iam.Role, "raw-reverse-replication").outputs.arn;
            expect(inputs).to.deep.include({ region: "us-west-2", bucket: "raw-copy", role });
            expect(inputs.rules).to.deep.equal([
                {
                    id: "everything",
                    status: "Enabled",
                    priority: 1,
                    filter: { prefix: "" },
                    deleteMarkerReplication: { status: "Enabled" },
                    sourceSelectionCriteria: {
                        sseKmsEncryptedObjects: { status: "Enabled" },
                        replicaModifications: { status: "Enabled" },
                    },
                    destination: {
                        bucket: "arn:aws:s3:::raw",
                        encryptionConfiguration: { replicaKmsKeyId: KEY },
                        metrics: { status: "Enabled" },
                    },
                },
            ]);
            expect(parent).to.contain("ai-platform:components:ReplicatedBucket::raw");
        });

        it("synchronizes metadata in both directions, which S3 requires of both rules", async () => {
            const modifications = async (args: Partial<ReplicatedBucketArgs>) =>
                (await recorded(args))
                    .all(aws.s3.BucketReplicationConfig)
                    .map(({ name, inputs }) => [name, inputs.rules[0]?.sourceSelectionCriteria?.replicaModifications?.status]);
            expect(await modifications({ twoWay: true })).to.have.deep.members([
                ["raw-replication", "Enabled"],
                ["raw-reverse-replication", "Enabled"],
            ]);
            expect(await modifications({})).to.deep.equal([["raw-replication", undefined]]);
        });

        it("uses a role per direction, each with the permissions of its direction only", async () => {
            const recording = await recorded({ twoWay: true });
            const statementsOf = (name: string) => parsePolicy(recording.one(aws.iam.RolePolicy, name).inputs.policy).Statement;
            expect(recording.all(aws.iam.RolePolicy).map(({ name }) => name)).to.have.members([
                "raw-replication-copy",
                "raw-reverse-replication-copy",
            ]);
            const reverse = statementsOf("raw-reverse-replication-copy");
            expect(reverse.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
                [["s3:GetReplicationConfiguration", "s3:ListBucket"], ["arn:aws:s3:::raw-copy"]],
                [
                    ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
                    ["arn:aws:s3:::raw-copy/*"],
                ],
                [["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], ["arn:aws:s3:::raw/*"]],
                [["kms:Decrypt"], [REPLICA_KEY]],
                [["kms:Encrypt", "kms:GenerateDataKey"], [KEY]],
            ]);
            expect(reverse.slice(3).map(({ Condition }) => Condition)).to.deep.equal([
                { StringEquals: { "kms:ViaService": "s3.us-west-2.amazonaws.com" } },
                { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
            ]);
            const oneWay = parsePolicy((await recorded()).one(aws.iam.RolePolicy).inputs.policy).Statement;
            expect(statementsOf("raw-replication-copy")).to.deep.equal(oneWay);
            const trust = parsePolicy(recording.one(aws.iam.Role, "raw-reverse-replication").inputs.assumeRolePolicy).Statement;
            expect(trust.map(({ Principal }) => Principal)).to.deep.equal([["s3.amazonaws.com"]]);
        });

        it("waits for versioning of both buckets and for the permissions, in both directions", async () => {
            const recording = await recorded({ twoWay: true });
            for (const direction of ["raw-replication", "raw-reverse-replication"]) {
                const { dependencies } = recording.one(aws.s3.BucketReplicationConfig, direction);
                for (const name of ["raw-versioning", "raw-copy-versioning", `${direction}-copy`])
                    expect(
                        dependencies.filter((urn) => urn.endsWith(`::${name}`)),
                        `${direction}: ${name}`,
                    ).to.have.length(1);
            }
        });

        it("changes nothing else: buckets, keys, and policies stay as they are", async () => {
            const others = async (args: Partial<ReplicatedBucketArgs>) =>
                (await recorded(args)).registered
                    .filter(({ name }) => !name.includes("replication"))
                    .map(({ urn, inputs }) => [urn, inputs]);
            expect(await others({ twoWay: true })).to.deep.equal(await others({}));
        });
    });

    it("adds further statements to both policies, or different ones to the replica's", async () => {
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
        expect(await sids({ policy: () => [statement("One")], replicaPolicy: () => [] })).to.deep.equal([["TlsOnly", "One"], ["TlsOnly"]]);
    });

    it("grants access to the bucket, not to its replica", async () => {
        const recording = await record(() => {
            const role = new ServiceRole("app", { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
            const bucket = new ReplicatedBucket("raw", replicated);
            bucket.grantRead(role, "in/");
            bucket.grantWrite(role);
            bucket.grantDelete(role);
        });
        const resources = recording
            .all(aws.iam.RolePolicy, /^app-raw-/)
            .map(({ name, inputs }) => [name, parsePolicy(inputs.policy).Statement.flatMap(({ Resource }) => Resource)]);
        expect(resources).to.deep.equal([
            ["app-raw-read-in", ["arn:aws:s3:::raw", "arn:aws:s3:::raw/in/*", KEY]],
            ["app-raw-write", ["arn:aws:s3:::raw/*", KEY]],
            ["app-raw-delete", ["arn:aws:s3:::raw", "arn:aws:s3:::raw/*"]],
        ]);
    });

    it("applies transforms", async () => {
        const recording = await recorded({
            twoWay: true,
            transform: {
                bucket: { transform: { bucket: { tags: { of: "bucket" } } } },
                replica: () => ({ transform: { bucket: { tags: { of: "replica" } } } }),
                replication: { token: "lock" },
                replicationRole: { transform: { role: { path: "/replication/" } } },
                reverseReplication: { token: "reverse-lock" },
                reverseReplicationRole: { transform: { role: { path: "/reverse/" } } },
            },
        });
        expect(recording.one(aws.s3.Bucket, "raw-bucket").inputs.tags).to.deep.equal({ of: "bucket" });
        expect(recording.one(aws.s3.Bucket, "raw-copy-bucket").inputs.tags).to.deep.equal({ of: "replica" });
        expect(recording.all(aws.s3.BucketReplicationConfig).map(({ inputs }) => inputs.token)).to.have.members(["lock", "reverse-lock"]);
        expect(recording.all(aws.iam.Role).map(({ inputs }) => inputs.path)).to.have.members(["/replication/", "/reverse/"]);
    });

    it("grants one role access to two prefixes", async () => {
        const recording = await record(() => {
            const role = new ServiceRole("app", { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
            const bucket = new ReplicatedBucket("raw", replicated);
            bucket.grantWrite(role, "in/");
            bucket.grantWrite(role, "out/");
        });
        const names = recording.all(aws.iam.RolePolicy, /^app-raw-/).map(({ name }) => name);
        expect(names).to.have.members(["app-raw-write-in", "app-raw-write-out"]);
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const logs = { accessLogBucket: "logs", replicaAccessLogBucket: "logs-west" };
            const bucket = new ReplicatedBucket("raw", { ...replicated, ...logs, twoWay: true, transform });
            bucket.grantRead({ logicalName: "reader", roleName: bucket.bucketName }, "in/");
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    it("rejects a replica without a name, and arguments of the replica without recovery", () => {
        const without = { ...replicated, replicaBucketName: undefined };
        expect(() => new ReplicatedBucket("raw", without)).to.throw('ReplicatedBucket "raw": replicaBucketName must be set with recovery');
        const alone = { ...plain, replicaBucketName: "raw-copy", timeControl: true, twoWay: true, replicaAccessLogBucket: "logs" };
        expect(() => new ReplicatedBucket("raw", alone)).to.throw(
            'ReplicatedBucket "raw": replicaBucketName requires recovery\n' +
                'ReplicatedBucket "raw": timeControl requires recovery\n' +
                'ReplicatedBucket "raw": twoWay requires recovery\n' +
                'ReplicatedBucket "raw": replicaAccessLogBucket requires recovery',
        );
    });

    it("consists of private buckets", async () => {
        const recording = await recorded();
        expect(recording.all("ai-platform:components:PrivateBucket").map(({ name }) => name)).to.deep.equal(["raw", "raw-copy"]);
    });
});
