import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type GrantingBucket, grantObjects } from "../internal/bucket-permissions";
import { checked } from "../building-blocks/arguments";
import type { Grantee, GrantParts } from "../building-blocks/iam";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";
import { regionOf } from "../building-blocks/provider";

/** A bucket that grants access to its objects: `PrivateBucket`, `ReplicatedBucket`, or `ExistingBucket`. */
export interface ObjectStore {
    readonly logicalName: string;
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** The name of a grant contains its prefix, so one role can receive several. */
    grantRead(grantee: Grantee, prefix?: string): aws.iam.RolePolicy;
    grantWrite(grantee: Grantee, prefix?: string): aws.iam.RolePolicy;
    grantDelete(grantee: Grantee, prefix?: string): aws.iam.RolePolicy;
}

export interface ExistingBucketArgs {
    /** Physical name of the bucket, in the provider's region. */
    bucketName: pulumi.Input<string>;
    /** KMS key that encrypts its objects. @default SSE-S3 */
    kmsKeyArn?: pulumi.Input<string>;
    transform?: Transforms<ExistingBucketParts>;
}

export type ExistingBucketParts = GrantParts;

/**
 * A bucket that another stack owns, looked up by name: for example, the replica of a `ReplicatedBucket` in the recovery region. Creates only
 * grants. Fails if the bucket doesn't exist; deploy the stack that owns it first.
 */
export class ExistingBucket extends pulumi.ComponentResource implements ObjectStore {
    readonly logicalName: string;
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** `<bucket>.s3.<region>.amazonaws.com` */
    readonly regionalDomainName: pulumi.Output<string>;
    private readonly kmsKeyArn?: pulumi.Input<string>;

    readonly nodes: Nodes<ExistingBucketParts>;
    private readonly parts: PartFactory<ExistingBucketParts>;

    constructor(name: string, args: ExistingBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:ExistingBucket", name, validated(name, args), opts);
        this.parts = new PartFactory<ExistingBucketParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.kmsKeyArn = args.kmsKeyArn;
        const bucket = aws.s3.getBucketOutput({ bucket: args.bucketName }, { parent: this });
        this.bucketName = bucket.bucket;
        this.arn = bucket.arn;
        this.regionalDomainName = bucket.bucketRegionalDomainName;
        this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
    }

    /** Lets a role list the bucket and read its objects, optionally below a prefix. */
    grantRead(grantee: Grantee, prefix?: string): aws.iam.RolePolicy {
        return grantObjects("read", this.granting(), grantee, prefix);
    }

    /** Lets a role write objects, optionally below a prefix. Includes neither reading nor deleting. */
    grantWrite(grantee: Grantee, prefix?: string): aws.iam.RolePolicy {
        return grantObjects("write", this.granting(), grantee, prefix);
    }

    /** Lets a role delete objects, optionally below a prefix. Old versions of versioned objects remain. */
    grantDelete(grantee: Grantee, prefix?: string): aws.iam.RolePolicy {
        return grantObjects("delete", this.granting(), grantee, prefix);
    }

    private granting(): GrantingBucket {
        const { parts, logicalName, arn, kmsKeyArn } = this;
        return { parts, logicalName, arn, region: regionOf(this), kmsKeyArn };
    }
}

function validated(name: string, args: ExistingBucketArgs) {
    return checked("ExistingBucket", name, args, (check) => {
        check(args.bucketName !== "", "bucketName", "must be the name of a bucket");
    });
}
