import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, type FargateServiceArgs, type FargateServiceParts, isCluster, isLoadBalancer, type Resolved, validated } from "./args";
import { serviceAlarms } from "./alarms";
import { createDeployment, type Deployment, deploymentOf, movesRequests } from "./deployment";
import { autoscale, limited, type ResolvedScaling, SCALING_DEFAULTS } from "./scaling";
import { createTargets, type Targets } from "./targets";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { withDefaults } from "../building-blocks/arguments";
import type { Grantee } from "../building-blocks/iam";
import { logArgsOf } from "../building-blocks/logs";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";
import type { Connectable, Connection } from "../building-blocks/security-groups";
import { FargateCluster } from "../fargate-cluster";
import type { ClusterReference } from "../fargate-cluster/args";
import { secretVersions } from "../fargate-task/container";
import { createTask, type Task } from "../fargate-task/task";
import { InternalLoadBalancer } from "../internal-load-balancer";
import type { LoadBalancerReference } from "../internal-load-balancer/args";

export type { FargateServiceArgs, FargateServiceParts };
export type { DeploymentArgs, DeploymentParts } from "./deployment";
export type { ScalingArgs, ScalingSchedule } from "./scaling";
export type { TargetArgs } from "./targets";

/**
 * A container that runs continuously on Fargate: task definition, roles, logs, service, and autoscaling. It gets requests from an internal load
 * balancer, or none as a worker. Several services can share a cluster and a load balancer.
 *
 * If a deployment doesn't become healthy, ECS rolls it back. The tasks can connect to HTTPS endpoints, and to components whose `allowFrom` gets the
 * service. Only the load balancer can connect to the tasks, and only sources passed to its `allowFrom` to the load balancer. Grants go to the task
 * role.
 *
 * Rejects secrets in `environment`.
 *
 * Three ARM64 tasks with 1 vCPU and 2 GiB cost 86.50 USD a month (X86_64: 108.12), and a load balancer 16.43 USD plus traffic. Logs and
 * Container Insights cost extra.
 */
export class FargateService extends pulumi.ComponentResource implements Grantee, Connectable, Monitored {
    readonly logicalName: string;
    readonly title: string;
    /** Name of the task role, which receives grants. */
    readonly roleName: pulumi.Output<string>;
    readonly taskRoleArn: pulumi.Output<string>;
    readonly executionRoleArn: pulumi.Output<string>;
    /** Security group of the tasks. */
    readonly securityGroupId: pulumi.Output<string>;
    readonly cluster: ClusterReference;
    /** Undefined for a worker. */
    readonly loadBalancer?: LoadBalancerReference;
    /** Undefined for a worker. */
    readonly targetGroup?: TargetGroup;
    /** The target group that deployments with `blueGreen` and `canary` use in turn with `targetGroup`. */
    readonly alternateTargetGroup?: TargetGroup;
    readonly serviceName: pulumi.Output<string>;
    readonly serviceArn: pulumi.Output<string>;
    readonly containerName: string;
    readonly containerPort: number;
    readonly taskDefinitionFamily: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;
    private readonly startsEmpty: boolean;

    readonly nodes: Nodes<FargateServiceParts>;
    private readonly parts: PartFactory<FargateServiceParts>;

    constructor(name: string, inputs: FargateServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, { ...DEFAULTS, containerName: name });
        super("ai-platform:components:FargateService", name, validated(name, args), opts);
        this.parts = new PartFactory<FargateServiceParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.title = `Service ${name}`;
        this.containerName = args.containerName;
        this.containerPort = args.containerPort;
        const scaling = withDefaults(args.scaling, SCALING_DEFAULTS);

        this.cluster = this.clusterOf(args);
        this.startsEmpty = scaling.minCapacity === 0;
        this.loadBalancer = this.loadBalancerOf(args);
        const owner = { title: `FargateService "${name}"`, component: this, isExposed: this.loadBalancer !== undefined };
        const task = createTask(name, args, this.cluster, owner, this.parts);
        this.securityGroupId = task.securityGroupId;
        const targets = this.createTargets(args, task);
        const service = this.createService(args, task, scaling, targets);
        autoscale(
            name,
            limited(scaling, args.standbyCount),
            { clusterName: this.cluster.clusterName, serviceName: service.name, targets },
            this.parts,
        );

        this.roleName = task.roleName;
        this.taskRoleArn = task.role.arn;
        this.executionRoleArn = task.execution.arn;
        this.targetGroup = targets?.targetGroup;
        this.alternateTargetGroup = targets?.alternate?.targetGroup;
        this.serviceName = service.name;
        // The ID of a service is its ARN.
        this.serviceArn = service.id;
        this.taskDefinitionFamily = task.definition.family;
        this.logGroupName = task.logs.name;
        this.registerOutputs({ serviceName: this.serviceName });
    }

    /**
     * Lets a source connect to the service's own load balancer.
     *
     * @throws Error for a worker, and for a shared load balancer, which has its own `allowFrom`
     */
    allowFrom(source: Connectable): Connection {
        const { loadBalancer } = this.nodes;
        if (loadBalancer) return loadBalancer.allowFrom(source);
        const instead = this.loadBalancer ? "call allowFrom of the shared load balancer" : "a worker accepts no connections";
        throw new Error(`FargateService "${this.logicalName}" has no load balancer of its own: ${instead}`);
    }

    get alarms(): AlarmDefinition[] {
        const { cluster, serviceName, loadBalancer, targetGroup, alternateTargetGroup, startsEmpty } = this;
        const targets = loadBalancer &&
            targetGroup && {
                loadBalancerSuffix: loadBalancer.arnSuffix,
                targetGroupSuffix: targetGroup.arnSuffix,
                alternateSuffix: alternateTargetGroup?.arnSuffix,
            };
        const own = this.nodes.loadBalancer?.alarms.map((alarm) => ({ ...alarm, name: `load-balancer-${alarm.name}` })) ?? [];
        return [
            ...own,
            ...serviceAlarms({
                clusterName: cluster.clusterName,
                serviceName,
                targets,
                countsTasks: cluster.countsTasks ?? false,
                startsEmpty,
            }),
        ];
    }

    private clusterOf(args: Resolved): ClusterReference {
        const { cluster } = args;
        if (isCluster(cluster)) return cluster;
        return this.parts.create("cluster", FargateCluster, this.logicalName, { ...cluster, ...logArgsOf(args) });
    }

    private loadBalancerOf(args: Resolved): LoadBalancerReference | undefined {
        const { loadBalancer } = args;
        if (loadBalancer === "none") return undefined;
        if (isLoadBalancer(loadBalancer)) return loadBalancer;
        return this.parts.create("loadBalancer", InternalLoadBalancer, this.logicalName, {
            ...placementOf(args, "private"),
            ...loadBalancer,
        });
    }

    private createTargets(args: Resolved, tasks: Connectable): Targets | undefined {
        const { logicalName, loadBalancer } = this;
        const { vpcId } = placementOf(args, "private");
        return (
            loadBalancer &&
            createTargets(
                logicalName,
                { ...args, vpcId, moves: movesRequests(deploymentOf(args.deployment)) },
                { loadBalancer, tasks },
                this.parts,
            )
        );
    }

    private createService(args: Resolved, task: Task, scaling: ResolvedScaling, targets: Targets | undefined): aws.ecs.Service {
        const deployment = createDeployment(this.logicalName, deploymentOf(args.deployment), targets, this.parts);
        const byPipeline = args.deployedBy === "pipeline";
        const { capacityProviders } = this.cluster;
        return this.parts.create(
            "service",
            aws.ecs.Service,
            `${this.logicalName}-service`,
            {
                name: args.physicalName,
                cluster: this.cluster.clusterArn,
                taskDefinition: task.definition.arn,
                desiredCount: args.standbyCount ?? args.desiredCount ?? firstCount(scaling),
                capacityProviderStrategies: capacityStrategy(args),
                // Without these two properties, changing the strategy would replace the service.
                forceNewDeployment: true,
                // Tasks read secrets only when they start.
                triggers: { ...capacityTrigger(args), ...secretVersions(`FargateService "${this.logicalName}"`, args.secrets) },
                availabilityZoneRebalancing: "ENABLED",
                ...deployment.args,
                ...(targets ? this.registration(args, targets, deployment) : {}),
                networkConfiguration: task.network,
                enableExecuteCommand: args.enableExecuteCommand,
                enableEcsManagedTags: true,
                propagateTags: "SERVICE",
                waitForSteadyState: args.waitForSteadyState,
            },
            {
                dependsOn: [
                    task.mayStart,
                    ...args.updateAfter,
                    ...(targets ? [targets.rule] : []),
                    ...(capacityProviders ? [capacityProviders] : []),
                    ...deployment.dependsOn,
                ],
                customTimeouts: deployment.customTimeouts,
                ignoreChanges: byPipeline ? ["desiredCount", "taskDefinition"] : ["desiredCount"],
            },
        );
    }

    /** How ECS registers the tasks at the load balancer. */
    private registration({ healthCheckGracePeriodSeconds }: Resolved, { targetGroup }: Targets, { advancedConfiguration }: Deployment) {
        const { containerName, containerPort } = this;
        const target = { targetGroupArn: targetGroup.arn, containerName, containerPort };
        return { healthCheckGracePeriodSeconds, loadBalancers: [advancedConfiguration ? { ...target, advancedConfiguration } : target] };
    }
}

/** A target group of the load balancer. */
interface TargetGroup {
    arn: pulumi.Output<string>;
    arnSuffix: pulumi.Output<string>;
}

/** Runs the first tasks on Fargate, and a percentage of the others on Spot. */
function capacityStrategy({ spotPercent, onDemandBase: base }: Resolved) {
    const onDemand = { capacityProvider: "FARGATE", base, weight: 100 - spotPercent };
    return spotPercent === 0 ? [onDemand] : [onDemand, { capacityProvider: "FARGATE_SPOT", weight: spotPercent }];
}

/** Without another key for the default base, so that existing services aren't deployed again. */
const capacityTrigger = ({ spotPercent, onDemandBase }: Resolved) => ({
    spotPercent: String(spotPercent),
    ...(onDemandBase === DEFAULTS.onDemandBase ? {} : { onDemandBase: String(onDemandBase) }),
});

/** Default of `desiredCount`. */
const firstCount = ({ minCapacity, maxCapacity }: ResolvedScaling): number => Math.min(Math.max(3, minCapacity), maxCapacity);
