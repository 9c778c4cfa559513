import type {
    ApiGateway,
    DataLake,
    Delivery,
    DocumentCluster,
    EventHub,
    FargateCluster,
    ImageRepository,
    Observability,
    PostgresCluster,
    RedisCluster,
} from "../components";
import type { Site } from "./identity";
import type { LiveChanges } from "./live-changes";
import type { StackService } from "./services";

interface Systems {
    site: Site;
    api: ApiGateway;
    database: PostgresCluster;
    cache: RedisCluster;
    documents?: DocumentCluster;
    lake: DataLake;
    events: EventHub;
    cluster: FargateCluster;
    services: StackService[];
    images?: ImageRepository;
    delivery?: Delivery;
    observability: Observability;
    changes: LiveChanges;
}

/** The outputs of the stack, for operators and pipelines. Secrets are referenced by ARN. */
export function outputsOf(systems: Systems) {
    const { site, api, database, cache, documents, lake, events, cluster, services, images, delivery, observability, changes } = systems;
    const store = ({ endpoint, connectionSecret }: PostgresCluster | RedisCluster | DocumentCluster) => ({
        endpoint,
        secretArn: connectionSecret.arn,
    });
    const { site: published, ...clients } = site;
    return {
        ...clients,
        ...(published ? { site: published } : {}),
        apiUrl: api.url,
        database: store(database),
        cache: store(cache),
        // Pulumi warns about outputs that are undefined, so systems that are off have no key.
        ...(documents ? { documents: store(documents) } : {}),
        lake: { raw: lake.raw.bucketName, curated: lake.curated.bucketName, database: lake.databaseName, workgroup: lake.workgroupName },
        events: { bus: events.busName, workQueue: events.workQueue.url, notifications: events.notificationsTopicArn },
        cluster: cluster.clusterName,
        services: Object.fromEntries(
            services.map(({ name, component }) => [name, { service: component.serviceName, logs: component.logGroupName }]),
        ),
        dashboard: observability.dashboardName,
        ...(images ? { imageRepository: images.url } : {}),
        ...(delivery ? { codeConnection: delivery.connectionArn } : {}),
        ...changes.output,
    };
}
