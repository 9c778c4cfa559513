import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ExistingBucket } from "../existing-bucket";
import { PrivateBucket } from "../private-bucket";
import type { Statement } from "../building-blocks/iam";
import { replicate } from "../internal/replication";
import { accountOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";
import { PLACEHOLDER } from "./placeholder";

export interface SiteCopy {
    /** Region of the copy. */
    region: string;
    /** Physical name of the copy: the stack of that region finds it by the name. */
    bucketName: pulumi.Input<string>;
    /**
     * Lets every distribution of this account read the copy, not this one alone: the recovery region's stack has a distribution of its own
     * (`existingBucket`) where there is no domain that could move. @default false
     */
    openToAccount?: boolean;
}

export interface SiteArgs {
    bucketName: pulumi.Input<string>;
    existingBucket?: boolean;
    recovery?: SiteCopy;
    accessLogBucket?: pulumi.Input<string>;
    forceDestroy?: boolean;
    transform?: {
        siteBucket?: Transform<aws.s3.BucketArgs>;
        copyBucket?: Transform<aws.s3.BucketArgs>;
        replication?: Transform<aws.s3.BucketReplicationConfigArgs>;
        placeholder?: Transform<aws.s3.BucketObjectv2Args>;
    };
}

/** A bucket as the distribution and publishers need it. */
export interface SiteBucket {
    bucketName: pulumi.Output<string>;
    arn: pulumi.Output<string>;
    regionalDomainName: pulumi.Output<string>;
}

/**
 * The site's bucket, its copy in the recovery region, and the placeholder page.
 *
 * @param distributionArn who may read the bucket; may resolve after the buckets, which the distribution needs first
 */
export function createSite(
    parent: pulumi.Resource,
    name: string,
    args: SiteArgs,
    distributionArn: pulumi.Output<string>,
): { bucket: SiteBucket; copy?: SiteBucket } {
    if (args.existingBucket) return { bucket: new ExistingBucket(`${name}-site`, { bucketName: args.bucketName }, { parent }) };
    const bucket = new PrivateBucket(
        `${name}-site`,
        {
            bucketName: args.bucketName,
            forceDestroy: args.forceDestroy,
            accessLogBucket: args.accessLogBucket,
            policy: (arn) => [readByDistribution(arn, { ArnEquals: { "aws:SourceArn": distributionArn } })],
            transform: { bucket: args.transform?.siteBucket },
        },
        { parent },
    );
    if (!args.recovery) {
        createPlaceholder(parent, name, bucket, args, []);
        return { bucket };
    }
    const copy = createCopy(parent, name, args, args.recovery, distributionArn);
    const description = "Copies the site to the recovery region";
    const replication = replicate(name, { source: bucket, copy, description, transform: args.transform?.replication }, parent);
    // What is in the bucket before its replication stays out of the copy.
    createPlaceholder(parent, name, bucket, args, [replication]);
    return { bucket, copy };
}

/** Objects only: without `s3:ListBucket` nobody can list the site, and S3 answers 403 for what is not there. */
function readByDistribution(bucketArn: pulumi.Output<string>, condition: Statement["Condition"]): Statement {
    return {
        Sid: "ReadByDistribution",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:GetObject",
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: condition,
    };
}

function createCopy(
    parent: pulumi.Resource,
    name: string,
    args: SiteArgs,
    recovery: SiteCopy,
    distributionArn: pulumi.Output<string>,
): PrivateBucket {
    const ofAccount = { ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:cloudfront::${accountOf(parent)}:distribution/*` } };
    const readers = recovery.openToAccount ? ofAccount : { ArnEquals: { "aws:SourceArn": distributionArn } };
    return new PrivateBucket(
        `${name}-site-copy`,
        {
            bucketName: recovery.bucketName,
            region: recovery.region,
            forceDestroy: args.forceDestroy,
            policy: (arn) => [readByDistribution(arn, readers)],
            transform: { bucket: args.transform?.copyBucket },
        },
        { parent },
    );
}

/**
 * index.html of a site that is not there yet. Whoever publishes the site replaces the object, with its own type and caching: that is no
 * drift, so everything of the object but its place is ignored after it is made. Deleting the resource would delete every version of
 * index.html, published ones too, so the object is left to the bucket: it goes with it, or keeps it from being destroyed.
 */
function createPlaceholder(
    parent: pulumi.Resource,
    name: string,
    bucket: PrivateBucket,
    args: SiteArgs,
    dependsOn: pulumi.Resource[],
): void {
    new aws.s3.BucketObjectv2(
        `${name}-placeholder`,
        transformed(args.transform?.placeholder, {
            bucket: bucket.bucketName,
            key: "index.html",
            content: PLACEHOLDER,
            contentType: "text/html; charset=utf-8",
            cacheControl: "no-cache",
        }),
        { parent, dependsOn, retainOnDelete: true, ignoreChanges: PUBLISHED },
    );
}

/** What a publication may change of index.html. */
const PUBLISHED = [
    "bucketKeyEnabled",
    "cacheControl",
    "checksumAlgorithm",
    "content",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "etag",
    "metadata",
    "serverSideEncryption",
    "source",
    "sourceHash",
    "storageClass",
    "tags",
    "tagsAll",
];
