/** How many tasks a service runs, for the function and for the failover tool. */
import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";

/** An ECS service, by the names of its cluster and itself. */
export interface ServiceName {
    cluster: string;
    service: string;
}

const DAY = 24 * 3600_000;

/** Highest number of running tasks in the last 24 hours. Undefined without data. */
export async function peakCount(cloudWatch: CloudWatchClient, { cluster, service }: ServiceName): Promise<number | undefined> {
    const dimensions = [
        { Name: "ClusterName", Value: cluster },
        { Name: "ServiceName", Value: service },
    ];
    const query = (id: string, Namespace: string, MetricName: string, Stat: string): MetricDataQuery => ({
        Id: id,
        MetricStat: { Metric: { Namespace, MetricName, Dimensions: dimensions }, Period: 60, Stat },
    });
    const now = Date.now();
    const { MetricDataResults = [] } = await cloudWatch.send(
        new GetMetricDataCommand({
            MetricDataQueries: [
                query("insights", "ECS/ContainerInsights", "RunningTaskCount", "Maximum"),
                // Without Container Insights: each task sends a sample per minute.
                query("samples", "AWS/ECS", "CPUUtilization", "SampleCount"),
            ],
            StartTime: new Date(now - DAY),
            EndTime: new Date(now),
        }),
    );
    const valuesOf = (id: string) => MetricDataResults.find(({ Id }) => Id === id)?.Values ?? [];
    const [values = []] = [valuesOf("insights"), valuesOf("samples")].filter(({ length }) => length > 0);
    return values.length === 0 ? undefined : Math.ceil(Math.max(...values));
}
