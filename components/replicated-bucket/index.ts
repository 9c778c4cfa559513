import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ObjectStore } from "../existing-bucket";
import { PrivateBucket, type PrivateBucketArgs } from "../private-bucket";
import { checked } from "../building-blocks/arguments";
import type { Grantee } from "../building-blocks/iam";
import { replicate, RULE_ID } from "../internal/replication";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import type { Transform } from "../building-blocks/transform";

export interface ReplicatedBucketArgs extends Omit<
    PrivateBucketArgs,
    "bucketName" | "kmsKeyArn" | "region" | "versioned" | "policy" | "transform"
> {
    /** Physical name of the bucket; other stacks know it. @default one that Pulumi generates */
    bucketName?: pulumi.Input<string>;
    /** KMS key of the bucket's region. */
    kmsKeyArn: pulumi.Input<string>;
    /** Region that gets a copy of the bucket, and the KMS key there. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** Physical name of the copy, by which the recovery region finds it. Needed with `recovery`, refused without. */
    copyBucketName?: pulumi.Input<string>;
    /** Log bucket of the recovery region for the copy's access logs: S3 writes them within one region only. @default none */
    copyAccessLogBucket?: pulumi.Input<string>;
    /**
     * Replication time control: 99.99 % of new objects are copied within 15 minutes, and metrics say so. Costs 0.015 USD per GB copied
     * on top, and the metrics (S3's price list). @default false
     */
    timeControl?: boolean;
    /** Further statements of the policies of the bucket and of its copy, made from the ARN of each. Both are TLS only in any case. */
    policy?: PrivateBucketArgs["policy"];
    /** The same for the copy alone. @default `policy` */
    copyPolicy?: PrivateBucketArgs["policy"];
    transform?: {
        bucket?: Transform<aws.s3.BucketArgs>;
        copy?: Transform<aws.s3.BucketArgs>;
        replication?: Transform<aws.s3.BucketReplicationConfigArgs>;
    };
}

/**
 * A `PrivateBucket` and, with `recovery`, a copy of it in another region: every new object, change of tags and deletion follows there,
 * encrypted with that region's key. Lifecycle rules are those of both. Deletion by lifecycle does not replicate; each side does its own.
 *
 * Objects that stood in the bucket before its replication are not copied: that is what S3 Batch Replication is for. Whoever
 * writes objects in the same program depends on `replication`, so that they are copied too. Replication goes one way; what is written
 * to the copy while the recovery region is active must be brought back by hand.
 *
 * Costs the copy's storage (0.023 USD per GB and month) and 0.02 USD per GB sent from us-east-1 to us-west-2.
 */
export class ReplicatedBucket extends pulumi.ComponentResource implements ObjectStore, Monitored {
    readonly logicalName: string;
    readonly title: string;
    readonly bucket: PrivateBucket;
    /** The copy in the recovery region, where there is one. */
    readonly copy?: PrivateBucket;
    /** The replication's resource, for what must be written after it. Undefined without `recovery`. */
    readonly replication?: aws.s3.BucketReplicationConfig;
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** `<bucket>.s3.<region>.amazonaws.com` */
    readonly regionalDomainName: pulumi.Output<string>;
    private readonly timeControl: boolean;

    constructor(name: string, args: ReplicatedBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:ReplicatedBucket", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Bucket ${name}`;
        this.timeControl = args.timeControl ?? false;
        this.bucket = this.createBucket(args);
        if (args.recovery) {
            this.copy = this.createCopy(args, args.recovery);
            this.replication = this.replicate(this.copy, args, args.recovery);
        }
        this.bucketName = this.bucket.bucketName;
        this.arn = this.bucket.arn;
        this.regionalDomainName = this.bucket.regionalDomainName;
        this.registerOutputs({ bucketName: this.bucketName, arn: this.arn, copyBucketName: this.copy?.bucketName });
    }

    /** Lets a role list the bucket and read its objects, below a prefix where one is given. The copy is not part of it. */
    grantRead(grantee: Grantee, prefix?: string): void {
        this.bucket.grantRead(grantee, prefix);
    }

    /** Lets a role put objects, below a prefix where one is given. */
    grantWrite(grantee: Grantee, prefix?: string): void {
        this.bucket.grantWrite(grantee, prefix);
    }

    /** Lets a role delete objects; old versions stay, here and in the copy. */
    grantDelete(grantee: Grantee, prefix?: string): void {
        this.bucket.grantDelete(grantee, prefix);
    }

    /** What replication reports. S3 measures it with time control only; without, there is nothing to watch. */
    get alarms(): AlarmDefinition[] {
        if (!this.copy || !this.timeControl) return [];
        const metric = {
            namespace: "AWS/S3",
            dimensions: { SourceBucket: this.bucketName, DestinationBucket: this.copy.bucketName, RuleId: RULE_ID },
            comparison: "above" as const,
        };
        return [
            {
                ...metric,
                name: "replication-failed",
                description: "Objects were not copied to the recovery region: see their replication status, the role and the keys.",
                severity: "ticket",
                metricName: "OperationsFailedReplication",
                statistic: "Sum",
                period: 300,
                periods: 1,
                threshold: 0,
            },
            {
                ...metric,
                name: "replication-latency",
                description: "The copy in the recovery region lags by more than 15 minutes (s): a failover now would lose the difference.",
                severity: "ticket",
                metricName: "ReplicationLatency",
                statistic: "Maximum",
                period: 300,
                periods: 3,
                threshold: 900,
            },
        ];
    }

    private createBucket(args: ReplicatedBucketArgs): PrivateBucket {
        const { bucketName, kmsKeyArn, accessLogBucket, transform } = args;
        return new PrivateBucket(
            this.logicalName,
            { ...alike(args), bucketName, kmsKeyArn, accessLogBucket, transform: { bucket: transform?.bucket } },
            { parent: this },
        );
    }

    private createCopy(args: ReplicatedBucketArgs, { region, kmsKeyArn }: Recovery): PrivateBucket {
        return new PrivateBucket(
            `${this.logicalName}-copy`,
            {
                ...alike(args),
                region,
                bucketName: args.copyBucketName,
                kmsKeyArn,
                policy: args.copyPolicy ?? args.policy,
                accessLogBucket: args.copyAccessLogBucket,
                transform: { bucket: args.transform?.copy },
            },
            { parent: this },
        );
    }

    private replicate(copy: PrivateBucket, args: ReplicatedBucketArgs, recovery: Recovery): aws.s3.BucketReplicationConfig {
        return replicate(
            this.logicalName,
            {
                source: this.bucket,
                copy,
                description: `Copies ${this.logicalName} to ${recovery.region}`,
                keys: { source: args.kmsKeyArn, copy: recovery.kmsKeyArn, copyRegion: recovery.region },
                timeControl: this.timeControl,
                transform: args.transform?.replication,
            },
            this,
        );
    }
}

type Recovery = NonNullable<ReplicatedBucketArgs["recovery"]>;

/** What the bucket and its copy have in common. */
function alike({ oldVersionDays, lifecycleRules, policy, forceDestroy }: ReplicatedBucketArgs): PrivateBucketArgs {
    return { versioned: true, oldVersionDays, lifecycleRules, policy, forceDestroy };
}

function validated(name: string, args: ReplicatedBucketArgs) {
    return checked("ReplicatedBucket", name, args, (check) => {
        const { recovery, copyBucketName } = args;
        check(!recovery || copyBucketName !== undefined, "copyBucketName", "must be given with recovery: the copy is found by its name");
        check(recovery !== undefined || copyBucketName === undefined, "copyBucketName", "must be left out without recovery");
        check(recovery !== undefined || !args.timeControl, "timeControl", "must be left out without recovery");
        check(recovery !== undefined || !args.copyAccessLogBucket, "copyAccessLogBucket", "must be left out without recovery");
    });
}
