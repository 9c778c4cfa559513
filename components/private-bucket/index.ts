import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { type BucketReference, deleteObjects, readObjects, writeObjects } from "../internal/bucket-permissions";
import { grant, type Grantee, policyDocument, type Statement, tlsOnly } from "../building-blocks/iam";
import { regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

export interface PrivateBucketArgs {
    /** Physical name, where another region, stack or person must know it. @default one that Pulumi generates */
    bucketName?: pulumi.Input<string>;
    /** Region of the bucket. @default the provider's */
    region?: string;
    /** KMS key of that region; S3 Bucket Keys keep its requests few. @default SSE-S3, for what cannot be read with KMS: access logs */
    kmsKeyArn?: pulumi.Input<string>;
    /** Keeps old versions of objects, as replication needs. @default true */
    versioned?: boolean;
    /** Days after which old versions go. @default 30 */
    oldVersionDays?: number;
    /** Further lifecycle rules: transitions, expiry. @default none */
    lifecycleRules?: aws.types.input.s3.BucketLifecycleConfigurationRule[];
    /** Further statements of the bucket's policy, made from its ARN. The policy refuses requests without TLS in any case. */
    policy?: (bucketArn: pulumi.Output<string>) => Statement[];
    /** Bucket that receives this one's server access logs, under the bucket's logical name. @default none */
    accessLogBucket?: pulumi.Input<string>;
    /** Deletes the objects with the bucket. For environments without data of value. @default false */
    forceDestroy?: boolean;
    transform?: { bucket?: Transform<aws.s3.BucketArgs> };
}

const DEFAULTS = { versioned: true, oldVersionDays: 30, lifecycleRules: [], forceDestroy: false } satisfies Partial<PrivateBucketArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<PrivateBucketArgs, typeof DEFAULTS>;

/**
 * An S3 bucket that nobody can open by mistake: no public access, no ACLs, TLS only, encrypted, versioned; unfinished uploads go after
 * seven days. It is destroyed only when empty, unless `forceDestroy` says otherwise.
 */
export class PrivateBucket extends pulumi.ComponentResource {
    readonly logicalName: string;
    /** The bucket's name; ready when the bucket's settings are. */
    readonly bucketName: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;
    /** `<bucket>.s3.<region>.amazonaws.com` */
    readonly regionalDomainName: pulumi.Output<string>;
    /** Versioning's resource, for what AWS refuses before it: replication. Undefined where versioning is off. */
    readonly versioning?: aws.s3.BucketVersioning;
    /** The policy's resource, for what AWS refuses before it: log delivery. */
    readonly policy: aws.s3.BucketPolicy;
    private readonly region: pulumi.Output<string>;
    private readonly kmsKeyArn?: pulumi.Input<string>;

    constructor(name: string, given: PrivateBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:PrivateBucket", name, validated(name, args), opts);
        this.logicalName = name;
        this.kmsKeyArn = args.kmsKeyArn;
        this.region = args.region ? pulumi.output(args.region) : regionOf(this);
        const bucket = this.createBucket(args);
        const settings = { bucket: bucket.bucket, region: args.region };
        this.blockPublicAccess(settings);
        this.encrypt(settings, args);
        if (args.versioned) this.versioning = this.createVersioning(settings);
        this.policy = this.createPolicy(settings, bucket.arn, args);
        this.createLifecycle(settings, args);
        if (args.accessLogBucket) {
            new aws.s3.BucketLogging(
                `${name}-access-logs`,
                { ...settings, targetBucket: args.accessLogBucket, targetPrefix: `s3/${name}/` },
                { parent: this },
            );
        }
        this.bucketName = bucket.bucket;
        this.arn = bucket.arn;
        this.regionalDomainName = bucket.bucketRegionalDomainName;
        this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
    }

    /** Lets a role list the bucket and read its objects, below a prefix where one is given. */
    grantRead(grantee: Grantee, prefix?: string): void {
        grant(this, this.logicalName, grantee, "read", readObjects(this.reference(), prefix));
    }

    /** Lets a role put objects, below a prefix where one is given. It cannot read or delete them by this. */
    grantWrite(grantee: Grantee, prefix?: string): void {
        grant(this, this.logicalName, grantee, "write", writeObjects(this.reference(), prefix));
    }

    /** Lets a role delete objects; what is versioned keeps its old versions. */
    grantDelete(grantee: Grantee, prefix?: string): void {
        grant(this, this.logicalName, grantee, "delete", deleteObjects(this.reference(), prefix));
    }

    private reference(): BucketReference {
        return { arn: this.arn, region: this.region, kmsKeyArn: this.kmsKeyArn };
    }

    private createBucket(args: Resolved): aws.s3.Bucket {
        const bucketArgs = { bucket: args.bucketName, region: args.region, forceDestroy: args.forceDestroy };
        return new aws.s3.Bucket(`${this.logicalName}-bucket`, transformed(args.transform?.bucket, bucketArgs), { parent: this });
    }

    private blockPublicAccess(settings: Settings): void {
        const blocked = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
        new aws.s3.BucketPublicAccessBlock(`${this.logicalName}-public-access`, { ...settings, ...blocked }, { parent: this });
        const rule = { objectOwnership: "BucketOwnerEnforced" };
        new aws.s3.BucketOwnershipControls(`${this.logicalName}-ownership`, { ...settings, rule }, { parent: this });
    }

    private encrypt(settings: Settings, args: Resolved): void {
        const byKey = { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.kmsKeyArn };
        const rule = {
            applyServerSideEncryptionByDefault: args.kmsKeyArn ? byKey : { sseAlgorithm: "AES256" },
            bucketKeyEnabled: args.kmsKeyArn !== undefined,
        };
        new aws.s3.BucketServerSideEncryptionConfiguration(
            `${this.logicalName}-encryption`,
            { ...settings, rules: [rule] },
            { parent: this },
        );
    }

    private createVersioning(settings: Settings): aws.s3.BucketVersioning {
        const versioningConfiguration = { status: "Enabled" };
        return new aws.s3.BucketVersioning(`${this.logicalName}-versioning`, { ...settings, versioningConfiguration }, { parent: this });
    }

    private createPolicy(settings: Settings, arn: pulumi.Output<string>, args: Resolved): aws.s3.BucketPolicy {
        const policy = policyDocument([tlsOnly("s3:*", [arn, pulumi.interpolate`${arn}/*`]), ...(args.policy?.(arn) ?? [])]);
        return new aws.s3.BucketPolicy(`${this.logicalName}-policy`, { ...settings, policy }, { parent: this });
    }

    private createLifecycle(settings: Settings, args: Resolved): void {
        const always = { status: "Enabled", filter: { prefix: "" } };
        const oldVersions = { ...always, id: "old-versions", noncurrentVersionExpiration: { noncurrentDays: args.oldVersionDays } };
        const rules = [
            { ...always, id: "unfinished-uploads", abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
            ...(args.versioned ? [oldVersions] : []),
            ...args.lifecycleRules,
        ];
        const dependsOn = this.versioning ? [this.versioning] : [];
        new aws.s3.BucketLifecycleConfiguration(`${this.logicalName}-lifecycle`, { ...settings, rules }, { parent: this, dependsOn });
    }
}

interface Settings {
    bucket: pulumi.Output<string>;
    region: string | undefined;
}

function validated(name: string, args: Resolved) {
    return checked("PrivateBucket", name, args, (check) => {
        const { bucketName, oldVersionDays } = args;
        const named = typeof bucketName !== "string" || /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucketName);
        check(named, "bucketName", "must be 3 to 63 lower-case letters, digits, dots and hyphens");
        check(Number.isInteger(oldVersionDays) && oldVersionDays >= 1, "oldVersionDays", "must be 1 or more");
    });
}
