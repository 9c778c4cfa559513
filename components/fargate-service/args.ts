import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checked, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import type { VpcPlacement } from "../building-blocks/placement";
import type { Transform } from "../building-blocks/transform";
import { checkEnvironment, checkHealthCheck, checkPort, checkSecrets, checkSize } from "./checks";
import { COLLECTOR_NAME, CONTAINER_DEFAULTS, type ContainerArgs, type ContainerDefinition } from "./container";
import { LOAD_BALANCER_DEFAULTS, type LoadBalancerArgs, type LoadBalancerTransforms } from "./load-balancer";
import { SCALING_DEFAULTS, type ScalingArgs } from "./scaling";

/** `vpcId` and `subnetIds` place the tasks: private subnets, in zones that have ARM64 Fargate (not use1-az3). */
export interface FargateServiceArgs extends ContainerArgs, LoadBalancerArgs, VpcPlacement, LogArgs {
    /** KMS key of sessions in running containers. */
    kmsKeyArn: pulumi.Input<string>;
    /**
     * Physical name of cluster, service and task definition family; with `-task` and `-execution`, of the roles. For a pipeline of another stack, which
     * knows them by name: at most 54 letters, digits, - and _. @default names that Pulumi generates
     */
    physicalName?: string;
    /** CPU units of a task, 1024 to a vCPU: 256 to 16384, in pairs with `memory` that Fargate offers. @default 1024 */
    cpu?: number;
    /** Memory of a task in MiB. @default 2048 */
    memory?: number;
    /** Architecture that the image is built for. @default "ARM64", a fifth cheaper */
    architecture?: "ARM64" | "X86_64";
    /** Disk of a task in GiB, 21 to 200; AWS bills what exceeds 20. @default 20 */
    ephemeralStorageGib?: number;
    /** Metrics of single tasks and containers (`enhanced`), of cluster and service (`enabled`), or none. @default "enhanced" */
    containerInsights?: "enhanced" | "enabled" | "disabled";
    /** Share of the tasks beyond the first that run on Fargate Spot, 0 to 100 percent: AWS takes them back at two minutes' notice. @default 0 */
    spotPercent?: number;
    /** Tasks at the first deployment; autoscaling has the say afterwards, and changes here are ignored. @default 3, within `scaling` */
    desiredCount?: number;
    /** @default 2 to 10 tasks */
    scaling?: ScalingArgs;
    /** Tasks that run during a deployment, in percent of the desired: 0 to 100 at least, 101 to 200 at most. @default 100 and 200 */
    deployment?: { minimumHealthyPercent?: number; maximumPercent?: number };
    /** Seconds after a task's start in which failed health checks do not count. @default 60 */
    healthCheckGracePeriodSeconds?: number;
    /** Waits until the tasks are healthy, for 20 minutes at most, so that an image that does not start fails the `up`. @default true */
    waitForSteadyState?: boolean;
    /** Lets people who may call `ecs:ExecuteCommand` open a shell; needs `readonlyRootFilesystem: false`. @default false */
    execCommand?: boolean;
    /**
     * Who chooses the task definition that runs. With `pipeline`, Pulumi makes the first and later revisions of its own, but a pipeline moves
     * the service, and Pulumi sees no drift in that. @default "pulumi"
     */
    deployedBy?: "pulumi" | "pipeline";
    transform?: LoadBalancerTransforms & {
        cluster?: Transform<aws.ecs.ClusterArgs>;
        containers?: Transform<ContainerDefinition[]>;
        taskDefinition?: Transform<aws.ecs.TaskDefinitionArgs>;
        service?: Transform<aws.ecs.ServiceArgs>;
        scalingTarget?: Transform<aws.appautoscaling.TargetArgs>;
    };
}

/** Those of `scaling` and `deployment` stand below: what is given of them changes only what it names. */
export const DEFAULTS = {
    ...CONTAINER_DEFAULTS,
    ...LOAD_BALANCER_DEFAULTS,
    cpu: 1024,
    memory: 2048,
    architecture: "ARM64",
    containerInsights: "enhanced",
    spotPercent: 0,
    scaling: {},
    deployment: {},
    healthCheckGracePeriodSeconds: 60,
    waitForSteadyState: true,
    execCommand: false,
    deployedBy: "pulumi",
} satisfies Partial<FargateServiceArgs>;

export const DEPLOYMENT_DEFAULTS = { minimumHealthyPercent: 100, maximumPercent: 200 } satisfies FargateServiceArgs["deployment"];

/** The arguments with all defaults. */
export type Resolved = WithDefaults<FargateServiceArgs, typeof DEFAULTS>;

/** Refuses arguments that AWS would refuse, or would take and then start no task. */
export function validated(name: string, args: Resolved) {
    return checked("FargateService", name, args, (check) => {
        // AWS allows a load balancer 32 characters, of which Pulumi takes 8 and this component 4.
        check(/^[A-Za-z0-9][A-Za-z0-9-]{0,19}$/.test(name), "name", "must be 1 to 20 letters, digits and hyphens");
        check(/^[\w-]{1,54}$/.test(args.physicalName ?? name), "physicalName", "must be 1 to 54 letters, digits, - and _");
        checkSize(check, args);
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
        check(/^\S+$/.test(image), "image", "must be an image's name without spaces");
        const isPrivate = /^\d{12}\.dkr\.ecr\./.test(image);
        check(!isPrivate || args.imageRepositoryArns.length > 0, "imageRepositoryArns", "must be given for an image in ECR");
    }
    check(/^[A-Za-z0-9_-]{1,255}$/.test(containerName), "containerName", "must be 1 to 255 letters, digits, - and _");
    check(!tracing || containerName !== COLLECTOR_NAME, "containerName", `must not be ${COLLECTOR_NAME}, the collector's`);
    checkPort(check, args);
    checkHealthCheck(check, args);
    check(isBetween(args.stopTimeout, 2, 120), "stopTimeout", "must be between 2 and 120");
    const writable = !args.readonlyRootFilesystem;
    check(!args.execCommand || writable, "execCommand", "must be false unless readonlyRootFilesystem is false: AWS's agent writes to it");
}

function checkLoadBalancer(check: Check, args: Resolved): void {
    check(/^\/\S*$/.test(args.healthCheckPath), "healthCheckPath", "must begin with /");
    check(isBetween(args.deregistrationDelay, 0, 3600), "deregistrationDelay", "must be between 0 and 3600");
    check(isBetween(args.idleTimeout, 1, 4000), "idleTimeout", "must be between 1 and 4000");
    const prefix = args.accessLogPrefix;
    const allowed = prefix === undefined || (/^[^/].*[^/]$/.test(prefix) && !prefix.includes("AWSLogs"));
    check(allowed, "accessLogPrefix", "must not begin or end with / or contain AWSLogs");
}

function checkScaling(check: Check, { desiredCount, ...args }: Resolved): void {
    const scaling = withDefaults(args.scaling, SCALING_DEFAULTS);
    const { min, max } = scaling;
    checkBounds(check, "scaling", min, max);
    check(desiredCount === undefined || isBetween(desiredCount, min, max), "desiredCount", `must be between scaling.min and scaling.max`);
    check(isBetween(scaling.cpuPercent, 1, 100), "scaling.cpuPercent", "must be between 1 and 100");
    check(isBetween(scaling.memoryPercent, 1, 100), "scaling.memoryPercent", "must be between 1 and 100");
    check(isBetween(scaling.requestsPerTarget, 1, Infinity), "scaling.requestsPerTarget", "must be 1 or more");
    check(isBetween(scaling.scaleOutCooldown, 0, Infinity), "scaling.scaleOutCooldown", "must be 0 or more");
    check(isBetween(scaling.scaleInCooldown, 0, Infinity), "scaling.scaleInCooldown", "must be 0 or more");
    for (const [key, schedule] of Object.entries(scaling.schedules)) {
        const argument = `scaling.schedules.${key}`;
        check(/^(cron|rate|at)\(.+\)$/.test(schedule.schedule), `${argument}.schedule`, "must be cron(...), rate(...) or at(...)");
        checkBounds(check, argument, schedule.min, schedule.max);
    }
}

function checkBounds(check: Check, argument: string, min: number, max: number): void {
    check(isBetween(min, 0, 5000), `${argument}.min`, "must be between 0 and 5000");
    check(isBetween(max, Math.max(min, 1), 5000), `${argument}.max`, `must be between ${argument}.min and 5000, and 1 or more`);
}

function checkDeployment(check: Check, args: Resolved): void {
    const { minimumHealthyPercent, maximumPercent } = withDefaults(args.deployment, DEPLOYMENT_DEFAULTS);
    check(isBetween(minimumHealthyPercent, 0, 100), "deployment.minimumHealthyPercent", "must be between 0 and 100");
    // ECS refuses to balance zones with 100 % or less.
    check(isBetween(maximumPercent, 101, 200), "deployment.maximumPercent", "must be between 101 and 200");
    check(isBetween(args.spotPercent, 0, 100), "spotPercent", "must be between 0 and 100");
    check(isBetween(args.healthCheckGracePeriodSeconds, 0, 2147483647), "healthCheckGracePeriodSeconds", "must be 0 or more");
}
