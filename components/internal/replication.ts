import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ServiceRole, type Statement, useKeyVia } from "../building-blocks/iam";
import type { PartFactory } from "../building-blocks/parts";
import { regionOf } from "../building-blocks/provider";

/** Source or destination of a replication. */
export interface ReplicatedEnd {
    /** `PrivateBucket` implements it. */
    bucket: { bucketName: pulumi.Output<string>; arn: pulumi.Output<string>; versioning?: aws.s3.BucketVersioning };
    /** Region of the bucket. @default the provider's */
    region?: string;
    /** KMS key in that region. @default SSE-S3 */
    kmsKeyArn?: pulumi.Input<string>;
}

export interface ReplicationArgs {
    source: ReplicatedEnd;
    replica: ReplicatedEnd & { region: string };
    /** The data, as part of the descriptions of the roles: `the site`. */
    title: string;
    /** S3 Replication Time Control. @default false */
    timeControl?: boolean;
    /** Also replicates objects that are written to the replica, and changes of metadata in both directions. @default false */
    twoWay?: boolean;
}

/** Parts of a component that calls `replicate`. */
export interface ReplicationParts {
    replicationRole?: typeof ServiceRole;
    replication?: typeof aws.s3.BucketReplicationConfig;
    /** From the replica to the bucket. */
    reverseReplicationRole?: typeof ServiceRole;
    reverseReplication?: typeof aws.s3.BucketReplicationConfig;
}

/** ID of the only rule of each direction, and a dimension of the replication metrics. */
export const RULE_ID = "everything";

/**
 * Replicates all objects of a bucket to another region: the role `<name>-replication`, its permissions, and the replication configuration
 * of the same name. With `twoWay`, `<name>-reverse-replication` does the same in the other direction. S3 doesn't replicate replicas, so
 * objects don't go back and forth.
 *
 * @returns the replication to the other region
 */
export function replicate(
    name: string,
    args: ReplicationArgs,
    parts: PartFactory<ReplicationParts>,
    parent: pulumi.Resource,
): aws.s3.BucketReplicationConfig {
    const { source, replica, title, twoWay } = args;
    const { region } = replica;
    if (twoWay) {
        const description = `Replicates ${title} from ${region}`;
        const reverse = { ...args, source: replica, destination: source, description };
        createDirection(`${name}-reverse-replication`, ["reverseReplicationRole", "reverseReplication"], reverse, parts, parent);
    }
    const forward = { ...args, destination: replica, description: `Replicates ${title} to ${region}` };
    return createDirection(`${name}-replication`, ["replicationRole", "replication"], forward, parts, parent);
}

interface Direction extends Pick<ReplicationArgs, "timeControl" | "twoWay"> {
    source: ReplicatedEnd;
    destination: ReplicatedEnd;
    description: string;
}

type DirectionParts = ["replicationRole", "replication"] | ["reverseReplicationRole", "reverseReplication"];

function createDirection(
    name: string,
    [rolePart, replicationPart]: DirectionParts,
    direction: Direction,
    parts: PartFactory<ReplicationParts>,
    parent: pulumi.Resource,
): aws.s3.BucketReplicationConfig {
    const { source, destination, description } = direction;
    // S3 sends neither source account nor ARN when it assumes a replication role. Other accounts can't pass this role to their buckets.
    const role = parts.create(rolePart, ServiceRole, name, { service: "s3.amazonaws.com", description });
    const permissions = role.allow("copy", statements(direction, regionOf(parent)));
    // S3 requires versioning on both buckets first, and doesn't retry objects that the role can't replicate yet.
    const dependsOn = [source.bucket.versioning, destination.bucket.versioning, permissions].filter((it) => it !== undefined);
    return parts.create(
        replicationPart,
        aws.s3.BucketReplicationConfig,
        name,
        { region: source.region, bucket: source.bucket.bucketName, role: role.arn, rules: [ruleOf(direction)] },
        { dependsOn },
    );
}

function statements({ source, destination }: Direction, ownRegion: pulumi.Output<string>): Statement[] {
    const allow = (Action: string[], Resource: pulumi.Input<string>): Statement => ({ Effect: "Allow", Action, Resource });
    const useKey = ({ kmsKeyArn, region }: ReplicatedEnd, actions: string[]) =>
        kmsKeyArn === undefined ? [] : [useKeyVia("s3", region ?? ownRegion, kmsKeyArn, actions)];
    return [
        allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], source.bucket.arn),
        allow(
            ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
            pulumi.interpolate`${source.bucket.arn}/*`,
        ),
        allow(["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], pulumi.interpolate`${destination.bucket.arn}/*`),
        ...useKey(source, ["kms:Decrypt"]),
        // GenerateDataKey: the role that writes to the destination generates its bucket key.
        ...useKey(destination, ["kms:Encrypt", "kms:GenerateDataKey"]),
    ];
}

function ruleOf({ destination, timeControl, twoWay }: Direction): aws.types.input.s3.BucketReplicationConfigRule {
    const { bucket, kmsKeyArn } = destination;
    const enabled = { status: "Enabled" };
    const withinMinutes = {
        metrics: { ...enabled, eventThreshold: { minutes: 15 } },
        replicationTime: { ...enabled, time: { minutes: 15 } },
    };
    const criteria = {
        // By default, S3 doesn't replicate objects that are encrypted with KMS.
        ...(kmsKeyArn === undefined ? {} : { sseKmsEncryptedObjects: enabled }),
        // S3 replicates changes of a replica's metadata only if the rules of both directions do.
        ...(twoWay ? { replicaModifications: enabled } : {}),
    };
    return {
        id: RULE_ID,
        ...enabled,
        priority: 1,
        filter: { prefix: "" },
        deleteMarkerReplication: enabled,
        ...(Object.keys(criteria).length > 0 ? { sourceSelectionCriteria: criteria } : {}),
        destination: {
            bucket: bucket.arn,
            ...(kmsKeyArn === undefined ? {} : { encryptionConfiguration: { replicaKmsKeyId: kmsKeyArn } }),
            ...(timeControl ? withinMinutes : { metrics: enabled }),
        },
    };
}
