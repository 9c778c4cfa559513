import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { LogBucket, type LogBucketArgs } from "../../components";
import { parsePolicy, record } from "../../components/testing";
import { untransformable } from "../support/transforms";

const recorded = (args?: LogBucketArgs) => record(() => new LogBucket("logs", args));
const statementsOf = async (args?: LogBucketArgs) => {
    const policy = parsePolicy((await recorded(args)).one(aws.s3.BucketPolicy).inputs.policy);
    return Object.fromEntries(policy.Statement.map((statement) => [statement.Sid ?? "", statement]));
};
const ARN = "arn:aws:s3:::logs-of-prod";

describe("LogBucket", () => {
    it("is a private bucket that keeps logs for 90 days, unversioned and with SSE-S3, which load balancers require", async () => {
        const recording = await recorded();
        const [rule] = recording.one(aws.s3.BucketServerSideEncryptionConfiguration).inputs.rules;
        expect(rule?.applyServerSideEncryptionByDefault).to.deep.equal({ sseAlgorithm: "AES256" });
        const { rules } = recording.one(aws.s3.BucketLifecycleConfiguration).inputs;
        expect(rules?.find(({ id }) => id === "expiry")).to.deep.include({ status: "Enabled", expiration: { days: 90 } });
        expect(recording.all(aws.s3.BucketVersioning)).to.be.empty;
        expect(recording.one(aws.s3.BucketPublicAccessBlock).inputs).to.include({ blockPublicPolicy: true, restrictPublicBuckets: true });
        expect(recording.one(aws.s3.Bucket).parent).to.contain("LogBucket$ai-platform:components:PrivateBucket::logs");
    });

    it("lets load balancers write below the account's path only, with and without a prefix", async () => {
        const { LoadBalancers } = await statementsOf({ bucketName: "logs-of-prod" });
        expect(LoadBalancers).to.deep.equal({
            Sid: "LoadBalancers",
            Effect: "Allow",
            Principal: ["logdelivery.elasticloadbalancing.amazonaws.com"],
            Action: ["s3:PutObject"],
            Resource: [`${ARN}/AWSLogs/123456789012/*`, `${ARN}/*/AWSLogs/123456789012/*`],
        });
    });

    it("lets buckets and CloudFront deliveries of this account write, and denies requests without TLS", async () => {
        const { Buckets, AWSLogDeliveryWrite, TlsOnly, ...others } = await statementsOf({ bucketName: "logs-of-prod" });
        expect(Buckets).to.deep.include({
            Principal: ["logging.s3.amazonaws.com"],
            Action: ["s3:PutObject"],
            Resource: [`${ARN}/s3/*`],
            Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        });
        expect(AWSLogDeliveryWrite).to.deep.include({
            Principal: ["delivery.logs.amazonaws.com"],
            Action: ["s3:PutObject"],
            Resource: [`${ARN}/AWSLogs/123456789012/*`],
            Condition: {
                StringEquals: { "aws:SourceAccount": "123456789012", "s3:x-amz-acl": "bucket-owner-full-control" },
                ArnLike: { "aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:delivery-source:*" },
            },
        });
        expect(TlsOnly?.Effect).to.equal("Deny");
        expect(others).to.have.keys("LoadBalancers");
    });

    it("makes log sources depend on the policy, not only on the bucket", async () => {
        const recording = await record(() => {
            const logs = new LogBucket("logs");
            new aws.s3.BucketLogging("logging", { bucket: "other", targetBucket: logs.bucketName, targetPrefix: "s3/other/" });
        });
        expect(recording.one(aws.s3.BucketLogging).dependencies).to.include(recording.one(aws.s3.BucketPolicy).urn);
    });

    it("passes expiry, region and forceDestroy on, and applies transforms", async () => {
        const transform: LogBucketArgs["transform"] = { bucket: { transform: { bucket: { tags: { team: "web" } } } } };
        const recording = await recorded({ expirationDays: 30, region: "us-west-2", forceDestroy: true, transform });
        expect(recording.one(aws.s3.Bucket).inputs).to.deep.include({ region: "us-west-2", forceDestroy: true, tags: { team: "web" } });
        expect(recording.one(aws.s3.BucketPolicy).inputs.region).to.equal("us-west-2");
        const { rules } = recording.one(aws.s3.BucketLifecycleConfiguration).inputs;
        expect(rules?.find(({ id }) => id === "expiry")?.expiration?.days).to.equal(30);
    });

    it("can have every resource transformed", async () => {
        expect(await untransformable((transform) => new LogBucket("logs", { transform }))).to.deep.equal([]);
    });

    it("rejects an expiry below one day", () => {
        expect(() => new LogBucket("logs", { expirationDays: 0 })).to.throw('LogBucket "logs": expirationDays must be 1 or more');
    });
});
