import { type Check, checked, isBetween } from "../shared/arguments";
import { checkLogs } from "../shared/logs";
import { COLLECTOR_NAME, CONTAINER_NAME, type ContainerArgs } from "./container";
import type { LoadBalancerArgs } from "./load-balancer";
import { checkEnvironment, checkHealthCheck, checkPort, checkSecrets, checkSize } from "./rules";
import { MAX_TASKS, MIN_TASKS, type ScalingArgs } from "./scaling";

interface Args extends ContainerArgs, LoadBalancerArgs {
    physicalName?: string;
    cpu?: number;
    memory?: number;
    ephemeralStorageGib?: number;
    spotPercent?: number;
    desiredCount?: number;
    scaling?: ScalingArgs;
    deployment?: { minimumHealthyPercent?: number; maximumPercent?: number };
    healthCheckGracePeriodSeconds?: number;
    execCommand?: boolean;
    logRetentionDays?: number;
}

/** Refuses arguments that AWS would refuse, or would take and then start no task. */
export function validated(name: string, args: Args) {
    return checked("FargateService", name, args, (check) => {
        // AWS allows a load balancer 32 characters, of which Pulumi takes 8 and this component 4.
        check(/^[A-Za-z0-9][A-Za-z0-9-]{0,19}$/.test(name), "name", "must be 1 to 20 letters, digits and hyphens");
        check(/^[\w-]{1,54}$/.test(args.physicalName ?? name), "physicalName", "must be 1 to 54 letters, digits, - and _");
        checkSize(check, args);
        checkContainer(check, args);
        checkEnvironment(check, args.environment, Object.keys(args.secrets ?? {}));
        checkSecrets(check, args);
        checkLoadBalancer(check, args);
        checkScaling(check, args);
        checkDeployment(check, args);
        checkLogs(check, args);
    });
}

function checkContainer(check: Check, args: Args): void {
    const { image, containerName = CONTAINER_NAME, tracing = false } = args;
    if (typeof image === "string") {
        check(/^\S+$/.test(image), "image", "must be an image's name without spaces");
        const isPrivate = /^\d{12}\.dkr\.ecr\./.test(image);
        check(!isPrivate || (args.imageRepositoryArns ?? []).length > 0, "imageRepositoryArns", "must be given for an image in ECR");
    }
    check(/^[A-Za-z0-9_-]{1,255}$/.test(containerName), "containerName", "must be 1 to 255 letters, digits, - and _");
    check(!tracing || containerName !== COLLECTOR_NAME, "containerName", `must not be ${COLLECTOR_NAME}, the collector's`);
    checkPort(check, args);
    checkHealthCheck(check, args);
    check(isBetween(args.stopTimeout ?? 45, 2, 120), "stopTimeout", "must be between 2 and 120");
    const writable = args.readonlyRootFilesystem === false;
    check(!args.execCommand || writable, "execCommand", "must be false unless readonlyRootFilesystem is false: AWS's agent writes to it");
}

function checkLoadBalancer(check: Check, args: Args): void {
    check(/^\/\S*$/.test(args.healthCheckPath ?? "/health"), "healthCheckPath", "must begin with /");
    check(isBetween(args.deregistrationDelay ?? 30, 0, 3600), "deregistrationDelay", "must be between 0 and 3600");
    check(isBetween(args.idleTimeout ?? 60, 1, 4000), "idleTimeout", "must be between 1 and 4000");
    const prefix = args.accessLogPrefix ?? "alb";
    check(/^[^/].*[^/]$/.test(prefix) && !prefix.includes("AWSLogs"), "accessLogPrefix", "must not begin or end with / or contain AWSLogs");
}

function checkScaling(check: Check, { scaling = {}, desiredCount }: Args): void {
    const { min = MIN_TASKS, max = MAX_TASKS, schedules = {} } = scaling;
    checkBounds(check, "scaling", min, max);
    check(desiredCount === undefined || isBetween(desiredCount, min, max), "desiredCount", `must be between scaling.min and scaling.max`);
    check(isBetween(scaling.cpuPercent ?? 60, 1, 100), "scaling.cpuPercent", "must be between 1 and 100");
    check(isBetween(scaling.memoryPercent ?? 70, 1, 100), "scaling.memoryPercent", "must be between 1 and 100");
    check(isBetween(scaling.requestsPerTarget ?? 1, 1, Infinity), "scaling.requestsPerTarget", "must be 1 or more");
    check(isBetween(scaling.scaleOutCooldown ?? 0, 0, Infinity), "scaling.scaleOutCooldown", "must be 0 or more");
    check(isBetween(scaling.scaleInCooldown ?? 0, 0, Infinity), "scaling.scaleInCooldown", "must be 0 or more");
    for (const [key, schedule] of Object.entries(schedules)) {
        const argument = `scaling.schedules.${key}`;
        check(/^(cron|rate|at)\(.+\)$/.test(schedule.schedule), `${argument}.schedule`, "must be cron(...), rate(...) or at(...)");
        checkBounds(check, argument, schedule.min, schedule.max);
    }
}

function checkBounds(check: Check, argument: string, min: number, max: number): void {
    check(isBetween(min, 0, 5000), `${argument}.min`, "must be between 0 and 5000");
    check(isBetween(max, Math.max(min, 1), 5000), `${argument}.max`, `must be between ${argument}.min and 5000, and 1 or more`);
}

function checkDeployment(check: Check, { deployment = {}, ...args }: Args): void {
    const { minimumHealthyPercent = 100, maximumPercent = 200 } = deployment;
    check(isBetween(minimumHealthyPercent, 0, 100), "deployment.minimumHealthyPercent", "must be between 0 and 100");
    // ECS refuses to balance zones with 100 % or less.
    check(isBetween(maximumPercent, 101, 200), "deployment.maximumPercent", "must be between 101 and 200");
    check(isBetween(args.spotPercent ?? 0, 0, 100), "spotPercent", "must be between 0 and 100");
    const grace = args.healthCheckGracePeriodSeconds ?? 60;
    check(isBetween(grace, 0, 2147483647), "healthCheckGracePeriodSeconds", "must be 0 or more");
}
