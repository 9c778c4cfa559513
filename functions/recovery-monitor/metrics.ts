/** Namespace of the metrics. The failover tool publishes `RtoSeconds` and `RpoSeconds` in it. */
const NAMESPACE = "Recovery";

/** Metrics of the function, in seconds. */
type AgeMetric = "LastDrillAge" | "LastRestoreTestAge";

/**
 * An age in CloudWatch embedded metric format, which needs no API calls or permissions. Not with Powertools, whose metrics always have the
 * dimension `service`: the metrics of the failover tool have only `Environment`.
 *
 * @param timestamp milliseconds since 1970
 */
export const ageMetric = (name: AgeMetric, environment: string, seconds: number, timestamp: number): string =>
    JSON.stringify({
        _aws: {
            Timestamp: timestamp,
            CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [["Environment"]], Metrics: [{ Name: name, Unit: "Seconds" }] }],
        },
        Environment: environment,
        [name]: seconds,
    });
