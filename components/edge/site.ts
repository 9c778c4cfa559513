import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ExistingBucket } from "../existing-bucket";
import { PrivateBucket } from "../private-bucket";
import type { Statement } from "../building-blocks/iam";
import { replicate, type ReplicationParts } from "../internal/replication";
import { accountOf } from "../building-blocks/provider";
import type { PartFactory } from "../building-blocks/parts";
import { PLACEHOLDER } from "./placeholder";

export interface SiteReplica {
    /** Region of the replica. */
    region: string;
    /** Physical name of the replica. The stack in that region looks it up by name. */
    bucketName: pulumi.Input<string>;
    /**
     * Lets every distribution of this account read the replica. Without a domain, the stack in the recovery region has its own distribution
     * (`existingBucket`). @default false
     */
    openToAccount?: boolean;
    /**
     * Also replicates files that are published to the replica. Both regions then serve the build that was published last, wherever that was.
     * @default false
     */
    twoWay?: boolean;
}

export interface SiteArgs {
    bucketName: pulumi.Input<string>;
    existingBucket?: boolean;
    recovery?: SiteReplica;
    accessLogBucket?: pulumi.Input<string>;
    forceDestroy?: boolean;
}

/** Parts of the site's storage. */
export interface SiteParts extends ReplicationParts {
    existingBucket?: typeof ExistingBucket;
    bucket?: typeof PrivateBucket;
    replica?: typeof PrivateBucket;
    placeholder?: typeof aws.s3.BucketObjectv2;
}

type Factory = PartFactory<SiteParts>;

/** A bucket as the distribution and publishers need it. */
export interface SiteBucket {
    bucketName: pulumi.Output<string>;
    arn: pulumi.Output<string>;
    regionalDomainName: pulumi.Output<string>;
}

/**
 * The site's bucket, its replica in the recovery region, and the placeholder page.
 *
 * @param distributionArn distribution that can read the bucket; it can resolve after the buckets, which the distribution needs first
 */
export function createSite(
    name: string,
    args: SiteArgs,
    distributionArn: pulumi.Output<string>,
    parent: pulumi.Resource,
    parts: Factory,
): { bucket: SiteBucket; replica?: SiteBucket } {
    if (args.existingBucket)
        return { bucket: parts.create("existingBucket", ExistingBucket, `${name}-site`, { bucketName: args.bucketName }) };
    const bucket = parts.create("bucket", PrivateBucket, `${name}-site`, {
        bucketName: args.bucketName,
        forceDestroy: args.forceDestroy,
        accessLogBucket: args.accessLogBucket,
        policy: (arn) => [readByDistribution(arn, { ArnEquals: { "aws:SourceArn": distributionArn } })],
    });
    if (!args.recovery) {
        createPlaceholder(name, bucket, parts, []);
        return { bucket };
    }
    const replica = createReplica(name, args, args.recovery, distributionArn, parent, parts);
    const { region, twoWay } = args.recovery;
    const ends = { source: { bucket }, replica: { bucket: replica, region } };
    const replication = replicate(name, { ...ends, title: "the site", twoWay }, parts, parent);
    // S3 replicates only objects that are written after the replication is configured.
    createPlaceholder(name, bucket, parts, [replication]);
    return { bucket, replica };
}

/** Without `s3:ListBucket`, S3 returns 403 for missing objects, and the site can't be listed. */
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

function createReplica(
    name: string,
    args: SiteArgs,
    recovery: SiteReplica,
    distributionArn: pulumi.Output<string>,
    parent: pulumi.Resource,
    parts: Factory,
): PrivateBucket {
    const ofAccount = { ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:cloudfront::${accountOf(parent)}:distribution/*` } };
    const readers = recovery.openToAccount ? ofAccount : { ArnEquals: { "aws:SourceArn": distributionArn } };
    return parts.create("replica", PrivateBucket, `${name}-site-copy`, {
        bucketName: recovery.bucketName,
        region: recovery.region,
        forceDestroy: args.forceDestroy,
        policy: (arn) => [readByDistribution(arn, readers)],
    });
}

/**
 * index.html until the site is published. Publishing replaces the object and its metadata, so all properties except its location are ignored
 * after creation. Deleting the resource would delete every version of index.html, including published ones, so the object stays in the bucket.
 */
function createPlaceholder(name: string, bucket: PrivateBucket, parts: Factory, dependsOn: pulumi.Resource[]): void {
    parts.create(
        "placeholder",
        aws.s3.BucketObjectv2,
        `${name}-placeholder`,
        {
            bucket: bucket.bucketName,
            key: "index.html",
            content: PLACEHOLDER,
            contentType: "text/html; charset=utf-8",
            cacheControl: "no-cache",
        },
        { dependsOn, retainOnDelete: true, ignoreChanges: PUBLISHED },
    );
}

/** Properties of index.html that publishing changes. */
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
    "overrideProvider",
    "serverSideEncryption",
    "source",
    "sourceHash",
    "storageClass",
    "tags",
    "tagsAll",
];
