import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { writeObjects } from "../internal/bucket-permissions";
import { checkLogs, forwardLogs, type LogArgs, logGroupArgs, type LogParts } from "../building-blocks/logs";
import {
    grant,
    type Grantee,
    type GrantParts,
    KMS_DECRYPT,
    KMS_ENCRYPT,
    ServiceRole,
    type Statement,
    useKeyVia,
} from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";
import { streamAlarms } from "./alarms";

export interface EventStreamArgs extends LogArgs {
    /** ARN of the KMS key of the stream and the bucket. */
    kmsKeyArn: pulumi.Input<string>;
    /** ARN of the bucket that receives the records, such as the raw bucket of the data lake. Must be encrypted with `kmsKeyArn`. */
    bucketArn: pulumi.Input<string>;
    /** Folder in the bucket, without leading or trailing slash. Failed records go to `<prefix>-errors`. @default "events" */
    prefix?: string;
    /** Seconds that Firehose buffers records before it writes them: 0 to 900. @default 300 */
    bufferSeconds?: number;
    /** Buffer size in MB at which Firehose writes earlier: 1 to 128. @default 64 */
    bufferMegabytes?: number;
    /** Hours that the stream keeps records: 24 to 8760. More than 24 costs extra. @default 24 */
    retentionHours?: number;
    transform?: Transforms<EventStreamParts>;
}

export interface EventStreamParts extends GrantParts, LogParts {
    stream: typeof aws.kinesis.Stream;
    logs: typeof aws.cloudwatch.LogGroup;
    logStream: typeof aws.cloudwatch.LogStream;
    deliveryRole: typeof ServiceRole;
    delivery: typeof aws.kinesis.FirehoseDeliveryStream;
}

const DEFAULTS = { prefix: "events", bufferSeconds: 300, bufferMegabytes: 64, retentionHours: 24 } satisfies Partial<EventStreamArgs>;
type Resolved = WithDefaults<EventStreamArgs, typeof DEFAULTS>;

/**
 * An on-demand Kinesis stream with a Firehose that writes the records to a bucket as gzipped JSON lines, one folder per day
 * (`events/dt=2026-11-24/`). Firehose retries failed writes for 24 hours and logs errors.
 *
 * Cost: 29.20 USD per month for the stream, 0.08 USD per GB in, 0.04 USD per GB out, about 0.03 USD per GB delivered.
 */
export class EventStream extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly arn: pulumi.Output<string>;
    readonly streamName: pulumi.Output<string>;
    readonly deliveryName: pulumi.Output<string>;
    private readonly kmsKeyArn: pulumi.Input<string>;

    readonly nodes: Nodes<EventStreamParts>;
    private readonly parts: PartFactory<EventStreamParts>;

    constructor(name: string, inputs: EventStreamArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:EventStream", name, validated(name, args), opts);
        this.parts = new PartFactory<EventStreamParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Stream ${name}`;
        this.kmsKeyArn = args.kmsKeyArn;
        const stream = this.createStream(args);
        this.arn = stream.arn;
        this.streamName = stream.name;
        this.deliveryName = this.deliver(args).name;
        this.registerOutputs({ arn: this.arn, streamName: this.streamName });
    }

    /** Lets a role put records. Returns the policy, for `dependsOn`. */
    grantWrite(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "write", [
            { Effect: "Allow", Action: ["kinesis:PutRecord", "kinesis:PutRecords"], Resource: this.arn },
            useKeyVia("kinesis", regionOf(this), this.kmsKeyArn, KMS_ENCRYPT),
        ]);
    }

    /** Lets a role read records. */
    grantRead(grantee: Grantee): aws.iam.RolePolicy {
        return grant(this.parts, this.logicalName, grantee, "read", this.reading());
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
        return this.parts.create("stream", aws.kinesis.Stream, `${this.logicalName}-stream`, {
            streamModeDetails: { streamMode: "ON_DEMAND" },
            retentionPeriod: args.retentionHours,
            encryptionType: "KMS",
            kmsKeyId: args.kmsKeyArn,
        });
    }

    private deliver(args: Resolved): aws.kinesis.FirehoseDeliveryStream {
        const logs = this.parts.create("logs", aws.cloudwatch.LogGroup, `${this.logicalName}-logs`, logGroupArgs(args, "application"));
        forwardLogs(this.parts, `${this.logicalName}-logs`, logs, args);
        const logStreamArgs = { logGroupName: logs.name, name: "S3Delivery" };
        const logStream = this.parts.create("logStream", aws.cloudwatch.LogStream, `${this.logicalName}-log-stream`, logStreamArgs);
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
        // With a stream as the source, Firehose doesn't store records, so it has no server-side encryption setting.
        return this.parts.create(
            "delivery",
            aws.kinesis.FirehoseDeliveryStream,
            `${this.logicalName}-delivery`,
            {
                destination: "extended_s3",
                kinesisSourceConfiguration: { kinesisStreamArn: this.arn, roleArn: role.arn },
                extendedS3Configuration: { ...s3, cloudwatchLoggingOptions },
            },
            { dependsOn: [permissions] },
        );
    }

    private createDeliveryRole(): ServiceRole {
        const account = accountOf(this);
        return this.parts.create("deliveryRole", ServiceRole, `${this.logicalName}-delivery`, {
            service: "firehose.amazonaws.com",
            description: `Delivers ${this.logicalName} to its bucket`,
            condition: {
                StringEquals: { "aws:SourceAccount": account },
                ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:firehose:${regionOf(this)}:${account}:deliverystream/*` },
            },
        });
    }

    private writing({ bucketArn, prefix, kmsKeyArn }: Resolved): Statement[] {
        const actions = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];
        return [
            { Effect: "Allow", Action: actions, Resource: bucketArn },
            // Required by "Grant Firehose access to an Amazon S3 destination".
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
        // EventBridge writes records without a line break. JSON lines need one.
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

/** Validates the arguments of a stream. `path` is prepended to the argument names. */
export function checkStream(
    check: Check,
    args: Pick<EventStreamArgs, "prefix" | "bufferSeconds" | "bufferMegabytes" | "retentionHours">,
    path = "",
): void {
    const { prefix, bufferSeconds, bufferMegabytes, retentionHours } = withDefaults(args, DEFAULTS);
    check(
        /^[\w-]+(\/[\w-]+)*$/.test(prefix),
        `${path}prefix`,
        "must be a folder of letters, digits, -, and _ without leading or trailing slash",
    );
    check(isBetween(bufferSeconds, 0, 900), `${path}bufferSeconds`, "must be between 0 and 900");
    check(isBetween(bufferMegabytes, 1, 128), `${path}bufferMegabytes`, "must be between 1 and 128");
    check(isBetween(retentionHours, 24, 8760), `${path}retentionHours`, "must be between 24 and 8760");
}
