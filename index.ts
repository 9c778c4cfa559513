import { DOCUMENTS_FOLDER } from "./components";
import { createAi } from "./stacks/ai";
import { createApi } from "./stacks/api";
import { createBackups } from "./stacks/backups";
import { createCache } from "./stacks/cache";
import { loadConfig } from "./stacks/config";
import { createPlatform } from "./stacks/context";
import { createDatabase } from "./stacks/database";
import { createDelivery, createImages } from "./stacks/delivery";
import { createDocuments } from "./stacks/documents";
import { createEdge } from "./stacks/edge";
import { createEvents } from "./stacks/events";
import { createClient, createIdentity } from "./stacks/identity";
import { createIngest } from "./stacks/ingest";
import { createLake, createLogBucket } from "./stacks/lake";
import { createNetwork } from "./stacks/network";
import { createObservability } from "./stacks/observability";
import { outputsOf } from "./stacks/outputs";
import { createService } from "./stacks/service";

/** The platform in one region, as the primary or the dr stack. */
export = async () => {
    const platform = await createPlatform(loadConfig());

    // Foundation
    const network = createNetwork(platform);
    const accessLogs = createLogBucket(platform);
    const images = createImages(platform);

    // Data
    const database = createDatabase(platform, { network });
    const databases = [database];
    const cache = createCache(platform, { network });
    const documents = createDocuments(platform, { network });
    const lake = createLake(platform, { network, accessLogs });
    const backups = createBackups(platform);

    // Events, AI, users
    const events = createEvents(platform, { lake });
    const ai = createAi(platform);
    const identity = createIdentity(platform);

    // Browser -> CloudFront -> API Gateway -> service
    const service = createService(platform, { network, accessLogs, database, cache, documents, lake, events, ai, identity });
    const api = createApi(platform, { network, service, identity, databases });
    const edge = createEdge(platform, { api, identity, accessLogs });
    const site = createClient(platform, { identity, edge });
    const ingest = createIngest(platform, { network, documents, lake, events, ai });

    // Network connections
    service.allowFrom(api);
    database.allowFrom(service);
    cache.allowFrom(service);
    documents?.allowFrom(service);
    network.allowEndpointsFrom(service);
    if (ingest) network.allowEndpointsFrom(ingest.function);

    // Permissions
    lake.raw.grantRead(service);
    lake.raw.grantWrite(service, DOCUMENTS_FOLDER);
    lake.curated.grantRead(service);
    events.grantPublish(service);
    events.grantConsume(service);
    ai.grantInvoke(service);
    if (ai.endpoint) ai.grantInvokeEndpoint(service);

    // Delivery and operations
    const delivery = createDelivery(platform, { service, edge, site, images });
    const observability = createObservability(platform, {
        service,
        monitored: [edge, api, service, ...databases, cache, documents, backups, events, ingest, ai, lake, network, delivery],
    });

    return outputsOf({
        site,
        api,
        database,
        cache,
        documents,
        lake,
        events,
        service,
        images,
        delivery,
        observability,
        changes: platform.changes,
    });
};
