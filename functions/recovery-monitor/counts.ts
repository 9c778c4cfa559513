/** How many tasks a service runs: from the metrics that the failover tool uses as well. */
import { type CloudWatchClient, GetMetricStatisticsCommand, type Statistic } from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, type ECSClient } from "@aws-sdk/client-ecs";

/** Clients for the region of a service. */
export interface RegionClients {
    cloudWatch: CloudWatchClient;
    ecs: ECSClient;
}

/** An ECS service, by the names of its cluster and itself. */
export interface ServiceName {
    cluster: string;
    service: string;
}

/** In milliseconds. With one data point a minute, a request for more is rejected: CloudWatch returns at most 1440 (`GetMetricStatistics`). */
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/**
 * Highest number of tasks that a service ran in the 24 hours before `now`, or, without metrics, its desired count. Undefined if the service doesn't
 * exist.
 *
 * @param now milliseconds since 1970
 */
export async function countOf({ cloudWatch, ecs }: RegionClients, name: ServiceName, now: number): Promise<number | undefined> {
    const { cluster, service } = name;
    const end = Math.floor(now / MINUTE) * MINUTE;
    const peak = async (Namespace: string, MetricName: string, statistic: Statistic): Promise<number | undefined> => {
        const request = new GetMetricStatisticsCommand({
            Namespace,
            MetricName,
            Dimensions: [
                { Name: "ClusterName", Value: cluster },
                { Name: "ServiceName", Value: service },
            ],
            StartTime: new Date(end - DAY),
            EndTime: new Date(end),
            Period: 60,
            Statistics: [statistic],
        });
        const { Datapoints = [] } = await cloudWatch.send(request);
        const values = Datapoints.flatMap((point) => point[statistic] ?? []);
        return values.length === 0 ? undefined : Math.ceil(Math.max(...values));
    };
    return (
        (await peak("ECS/ContainerInsights", "RunningTaskCount", "Maximum")) ??
        // Without Container Insights: each task sends a sample per minute.
        (await peak("AWS/ECS", "CPUUtilization", "SampleCount")) ??
        (await desiredCount(ecs, name))
    );
}

async function desiredCount(ecs: ECSClient, { cluster, service }: ServiceName): Promise<number | undefined> {
    const { services: [found] = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return found?.status === "ACTIVE" ? found.desiredCount : undefined;
}
