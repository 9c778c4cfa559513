import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { EventStream, type EventStreamArgs } from "../../components";
import { ServiceRole } from "../../components/building-blocks/iam";
import { parsePolicy, record } from "../../components/testing";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
const args: EventStreamArgs = { kmsKeyArn: KEY, logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/mrk-2", bucketArn: "arn:aws:s3:::raw" };
const recorded = (more: Partial<EventStreamArgs> = {}) => record(() => new EventStream("stream", { ...args, ...more }));

describe("EventStream", () => {
    it("creates an encrypted on-demand stream", async () => {
        const { inputs } = (await recorded()).one(aws.kinesis.Stream);
        expect(inputs).to.deep.include({
            streamModeDetails: { streamMode: "ON_DEMAND" },
            encryptionType: "KMS",
            kmsKeyId: KEY,
            retentionPeriod: 24,
        });
        expect(inputs.shardCount).to.be.undefined;
    });

    it("delivers encrypted, compressed JSON lines by day, and failures under another prefix", async () => {
        const recording = await recorded();
        const { inputs } = recording.one(aws.kinesis.FirehoseDeliveryStream);
        const role = recording.one(aws.iam.Role).outputs.arn;
        expect(inputs.destination).to.equal("extended_s3");
        expect(inputs.kinesisSourceConfiguration).to.deep.equal({
            kinesisStreamArn: recording.one(aws.kinesis.Stream).outputs.arn,
            roleArn: role,
        });
        const { cloudwatchLoggingOptions, processingConfiguration, ...s3 } = inputs.extendedS3Configuration ?? {};
        expect(s3).to.deep.equal({
            bucketArn: "arn:aws:s3:::raw",
            kmsKeyArn: KEY,
            roleArn: role,
            prefix: "events/dt=!{timestamp:yyyy-MM-dd}/",
            errorOutputPrefix: "events-errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/",
            bufferingInterval: 300,
            bufferingSize: 64,
            compressionFormat: "GZIP",
        });
        expect(processingConfiguration?.processors).to.deep.equal([
            { type: "AppendDelimiterToRecord", parameters: [{ parameterName: "Delimiter", parameterValue: "\\n" }] },
        ]);
        expect(cloudwatchLoggingOptions).to.deep.include({ enabled: true, logStreamName: "S3Delivery" });
        // AWS rejects it for a delivery that reads a stream.
        expect(inputs.serverSideEncryption).to.be.undefined;
    });

    it("logs failures to an encrypted group for 30 days", async () => {
        expect((await recorded()).one(aws.cloudwatch.LogGroup).inputs).to.include({ kmsKeyId: args.logKeyArn, retentionInDays: 30 });
        expect((await recorded({ logRetentionDays: 7 })).one(aws.cloudwatch.LogGroup).inputs.retentionInDays).to.equal(7);
    });

    it("allows the delivery only to read the stream, write under its prefix, and log, before it starts", async () => {
        const recording = await recorded();
        const { Statement } = parsePolicy(recording.one(aws.iam.RolePolicy).inputs.policy);
        const stream = String(recording.one(aws.kinesis.Stream).outputs.arn);
        const logs = String(recording.one(aws.cloudwatch.LogGroup).outputs.arn);
        expect(Statement.map(({ Action, Resource }) => [Action.join(" "), Resource])).to.deep.equal([
            [
                "kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards",
                [stream],
            ],
            ["kms:Decrypt kms:DescribeKey", [KEY]],
            ["s3:GetBucketLocation s3:ListBucket s3:ListBucketMultipartUploads", ["arn:aws:s3:::raw"]],
            ["s3:GetObject", ["arn:aws:s3:::raw/events*"]],
            ["s3:AbortMultipartUpload s3:PutObject", ["arn:aws:s3:::raw/events*"]],
            ["kms:Decrypt kms:DescribeKey kms:GenerateDataKey", [KEY]],
            ["logs:PutLogEvents", [`${logs}:log-stream:S3Delivery`]],
        ]);
        expect(recording.one(aws.kinesis.FirehoseDeliveryStream).dependencies.join()).to.contain("RolePolicy::stream-delivery-deliver");
        const trust = parsePolicy(recording.one(aws.iam.Role).inputs.assumeRolePolicy).Statement[0];
        expect(trust).to.deep.include({ Principal: ["firehose.amazonaws.com"] });
        expect(trust?.Condition).to.deep.equal({
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/*" },
        });
    });

    it("passes all options on", async () => {
        const recording = await recorded({ prefix: "in/events", bufferSeconds: 60, bufferMegabytes: 5, retentionHours: 168 });
        const s3 = recording.one(aws.kinesis.FirehoseDeliveryStream).inputs.extendedS3Configuration;
        expect(s3).to.include({ prefix: "in/events/dt=!{timestamp:yyyy-MM-dd}/", bufferingInterval: 60, bufferingSize: 5 });
        expect(recording.one(aws.kinesis.Stream).inputs.retentionPeriod).to.equal(168);
    });

    it("grants reading and writing", async () => {
        const recording = await record(() => {
            const role = new ServiceRole("app", { service: "ecs-tasks.amazonaws.com", description: "test" }, {});
            const stream = new EventStream("stream", args);
            stream.grantRead(role);
            stream.grantWrite(role);
        });
        const actions = (name: string) =>
            parsePolicy(recording.one(aws.iam.RolePolicy, name).inputs.policy).Statement.map(({ Action }) => Action);
        expect(actions("app-stream-read")[0]).to.include("kinesis:GetRecords").and.not.include("kinesis:PutRecord");
        expect(actions("app-stream-write")[0]).to.include("kinesis:PutRecords").and.not.include("kinesis:GetRecords");
    });

    it("has alarms on lag, throttling, and delivery", async () => {
        await record(() => {
            const { alarms } = new EventStream("stream", args);
            expect(
                alarms.map(({ namespace, metricName, comparison, threshold }) => [namespace, metricName, comparison, threshold]),
            ).to.deep.equal([
                ["AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "above", 600_000],
                ["AWS/Kinesis", "WriteProvisionedThroughputExceeded", "above", 0],
                ["AWS/Firehose", "DeliveryToS3.DataFreshness", "above", 1800],
                ["AWS/Firehose", "DeliveryToS3.Success", "below", 1],
            ]);
        });
    });
});
