import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CONTAINER_NAME, CONTAINER_PORT, type ContainerArgs, type ContainerDefinition, containerDefinitions } from "./fargate/container";
import { balanceLoad, listenerPort, type LoadBalancerArgs, type LoadBalancerTransforms, type LoadBalancing } from "./fargate/load-balancer";
import { execStatements, startStatements, taskRole, TRACING } from "./fargate/roles";
import { autoscale, MAX_TASKS, MIN_TASKS, type ScalingArgs } from "./fargate/scaling";
import { serviceSignals } from "./fargate/signals";
import { validated } from "./fargate/validation";
import { type LogArgs, logGroup } from "./shared/logs";
import { allow, allowHttpsOut, type Peer, type Placement, securityGroup } from "./shared/network";
import type { Grantee, ServiceRole } from "./shared/policy";
import type { Signal, Watched } from "./shared/signals";
import { accountOf, regionOf } from "./shared/surroundings";
import { type Transform, transformed } from "./shared/transform";

export type { ContainerArgs, ContainerDefinition, ContainerSecret } from "./fargate/container";
export { type LoadBalancerArgs, loadBalancerLogStatement } from "./fargate/load-balancer";
export type { ScalingArgs, ScalingSchedule } from "./fargate/scaling";

/** `vpcId` and `subnetIds` place the tasks: private subnets, in zones that have ARM64 Fargate (not use1-az3). */
export interface FargateServiceArgs extends ContainerArgs, LoadBalancerArgs, Placement, LogArgs {
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

/**
 * A container behind an internal load balancer, on Fargate: cluster, task definition, roles, logs, load balancer, service and autoscaling.
 *
 * A deployment that does not become healthy is rolled back. The tasks reach HTTPS addresses, and what lets them in by `allowFrom(service)`;
 * only the load balancer reaches them, and only peers given to `allowFrom` reach the load balancer. Grants go to the tasks' role.
 *
 * Refuses secrets in `environment`: plain ones when it is made, secret Outputs as soon as Pulumi knows them to be secret.
 *
 * Three ARM64 tasks of 1 vCPU and 2 GiB cost 86.50 USD a month (X86_64: 108.12), the load balancer 16.43 USD and its traffic, before logs and
 * Container Insights.
 */
export class FargateService extends pulumi.ComponentResource implements Grantee, Peer, Watched {
    readonly logicalName: string;
    readonly title: string;
    /** Name of the tasks' role, which grants go to. */
    readonly roleName: pulumi.Output<string>;
    readonly taskRoleArn: pulumi.Output<string>;
    readonly executionRoleArn: pulumi.Output<string>;
    /** Security group of the tasks. */
    readonly securityGroupId: pulumi.Output<string>;
    readonly loadBalancer: { arn: pulumi.Output<string>; dnsName: pulumi.Output<string>; arnSuffix: pulumi.Output<string> };
    readonly targetGroup: { arn: pulumi.Output<string>; arnSuffix: pulumi.Output<string> };
    /** 443 with a certificate, 80 without. */
    readonly listenerPort: number;
    readonly clusterName: pulumi.Output<string>;
    readonly clusterArn: pulumi.Output<string>;
    readonly serviceName: pulumi.Output<string>;
    readonly serviceArn: pulumi.Output<string>;
    readonly containerName: string;
    readonly containerPort: number;
    readonly taskDefinitionFamily: pulumi.Output<string>;
    readonly logGroupName: pulumi.Output<string>;
    private readonly loadBalancerPeer: Peer;
    private readonly minTasks?: number;

    constructor(name: string, args: FargateServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:FargateService", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Service ${name}`;
        this.containerName = args.containerName ?? CONTAINER_NAME;
        this.containerPort = args.containerPort ?? CONTAINER_PORT;
        this.listenerPort = listenerPort(args);
        const { minTasks, desiredCount } = taskCounts(args);
        if (args.containerInsights !== "disabled") this.minTasks = minTasks;

        const region = regionOf(this);
        const roles = { region, account: accountOf(this), parent: this, physicalName: args.physicalName };
        const logs = logGroup(`${name}-logs`, args, { parent: this });
        const execLogs = logGroup(`${name}-exec-logs`, args, { parent: this });
        const cluster = this.createCluster(args, execLogs);
        const capacity = this.createCapacity(cluster);

        const execution = taskRole(name, "execution", `Starts the tasks of ${name}`, roles);
        const mayStart = execution.allow("start", startStatements(args, logs.arn, region), { parent: this });
        const task = taskRole(name, "task", `What the containers of ${name} may do`, roles);
        if (args.tracing) task.allow("tracing", TRACING, { parent: this });
        if (args.execCommand) task.allow("exec", execStatements(execLogs.arn, args.kmsKeyArn), { parent: this });

        const group = securityGroup(`${name}-tasks-group`, `Tasks of ${name}`, args.vpcId, { parent: this });
        this.securityGroupId = group.id;
        allowHttpsOut(`${name}-https-out`, group.id, { parent: this });
        const balancing = balanceLoad(name, args, this, this);
        this.loadBalancerPeer = balancing.peer;

        const taskDefinition = this.createTaskDefinition(args, cluster, { execution, task }, { group: logs.name, region });
        const dependsOn = [balancing.listener, capacity, mayStart];
        const service = this.createService(args, { cluster, taskDefinition, balancing, desiredCount }, dependsOn);
        const { loadBalancer, targetGroup } = balancing;
        const { scalingTarget } = args.transform ?? {};
        autoscale(name, { ...args.scaling, transform: { scalingTarget } }, { cluster, service, loadBalancer, targetGroup }, this);

        this.roleName = task.roleName;
        this.taskRoleArn = task.arn;
        this.executionRoleArn = execution.arn;
        this.loadBalancer = loadBalancer;
        this.targetGroup = targetGroup;
        this.clusterName = cluster.name;
        this.clusterArn = cluster.arn;
        this.serviceName = service.name;
        // A service's id is its ARN, in every version of the provider.
        this.serviceArn = service.id;
        this.taskDefinitionFamily = taskDefinition.family;
        this.logGroupName = logs.name;
        this.registerOutputs({ clusterName: this.clusterName, serviceName: this.serviceName, dnsName: loadBalancer.dnsName });
    }

    /** Lets a peer reach the load balancer. */
    allowFrom(peer: Peer): void {
        allow(this, peer, this.loadBalancerPeer, this.listenerPort);
    }

    get signals(): Signal[] {
        return serviceSignals({
            clusterName: this.clusterName,
            serviceName: this.serviceName,
            loadBalancerSuffix: this.loadBalancer.arnSuffix,
            targetGroupSuffix: this.targetGroup.arnSuffix,
            minTasks: this.minTasks,
        });
    }

    private createCluster(args: FargateServiceArgs, execLogs: aws.cloudwatch.LogGroup): aws.ecs.Cluster {
        return new aws.ecs.Cluster(
            `${this.logicalName}-cluster`,
            transformed(args.transform?.cluster, {
                name: args.physicalName,
                settings: [{ name: "containerInsights", value: args.containerInsights ?? "enhanced" }],
                configuration: {
                    executeCommandConfiguration: {
                        kmsKeyId: args.kmsKeyArn,
                        logging: "OVERRIDE",
                        logConfiguration: { cloudWatchLogGroupName: execLogs.name, cloudWatchEncryptionEnabled: true },
                    },
                },
            }),
            { parent: this },
        );
    }

    /** What tasks outside the service run on; the service has a strategy of its own. */
    private createCapacity(cluster: aws.ecs.Cluster): aws.ecs.ClusterCapacityProviders {
        return new aws.ecs.ClusterCapacityProviders(
            `${this.logicalName}-capacity`,
            {
                clusterName: cluster.name,
                capacityProviders: ["FARGATE", "FARGATE_SPOT"],
                defaultCapacityProviderStrategies: capacityStrategy(0),
            },
            { parent: this },
        );
    }

    private createTaskDefinition(
        args: FargateServiceArgs,
        cluster: aws.ecs.Cluster,
        roles: { execution: ServiceRole; task: ServiceRole },
        logs: { group: pulumi.Output<string>; region: pulumi.Output<string> },
    ): aws.ecs.TaskDefinition {
        const containers = containerDefinitions(`FargateService "${this.logicalName}"`, args, logs);
        return new aws.ecs.TaskDefinition(
            `${this.logicalName}-task`,
            transformed(args.transform?.taskDefinition, {
                // Families are the account's; the cluster's generated name keeps two stacks apart.
                family: cluster.name,
                cpu: String(args.cpu ?? 1024),
                memory: String(args.memory ?? 2048),
                networkMode: "awsvpc",
                requiresCompatibilities: ["FARGATE"],
                runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: args.architecture ?? "ARM64" },
                ephemeralStorage: args.ephemeralStorageGib === undefined ? undefined : { sizeInGib: args.ephemeralStorageGib },
                executionRoleArn: roles.execution.arn,
                taskRoleArn: roles.task.arn,
                containerDefinitions: pulumi.jsonStringify(transformed(args.transform?.containers, containers)),
            }),
            { parent: this },
        );
    }

    private createService(
        args: FargateServiceArgs,
        parts: { cluster: aws.ecs.Cluster; taskDefinition: aws.ecs.TaskDefinition; balancing: LoadBalancing; desiredCount: number },
        dependsOn: pulumi.Resource[],
    ): aws.ecs.Service {
        const spotPercent = args.spotPercent ?? 0;
        const byPipeline = args.deployedBy === "pipeline";
        return new aws.ecs.Service(
            `${this.logicalName}-service`,
            transformed(args.transform?.service, {
                name: args.physicalName,
                cluster: parts.cluster.arn,
                taskDefinition: parts.taskDefinition.arn,
                desiredCount: parts.desiredCount,
                capacityProviderStrategies: capacityStrategy(spotPercent),
                // Without these two, another strategy would replace the service.
                forceNewDeployment: true,
                triggers: { spotPercent: String(spotPercent) },
                availabilityZoneRebalancing: "ENABLED",
                deploymentCircuitBreaker: { enable: true, rollback: true },
                deploymentMinimumHealthyPercent: args.deployment?.minimumHealthyPercent ?? 100,
                deploymentMaximumPercent: args.deployment?.maximumPercent ?? 200,
                healthCheckGracePeriodSeconds: args.healthCheckGracePeriodSeconds ?? 60,
                loadBalancers: [
                    {
                        targetGroupArn: parts.balancing.targetGroup.arn,
                        containerName: this.containerName,
                        containerPort: this.containerPort,
                    },
                ],
                networkConfiguration: { subnets: args.subnetIds, securityGroups: [this.securityGroupId], assignPublicIp: false },
                enableExecuteCommand: args.execCommand ?? false,
                enableEcsManagedTags: true,
                propagateTags: "SERVICE",
                waitForSteadyState: args.waitForSteadyState ?? true,
            }),
            { parent: this, dependsOn, ignoreChanges: byPipeline ? ["desiredCount", "taskDefinition"] : ["desiredCount"] },
        );
    }
}

/** The first task on Fargate, of the others the given share on Spot. */
function capacityStrategy(spotPercent: number) {
    const onDemand = { capacityProvider: "FARGATE", base: 1, weight: 100 - spotPercent };
    return spotPercent === 0 ? [onDemand] : [onDemand, { capacityProvider: "FARGATE_SPOT", weight: spotPercent }];
}

function taskCounts({ scaling = {}, desiredCount }: FargateServiceArgs): { minTasks: number; desiredCount: number } {
    const { min = MIN_TASKS, max = MAX_TASKS } = scaling;
    return { minTasks: min, desiredCount: desiredCount ?? Math.min(Math.max(3, min), max) };
}
