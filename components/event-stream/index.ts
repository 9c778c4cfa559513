import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { writeObjects } from "../internal/bucket-permissions";
import { checkLogs, type LogArgs, logGroup } from "../building-blocks/logs";
import { grant, type Grantee, KMS_DECRYPT, KMS_ENCRYPT, ServiceRole, type Statement, useKeyVia } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";
import { streamAlarms } from "./alarms";

export interface EventStreamArgs extends LogArgs {
    /** KMS key of the stream and of the bucket. */
    kmsKeyArn: pulumi.Input<string>;
    /** ARN of the bucket that receives the records, encrypted with the stream's key: the lake's raw bucket. */
    bucketArn: pulumi.Input<string>;
    /** Folder in it, without a slash at the ends; failures go to `<prefix>-errors`. @default "events" */
    prefix?: string;
    /** Seconds until what has come is written: 0 to 900. @default 300 */
    bufferSeconds?: number;
    /** Megabytes after which it is written earlier: 1 to 128. @default 64 */
    bufferMegabytes?: number;
    /** Hours that the stream keeps records: 24 to 8760. Beyond 24 they cost extra. @default 24 */
    retentionHours?: number;
    transform?: {
        stream?: Transform<aws.kinesis.StreamArgs>;
        delivery?: Transform<aws.kinesis.FirehoseDeliveryStreamArgs>;
    };
}

const DEFAULTS = { prefix: "events", bufferSeconds: 300, bufferMegabytes: 64, retentionHours: 24 } satisfies Partial<EventStreamArgs>;
type Resolved = WithDefaults<EventStreamArgs, typeof DEFAULTS>;

/**
 * A Kinesis stream that scales by itself (on demand), and a Firehose that writes its records to a bucket as gzipped JSON lines, one folder a day
 * (`events/dt=2026-11-24/`). Firehose retries for 24 hours what it cannot write; its errors are logged.
 *
 * Costs 29.20 USD a month for the stream, 0.08 USD per GB in, 0.04 USD per GB out, about 0.03 USD per GB delivered.
 */
export class EventStream extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly arn: pulumi.Output<string>;
    readonly streamName: pulumi.Output<string>;
    readonly deliveryName: pulumi.Output<string>;
    private readonly kmsKeyArn: pulumi.Input<string>;

    constructor(name: string, given: EventStreamArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:EventStream", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Stream ${name}`;
        this.kmsKeyArn = args.kmsKeyArn;
        const stream = this.createStream(args);
        this.arn = stream.arn;
        this.streamName = stream.name;
        this.deliveryName = this.deliver(args).name;
        this.registerOutputs({ arn: this.arn, streamName: this.streamName });
    }

    /** Lets a role put records. Answers the grant, for what sends right away. */
    grantWrite(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this, this.logicalName, grantee, "write", [
            { Effect: "Allow", Action: ["kinesis:PutRecord", "kinesis:PutRecords"], Resource: this.arn },
            useKeyVia("kinesis", regionOf(this), this.kmsKeyArn, KMS_ENCRYPT),
        ]);
    }

    /** Lets a role read records. */
    grantRead(grantee: Grantee): void {
        grant(this, this.logicalName, grantee, "read", this.reading());
    }

    get alarms(): AlarmDefinition[] {
        return streamAlarms(this.streamName, this.deliveryName);
    }

    private reading(): Statement[] {
        const actions = [
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ];
        return [
            { Effect: "Allow", Action: actions, Resource: this.arn },
            useKeyVia("kinesis", regionOf(this), this.kmsKeyArn, KMS_DECRYPT),
        ];
    }

    private createStream(args: Resolved): aws.kinesis.Stream {
        return new aws.kinesis.Stream(
            `${this.logicalName}-stream`,
            transformed(args.transform?.stream, {
                streamModeDetails: { streamMode: "ON_DEMAND" },
                retentionPeriod: args.retentionHours,
                encryptionType: "KMS",
                kmsKeyId: args.kmsKeyArn,
            }),
            { parent: this },
        );
    }

    private deliver(args: Resolved): aws.kinesis.FirehoseDeliveryStream {
        const logs = logGroup(`${this.logicalName}-logs`, args, { parent: this });
        const logStreamArgs = { logGroupName: logs.name, name: "S3Delivery" };
        const logStream = new aws.cloudwatch.LogStream(`${this.logicalName}-log-stream`, logStreamArgs, { parent: this });
        const role = this.createDeliveryRole();
        const permissions = role.allow(
            "deliver",
            [
                ...this.reading(),
                ...this.writing(args),
                { Effect: "Allow", Action: ["logs:PutLogEvents"], Resource: pulumi.interpolate`${logs.arn}:log-stream:${logStream.name}` },
            ],
            { parent: this },
        );
        const s3 = { ...destination(args), roleArn: role.arn };
        const cloudwatchLoggingOptions = { enabled: true, logGroupName: logs.name, logStreamName: logStream.name };
        // No server-side encryption of its own: with a stream as its source, Firehose keeps records in that stream only.
        return new aws.kinesis.FirehoseDeliveryStream(
            `${this.logicalName}-delivery`,
            transformed(args.transform?.delivery, {
                destination: "extended_s3",
                kinesisSourceConfiguration: { kinesisStreamArn: this.arn, roleArn: role.arn },
                extendedS3Configuration: { ...s3, cloudwatchLoggingOptions },
            }),
            // Firehose refuses a source that its role may not read.
            { parent: this, dependsOn: [permissions] },
        );
    }

    private createDeliveryRole(): ServiceRole {
        const account = accountOf(this);
        return new ServiceRole(
            `${this.logicalName}-delivery`,
            {
                service: "firehose.amazonaws.com",
                description: `Delivers ${this.logicalName} to its bucket`,
                condition: {
                    StringEquals: { "aws:SourceAccount": account },
                    ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:firehose:${regionOf(this)}:${account}:deliverystream/*` },
                },
            },
            { parent: this },
        );
    }

    private writing({ bucketArn, prefix, kmsKeyArn }: Resolved): Statement[] {
        const actions = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];
        return [
            { Effect: "Allow", Action: actions, Resource: bucketArn },
            // "Grant Firehose access to an Amazon S3 destination" has it beside the writing.
            { Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate`${bucketArn}/${prefix}*` },
            ...writeObjects({ arn: bucketArn, region: regionOf(this), kmsKeyArn }, prefix),
        ];
    }
}

function destination({ kmsKeyArn, bucketArn, prefix, bufferSeconds, bufferMegabytes }: Resolved) {
    return {
        bucketArn,
        kmsKeyArn,
        prefix: `${prefix}/dt=!{timestamp:yyyy-MM-dd}/`,
        errorOutputPrefix: `${prefix}-errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/`,
        bufferingInterval: bufferSeconds,
        bufferingSize: bufferMegabytes,
        compressionFormat: "GZIP",
        // EventBridge's records end without a line break: two of them on one line are not JSON.
        processingConfiguration: {
            enabled: true,
            processors: [{ type: "AppendDelimiterToRecord", parameters: [{ parameterName: "Delimiter", parameterValue: "\\n" }] }],
        },
    };
}

function validated(name: string, args: EventStreamArgs) {
    return checked("EventStream", name, args, (check) => {
        checkStream(check, args);
        checkLogs(check, args);
    });
}

/** The rules for what a stream takes. `path` is prepended to the arguments' names. */
export function checkStream(
    check: Check,
    args: Pick<EventStreamArgs, "prefix" | "bufferSeconds" | "bufferMegabytes" | "retentionHours">,
    path = "",
): void {
    const { prefix, bufferSeconds, bufferMegabytes, retentionHours } = withDefaults(args, DEFAULTS);
    check(/^[\w-]+(\/[\w-]+)*$/.test(prefix), `${path}prefix`, "must be a folder of letters, digits, - and _, without a slash at its ends");
    check(isBetween(bufferSeconds, 0, 900), `${path}bufferSeconds`, "must be between 0 and 900");
    check(isBetween(bufferMegabytes, 1, 128), `${path}bufferMegabytes`, "must be between 1 and 128");
    check(isBetween(retentionHours, 24, 8760), `${path}retentionHours`, "must be between 24 and 8760");
}
