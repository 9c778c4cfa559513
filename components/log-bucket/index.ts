import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { PrivateBucket } from "../private-bucket";
import { checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import type { Statement } from "../building-blocks/iam";
import { accountOf } from "../building-blocks/provider";
import type { Transform } from "../building-blocks/transform";

export interface LogBucketArgs {
    /** Physical name, where another stack or person must know it. @default one that Pulumi generates */
    bucketName?: pulumi.Input<string>;
    /** Region of the bucket. Load balancers and buckets log to a bucket of their own region only. @default the provider's */
    region?: string;
    /** Days after which logs are deleted, 1 or more. @default 90 */
    expirationDays?: number;
    /** Deletes the logs with the bucket. For environments without data of value. @default false */
    forceDestroy?: boolean;
    transform?: { bucket?: Transform<aws.s3.BucketArgs> };
}

const DEFAULTS = { expirationDays: 90 } satisfies Partial<LogBucketArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<LogBucketArgs, typeof DEFAULTS>;

/**
 * A bucket for access logs, which load balancers, other buckets and CloudFront (standard logging v2) of this account may write to,
 * nobody else; logs go after 90 days. Hand its `bucketName` to whatever logs.
 *
 * It is encrypted with SSE-S3, not KMS: load balancers refuse to write to anything else. It is not versioned: logs are written once.
 * Costs 0.023 USD per GB and month, nothing while empty.
 */
export class LogBucket extends pulumi.ComponentResource {
    readonly logicalName: string;
    /** The bucket's name; ready when the policy lets log writers in, as those that try a first write at once need it. */
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;

    constructor(name: string, given: LogBucketArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:LogBucket", name, validated(name, args), opts);
        this.logicalName = name;
        const account = accountOf(this);
        const { expirationDays, bucketName, region, forceDestroy, transform } = args;
        const bucket = new PrivateBucket(
            name,
            {
                bucketName,
                region,
                forceDestroy,
                transform,
                versioned: false,
                lifecycleRules: [{ id: "expiry", status: "Enabled", filter: { prefix: "" }, expiration: { days: expirationDays } }],
                policy: (arn) => logWriters(arn, account),
            },
            { parent: this },
        );
        this.bucketName = bucket.policy.bucket;
        this.arn = bucket.arn;
        this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
    }
}

function logWriters(bucketArn: pulumi.Output<string>, account: pulumi.Output<string>): Statement[] {
    return [
        {
            // In every region, also in those that once had an account of their own for this. The account in the path is what keeps other
            // accounts' load balancers out: ELB writes below the owner's, and refuses a prefix that contains AWSLogs.
            Sid: "LoadBalancers",
            Effect: "Allow",
            Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: [pulumi.interpolate`${bucketArn}/AWSLogs/${account}/*`, pulumi.interpolate`${bucketArn}/*/AWSLogs/${account}/*`],
        },
        {
            // Below the prefix that `PrivateBucket` gives to its server access logs.
            Sid: "Buckets",
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: pulumi.interpolate`${bucketArn}/s3/*`,
            Condition: { StringEquals: { "aws:SourceAccount": account } },
        },
        {
            // CloudFront's deliveries stand in us-east-1, wherever the bucket is. CloudWatch adds this statement by itself where it is missing.
            Sid: "AWSLogDeliveryWrite",
            Effect: "Allow",
            Principal: { Service: "delivery.logs.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${account}/*`,
            Condition: {
                StringEquals: { "aws:SourceAccount": account, "s3:x-amz-acl": "bucket-owner-full-control" },
                ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:logs:us-east-1:${account}:delivery-source:*` },
            },
        },
    ];
}

function validated(name: string, args: Resolved) {
    return checked("LogBucket", name, args, (check) => {
        const { expirationDays } = args;
        check(Number.isInteger(expirationDays) && expirationDays >= 1, "expirationDays", "must be 1 or more");
    });
}
