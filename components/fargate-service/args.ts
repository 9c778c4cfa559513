import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, checkOneOf, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import type { ServiceRole } from "../building-blocks/iam";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";
import type { ConnectionParts } from "../building-blocks/security-groups";
import type { Each, Transforms } from "../building-blocks/parts";
import { checkEnvironment, checkHealthCheck, checkPort, checkSecrets, checkSize } from "./checks";
import { COLLECTOR_NAME, CONTAINER_DEFAULTS, type ContainerArgs, type ContainerDefinition } from "./container";
import { LOAD_BALANCER_DEFAULTS, type LoadBalancerArgs, type LoadBalancerParts } from "./load-balancer";
import { SCALING_BOUNDS, SCALING_DEFAULTS, type ScalingArgs, type ScalingParts } from "./scaling";

/** The tasks run in private subnets, in Availability Zones that support Fargate on ARM64 (not use1-az3). */
export interface FargateServiceArgs extends ContainerArgs, LoadBalancerArgs, VpcPlacementArgs, LogArgs {
    /** KMS key that encrypts ECS Exec sessions. */
    kmsKeyArn: pulumi.Input<string>;
    /**
     * Physical name of the cluster, the service, and the task definition family; the roles add `-task` and `-execution`. Set it if a pipeline in
     * another stack needs the names. 1 to 54 letters, digits, hyphens, and underscores. @default names that Pulumi generates
     */
    physicalName?: string;
    /** CPU units of a task (1 vCPU is 1024), 256 to 16384. Fargate supports certain combinations of `cpu` and `memory`. @default 1024 */
    cpu?: number;
    /** Memory of a task in MiB. @default 2048 */
    memory?: number;
    /** CPU architecture of the image. ARM64 costs 20% less. @default "ARM64" */
    cpuArchitecture?: "ARM64" | "X86_64";
    /** Ephemeral storage of a task in GiB, 21 to 200. AWS bills the amount over 20 GiB. @default 20 */
    ephemeralStorageGib?: number;
    /** Container Insights: metrics of tasks and containers (`enhanced`), of the cluster and service (`enabled`), or none. @default "enhanced" */
    containerInsights?: "enhanced" | "enabled" | "disabled";
    /** Percentage of the tasks, except the first one, that run on Fargate Spot, 0 to 100. AWS stops Spot tasks with a two-minute warning. @default 0 */
    spotPercent?: number;
    /** Number of tasks at the first deployment. Later changes are ignored, because autoscaling sets the number. @default 3, within `scaling` */
    desiredCount?: number;
    /** Autoscaling. @default 2 to 10 tasks */
    scaling?: ScalingArgs;
    /** Limits for running tasks during a deployment, in percent of the desired count: minimum 0 to 100, maximum 101 to 200. @default 100 and 200 */
    deployment?: { minimumHealthyPercent?: number; maximumPercent?: number };
    /** Seconds after the start of a task during which failed health checks are ignored. @default 60 */
    healthCheckGracePeriodSeconds?: number;
    /** Waits up to 20 minutes until the tasks are healthy, so that `pulumi up` fails if the image doesn't start. @default true */
    waitForSteadyState?: boolean;
    /** Enables ECS Exec, to run commands in containers. Requires `readonlyRootFilesystem: false`. @default false */
    enableExecuteCommand?: boolean;
    /**
     * The tool that deploys task definitions to the service. With `pipeline`, Pulumi still creates task definition revisions, but only a pipeline deploys
     * them, and Pulumi ignores the difference. @default "pulumi"
     */
    deployedBy?: "pulumi" | "pipeline";
    /** `containers` changes the container definitions, which are JSON in the task definition. */
    transform?: Transforms<FargateServiceParts> & {
        containers?: (containers: ContainerDefinition[]) => ContainerDefinition[];
    };
}

export interface FargateServiceParts extends ConnectionParts, LoadBalancerParts, ScalingParts {
    /** `tasks` and `exec`. */
    logs: Each<typeof aws.cloudwatch.LogGroup>;
    cluster: typeof aws.ecs.Cluster;
    capacityProviders: typeof aws.ecs.ClusterCapacityProviders;
    securityGroup: typeof aws.ec2.SecurityGroup;
    httpsEgress: typeof aws.vpc.SecurityGroupEgressRule;
    executionRole: typeof ServiceRole;
    taskRole: typeof ServiceRole;
    taskDefinition: typeof aws.ecs.TaskDefinition;
    service: typeof aws.ecs.Service;
}

/** Defaults of the properties of `scaling` and `deployment` are separate constants, so that setting one property keeps the others. */
export const DEFAULTS = {
    ...CONTAINER_DEFAULTS,
    ...LOAD_BALANCER_DEFAULTS,
    cpu: 1024,
    memory: 2048,
    cpuArchitecture: "ARM64",
    containerInsights: "enhanced",
    spotPercent: 0,
    scaling: {},
    deployment: {},
    healthCheckGracePeriodSeconds: 60,
    waitForSteadyState: true,
    enableExecuteCommand: false,
    deployedBy: "pulumi",
} satisfies Partial<FargateServiceArgs>;

export const DEPLOYMENT_DEFAULTS = { minimumHealthyPercent: 100, maximumPercent: 200 } satisfies FargateServiceArgs["deployment"];

/** Lowest and highest values. */
export const BOUNDS = { spotPercent: [0, 100] } as const;
export const CPU_ARCHITECTURES = ["ARM64", "X86_64"] as const satisfies FargateServiceArgs["cpuArchitecture"][];
export const DEPLOYED_BY = ["pulumi", "pipeline"] as const satisfies FargateServiceArgs["deployedBy"][];

/** The arguments with all defaults. */
export type Resolved = WithDefaults<FargateServiceArgs, typeof DEFAULTS & { containerName: string }>;

/** Rejects arguments that AWS would reject, or that would keep tasks from starting. */
export function validated(name: string, args: Resolved) {
    return checked("FargateService", name, args, (check) => {
        checkPlacement(check, args);
        // AWS limits names of load balancers to 32 characters. Pulumi adds 8 and this component 4.
        check(/^[A-Za-z0-9][A-Za-z0-9-]{0,19}$/.test(name), "name", "must be 1 to 20 letters, digits, and hyphens");
        check(/^[\w-]{1,54}$/.test(args.physicalName ?? name), "physicalName", "must be 1 to 54 letters, digits, -, and _");
        checkSize(check, args);
        checkOneOf(check, "cpuArchitecture", args.cpuArchitecture, CPU_ARCHITECTURES);
        checkOneOf(check, "deployedBy", args.deployedBy, DEPLOYED_BY);
        checkContainer(check, args);
        checkEnvironment(check, args.environment, Object.keys(args.secrets));
        checkSecrets(check, args);
        checkLoadBalancer(check, args);
        checkScaling(check, args);
        checkDeployment(check, args);
        checkLogs(check, args);
    });
}

function checkContainer(check: Check, args: Resolved): void {
    const { image, containerName, tracing } = args;
    if (typeof image === "string") {
        check(/^\S+$/.test(image), "image", "must be an image name without spaces");
        const isPrivate = /^\d{12}\.dkr\.ecr\./.test(image);
        check(!isPrivate || args.imageRepositoryArns.length > 0, "imageRepositoryArns", "must be set for an image in ECR");
    }
    check(/^[A-Za-z0-9_-]{1,255}$/.test(containerName), "containerName", "must be 1 to 255 letters, digits, -, and _");
    check(!tracing || containerName !== COLLECTOR_NAME, "containerName", `must not be ${COLLECTOR_NAME}, the name of the collector`);
    checkPort(check, args);
    checkHealthCheck(check, args);
    checkBetween(check, "stopTimeout", args.stopTimeout, [2, 120]);
    const writable = !args.readonlyRootFilesystem;
    check(
        !args.enableExecuteCommand || writable,
        "enableExecuteCommand",
        "must be false unless readonlyRootFilesystem is false, because the agent writes to the file system",
    );
}

function checkLoadBalancer(check: Check, args: Resolved): void {
    check(/^\/\S*$/.test(args.healthCheckPath), "healthCheckPath", "must begin with /");
    checkBetween(check, "deregistrationDelay", args.deregistrationDelay, [0, 3600]);
    checkBetween(check, "idleTimeout", args.idleTimeout, [1, 4000]);
    const prefix = args.accessLogPrefix;
    const allowed = prefix === undefined || (/^[^/].*[^/]$/.test(prefix) && !prefix.includes("AWSLogs"));
    check(allowed, "accessLogPrefix", "must not begin or end with / or contain AWSLogs");
    check(prefix === undefined || args.accessLogBucket !== undefined, "accessLogPrefix", "requires accessLogBucket");
}

function checkScaling(check: Check, { desiredCount, ...args }: Resolved): void {
    const scaling = withDefaults(args.scaling, SCALING_DEFAULTS);
    const { minCapacity, maxCapacity } = scaling;
    checkBounds(check, "scaling", scaling);
    const inRange = desiredCount === undefined || isBetween(desiredCount, minCapacity, maxCapacity);
    check(inRange, "desiredCount", "must be between scaling.minCapacity and scaling.maxCapacity");
    checkBetween(check, "scaling.cpuTarget", scaling.cpuTarget, SCALING_BOUNDS.target);
    checkBetween(check, "scaling.memoryTarget", scaling.memoryTarget, SCALING_BOUNDS.target);
    checkBetween(check, "scaling.requestsPerTarget", scaling.requestsPerTarget, SCALING_BOUNDS.requestsPerTarget);
    checkBetween(check, "scaling.scaleOutCooldown", scaling.scaleOutCooldown, SCALING_BOUNDS.cooldown);
    checkBetween(check, "scaling.scaleInCooldown", scaling.scaleInCooldown, SCALING_BOUNDS.cooldown);
    for (const [key, schedule] of Object.entries(scaling.schedules)) {
        const argument = `scaling.schedules.${key}`;
        check(/^(cron|rate|at)\(.+\)$/.test(schedule.schedule), `${argument}.schedule`, "must be cron(...), rate(...) or at(...)");
        checkBounds(check, argument, schedule);
    }
}

function checkBounds(check: Check, argument: string, { minCapacity, maxCapacity }: { minCapacity: number; maxCapacity: number }): void {
    const [, most] = SCALING_BOUNDS.capacity;
    checkBetween(check, `${argument}.minCapacity`, minCapacity, SCALING_BOUNDS.capacity);
    const allowed = `must be between ${argument}.minCapacity and ${most}, and at least 1`;
    check(isBetween(maxCapacity, Math.max(minCapacity, 1), most), `${argument}.maxCapacity`, allowed);
}

function checkDeployment(check: Check, args: Resolved): void {
    const { minimumHealthyPercent, maximumPercent } = withDefaults(args.deployment, DEPLOYMENT_DEFAULTS);
    checkBetween(check, "deployment.minimumHealthyPercent", minimumHealthyPercent, [0, 100]);
    // ECS rejects Availability Zone rebalancing with 100% or less.
    checkBetween(check, "deployment.maximumPercent", maximumPercent, [101, 200]);
    checkBetween(check, "spotPercent", args.spotPercent, BOUNDS.spotPercent);
    check(isBetween(args.healthCheckGracePeriodSeconds, 0, 2147483647), "healthCheckGracePeriodSeconds", "must be 0 or more");
}
