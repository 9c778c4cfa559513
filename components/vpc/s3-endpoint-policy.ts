import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "../building-blocks/iam";

/** Actions on objects. Bucket administration isn't allowed through the endpoint. */
const OBJECT_ACTIONS = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
];

/**
 * Policy of the S3 endpoint: allows access to objects in buckets of the account, with any credentials, and reading the listed buckets of other
 * accounts.
 */
export function s3EndpointPolicy(readableBuckets: string[], region: pulumi.Output<string>, account: pulumi.Output<string>) {
    const ofOthers = [
        // ECR stores image layers in its own bucket in each region.
        pulumi.interpolate`arn:aws:s3:::prod-${region}-starport-layer-bucket/*`,
        ...readableBuckets.flatMap((bucket) => [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]),
    ];
    const statements: Statement[] = [
        {
            Sid: "BucketsOfThisAccount",
            Effect: "Allow",
            Principal: "*",
            Action: OBJECT_ACTIONS,
            Resource: "arn:aws:s3:::*",
            Condition: { StringEquals: { "aws:ResourceAccount": account } },
        },
        {
            Sid: "ReadingOfOthers",
            Effect: "Allow",
            Principal: "*",
            Action: ["s3:GetObject", ...(readableBuckets.length > 0 ? ["s3:ListBucket"] : [])],
            Resource: ofOthers,
        },
    ];
    return policyDocument(statements);
}
