import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** What is watched of a stream and of the Firehose that empties it. */
export function streamAlarms(streamName: pulumi.Input<string>, deliveryName: pulumi.Input<string>): AlarmDefinition[] {
    const stream = { namespace: "AWS/Kinesis", dimensions: { StreamName: streamName }, comparison: "above" as const };
    const delivery = { namespace: "AWS/Firehose", dimensions: { DeliveryStreamName: deliveryName }, period: 300 };
    return [
        {
            ...stream,
            name: "iterator-age",
            description: "A reader of the stream lags by over 10 minutes (ms); records are lost when it lags by the stream's retention.",
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
                "The stream refuses records: traffic more than doubled within 15 minutes. EventBridge retries; nothing is lost yet.",
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
                "The oldest undelivered record is over 30 minutes old (s): see the delivery's log, the bucket's and the key's policy.",
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
            description: "Writes to the bucket fail, as a share of all (1 is well): see the delivery's log.",
            severity: "ticket",
            metricName: "DeliveryToS3.Success",
            statistic: "Average",
            comparison: "below",
            periods: 3,
            threshold: 1,
        },
    ];
}
