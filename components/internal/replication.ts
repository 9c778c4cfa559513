import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ServiceRole, type Statement, useKeyVia } from "../building-blocks/iam";
import { regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

/** One end of a replication. A `PrivateBucket` is one. */
export interface ReplicatedEnd {
    bucketName: pulumi.Output<string>;
    arn: pulumi.Output<string>;
    versioning?: aws.s3.BucketVersioning;
}

export interface ReplicationArgs {
    source: ReplicatedEnd;
    copy: ReplicatedEnd;
    /** What the role is for. */
    description: string;
    /** KMS keys of both ends. @default none: the objects have SSE-S3 */
    keys?: { source: pulumi.Input<string>; copy: pulumi.Input<string>; copyRegion: string };
    /** Copies within 15 minutes, and says so by metrics. @default false */
    timeControl?: boolean;
    transform?: Transform<aws.s3.BucketReplicationConfigArgs>;
}

/** Id of the one rule, by which its metrics are found. */
export const RULE_ID = "everything";

/** Copies all objects of a bucket to another region: the role `<name>-replication`, what it may do, and the replication of that name. */
export function replicate(name: string, args: ReplicationArgs, parent: pulumi.Resource): aws.s3.BucketReplicationConfig {
    const { source, copy, description, transform } = args;
    // S3 sends no source account or ARN when it assumes a replication role; another account cannot pass this one to its own buckets.
    const role = new ServiceRole(`${name}-replication`, { service: "s3.amazonaws.com", description }, { parent });
    const permissions = role.allow("copy", statements(args, regionOf(parent)), { parent });
    // S3 refuses replication between buckets that are not versioned yet, and gives up on objects that the role may not copy yet.
    const dependsOn = [source.versioning, copy.versioning, permissions].filter((it) => it !== undefined);
    return new aws.s3.BucketReplicationConfig(
        `${name}-replication`,
        transformed(transform, { bucket: source.bucketName, role: role.arn, rules: [ruleOf(args)] }),
        { parent, dependsOn },
    );
}

function statements({ source, copy, keys }: ReplicationArgs, region: pulumi.Output<string>): Statement[] {
    const allow = (Action: string[], Resource: pulumi.Input<string>): Statement => ({ Effect: "Allow", Action, Resource });
    return [
        allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], source.arn),
        allow(
            ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            pulumi.interpolate`${source.arn}/*`,
        ),
        allow(["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], pulumi.interpolate`${copy.arn}/*`),
        ...(keys
            ? [
                  useKeyVia("s3", region, keys.source, ["kms:Decrypt"]),
                  // GenerateDataKey: the copy's bucket key is made by the role that writes to it.
                  useKeyVia("s3", keys.copyRegion, keys.copy, ["kms:Encrypt", "kms:GenerateDataKey"]),
              ]
            : []),
    ];
}

function ruleOf({ copy, keys, timeControl }: ReplicationArgs): aws.types.input.s3.BucketReplicationConfigRule {
    const withinMinutes = {
        metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
        replicationTime: { status: "Enabled", time: { minutes: 15 } },
    };
    return {
        id: RULE_ID,
        status: "Enabled",
        priority: 1,
        filter: { prefix: "" },
        deleteMarkerReplication: { status: "Enabled" },
        // Without this S3 skips every object that KMS encrypts.
        ...(keys ? { sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } } } : {}),
        destination: {
            bucket: copy.arn,
            ...(keys ? { encryptionConfiguration: { replicaKmsKeyId: keys.copy } } : {}),
            ...(timeControl ? withinMinutes : {}),
        },
    };
}
