import { createAi } from "./stacks/ai";
import { apiUrlOf, createApi } from "./stacks/api";
import { createBackups, createRestoreTests } from "./stacks/backups";
import { createCache } from "./stacks/cache";
import { createCluster, createLoadBalancer, openLoadBalancer } from "./stacks/cluster";
import { loadConfig } from "./stacks/config";
import { createPlatform } from "./stacks/context";
import { createDatabaseConnect } from "./stacks/database-connect";
import { createDatabaseUsers } from "./stacks/database-users";
import { createDatabase } from "./stacks/database";
import { createDelivery, createImages } from "./stacks/delivery";
import { createDocuments } from "./stacks/documents";
import { createEdge } from "./stacks/edge";
import { createEvents } from "./stacks/events";
import { createClient, createIdentity } from "./stacks/identity";
import { createIngest } from "./stacks/ingest";
import { createJobs } from "./stacks/jobs";
import { createLake, createLogBucket } from "./stacks/lake";
import { createMigrations } from "./stacks/migrations";
import { createNetwork } from "./stacks/network";
import { createObservability } from "./stacks/observability";
import { createRecovery } from "./stacks/recovery";
import { createRecoveryMonitor } from "./stacks/recovery/monitor";
import { outputsOf } from "./stacks/outputs";
import { createServices } from "./stacks/services";
import { serveSettings } from "./stacks/site-settings";
import { connectWorkloads } from "./stacks/connect";

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
    const restoreTests = createRestoreTests(platform, { network });

    // Events, AI, users
    const events = createEvents(platform, { lake });
    const ai = createAi(platform);
    const identity = createIdentity(platform);

    // Browser -> CloudFront -> API Gateway, unless api.kind is vpcOrigin -> load balancer -> services
    const cluster = createCluster(platform);
    const databaseUsers = createDatabaseUsers(platform, { network, cluster, database });
    const systems = { database, databaseUsers, cache, documents, lake, events, ai };
    const loadBalancer = createLoadBalancer(platform, { network, accessLogs, identity });
    const migrations = createMigrations(platform, { network, cluster, systems, identity });
    const services = createServices(platform, { network, cluster, loadBalancer, systems, identity, migrations });
    const databaseConnect = createDatabaseConnect(platform, { network, cluster, database });
    const jobs = createJobs(platform, { network, cluster, systems, identity });
    const workloads = [...services, ...jobs];
    const api = createApi(platform, { network, loadBalancer, identity, databases });
    const edge = createEdge(platform, { api, loadBalancer, identity, accessLogs });
    const site = createClient(platform, { identity, edge });
    if (platform.config.api.enabled && site.settings) serveSettings(loadBalancer, site.settings);
    const ingest = createIngest(platform, { network, documents, lake, events, ai });

    // Network connections and permissions
    openLoadBalancer(platform, loadBalancer, api);
    connectWorkloads(platform, systems, workloads);
    for (const { component } of workloads) network.allowEndpointsFrom(component);
    if (ingest) network.allowEndpointsFrom(ingest.function);

    // Delivery and operations
    const delivery = createDelivery(platform, { services, migrations, edge, site, images });
    const recoveryMonitor = createRecoveryMonitor(platform, { databases, restoreTests });
    const monitored = [
        edge,
        api,
        loadBalancer,
        ...workloads.map(({ component }) => component),
        ...databases,
        databaseUsers,
        cache,
        documents,
        backups,
        recoveryMonitor,
        events,
        ingest,
        ai,
        lake,
        network,
        delivery,
    ];
    const observability = createObservability(platform, { services, monitored });
    createRecovery(platform, { cluster, services, jobs, ingest, databases, api, monitored, observability });

    return outputsOf({
        site,
        apiUrl: apiUrlOf(platform, api, edge),
        edge,
        loadBalancer,
        database,
        cache,
        documents,
        lake,
        events,
        cluster,
        network,
        services,
        jobs,
        migrations,
        databaseConnect,
        region: platform.region,
        images,
        delivery,
        observability,
        changes: platform.changes,
    });
};
