import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import {
    type AiServices,
    type DataLake,
    type DocumentCluster,
    type EventHub,
    FargateService,
    type Identity,
    type LogBucket,
    type PostgresCluster,
    type RedisCluster,
    type Network,
} from "../components";
import type { Check } from "../components/building-blocks/arguments";
import { BOUNDS, CPU_ARCHITECTURES, DEFAULTS, DEPLOYED_BY } from "../components/fargate-service/args";
import { checkEnvironment, checkHealthCheck, checkPort, checkSize } from "../components/fargate-service/checks";
import { COLLECTOR_MEMORY_MIB, CONTAINER_DEFAULTS, PORTS, TASK_SIZES, TMP_SIZE_MIB } from "../components/fargate-service/container";
import { SCALING_BOUNDS, SCALING_DEFAULTS } from "../components/fargate-service/scaling";
import { ecrImage } from "../components/image-repository/ecr-image";
import type { PlatformConfig } from "./config";
import { consistent, valid } from "./config/checks";
import { containerImage, httpPath, oneOf, whole } from "./config/values";
import { logArgs, type Platform } from "./context";

/** Microsoft's public ASP.NET sample, which runs until an image is configured. */
const SAMPLE_IMAGE = "mcr.microsoft.com/dotnet/samples:aspnetapp";
const CONTAINER = "ai-platform-api";
const CPU = Object.keys(TASK_SIZES).map(Number);
const MEMORY = Object.values(TASK_SIZES).flat();
const [, MOST_TASKS] = SCALING_BOUNDS.capacity;

/** Environment variables that contain the service's secrets. */
export const SECRETS = {
    database: "ConnectionStrings__DefaultConnection",
    cache: "ConnectionStrings__Redis",
    documents: "ConnectionStrings__Documents",
    jwt: "JWT_SECRET",
};

const scaling = z
    .strictObject({
        minCapacity: whole(SCALING_BOUNDS.capacity).default(SCALING_DEFAULTS.minCapacity).describe("Minimum number of tasks."),
        maxCapacity: whole([1, MOST_TASKS]).default(SCALING_DEFAULTS.maxCapacity).describe("Maximum number of tasks."),
        cpuTarget: whole(SCALING_BOUNDS.target, "%").default(SCALING_DEFAULTS.cpuTarget).describe("Target average CPU utilization."),
        memoryTarget: whole(SCALING_BOUNDS.target, "%")
            .default(SCALING_DEFAULTS.memoryTarget)
            .describe("Target average memory utilization."),
        requestsPerTarget: whole(SCALING_BOUNDS.requestsPerTarget, "requests a minute")
            .default(SCALING_DEFAULTS.requestsPerTarget)
            .describe("Target number of requests per task and minute."),
    })
    .prefault({});

const keys = {
    image: containerImage()
        .optional()
        .describe("Container image. Default: Microsoft's public ASP.NET sample, so that the first deployment shows a page."),
    containerPort: whole(PORTS)
        .default(CONTAINER_DEFAULTS.containerPort)
        .describe("Port that the container listens on. .NET images use 8080 since version 8."),
    healthCheckPath: httpPath()
        .optional()
        .describe("Path that returns 200 when the container is healthy. Default: /health, or /healthz with the sample image."),
    healthCheckCommand: z
        .array(z.string().min(1))
        .min(1)
        .meta({ examples: [["CMD", "/app/is-healthy"]] })
        .superRefine(
            valid((check, healthCheckCommand: string[]) => {
                checkHealthCheck(check, { healthCheckCommand });
            }),
        )
        .optional()
        .describe(
            "Command in the image, starting with CMD or CMD-SHELL, that exits with 0 when the container is healthy. .NET images contain neither curl nor a shell. Default: only the load balancer's health check.",
        ),
    cpu: oneOf(CPU, DEFAULTS.cpu).describe("CPU units of a task; 1024 is one vCPU."),
    memory: whole([Math.min(...MEMORY), Math.max(...MEMORY)], "MiB")
        .default(DEFAULTS.memory)
        .describe("Memory of a task. Fargate supports certain values for each CPU size."),
    cpuArchitecture: z
        .enum(CPU_ARCHITECTURES)
        .default(DEFAULTS.cpuArchitecture)
        .describe("CPU architecture of the tasks. ARM64 costs 20% less."),
    desiredCount: whole(SCALING_BOUNDS.capacity)
        .optional()
        .describe("Number of tasks at creation. Autoscaling changes it afterwards. Default: 3, within scaling."),
    scaling,
    spotPercent: whole(BOUNDS.spotPercent, "%")
        .default(DEFAULTS.spotPercent)
        .describe("Share of tasks on FARGATE_SPOT. The first task always runs on FARGATE."),
    environment: z
        .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
        .meta({ examples: [{ ZULU: "first-value", ALPHA: "second-value", MIKE: "third-value" }] })
        .default({})
        .describe(
            "Environment variables of the container. They override the platform's variables of the same name. Must not contain secrets.",
        ),
    tracing: z.boolean().default(DEFAULTS.tracing).describe("Runs the ADOT collector as a sidecar, which sends traces to X-Ray."),
    collectorImage: containerImage()
        .optional()
        .describe(
            "Image of the ADOT collector. Default: AWS's image in ECR Public. A copy in a registry of the stack's region doesn't depend on other regions.",
        ),
    enableExecuteCommand: z
        .boolean()
        .default(DEFAULTS.enableExecuteCommand)
        .describe("Allows `aws ecs execute-command`. Requires a writable root filesystem."),
    waitForSteadyState: z
        .boolean()
        .default(DEFAULTS.waitForSteadyState)
        .describe("Waits until the tasks are healthy, so that an update fails if an image doesn't start."),
    deployedBy: z
        .enum(DEPLOYED_BY)
        .default(DEFAULTS.deployedBy)
        .describe("Which tool updates the task definition after the first deployment."),
};

export const serviceSection = z.strictObject(keys).prefault({}).superRefine(consistent(checkService));

/** The service of a stack that can be on standby. */
export const standbyServiceSection = z
    .strictObject({
        ...keys,
        standbyCount: whole(SCALING_BOUNDS.capacity)
            .default(1)
            .describe("Number of tasks while the stack is on standby. At most scaling.minCapacity."),
    })
    .prefault({})
    .superRefine(
        consistent((check, service) => {
            checkService(check, service);
            const { standbyCount, scaling: range } = service;
            const allowed = `${standbyCount} is above service.scaling.minCapacity ${range.minCapacity}`;
            check(standbyCount <= range.minCapacity, "standbyCount", allowed);
        }),
    );

interface ServiceParts {
    network: Network;
    accessLogs: LogBucket;
    database: PostgresCluster;
    cache: RedisCluster;
    documents?: DocumentCluster;
    lake: DataLake;
    events: EventHub;
    ai: AiServices;
    identity: Identity;
}

export function createService(platform: Platform, parts: ServiceParts): FargateService {
    const { config, data, names, opts } = platform;
    const { image = SAMPLE_IMAGE, scaling: range, ...service } = config.service;
    warnAboutSample(config);
    const minCapacity = data.standbyCount ?? range.minCapacity;
    return new FargateService(
        "api",
        {
            ...logArgs(platform),
            ...service,
            vpc: parts.network,
            kmsKeyArn: data.keys.data,
            physicalName: names.prefix,
            containerName: CONTAINER,
            image,
            imageRepositoryArns: repositoriesOf(platform, [image, service.collectorImage]),
            healthCheckPath: healthCheckPath(config),
            desiredCount: data.standbyCount === undefined ? service.desiredCount : minCapacity,
            scaling: { ...range, minCapacity },
            readonlyRootFilesystem: !service.enableExecuteCommand,
            accessLogBucket: parts.accessLogs.bucketName,
            environment: environmentOf(config, parts),
            secrets: secretsOf(platform, parts),
        },
        opts,
    );
}

/** Path of the service's health check, or that of the sample image. */
export const healthCheckPath = ({ service }: PlatformConfig) =>
    service.healthCheckPath ?? (service.image === undefined ? "/healthz" : "/health");

/** Names of the resources that the application uses with the permissions of its role. */
function environmentOf(
    { service }: PlatformConfig,
    { documents, lake, events, ai, identity }: ServiceParts,
): Record<string, pulumi.Input<string>> {
    return {
        ASPNETCORE_ENVIRONMENT: "Production",
        ASPNETCORE_HTTP_PORTS: String(service.containerPort),
        Identity__Authority: identity.issuerUrl,
        // The connection string doesn't contain the database name.
        ...(documents ? { Documents__Database: documents.databaseName } : {}),
        Events__BusName: events.busName,
        Events__WorkQueueUrl: events.workQueue.url,
        Lake__RawBucket: lake.raw.bucketName,
        Lake__CuratedBucket: lake.curated.bucketName,
        Ai__Model: ai.models[0] ?? "",
        ...(ai.endpoint ? { Ai__Endpoint: ai.endpoint.endpointName } : {}),
        Ai__GuardrailId: ai.guardrailId,
        Ai__GuardrailVersion: ai.guardrailVersion,
        ...service.environment,
    };
}

function secretsOf({ data }: Platform, { database, cache, documents }: ServiceParts) {
    const jsonKey = "connectionString";
    const connection = ({ arn, kmsKeyArn, versionId }: PostgresCluster["connectionSecret"]) => ({ arn, kmsKeyArn, versionId, jsonKey });
    return {
        [SECRETS.database]: connection(database.connectionSecret),
        [SECRETS.cache]: connection(cache.connectionSecret),
        ...(documents ? { [SECRETS.documents]: connection(documents.connectionSecret) } : {}),
        [SECRETS.jwt]: data.jwtSecret,
    };
}

/** Repositories that the tasks pull from: those of the images and, with pipelines, the platform's own. */
function repositoriesOf({ config, data, region, account }: Platform, images: (string | undefined)[]): string[] {
    const own = `arn:aws:ecr:${region}:${account}:repository/${data.ownerNames.repository}`;
    const configured = images.flatMap((image) => ecrImage(image)?.repositoryArn ?? []);
    return [...new Set([...(config.service.deployedBy === "pipeline" ? [own] : []), ...configured])].sort();
}

/** Whether an application consumes the work queue. The sample image doesn't. An image that another tool deploys might. */
export const consumesWork = ({ service }: PlatformConfig): boolean => service.image !== undefined || service.deployedBy !== "pulumi";

function warnAboutSample(config: PlatformConfig): void {
    if (config.service.image) return;
    void pulumi.log.warn(
        `service.image is not set: the service runs the public sample ${SAMPLE_IMAGE}, and its health check uses ${healthCheckPath(config)}.`,
    );
}

type Service = z.output<typeof serviceSection>;

/** Checks keys that depend on each other. */
function checkService(check: Check, service: Service): void {
    const { cpu, memory, tracing, enableExecuteCommand, desiredCount } = service;
    const { minCapacity, maxCapacity } = service.scaling;
    const needed = TMP_SIZE_MIB + COLLECTOR_MEMORY_MIB;
    checkSize(
        // The size of /tmp isn't configurable, so the only remedy is more memory.
        (ok, key, allowed) => {
            if (key === "tmpSizeMib")
                check(ok, "memory", `must be above ${needed} MiB with service.tracing: /tmp and the collector use that much`);
            else check(ok, key, allowed);
        },
        { cpu, memory, tracing, readonlyRootFilesystem: !enableExecuteCommand },
    );
    checkPort(check, service);
    checkEnvironment(check, service.environment, Object.values(SECRETS));
    check(minCapacity <= maxCapacity, "scaling.minCapacity", `${minCapacity} is above service.scaling.maxCapacity ${maxCapacity}`);
    if (desiredCount === undefined) return;
    check(desiredCount <= maxCapacity, "desiredCount", `${desiredCount} is above service.scaling.maxCapacity ${maxCapacity}`);
    check(
        desiredCount >= minCapacity || minCapacity > maxCapacity,
        "desiredCount",
        `${desiredCount} is below service.scaling.minCapacity ${minCapacity}`,
    );
}
