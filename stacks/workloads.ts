/** What runs on the tiers, as both roles have it: the service, its AI, document ingest, and the eyes on all of it. */
import * as pulumi from "@pulumi/pulumi";
import {
    AiServices,
    EncryptionKey,
    FargateService,
    IngestPipeline,
    Observability,
    type DataLake,
    type DocumentCluster,
    type EventHub,
    type Identity,
    type LogBucket,
    type PostgresCluster,
    type RedisCluster,
    type Vpc,
    type Monitored,
} from "../components";
import { ecrImage } from "./images";
import { namesOf } from "./names";
import type { Platform } from "./role";
import { SECRETS } from "./schema/rules";
import { healthCheckPath, keyDeletion, logging, privately } from "./tiers";

/** Microsoft's public sample of ASP.NET: something to see before there is an image. */
const SAMPLE_IMAGE = "mcr.microsoft.com/dotnet/samples:aspnetapp";

export interface ServiceParts {
    network: Vpc;
    accessLogs: LogBucket;
    database: PostgresCluster;
    cache: RedisCluster;
    documents?: DocumentCluster;
    lake: DataLake;
    events: EventHub;
    ai: AiServices;
    identity: Identity;
}

export function createAi(platform: Platform): AiServices {
    const { config, environment, keys, names, opts, dataOpts } = platform;
    const { models, invocationLogging, endpoint } = config.ai;
    const guardrailKey = new EncryptionKey(
        "guardrail-encryption",
        {
            alias: names.key("guardrail"),
            description: `Guardrail of ${environment}`,
            ...keyDeletion(platform),
        },
        dataOpts,
    );
    return new AiServices(
        "ai",
        {
            ...logging(platform),
            models,
            kmsKeyArn: keys.data,
            guardrailKeyArn: guardrailKey.arn,
            invocationLogging: invocationLogging ? { forceDestroy: !config.protectData } : undefined,
            endpoint: endpoint && {
                image: endpoint.image,
                modelDataUrl: endpoint.modelDataUrl,
                modelDataKeyArn: endpoint.modelDataKeyArn ?? keyOf(endpoint.modelDataUrl, platform),
                memoryMb: endpoint.memory,
                maxConcurrency: endpoint.maxConcurrency,
            },
        },
        opts,
    );
}

/** The names of what the primary stack owns. */
const primaryNames = ({ config, account, names }: Platform) =>
    config.role === "dr" ? namesOf(config.primary.environment, account) : names;

/** The key of an object in a bucket of the lake. Another bucket's is configured. */
function keyOf(url: string, platform: Platform): pulumi.Output<string> | undefined {
    const lake = ["raw", "curated"].map((what) => primaryNames(platform).bucket(what, platform.region));
    return lake.some((bucket) => url.startsWith(`s3://${bucket}/`)) ? platform.keys.data : undefined;
}

export function createService(platform: Platform, parts: ServiceParts): FargateService {
    const { config, keys, names, opts, active } = platform;
    const { service } = config;
    const { image = SAMPLE_IMAGE } = service;
    if (!service.image) {
        void pulumi.log.warn(
            `service.image is not set: the service runs ${SAMPLE_IMAGE}, a public sample, and is asked for ${healthCheckPath(config)}`,
        );
    }
    if (config.role === "dr" && service.tracing && !service.collectorImage) {
        void pulumi.log.warn(
            "service.collectorImage is not set: tasks that a failover starts pull the trace collector from public.ecr.aws, whose home is us-east-1; copy it into a repository of this region",
        );
    }
    const min = active || config.role === "primary" ? service.minCount : Math.min(config.service.standbyCount, service.minCount);
    return new FargateService(
        "api",
        {
            ...privately(parts.network),
            ...logging(platform),
            kmsKeyArn: keys.data,
            physicalName: names.prefix,
            image,
            imageRepositoryArns: repositoriesOf(platform, [image, service.collectorImage]),
            collectorImage: service.collectorImage,
            containerPort: service.containerPort,
            healthCheckPath: healthCheckPath(config),
            healthCheckCommand: service.healthCheckCommand,
            cpu: service.cpu,
            memory: service.memory,
            architecture: service.architecture,
            desiredCount: active ? service.desiredCount : min,
            scaling: {
                min,
                max: service.maxCount,
                cpuPercent: service.cpuTarget,
                memoryPercent: service.memoryTarget,
                requestsPerTarget: service.requestsPerTarget,
            },
            spotPercent: service.spotPercent,
            tracing: service.tracing,
            execCommand: service.exec,
            readonlyRootFilesystem: !service.exec,
            waitForSteadyState: service.waitUntilSteady,
            deployedBy: service.deployedBy,
            accessLogBucket: parts.accessLogs.bucketName,
            environment: environmentOf(platform, parts),
            secrets: secretsOf(platform, parts),
        },
        opts,
    );
}

/** What the application is told in the open: names of things that it may use by the permissions of its role. */
function environmentOf(
    { config }: Platform,
    { documents, lake, events, ai, identity }: ServiceParts,
): Record<string, pulumi.Input<string>> {
    return {
        ASPNETCORE_ENVIRONMENT: "Production",
        ASPNETCORE_HTTP_PORTS: String(config.service.containerPort),
        Identity__Authority: identity.issuerUrl,
        // Its connection string names none.
        ...(documents ? { Documents__Database: documents.databaseName } : {}),
        Events__BusName: events.busName,
        Events__WorkQueueUrl: events.workQueue.url,
        Lake__RawBucket: lake.raw.bucketName,
        Lake__CuratedBucket: lake.curated.bucketName,
        Ai__Model: ai.models[0] ?? "",
        ...(ai.endpoint ? { Ai__Endpoint: ai.endpoint.endpointName } : {}),
        Ai__GuardrailId: ai.guardrailId,
        Ai__GuardrailVersion: ai.guardrailVersion,
        ...config.service.environment,
    };
}

function secretsOf({ jwtSecret }: Platform, { database, cache, documents }: ServiceParts) {
    const connection = { jsonKey: "connectionString" };
    return {
        [SECRETS.database]: { ...reference(database.connectionSecret), ...connection },
        [SECRETS.cache]: { ...reference(cache.connectionSecret), ...connection },
        ...(documents ? { [SECRETS.documents]: { ...reference(documents.connectionSecret), ...connection } } : {}),
        [SECRETS.jwt]: jwtSecret,
    };
}

const reference = ({ arn, kmsKeyArn }: { arn: pulumi.Output<string>; kmsKeyArn: pulumi.Input<string> }) => ({ arn, kmsKeyArn });

/** What the tasks may pull from: the images' repositories, and the platform's own of this region where a pipeline deploys from it. */
function repositoriesOf(platform: Platform, images: (string | undefined)[]): string[] {
    const { config, region, account } = platform;
    const { repository } = primaryNames(platform);
    const own = config.service.deployedBy === "pipeline" ? [`arn:aws:ecr:${region}:${account}:repository/${repository}`] : [];
    return [...new Set([...own, ...images.flatMap((image) => ecrImage(image)?.repositoryArn ?? [])])].sort();
}

/** Document ingest; none without a document store. */
export function createIngest(
    platform: Platform,
    parts: Omit<ServiceParts, "cache" | "database" | "identity" | "accessLogs">,
): IngestPipeline | undefined {
    const { config, keys, opts } = platform;
    const { network, documents, lake, events, ai } = parts;
    if (!documents) return undefined;
    return new IngestPipeline(
        "ingest",
        {
            ...logging(platform),
            placement: privately(network),
            raw: lake.raw,
            curated: lake.curated,
            ai,
            bus: events,
            documents,
            kmsKeyArn: keys.data,
            maxConcurrency: config.ai.ingestConcurrency,
            runtime: config.ai.functionRuntime,
        },
        opts,
    );
}

export function createObservability(platform: Platform, service: FargateService, monitored: (Monitored | undefined)[]): Observability {
    const { config, environment, region, keys, names, opts } = platform;
    const { alertEmails, pagers, thresholds, budget, anomalyDetection } = config.observability;
    if (alertEmails.length + pagers.length === 0) {
        void pulumi.log.warn("observability.alertEmails and observability.pagers are empty: nobody hears of an alarm");
    }
    return new Observability(
        "observability",
        {
            environment: names.prefix,
            region,
            monitored: monitored.filter((it) => it !== undefined),
            kmsKeyArn: keys.alerts,
            regionalKeyArns: region === "us-east-1" ? undefined : { "us-east-1": keys.usEast1.alerts },
            thresholds,
            emails: alertEmails,
            pagers: pagers.map((url) => pulumi.secret(url)),
            tracing: config.service.tracing ? { serviceName: service.containerName } : undefined,
            budget:
                budget === undefined
                    ? undefined
                    : { limitUsd: budget, emails: alertEmails, tag: { key: "Environment", value: environment } },
            costAnomalies: anomalyDetection ? { minimumUsd: 50 } : undefined,
        },
        opts,
    );
}
