import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { PrivateBucket, type PrivateBucketArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record, type Recording } from "../../components/testing";
import { untransformable } from "../support/transforms";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-data";
const ARN = "arn:aws:s3:::files-of-prod";

const recorded = (more: PrivateBucketArgs = {}, use?: (bucket: PrivateBucket, reader: ServiceRole) => void): Promise<Recording> =>
    record(() => {
        const bucket = new PrivateBucket("files", { bucketName: "files-of-prod", ...more });
        use?.(bucket, new ServiceRole("reader", { service: "ec2.amazonaws.com", description: "Reads" }, {}));
    });
const granted = (recording: Recording, what: string) =>
    parsePolicy(recording.one(aws.iam.RolePolicy, `reader-files-${what}`).inputs.policy).Statement.map(
        ({ Action, Resource, Condition }) => ({ Action, Resource, ...(Condition ? { Condition } : {}) }),
    );

describe("PrivateBucket", () => {
    it("blocks public access and ACLs", async () => {
        const recording = await recorded();
        expect(recording.one(aws.s3.BucketPublicAccessBlock).inputs).to.deep.include({
            bucket: "files-of-prod",
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        });
        expect(recording.one(aws.s3.BucketOwnershipControls).inputs.rule).to.deep.equal({ objectOwnership: "BucketOwnerEnforced" });
    });

    it("denies requests without TLS to the bucket and its objects, and adds further statements", async () => {
        const deny = (arn: PrivateBucket["arn"]) => [
            { Sid: "Kept", Effect: "Deny" as const, Principal: "*" as const, Action: "s3:DeleteObject", Resource: arn },
        ];
        const { Statement } = parsePolicy((await recorded({ policy: deny })).one(aws.s3.BucketPolicy).inputs.policy);
        expect(Statement.map(({ Sid }) => Sid)).to.deep.equal(["TlsOnly", "Kept"]);
        expect(Statement[0]).to.deep.equal({
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: ["*"],
            Action: ["s3:*"],
            Resource: [ARN, `${ARN}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        });
    });

    it("encrypts with a KMS key and S3 Bucket Keys, otherwise with SSE-S3", async () => {
        const ruleOf = async (more: PrivateBucketArgs) =>
            (await recorded(more)).one(aws.s3.BucketServerSideEncryptionConfiguration).inputs.rules[0];
        expect(await ruleOf({ kmsKeyArn: KEY })).to.deep.equal({
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY },
            bucketKeyEnabled: true,
        });
        expect(await ruleOf({})).to.deep.equal({
            applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
            bucketKeyEnabled: false,
        });
    });

    it("expires noncurrent versions after 30 days or as configured, and incomplete uploads after seven", async () => {
        const recording = await recorded();
        expect(recording.one(aws.s3.BucketVersioning).inputs.versioningConfiguration).to.deep.equal({ status: "Enabled" });
        const lifecycle = recording.one(aws.s3.BucketLifecycleConfiguration);
        const always = { status: "Enabled", filter: { prefix: "" } };
        expect(lifecycle.inputs.rules).to.deep.equal([
            { ...always, id: "unfinished-uploads", abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
            { ...always, id: "old-versions", noncurrentVersionExpiration: { noncurrentDays: 30 } },
        ]);
        expect(lifecycle.dependencies).to.include(recording.one(aws.s3.BucketVersioning).urn);
        const [, old] = (await recorded({ oldVersionDays: 7 })).one(aws.s3.BucketLifecycleConfiguration).inputs.rules ?? [];
        expect(old?.noncurrentVersionExpiration).to.deep.equal({ noncurrentDays: 7 });
    });

    it("can be unversioned and have further lifecycle rules", async () => {
        const rule = { id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: 3 } };
        const recording = await recorded({ versioned: false, lifecycleRules: [rule] });
        expect(recording.all(aws.s3.BucketVersioning)).to.be.empty;
        const { rules } = recording.one(aws.s3.BucketLifecycleConfiguration).inputs;
        expect(rules?.map(({ id }) => id)).to.deep.equal(["unfinished-uploads", "expiry"]);
    });

    it("grants access below a prefix only, with the key only through S3", async () => {
        const recording = await recorded({ kmsKeyArn: KEY }, (bucket, reader) => {
            bucket.grantRead(reader, "in/");
            bucket.grantWrite(reader, "out/");
            bucket.grantDelete(reader, "old/");
        });
        const listing = (prefix: string) => ({
            Action: ["s3:GetBucketLocation", "s3:ListBucket"],
            Resource: [ARN],
            Condition: { StringLike: { "s3:prefix": `${prefix}*` } },
        });
        const key = (...Action: string[]) => ({
            Action,
            Resource: [KEY],
            Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
        });
        expect(granted(recording, "read-in")).to.deep.equal([
            listing("in/"),
            { Action: ["s3:GetObject", "s3:GetObjectVersion"], Resource: [`${ARN}/in/*`] },
            key("kms:Decrypt", "kms:DescribeKey"),
        ]);
        expect(granted(recording, "write-out")).to.deep.equal([
            { Action: ["s3:AbortMultipartUpload", "s3:PutObject"], Resource: [`${ARN}/out/*`] },
            key("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"),
        ]);
        expect(granted(recording, "delete-old")).to.deep.equal([
            listing("old/"),
            { Action: ["s3:DeleteObject"], Resource: [`${ARN}/old/*`] },
        ]);
    });

    it("grants one role access to two prefixes", async () => {
        const recording = await recorded({}, (bucket, reader) => {
            const policies = [bucket.grantRead(reader, "in/"), bucket.grantRead(reader, "out/")];
            expect(Object.values(bucket.nodes.grants ?? {})).to.deep.equal(policies);
        });
        expect(granted(recording, "read-in")[1]?.Resource).to.deep.equal([`${ARN}/in/*`]);
        expect(granted(recording, "read-out")[1]?.Resource).to.deep.equal([`${ARN}/out/*`]);
    });

    it("can have every resource transformed", async () => {
        const create = (transform: never) => {
            const bucket = new PrivateBucket("files", { accessLogBucket: "logs", transform });
            bucket.grantRead({ logicalName: "reader", roleName: bucket.bucketName }, "in/");
        };
        expect(await untransformable(create)).to.deep.equal([]);
    });

    it("grants access to the whole bucket without a prefix, and to no key with SSE-S3", async () => {
        const recording = await recorded({}, (bucket, reader) => {
            bucket.grantRead(reader);
        });
        expect(granted(recording, "read")).to.deep.equal([
            { Action: ["s3:GetBucketLocation", "s3:ListBucket"], Resource: [ARN] },
            { Action: ["s3:GetObject", "s3:GetObjectVersion"], Resource: [`${ARN}/*`] },
        ]);
    });

    it("can be in another region, with the key used by S3 in that region", async () => {
        const recording = await recorded({ region: "us-west-2", kmsKeyArn: KEY }, (bucket, reader) => {
            bucket.grantWrite(reader);
        });
        const parts = recording.registered.filter(({ type }) => type.startsWith("aws:s3/"));
        expect(new Set(parts.map(({ inputs }) => inputs.region))).to.deep.equal(new Set(["us-west-2"]));
        expect(granted(recording, "write")[1]?.Condition).to.deep.equal({
            StringEquals: { "kms:ViaService": "s3.us-west-2.amazonaws.com" },
        });
    });

    it("is destroyed only if it is empty, unless forceDestroy is set; applies transforms", async () => {
        expect((await recorded()).one(aws.s3.Bucket).inputs.forceDestroy).to.equal(false);
        expect((await recorded({ forceDestroy: true })).one(aws.s3.Bucket).inputs.forceDestroy).to.equal(true);
        const transform: PrivateBucketArgs["transform"] = { bucket: { objectLockEnabled: true } };
        expect((await recorded({ transform })).one(aws.s3.Bucket).inputs).to.deep.include({
            bucket: "files-of-prod",
            objectLockEnabled: true,
        });
    });

    it("writes access logs to the configured bucket, below its own name", async () => {
        expect((await recorded()).all(aws.s3.BucketLogging)).to.be.empty;
        const { inputs } = (await recorded({ accessLogBucket: "logs" })).one(aws.s3.BucketLogging);
        expect(inputs).to.deep.include({ bucket: "files-of-prod", targetBucket: "logs", targetPrefix: "s3/files/" });
    });

    it("is the parent of its resources", async () => {
        const parts = (await recorded()).registered.filter(({ type }) => type.startsWith("aws:s3/"));
        for (const { name, parent } of parts) {
            expect(name).to.match(/^files-/);
            expect(parent).to.contain("ai-platform:components:PrivateBucket::files");
        }
    });

    it("rejects invalid arguments, all at once", () => {
        expect(() => new PrivateBucket("files", { bucketName: "Files_Of_Prod", oldVersionDays: 0 })).to.throw(
            'PrivateBucket "files": bucketName must be 3 to 63 lower-case letters, digits, dots, and hyphens\n' +
                'PrivateBucket "files": oldVersionDays must be 1 or more',
        );
        expect(() => new PrivateBucket("files", { oldVersionDays: 1.5 })).to.throw("oldVersionDays must be 1 or more");
    });
});
