import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, checkOneOf, isBetween, type WithDefaults } from "../building-blocks/arguments";
import type { Transforms } from "../building-blocks/parts";
import type { FargateCluster } from "../fargate-cluster";
import type { ClusterReference, FargateClusterArgs } from "../fargate-cluster/args";
import { checkTask, TASK_DEFAULTS, type TaskArgs, type TaskParts, type TaskTransforms } from "../fargate-task/args";
import type { InternalLoadBalancer } from "../internal-load-balancer";
import { checkLoadBalancer, type LoadBalancerArgs, type LoadBalancerReference } from "../internal-load-balancer/args";
import { checkDeployment, type DeploymentArgs, deploymentOf, type DeploymentParts, movesRequests } from "./deployment";
import { checkPaths, PRIORITIES } from "./paths";
import { checkScaling, SCALING_BOUNDS, type ScalingArgs, type ScalingParts } from "./scaling";
import { TARGET_DEFAULTS, type TargetArgs, type TargetParts } from "./targets";

export interface FargateServiceArgs extends TaskArgs, TargetArgs {
    /** Cluster that the service shares with others, or settings for its own cluster. */
    cluster: ClusterReference | Pick<FargateClusterArgs, "kmsKeyArn" | "containerInsights" | "physicalName">;
    /**
     * Load balancer that the service shares with others, settings for its own internal load balancer, or `none` for a
     * worker, which accepts no connections.
     * @default its own internal load balancer
     */
    loadBalancer?: LoadBalancerReference | LoadBalancerArgs | "none";
    /** Percentage of the tasks above `onDemandBase` that run on Fargate Spot, 0 to 100. AWS stops Spot tasks with a two-minute warning. @default 0 */
    spotPercent?: number;
    /** Number of tasks that never run on Fargate Spot: the `base` of the capacity provider FARGATE, 0 to 5000. @default 1 */
    onDemandBase?: number;
    /** Number of tasks at the first deployment. Later changes are ignored, because autoscaling sets the number. @default 3, within `scaling` */
    desiredCount?: number;
    /** Autoscaling. @default 2 to 10 tasks */
    scaling?: ScalingArgs;
    /**
     * Number of tasks while another region serves the requests, 0 or more. It replaces the limits in `scaling` and in its schedules, so that nothing
     * starts other tasks. Application Auto Scaling adapts the running tasks if it changes. @default none: the service is active
     */
    standbyCount?: number;
    /** How new tasks replace the previous ones. @default a rolling deployment */
    deployment?: DeploymentArgs;
    /** Waits up to 20 minutes, plus the bake times of the deployment, until the tasks are healthy, so that `pulumi up` fails if the image doesn't start. @default true */
    waitForSteadyState?: boolean;
    /**
     * The tool that deploys task definitions to the service. With `pipeline`, Pulumi still creates task definition revisions, but only a pipeline deploys
     * them, and Pulumi ignores the difference. @default "pulumi"
     */
    deployedBy?: "pulumi" | "pipeline";
    /** Resources that must exist before ECS starts or updates the service, such as the run of a migration: `migration.run`. Nothing else waits. @default none */
    updateAfter?: pulumi.Input<pulumi.Resource>[];
    /** `containers` changes the container definitions, which are JSON in the task definition. */
    transform?: Transforms<FargateServiceParts> & TaskTransforms;
}

export interface FargateServiceParts extends TaskParts, TargetParts, ScalingParts, DeploymentParts {
    /** Missing with a shared cluster. */
    cluster?: typeof FargateCluster;
    /** Missing with a shared load balancer, and without one. */
    loadBalancer?: typeof InternalLoadBalancer;
    service: typeof aws.ecs.Service;
}

/** Defaults of the properties of `scaling` and `deployment` are separate constants, so that setting one property keeps the others. */
export const DEFAULTS = {
    ...TASK_DEFAULTS,
    ...TARGET_DEFAULTS,
    loadBalancer: {},
    spotPercent: 0,
    onDemandBase: 1,
    scaling: {},
    deployment: {},
    waitForSteadyState: true,
    deployedBy: "pulumi",
    updateAfter: [],
} satisfies Partial<FargateServiceArgs>;

/** Lowest and highest values. */
export const BOUNDS = { spotPercent: [0, 100], onDemandBase: [0, 5000], rulePriority: PRIORITIES } as const;
export const DEPLOYED_BY = ["pulumi", "pipeline"] as const satisfies FargateServiceArgs["deployedBy"][];

/** The arguments with all defaults. */
export type Resolved = WithDefaults<FargateServiceArgs, typeof DEFAULTS & { containerName: string }>;

/** Rejects arguments that AWS would reject, or that would keep tasks from starting. */
export function validated(name: string, args: Resolved) {
    return checked("FargateService", name, args, (check) => {
        // AWS limits names of target groups to 32 characters, and Pulumi adds 8.
        check(/^[A-Za-z0-9][A-Za-z0-9-]{0,19}$/.test(name), "name", "must be 1 to 20 letters, digits, and hyphens");
        checkTask(check, name, { ...args, cluster: isCluster(args.cluster) ? args.cluster : undefined });
        checkOneOf(check, "deployedBy", args.deployedBy, DEPLOYED_BY);
        checkTargets(check, args);
        checkScaling(check, args);
        const { standbyCount } = args;
        if (standbyCount !== undefined) checkBetween(check, "standbyCount", standbyCount, SCALING_BOUNDS.capacity);
        checkDeployment(check, args.deployment, args.loadBalancer !== "none");
        const tokens = args.loadBalancer !== "none" && args.loadBalancer.jwtValidation !== undefined;
        // ECS rewrites the actions of the rule, which Pulumi then ignores: a rule could lose the action without notice.
        const isRolling = !movesRequests(deploymentOf(args.deployment));
        check(isRolling || !tokens, "deployment.strategy", "must be rolling if the load balancer validates tokens");
        checkBetween(check, "spotPercent", args.spotPercent, BOUNDS.spotPercent);
        checkBetween(check, "onDemandBase", args.onDemandBase, BOUNDS.onDemandBase);
    });
}

export const isCluster = (cluster: FargateServiceArgs["cluster"]): cluster is ClusterReference => "clusterArn" in cluster;
export const isLoadBalancer = (loadBalancer: LoadBalancerReference | LoadBalancerArgs): loadBalancer is LoadBalancerReference =>
    "listenerArn" in loadBalancer;

function checkTargets(check: Check, args: Resolved): void {
    const { loadBalancer } = args;
    if (loadBalancer === "none") return;
    if (!isLoadBalancer(loadBalancer)) checkLoadBalancer(check, loadBalancer, "loadBalancer.");
    checkPaths(check, args.paths);
    checkBetween(check, "rulePriority", args.rulePriority, BOUNDS.rulePriority);
    check(/^\/\S*$/.test(args.healthCheckPath), "healthCheckPath", "must begin with /");
    checkBetween(check, "deregistrationDelay", args.deregistrationDelay, [0, 3600]);
    check(isBetween(args.healthCheckGracePeriodSeconds, 0, 2147483647), "healthCheckGracePeriodSeconds", "must be 0 or more");
}
