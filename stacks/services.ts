import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { type FargateCluster, FargateService, type Identity, type InternalLoadBalancer, type Network } from "../components";
import type { Check } from "../components/building-blocks/arguments";
import { BOUNDS, DEFAULTS, DEPLOYED_BY } from "../components/fargate-service/args";
import { DEPLOYMENT_BOUNDS, DEPLOYMENT_DEFAULTS, STRATEGIES } from "../components/fargate-service/deployment";
import { PATH, PATH_RULE } from "../components/fargate-service/paths";
import { SCALING_BOUNDS, SCALING_DEFAULTS, SCHEDULE } from "../components/fargate-service/scaling";
import { checkHealthCheck, checkPort } from "../components/fargate-task/checks";
import { CONTAINER_DEFAULTS, PORTS } from "../components/fargate-task/container";
import { API_PATH } from "../components/internal/api-path";
import type { PlatformConfig } from "./config";
import { consistent, valid } from "./config/checks";
import { containerImage, httpPath, text, whole } from "./config/values";
import type { Platform } from "./context";
import { PROJECT } from "./names";
import { type Systems, taskVariables, type Workload, workloadArgs } from "./connect";
import { runsBefore, type StackMigration } from "./migrations";
import { serviceDomain } from "./service-domains";
import { enabledUses, type Use } from "./uses";
import { checkWorkload, SAMPLE_IMAGE, usesKey, workloadKeys, workloadName } from "./workloads";

/** The service that the platform is for. It has defaults of its own. */
export const MAIN = "api";

const schedule = z
    .strictObject({
        schedule: text(SCHEDULE, "cron(...), rate(...), or at(...)").describe("When to change the capacity: cron(0 7 ? * MON-FRI *)."),
        timezone: z.string().min(1).optional().describe("IANA name of the time zone for cron and at. Default: UTC."),
        minCapacity: whole(SCALING_BOUNDS.capacity).describe("Minimum number of tasks from this time on."),
        maxCapacity: whole(SCALING_BOUNDS.capacity).describe("Maximum number of tasks from this time on."),
    })
    .superRefine(
        consistent((check, { minCapacity, maxCapacity }) => {
            check(minCapacity <= maxCapacity, "minCapacity", `${minCapacity} is above maxCapacity ${maxCapacity}`);
        }),
    );

const scaling = z
    .strictObject({
        minCapacity: whole(SCALING_BOUNDS.capacity).default(SCALING_DEFAULTS.minCapacity).describe("Minimum number of tasks."),
        maxCapacity: whole(SCALING_BOUNDS.capacity)
            .default(SCALING_DEFAULTS.maxCapacity)
            .describe("Maximum number of tasks. 0 stops the service."),
        cpuTarget: whole(SCALING_BOUNDS.target, "%").default(SCALING_DEFAULTS.cpuTarget).describe("Target average CPU utilization."),
        memoryTarget: whole(SCALING_BOUNDS.target, "%")
            .default(SCALING_DEFAULTS.memoryTarget)
            .describe("Target average memory utilization."),
        requestsPerTarget: whole(SCALING_BOUNDS.requestsPerTarget, "requests a minute")
            .optional()
            .describe(`Target number of requests per task and minute. Default: ${SCALING_DEFAULTS.requestsPerTarget} with a path.`),
        messagesPerTask: whole(SCALING_BOUNDS.messagesPerTask, "messages")
            .optional()
            .describe("Target number of messages that wait in the work queue per running task. Requires events in uses. Default: none."),
        schedules: z.record(workloadName(), schedule).default({}).describe("Scheduled changes of minCapacity and maxCapacity, by name."),
    })
    .prefault({});

const deployment = z
    .strictObject({
        strategy: z
            .enum(STRATEGIES)
            .default(DEPLOYMENT_DEFAULTS.strategy)
            .describe(
                "How new tasks replace the previous tasks. rolling replaces them step by step. blueGreen moves all requests at once, and can move them back. canary moves a part of the requests first.",
            ),
        bakeTimeInMinutes: whole(DEPLOYMENT_BOUNDS.bakeTimeInMinutes, "minutes")
            .optional()
            .describe(
                `How long the previous tasks keep running after blueGreen or canary has moved the requests. Default: ${DEPLOYMENT_DEFAULTS.bakeTimeInMinutes}.`,
            ),
        canaryPercent: whole(DEPLOYMENT_BOUNDS.canaryPercent, "%")
            .optional()
            .describe(`Share of the requests that canary moves first. Default: ${DEPLOYMENT_DEFAULTS.canaryPercent}.`),
        canaryBakeTimeInMinutes: whole(DEPLOYMENT_BOUNDS.bakeTimeInMinutes, "minutes")
            .optional()
            .describe(`Time until canary moves the rest of the requests. Default: ${DEPLOYMENT_DEFAULTS.canaryBakeTimeInMinutes}.`),
    })
    .prefault({});

const keys = {
    image: containerImage()
        .optional()
        .describe(
            "Container image. A worker requires one, unless a pipeline deploys it. Default: Microsoft's public ASP.NET sample, so that the first deployment shows a page.",
        ),
    ...workloadKeys,
    uses: usesKey(`everything that is enabled for the service ${MAIN}, and nothing for others`),
    path: text(PATH, PATH_RULE)
        .meta({ examples: ["/api/zulu/*"] })
        .optional()
        .describe(
            `Path of the requests that the service gets: /api/reports, or /api/reports/* for this path and all paths below. The longest matching path takes precedence. Without a path, the service is a worker. Default: /api/* for the service ${MAIN}.`,
        ),
    rulePriority: whole(BOUNDS.rulePriority)
        .optional()
        .describe("Priority of the path's listener rule. Default: derived from the path; longer paths come first."),
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
    desiredCount: whole(SCALING_BOUNDS.capacity)
        .optional()
        .describe("Number of tasks at creation. Autoscaling changes it afterwards. Default: 3, within scaling."),
    scaling,
    spotPercent: whole(BOUNDS.spotPercent, "%")
        .default(DEFAULTS.spotPercent)
        .describe("Share of the tasks above onDemandBase that run on FARGATE_SPOT."),
    onDemandBase: whole(BOUNDS.onDemandBase).default(DEFAULTS.onDemandBase).describe("Number of tasks that never run on FARGATE_SPOT."),
    enableExecuteCommand: z
        .boolean()
        .default(DEFAULTS.enableExecuteCommand)
        .describe("Allows `aws ecs execute-command`. Requires a writable root filesystem."),
    waitForSteadyState: z
        .boolean()
        .default(DEFAULTS.waitForSteadyState)
        .describe("Waits until the tasks are healthy, so that an update fails if an image doesn't start."),
    standbyCount: whole(SCALING_BOUNDS.capacity)
        .optional()
        .describe(
            "Number of tasks while the stack is passive. At most scaling.minCapacity. Default: 1 in a dr stack with a path; otherwise 0.",
        ),
    deployment,
    deployedBy: z
        .enum(DEPLOYED_BY)
        .default(DEFAULTS.deployedBy)
        .describe("Which tool updates the task definition after the first deployment."),
};

const service = z.strictObject({ ...keys, domain: serviceDomain });

const describeServices = `Containers that run continuously, by name. Set all services of the stack: the default applies only without this key. Default: one service, ${MAIN}.`;

const mapOf = <Service extends z.ZodType>(type: Service) =>
    z
        .record(workloadName(), type)
        // The name of the service in the documentation and in generated tests.
        .meta({ instance: MAIN })
        .describe(describeServices);

export const servicesSection = mapOf(service.superRefine(consistent(checkService))).prefault({ [MAIN]: {} });

/** Services of a dr stack. The primary stack owns the domains. */
export const replicaServicesSection = mapOf(z.strictObject(keys).superRefine(consistent(checkService))).prefault({ [MAIN]: {} });

/** Defaults that depend on the name of the service and on the enabled systems. */
export function completeServices<Service extends z.output<typeof service>>(
    services: Record<string, Service>,
    config: Parameters<typeof enabledUses>[0],
): Record<string, Service & { uses: Use[] }> {
    const complete = ([name, value]: [string, Service]) => [
        name,
        {
            ...value,
            path: value.path ?? (name === MAIN ? `${API_PATH}/*` : undefined),
            uses: value.uses ?? (name === MAIN ? enabledUses(config) : []),
        },
    ];
    return Object.fromEntries(Object.entries(services).map(complete)) as Record<string, Service & { uses: Use[] }>;
}

interface ServiceParts {
    network: Network;
    cluster: FargateCluster;
    loadBalancer: InternalLoadBalancer;
    systems: Systems;
    identity?: Identity;
    migrations: StackMigration[];
}

/** A service, and the systems that it uses. */
export interface StackService extends Workload {
    name: string;
    component: FargateService;
}

export type ServiceConfig = PlatformConfig["services"][string];

export const createServices = (platform: Platform, parts: ServiceParts): StackService[] =>
    Object.entries(platform.config.services).map(([name, settings]) => ({
        name,
        uses: settings.uses,
        component: createService(platform, name, settings, parts),
    }));

function createService(platform: Platform, name: string, config: ServiceConfig, parts: ServiceParts): FargateService {
    const { network, cluster, loadBalancer, systems } = parts;
    const { image = SAMPLE_IMAGE, path, uses, scaling: range, ...settings } = config;
    warnAboutSample(name, config);
    const standbyCount = platform.data.isStandby ? standbyCountOf(platform.config.role, config) : undefined;
    const { environment, secrets } = taskVariables(platform, parts, name, uses);
    return new FargateService(
        name,
        {
            ...workloadArgs(platform, name, [image, settings.collectorImage], settings.deployedBy === "pipeline"),
            ...settings,
            vpc: network,
            cluster,
            loadBalancer: path === undefined ? "none" : loadBalancer,
            updateAfter: runsBefore(parts.migrations, name),
            paths: path === undefined ? undefined : pathsOf(platform.config, name, path),
            containerName: `${PROJECT}-${name}`,
            image,
            healthCheckPath: healthCheckPath(config),
            // The configuration also has it in an active stack.
            standbyCount,
            scaling: {
                ...range,
                queueName: range.messagesPerTask === undefined ? undefined : systems.events?.workQueue.queueName,
            },
            readonlyRootFilesystem: !settings.enableExecuteCommand,
            environment: {
                ...(path === undefined ? {} : { ASPNETCORE_HTTP_PORTS: String(settings.containerPort) }),
                ...environment,
                ...settings.environment,
            },
            secrets,
        },
        platform.opts,
    );
}

/** After a failover, the database of the old primary is outdated. A task in dr shows that the application can start there. */
export const standbyCountOf = (role: PlatformConfig["role"], { standbyCount, path, scaling: { minCapacity } }: ServiceConfig): number =>
    standbyCount ?? (role === "dr" && path !== undefined ? Math.min(1, minCapacity) : 0);

/** Whether a passive stack has no task that could answer the API's health check. */
export function answersNothing(config: PlatformConfig): boolean {
    const { name = "" } = entryOf(config) ?? {};
    const entry = config.services[name];
    return entry === undefined || standbyCountOf(config.role, entry) === 0;
}

/** Paths of a service. The service with the shortest path also answers the API's health check. */
const pathsOf = (config: PlatformConfig, name: string, path: string): string[] =>
    entryOf(config)?.name === name ? [path, healthCheckPath(config.services[name] ?? {})] : [path];

/** The service with the shortest path, which represents the API in its health check. Undefined if all services are workers. */
export function entryOf({ services }: Pick<PlatformConfig, "services">): { name: string; healthCheckPath: string } | undefined {
    const [first] = Object.entries(services)
        .flatMap(([name, { path, ...settings }]) =>
            path === undefined ? [] : [{ name, path, healthCheckPath: healthCheckPath(settings) }],
        )
        .sort((a, b) => a.path.length - b.path.length || (a.name < b.name ? -1 : 1));
    return first;
}

/** Path of a service's health check, or that of the sample image. */
const healthCheckPath = (config: { healthCheckPath?: string; image?: string }): string =>
    config.healthCheckPath ?? (config.image === undefined ? "/healthz" : "/health");

/** Whether an application consumes the work queue. The sample image doesn't. An image that another tool deploys might. */
export const consumesWork = ({ services }: PlatformConfig): boolean =>
    Object.values(services).some(
        ({ uses, image, deployedBy }) => uses.includes("events") && (image !== undefined || deployedBy !== "pulumi"),
    );

function warnAboutSample(name: string, config: ServiceConfig): void {
    if (config.image) return;
    void pulumi.log.warn(
        `services.${name}.image is not set: the service runs the public sample ${SAMPLE_IMAGE}, and its health check uses ${healthCheckPath(config)}.`,
    );
}

/** Checks keys that depend on each other. */
function checkService(check: Check, config: z.output<z.ZodObject<typeof keys>>): void {
    const { desiredCount, enableExecuteCommand, standbyCount } = config;
    const { minCapacity, maxCapacity } = config.scaling;
    checkWorkload(check, config, enableExecuteCommand);
    checkPort(check, config);
    check(minCapacity <= maxCapacity, "scaling.minCapacity", `${minCapacity} is above scaling.maxCapacity ${maxCapacity}`);
    const standbyAllowed = standbyCount === undefined || standbyCount <= minCapacity;
    check(standbyAllowed, "standbyCount", `${standbyCount} is above scaling.minCapacity ${minCapacity}`);
    if (desiredCount === undefined) return;
    check(desiredCount <= maxCapacity, "desiredCount", `${desiredCount} is above scaling.maxCapacity ${maxCapacity}`);
    check(
        desiredCount >= minCapacity || minCapacity > maxCapacity,
        "desiredCount",
        `${desiredCount} is below scaling.minCapacity ${minCapacity}`,
    );
}
