import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { deleteObjects, readObjects, writeObjects } from "../internal/bucket-permissions";
import { checked } from "../building-blocks/arguments";
import { grant, type Grantee, type Statement } from "../building-blocks/iam";
import { regionOf } from "../building-blocks/provider";

/** A bucket whose objects can be granted, whoever made it: `PrivateBucket`, `ReplicatedBucket`, `ExistingBucket`. */
export interface ObjectStore {
    readonly logicalName: string;
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** Each grant once for a role: a second prefix needs a role of its own, or the prefix that both have in common. */
    grantRead(grantee: Grantee, prefix?: string): void;
    grantWrite(grantee: Grantee, prefix?: string): void;
    grantDelete(grantee: Grantee, prefix?: string): void;
}

export interface ExistingBucketArgs {
    /** Physical name of a bucket that someone else made and owns, in the provider's region. */
    bucketName: pulumi.Input<string>;
    /** KMS key that encrypts its objects. @default SSE-S3 */
    kmsKeyArn?: pulumi.Input<string>;
}

/**
 * A bucket that another stack made, found by its name: the copy of a `ReplicatedBucket`, as the recovery region sees it. Makes nothing but
 * grants, costs nothing, and fails where there is no such bucket: then the stack that makes it must be deployed first.
 */
export class ExistingBucket extends pulumi.ComponentResource implements ObjectStore {
    readonly logicalName: string;
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** `<bucket>.s3.<region>.amazonaws.com` */
    readonly regionalDomainName: pulumi.Output<string>;
    private readonly kmsKeyArn?: pulumi.Input<string>;

    constructor(name: string, args: ExistingBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:ExistingBucket", name, validated(name, args), opts);
        this.logicalName = name;
        this.kmsKeyArn = args.kmsKeyArn;
        const found = aws.s3.getBucketOutput({ bucket: args.bucketName }, { parent: this });
        this.bucketName = found.bucket;
        this.arn = found.arn;
        this.regionalDomainName = found.bucketRegionalDomainName;
        this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
    }

    /** Lets a role list the bucket and read its objects, below a prefix where one is given. */
    grantRead(grantee: Grantee, prefix?: string): void {
        this.grant(grantee, "read", readObjects(this.reference(), prefix));
    }

    /** Lets a role put objects, below a prefix where one is given. It cannot read or delete them by this. */
    grantWrite(grantee: Grantee, prefix?: string): void {
        this.grant(grantee, "write", writeObjects(this.reference(), prefix));
    }

    /** Lets a role delete objects; what is versioned keeps its old versions. */
    grantDelete(grantee: Grantee, prefix?: string): void {
        this.grant(grantee, "delete", deleteObjects(this.reference(), prefix));
    }

    private grant(grantee: Grantee, what: string, statements: Statement[]): void {
        grant(this, this.logicalName, grantee, what, statements);
    }

    private reference() {
        return { arn: this.arn, region: regionOf(this), kmsKeyArn: this.kmsKeyArn };
    }
}

function validated(name: string, args: ExistingBucketArgs) {
    return checked("ExistingBucket", name, args, (check) => {
        check(args.bucketName !== "", "bucketName", "must be the name of a bucket");
    });
}
