import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ServiceRole, type Statement, useKeyVia } from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";
import { regionOf } from "../building-blocks/provider";

/** Source or destination of a replication. `PrivateBucket` implements it. */
export interface ReplicatedEnd {
    bucketName: pulumi.Output<string>;
    arn: pulumi.Output<string>;
    versioning?: aws.s3.BucketVersioning;
}

export interface ReplicationArgs {
    source: ReplicatedEnd;
    replica: ReplicatedEnd;
    /** Description of the role. */
    description: string;
    /** KMS keys of both buckets. @default none, for objects with SSE-S3 */
    keys?: { source: pulumi.Input<string>; replica: pulumi.Input<string>; replicaRegion: string };
    /** S3 Replication Time Control: replicates within 15 minutes and publishes metrics. @default false */
    timeControl?: boolean;
}

/** Parts of a component that calls `replicate`. */
export interface ReplicationParts {
    replicationRole?: typeof ServiceRole;
    replication?: typeof aws.s3.BucketReplicationConfig;
}

/** ID of the only rule, and a dimension of the replication metrics. */
export const RULE_ID = "everything";

/**
 * Replicates all objects of a bucket to another region: the role `<name>-replication`, its permissions, and the replication configuration
 * of the same name.
 */
export function replicate(
    name: string,
    args: ReplicationArgs,
    parts: PartFactory<ReplicationParts>,
    parent: pulumi.Resource,
): aws.s3.BucketReplicationConfig {
    const { source, replica, description } = args;
    // S3 sends neither source account nor ARN when it assumes a replication role. Other accounts can't pass this role to their buckets.
    const role = parts.create("replicationRole", ServiceRole, `${name}-replication`, { service: "s3.amazonaws.com", description });
    const permissions = role.allow("copy", statements(args, regionOf(parent)));
    // S3 requires versioning on both buckets first, and doesn't retry objects that the role can't replicate yet.
    const dependsOn = [source.versioning, replica.versioning, permissions].filter((dependency) => dependency !== undefined);
    return parts.create(
        "replication",
        aws.s3.BucketReplicationConfig,
        `${name}-replication`,
        { bucket: source.bucketName, role: role.arn, rules: [ruleOf(args)] },
        { dependsOn },
    );
}

function statements({ source, replica, keys }: ReplicationArgs, region: pulumi.Output<string>): Statement[] {
    const allow = (Action: string[], Resource: pulumi.Input<string>): Statement => ({ Effect: "Allow", Action, Resource });
    return [
        allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], source.arn),
        allow(
            ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            pulumi.interpolate`${source.arn}/*`,
        ),
        allow(["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], pulumi.interpolate`${replica.arn}/*`),
        ...(keys
            ? [
                  useKeyVia("s3", region, keys.source, ["kms:Decrypt"]),
                  // GenerateDataKey: the role that writes to the replica generates its bucket key.
                  useKeyVia("s3", keys.replicaRegion, keys.replica, ["kms:Encrypt", "kms:GenerateDataKey"]),
              ]
            : []),
    ];
}

function ruleOf({ replica, keys, timeControl }: ReplicationArgs): aws.types.input.s3.BucketReplicationConfigRule {
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
        // By default, S3 doesn't replicate objects that are encrypted with KMS.
        ...(keys ? { sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } } } : {}),
        destination: {
            bucket: replica.arn,
            ...(keys ? { encryptionConfiguration: { replicaKmsKeyId: keys.replica } } : {}),
            ...(timeControl ? withinMinutes : {}),
        },
    };
}
