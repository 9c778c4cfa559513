import { DOCUMENTS_FOLDER } from "./components";
import { loadConfig } from "./stacks/config";
import { start } from "./stacks/platform";
import * as tiers from "./stacks/tiers";
import * as workloads from "./stacks/workloads";

/** The platform in one region: as the primary, or as the stack that stands by for it. */
export = async () => {
    const platform = await start(loadConfig());

    // What it stands on
    const network = await tiers.createNetwork(platform);
    const accessLogs = tiers.createLogBucket(platform);

    // Data
    const database = platform.database(network);
    const cache = tiers.createCache(platform, network);
    const documents = tiers.createDocuments(platform, network);
    const lake = platform.lake(network, accessLogs.bucketName);
    const backups = platform.backUp();

    // Events, AI, users
    const events = tiers.createEvents(platform, lake);
    const ai = workloads.createAi(platform);
    const identity = tiers.createIdentity(platform);

    // Browser -> edge -> gateway -> service
    const service = workloads.createService(platform, { network, accessLogs, database, cache, documents, lake, events, ai, identity });
    const gateway = tiers.createGateway(platform, network, service, identity, [database]);
    const edge = tiers.createEdge(platform, gateway, identity, accessLogs.bucketName);
    const ingest = workloads.createIngest(platform, { network, documents, lake, events, ai });

    // Who reaches whom
    service.allowFrom(gateway);
    database.allowFrom(service);
    cache.allowFrom(service);
    documents?.allowFrom(service);

    for (const peer of [service, ingest?.function]) if (peer) network.allowEndpointsFrom(peer);

    // Who may do what
    lake.raw.grantRead(service);
    lake.raw.grantWrite(service, DOCUMENTS_FOLDER);
    lake.curated.grantRead(service);
    events.grantPublish(service);
    events.grantConsume(service);
    ai.grantInvoke(service);
    if (ai.endpoint) ai.grantInvokeEndpoint(service);

    const site = tiers.createClient(platform, identity, edge);
    const delivery = platform.deliver({ edge, service, site });
    const observability = workloads.createObservability(platform, service, [
        edge,
        gateway,
        service,
        database,
        cache,
        documents,
        backups,
        events,
        ingest,
        ai,
        lake,
        network,
        delivery.monitored,
    ]);

    return {
        ...site,
        apiUrl: gateway.url,
        database: { endpoint: database.endpoint, secretArn: database.connectionSecret.arn },
        cache: { endpoint: cache.endpoint, secretArn: cache.connectionSecret.arn },
        documents: documents && { endpoint: documents.endpoint, secretArn: documents.connectionSecret.arn },
        lake: { raw: lake.raw.bucketName, curated: lake.curated.bucketName, database: lake.databaseName, workgroup: lake.workgroupName },
        events: { bus: events.busName, workQueue: events.workQueue.url, notifications: events.notificationsTopicArn },
        service: { cluster: service.clusterName, service: service.serviceName, logs: service.logGroupName },
        dashboard: observability.dashboardName,
        ...delivery.outputs,
    };
};
