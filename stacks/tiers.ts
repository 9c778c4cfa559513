/** The tiers of the platform, as both roles have them: which components, with which arguments from the configuration. */
import * as pulumi from "@pulumi/pulumi";
import {
    ApiGateway,
    DOCUMENT_INGESTED,
    DocumentCluster,
    Edge,
    EventHub,
    findZones,
    Identity,
    LogBucket,
    RedisCluster,
    Vpc,
    type DataLakeArgs,
    type DataLake,
    type FargateService,
    type PostgresCommonArgs,
} from "../components";
import type { PlatformConfig } from "./config";
import { apiNames } from "./names";
import type { Platform, Site, Surroundings } from "./role";

/** Subnets that a component with network interfaces is put in. */
export const privately = (network: Vpc) => ({ vpcId: network.vpcId, subnetIds: network.privateSubnetIds });
export const isolated = (network: Vpc) => ({ vpcId: network.vpcId, subnetIds: network.dataSubnetIds });

/** What every component with logs is told. */
export const logging = ({ keys, config }: Pick<Platform, "keys" | "config">) => ({
    logKeyArn: keys.logs,
    logRetentionDays: config.logRetentionDays,
});

/** How long what is deleted can be brought back. */
export const secretRecovery = ({ config }: Surroundings) => ({ secretRecoveryWindowDays: config.protectData ? 30 : 0 });
export const keyDeletion = ({ config }: Surroundings) => ({ deletionWindowDays: config.protectData ? 30 : 7 });

export async function createNetwork(platform: Platform): Promise<Vpc> {
    const { config, opts, invoke } = platform;
    const { cidrBlock, subnets, natGateways, interfaceEndpoints, zoneNames } = config.network;
    const zones = zoneNames ?? (await findZones(config.network.zones, invoke));
    return new Vpc("network", { cidrBlock, zones, subnets, natGateways, interfaceEndpoints, ...logging(platform) }, opts);
}

export function createLogBucket({ config, opts }: Platform): LogBucket {
    return new LogBucket("access-logs", { forceDestroy: !config.protectData }, opts);
}

/** What a primary database and a replica have in common. */
export function databaseArgs(
    at: Surroundings,
    network: Vpc,
    keys: { data: pulumi.Input<string>; logs: pulumi.Input<string> },
): PostgresCommonArgs {
    const { database, logRetentionDays, protectData } = at.config;
    return {
        ...isolated(network),
        ...secretRecovery(at),
        identifier: at.names.prefix,
        secretName: at.names.secret("database"),
        kmsKeyArn: keys.data,
        logKeyArn: keys.logs,
        logRetentionDays,
        engineVersion: database.engineVersion,
        allowMajorVersionUpgrade: database.allowMajorVersionUpgrade,
        instanceClass: database.instanceClass,
        maxAllocatedStorage: database.maxAllocatedStorage,
        multiAz: database.multiAz,
        databaseName: database.name,
        logStatements: database.logStatement,
        backupRetentionDays: database.backupRetentionDays,
        backupWindow: database.backupWindow,
        maintenanceWindow: database.maintenanceWindow,
        applyImmediately: database.applyImmediately,
        deletionProtection: protectData,
        finalSnapshot: protectData,
    };
}

export function createCache(platform: Platform, network: Vpc): RedisCluster {
    const { config, names, keys, opts } = platform;
    const { engine, nodeType, nodes, tokenVersion, snapshotRetentionDays, applyImmediately } = config.cache;
    return new RedisCluster(
        "cache",
        {
            ...isolated(network),
            ...logging(platform),
            ...secretRecovery(platform),
            secretName: names.secret("cache"),
            kmsKeyArn: keys.data,
            engine,
            nodeType,
            nodes,
            tokenVersion,
            snapshotRetentionDays,
            applyImmediately,
            finalSnapshot: config.protectData,
        },
        opts,
    );
}

export function createDocuments(platform: Platform, network: Vpc): DocumentCluster | undefined {
    const { config, names, keys, dataOpts } = platform;
    const { enabled, instanceClass, instances, passwordVersion, backupRetentionDays, applyImmediately } = config.documents;
    if (!enabled) return undefined;
    return new DocumentCluster(
        "documents",
        {
            ...isolated(network),
            ...logging(platform),
            ...secretRecovery(platform),
            identifier: names.documents,
            secretName: names.secret("documents"),
            kmsKeyArn: keys.data,
            instanceClass,
            instances,
            passwordVersion,
            backupRetentionDays,
            applyImmediately,
            deletionProtection: config.protectData,
            finalSnapshot: config.protectData,
        },
        dataOpts,
    );
}

/** What a lake with buckets of its own and one of copies have in common. */
export function lakeArgs(
    { config, names }: Surroundings,
    kmsKeyArn: pulumi.Input<string>,
): Pick<DataLakeArgs, "kmsKeyArn" | "databaseName" | "scanLimitGigabytes"> {
    return { kmsKeyArn, databaseName: names.catalog, scanLimitGigabytes: config.lake.queryScanLimit };
}

export function createEvents(platform: Platform, lake: DataLake): EventHub {
    const { config, names, keys, opts } = platform;
    const { archiveDays, schemaDiscovery, notificationEmails } = config.events;
    const events = new EventHub(
        "events",
        {
            ...logging(platform),
            busName: names.prefix,
            kmsKeyArn: keys.data,
            archiveDays,
            discoverSchemas: schemaDiscovery,
            encryptBus: !schemaDiscovery,
            stream: { bucketArn: lake.raw.arn },
            routes: {
                everything: { detailTypes: [], to: ["stream"] },
                work: { detailTypes: [DOCUMENT_INGESTED, "WorkRequested"], to: ["queue"] },
                notices: { detailTypes: ["NotificationRequested"], to: ["notifications"] },
            },
        },
        opts,
    );
    notificationEmails.forEach((endpoint, i) => {
        events.subscribe(`email-${i + 1}`, { protocol: "email", endpoint });
    });
    return events;
}

export function createIdentity({ config, names, account, dataOpts }: Platform): Identity {
    const { mfa, selfSignUp, threatProtection, domainPrefix, groups } = config.identity;
    return new Identity(
        "identity",
        {
            domain: { prefix: domainPrefix ?? `${names.prefix}-${account}` },
            mfa,
            threatProtection: threatProtection ? "ENFORCED" : "OFF",
            adminCreateOnly: !selfSignUp,
            deletionProtection: config.protectData,
            groups: Object.fromEntries(
                groups.map((group, precedence) => [group, { description: `Users of the group ${group}`, precedence }]),
            ),
        },
        dataOpts,
    );
}

/** Path by which the service says that it is well; the sample image's where no image is configured. */
export const healthCheckPath = ({ service }: PlatformConfig) =>
    service.healthCheckPath ?? (service.image === undefined ? "/healthz" : "/health");

export function createGateway(
    platform: Platform,
    network: Vpc,
    backend: FargateService,
    identity: Identity,
    activeAfter: pulumi.Resource[],
): ApiGateway {
    const { config, environment, region, opts, failover, active, originSecrets } = platform;
    const { rateLimit, burstLimit, accountLogging, originSecretVersion } = config.api;
    const names = config.domain && apiNames(config.domain.name);
    const gateway = new ApiGateway(
        "gateway",
        {
            ...privately(network),
            ...logging(platform),
            stageName: environment.replaceAll("-", "_"),
            backend,
            authorizer: { userPoolArns: [identity.userPoolArn], scopes: identity.scopes },
            rateLimit,
            burstLimit,
            manageAccountLogging: accountLogging,
            originSecrets,
            originSecretVersion: originSecrets ? undefined : originSecretVersion,
            routes: { "GET /health": { open: true, backendPath: healthCheckPath(config) } },
            domain: config.domain &&
                names && {
                    apiName: names.shared,
                    regionalName: failover && names.regional(region),
                    zoneId: config.domain.zoneId,
                    ...failover,
                },
            ...(failover?.failover === "SECONDARY" ? { active, activeAfter } : {}),
        },
        opts,
    );
    platform.shareOriginSecrets(gateway.originSecrets);
    return gateway;
}

/** The site's distribution; none in a dr stack with a domain, whose primary's distribution goes on serving. */
export function createEdge(
    platform: Platform,
    gateway: ApiGateway,
    identity: Identity,
    accessLogBucket: pulumi.Input<string>,
): Edge | undefined {
    const { config, keys, opts, site, region } = platform;
    if (!site) return undefined;
    const { priceClass, rateLimit, connectSources } = config.edge;
    return new Edge(
        "edge",
        {
            ...site,
            apiOrigin: gateway.origin,
            domain: config.domain,
            connectSources: [identity.domainUrl, `https://cognito-idp.${region}.amazonaws.com`, ...connectSources],
            priceClass,
            rateLimit,
            usEast1LogKeyArn: keys.usEast1.logs,
            logRetentionDays: config.logRetentionDays,
            accessLogBucket,
            forceDestroy: !config.protectData,
        },
        opts,
    );
}

/** The site's client of the user pool, which returns to the site; answers what the site's build and its users must know. */
export function createClient({ config, environment }: Platform, identity: Identity, edge: Edge | undefined): Site {
    const url = edge?.url ?? pulumi.output(`https://${config.domain?.name ?? ""}`);
    if (!config.domain && config.role === "dr") {
        void pulumi.log.warn(`no domain is configured: after a failover clients of ${environment} must be told its own URL`);
    }
    const addresses = [url, ...config.identity.siteUrls];
    const { clientId } = identity.addSpaClient("site", {
        callbackUrls: addresses.map((address) => pulumi.interpolate`${address}/callback`),
        logoutUrls: addresses.map((address) => pulumi.interpolate`${address}/`),
    });
    return {
        url,
        identity: { issuer: identity.issuerUrl, loginUrl: identity.domainUrl, clientId },
        site: edge && { bucket: edge.siteBucketName, distributionId: edge.distributionId },
    };
}
