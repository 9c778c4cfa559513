import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
    grant,
    type Grantee,
    grantName,
    type GrantParts,
    KMS_DECRYPT,
    KMS_ENCRYPT,
    type Statement,
    useKeyVia,
} from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";

/** A bucket, for permissions. */
export interface BucketReference {
    arn: pulumi.Input<string>;
    region: pulumi.Input<string>;
    /** KMS key of the objects. @default SSE-S3 */
    kmsKeyArn?: pulumi.Input<string>;
}

const PERMISSIONS = { read: readObjects, write: writeObjects, delete: deleteObjects };

/** A bucket component and the factory of its grants. */
export interface GrantingBucket extends BucketReference {
    logicalName: string;
    parts: PartFactory<GrantParts>;
}

/** Grants access to the objects of a bucket, optionally below a prefix, which becomes part of the grant's name. */
export function grantObjects(
    access: keyof typeof PERMISSIONS,
    bucket: GrantingBucket,
    grantee: Grantee,
    prefix?: string,
): aws.iam.RolePolicy {
    return grant(bucket.parts, bucket.logicalName, grantee, grantName(access, prefix), PERMISSIONS[access](bucket, prefix));
}

/** Permissions to list the bucket and read its objects, optionally below a prefix. */
export function readObjects(bucket: BucketReference, prefix = ""): Statement[] {
    return [listObjects(bucket, prefix), objects(bucket, ["s3:GetObject", "s3:GetObjectVersion"], prefix), ...key(bucket, KMS_DECRYPT)];
}

/** Permissions to write objects, optionally below a prefix. */
export function writeObjects(bucket: BucketReference, prefix = ""): Statement[] {
    return [objects(bucket, ["s3:AbortMultipartUpload", "s3:PutObject"], prefix), ...key(bucket, KMS_ENCRYPT)];
}

/** Permissions to delete objects, optionally below a prefix. Old versions of versioned objects remain. */
function deleteObjects(bucket: BucketReference, prefix = ""): Statement[] {
    return [listObjects(bucket, prefix), objects(bucket, ["s3:DeleteObject"], prefix)];
}

/** Permissions to list the bucket, optionally below a prefix. */
export function listObjects({ arn }: BucketReference, prefix = ""): Statement {
    const condition = prefix ? { Condition: { StringLike: { "s3:prefix": `${prefix}*` } } } : {};
    return { Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:ListBucket"], Resource: arn, ...condition };
}

function objects({ arn }: BucketReference, actions: string[], prefix: string): Statement {
    return { Effect: "Allow", Action: actions, Resource: pulumi.interpolate`${arn}/${prefix}*` };
}

function key({ region, kmsKeyArn }: BucketReference, actions: string[]): Statement[] {
    return kmsKeyArn === undefined ? [] : [useKeyVia("s3", region, kmsKeyArn, actions)];
}
