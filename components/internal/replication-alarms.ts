import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { RULE_ID } from "./replication";

/** Highest replication latency in seconds: the time that time control promises, or an hour. */
const MOST_SECONDS = { withTimeControl: 900, otherwise: 3600 };

export interface ReplicationAlarmArgs {
    bucketName: pulumi.Output<string>;
    replicaBucketName: pulumi.Output<string>;
    /** Region of the replica. */
    region: string;
    timeControl?: boolean;
    /** Also of the replication from the replica to the bucket. */
    twoWay?: boolean;
}

interface Direction {
    source: pulumi.Output<string>;
    destination: pulumi.Output<string>;
    /** Regions of the buckets, if they aren't the stack's. */
    sourceRegion?: string;
    destinationRegion?: string;
    /** The direction, and what to do about a delay. */
    where: string;
    delay: string;
}

/**
 * Alarms on failed and late replication, in each direction. S3 publishes the number of failures in the region of the source, and the latency
 * in the region of the destination (Amazon S3 User Guide, "Using S3 Replication metrics").
 */
export function replicationAlarms({ bucketName, replicaBucketName, region, timeControl, twoWay }: ReplicationAlarmArgs): AlarmDefinition[] {
    const threshold = timeControl ? MOST_SECONDS.withTimeControl : MOST_SECONDS.otherwise;
    const forward: Direction = {
        source: bucketName,
        destination: replicaBucketName,
        destinationRegion: region,
        where: `to ${region}`,
        delay: "A failover would lose the objects that aren't replicated yet.",
    };
    const reverse: Direction = {
        source: replicaBucketName,
        destination: bucketName,
        sourceRegion: region,
        where: `from ${region}`,
        delay: "Don't fail back before the objects have arrived.",
    };
    return [...alarmsOf("replication", forward, threshold), ...(twoWay ? alarmsOf("reverse-replication", reverse, threshold) : [])];
}

function alarmsOf(name: string, direction: Direction, threshold: number): AlarmDefinition[] {
    const { source, destination, sourceRegion, destinationRegion, where, delay } = direction;
    const metric = {
        severity: "ticket" as const,
        namespace: "AWS/S3",
        dimensions: { SourceBucket: source, DestinationBucket: destination, RuleId: RULE_ID },
        comparison: "above" as const,
        period: 300,
    };
    return [
        {
            ...metric,
            region: sourceRegion,
            name: `${name}-failed`,
            description: `S3 failed to replicate objects ${where}, and doesn't try again. Check the permissions of the replication role, both buckets, and both KMS keys. Then replicate the objects with the status FAILED with S3 Batch Replication.`,
            metricName: "OperationsFailedReplication",
            statistic: "Sum",
            periods: 1,
            threshold: 0,
        },
        {
            ...metric,
            region: destinationRegion,
            name: `${name}-latency`,
            description: `The replication ${where} is more than this number of seconds behind. ${delay} Check the AWS Health Dashboard for S3 in both regions, and the metric BytesPendingReplication for unusually many or large objects.`,
            metricName: "ReplicationLatency",
            statistic: "Maximum",
            periods: 3,
            threshold,
        },
    ];
}
