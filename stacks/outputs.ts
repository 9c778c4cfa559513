import * as pulumi from "@pulumi/pulumi";
import type {
    DataLake,
    Delivery,
    DocumentCluster,
    Edge,
    EventHub,
    FargateCluster,
    ImageRepository,
    InternalLoadBalancer,
    Network,
    Observability,
    PortForwarding,
    PostgresCluster,
    RedisCluster,
} from "../components";
import type { Site } from "./identity";
import type { LiveChanges } from "./live-changes";
import type { StackJob } from "./jobs";
import type { StackMigration } from "./migrations";
import type { StackService } from "./services";

interface Systems {
    site: Site;
    /** Undefined without the API. */
    apiUrl?: pulumi.Output<string>;
    edge?: Edge;
    loadBalancer: InternalLoadBalancer;
    database: PostgresCluster;
    cache?: RedisCluster;
    documents?: DocumentCluster;
    lake?: DataLake;
    events?: EventHub;
    cluster: FargateCluster;
    network: Network;
    services: StackService[];
    jobs: StackJob[];
    migrations: StackMigration[];
    databaseConnect?: PortForwarding;
    region: string;
    images?: ImageRepository;
    delivery?: Delivery;
    observability: Observability;
    changes: LiveChanges;
}

/** The outputs of the stack, for operators and pipelines. Secrets are referenced by ARN. */
export function outputsOf(systems: Systems) {
    const { site, apiUrl, loadBalancer, database, cache, documents, lake, events, cluster, services, images, delivery, ...rest } = systems;
    const { observability, changes, network, jobs, migrations, databaseConnect, region, edge } = rest;
    const store = ({ endpoint, connectionSecret }: PostgresCluster | RedisCluster | DocumentCluster) => ({
        endpoint,
        secretArn: connectionSecret.arn,
    });
    const { url, identity, site: published } = site;
    return {
        // Pulumi warns about outputs that are undefined, so systems that are off have no key.
        ...(url ? { url } : {}),
        ...(identity ? { identity } : {}),
        ...(published ? { site: published } : {}),
        ...(apiUrl ? { apiUrl } : { internalUrl: pulumi.interpolate`http://${loadBalancer.dnsName}` }),
        database: store(database),
        ...(cache ? { cache: store(cache) } : {}),
        ...(documents ? { documents: store(documents) } : {}),
        ...(lake ? { lake: lakeOf(lake) } : {}),
        ...(events
            ? { events: { bus: events.busName, workQueue: events.workQueue.url, notifications: events.notificationsTopicArn } }
            : {}),
        cluster: cluster.clusterName,
        services: Object.fromEntries(
            services.map(({ name, component: { serviceName, logGroupName } }) => {
                const url = edge?.serviceUrls[name];
                return [name, { service: serviceName, logs: logGroupName, ...(url ? { url } : {}) }];
            }),
        ),
        // For `npm run task`.
        tasks: {
            region,
            cluster: cluster.clusterArn,
            subnetIds: network.privateSubnetIds,
            definitions: {
                ...definitionsOf("service", services),
                ...definitionsOf("job", jobs),
                ...definitionsOf("migration", migrations),
            },
        },
        // For `npm run connect`.
        ...(databaseConnect ? { databaseConnect: connectOf(databaseConnect, database) } : {}),
        ...(observability.dashboardName ? { dashboard: observability.dashboardName } : {}),
        ...(images ? { imageRepository: images.url } : {}),
        ...(delivery ? { codeConnection: delivery.connectionArn } : {}),
        ...changes.output,
    };
}

const lakeOf = ({ raw, curated, databaseName, workgroupName }: DataLake) => ({
    raw: raw.bucketName,
    curated: curated.bucketName,
    database: databaseName,
    workgroup: workgroupName,
});

/** What it takes to run the task of each workload. */
const definitionsOf = (kind: "service" | "job" | "migration", workloads: (StackService | StackJob | StackMigration)[]) =>
    Object.fromEntries(
        workloads.map(({ name, component: { taskDefinitionFamily, containerName, securityGroupId } }) => [
            name,
            { kind, family: taskDefinitionFamily, container: containerName, securityGroupId },
        ]),
    );

const connectOf = (forwarding: PortForwarding, database: PostgresCluster) => ({
    family: forwarding.taskDefinitionFamily,
    container: forwarding.containerName,
    securityGroupId: forwarding.securityGroupId,
    policyArn: forwarding.policyArn,
    host: database.endpoint,
    port: database.port,
    dbName: database.dbName,
});
