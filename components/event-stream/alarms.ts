import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** Alarms of the stream and of its Firehose delivery. */
export function streamAlarms(streamName: pulumi.Input<string>, deliveryName: pulumi.Input<string>): AlarmDefinition[] {
    const stream = { namespace: "AWS/Kinesis", dimensions: { StreamName: streamName }, comparison: "above" as const };
    const delivery = { namespace: "AWS/Firehose", dimensions: { DeliveryStreamName: deliveryName }, period: 300 };
    return [
        {
            ...stream,
            name: "iterator-age",
            description:
                "A consumer of the stream is more than 10 minutes behind (unit: ms). Records older than the retention period are lost.",
            severity: "page",
            metricName: "GetRecords.IteratorAgeMilliseconds",
            statistic: "Maximum",
            periods: 5,
            threshold: 600_000,
        },
        {
            ...stream,
            name: "write-throttles",
            description:
                "The stream throttles writes because traffic more than doubled within 15 minutes. EventBridge retries; no event is lost yet.",
            severity: "ticket",
            metricName: "WriteProvisionedThroughputExceeded",
            statistic: "Sum",
            periods: 5,
            threshold: 0,
        },
        {
            ...delivery,
            name: "delivery-freshness",
            description:
                "The oldest undelivered record is more than 30 minutes old (unit: s). See the delivery log, the bucket policy, and the key policy.",
            severity: "page",
            metricName: "DeliveryToS3.DataFreshness",
            statistic: "Maximum",
            comparison: "above",
            periods: 1,
            threshold: 1800,
        },
        {
            ...delivery,
            name: "delivery-failed",
            description: "Some writes to the bucket fail (share of successful writes; 1 means none fail). See the delivery log.",
            severity: "ticket",
            metricName: "DeliveryToS3.Success",
            statistic: "Average",
            comparison: "below",
            periods: 3,
            threshold: 1,
        },
    ];
}
