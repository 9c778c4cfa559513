import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, DEPLOYMENT_DEFAULTS, type FargateServiceArgs, type Resolved, validated } from "./args";
import { containerDefinitions } from "./container";
import { balanceLoad, listenerPort, type LoadBalancing } from "./load-balancer";
import { execStatements, roleNameOf, startStatements, taskRole, TRACING } from "./roles";
import { autoscale, type ResolvedScaling, SCALING_DEFAULTS } from "./scaling";
import { serviceAlarms } from "./alarms";
import { withDefaults } from "../building-blocks/arguments";
import { logGroup } from "../building-blocks/logs";
import { allowConnection, allowHttpsOut, type Connectable, securityGroup } from "../building-blocks/security-groups";
import type { Grantee, ServiceRole } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { transformed } from "../building-blocks/transform";

export type { FargateServiceArgs };
export type { ContainerArgs, ContainerDefinition, ContainerSecret } from "./container";
export { type LoadBalancerArgs, loadBalancerLogStatement } from "./load-balancer";
export type { ScalingArgs, ScalingSchedule } from "./scaling";

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
export class FargateService extends pulumi.ComponentResource implements Grantee, Connectable, Monitored {
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
    private readonly loadBalancerPeer: Connectable;
    private readonly minTasks?: number;

    constructor(name: string, given: FargateServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:FargateService", name, validated(name, args), opts);
        this.logicalName = name;
        this.title = `Service ${name}`;
        this.containerName = args.containerName;
        this.containerPort = args.containerPort;
        this.listenerPort = listenerPort(args);
        const scaling = withDefaults(args.scaling, SCALING_DEFAULTS);
        if (args.containerInsights !== "disabled") this.minTasks = scaling.min;

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
        const service = this.createService(args, { cluster, taskDefinition, balancing, scaling }, dependsOn);
        const { loadBalancer, targetGroup } = balancing;
        const { scalingTarget } = args.transform ?? {};
        autoscale(name, { ...scaling, transform: { scalingTarget } }, { cluster, service, loadBalancer, targetGroup }, this);

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

    /** Names of the roles of a service with that physical name: for who must name them before, or without, the service. */
    static roleNames(physicalName: string): { task: string; execution: string } {
        return { task: roleNameOf(physicalName, "task"), execution: roleNameOf(physicalName, "execution") };
    }

    /** Lets a peer reach the load balancer. */
    allowFrom(peer: Connectable): void {
        allowConnection(this, peer, this.loadBalancerPeer, this.listenerPort);
    }

    get alarms(): AlarmDefinition[] {
        return serviceAlarms({
            clusterName: this.clusterName,
            serviceName: this.serviceName,
            loadBalancerSuffix: this.loadBalancer.arnSuffix,
            targetGroupSuffix: this.targetGroup.arnSuffix,
            minTasks: this.minTasks,
        });
    }

    private createCluster(args: Resolved, execLogs: aws.cloudwatch.LogGroup): aws.ecs.Cluster {
        return new aws.ecs.Cluster(
            `${this.logicalName}-cluster`,
            transformed(args.transform?.cluster, {
                name: args.physicalName,
                settings: [{ name: "containerInsights", value: args.containerInsights }],
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
        args: Resolved,
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
                cpu: String(args.cpu),
                memory: String(args.memory),
                networkMode: "awsvpc",
                requiresCompatibilities: ["FARGATE"],
                runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: args.architecture },
                ephemeralStorage: args.ephemeralStorageGib === undefined ? undefined : { sizeInGib: args.ephemeralStorageGib },
                executionRoleArn: roles.execution.arn,
                taskRoleArn: roles.task.arn,
                containerDefinitions: pulumi.jsonStringify(transformed(args.transform?.containers, containers)),
            }),
            { parent: this },
        );
    }

    private createService(
        args: Resolved,
        parts: { cluster: aws.ecs.Cluster; taskDefinition: aws.ecs.TaskDefinition; balancing: LoadBalancing; scaling: ResolvedScaling },
        dependsOn: pulumi.Resource[],
    ): aws.ecs.Service {
        const { spotPercent } = args;
        const { minimumHealthyPercent, maximumPercent } = withDefaults(args.deployment, DEPLOYMENT_DEFAULTS);
        const byPipeline = args.deployedBy === "pipeline";
        return new aws.ecs.Service(
            `${this.logicalName}-service`,
            transformed(args.transform?.service, {
                name: args.physicalName,
                cluster: parts.cluster.arn,
                taskDefinition: parts.taskDefinition.arn,
                desiredCount: args.desiredCount ?? firstCount(parts.scaling),
                capacityProviderStrategies: capacityStrategy(spotPercent),
                // Without these two, another strategy would replace the service.
                forceNewDeployment: true,
                triggers: { spotPercent: String(spotPercent) },
                availabilityZoneRebalancing: "ENABLED",
                deploymentCircuitBreaker: { enable: true, rollback: true },
                deploymentMinimumHealthyPercent: minimumHealthyPercent,
                deploymentMaximumPercent: maximumPercent,
                healthCheckGracePeriodSeconds: args.healthCheckGracePeriodSeconds,
                loadBalancers: [
                    {
                        targetGroupArn: parts.balancing.targetGroup.arn,
                        containerName: this.containerName,
                        containerPort: this.containerPort,
                    },
                ],
                networkConfiguration: { subnets: args.subnetIds, securityGroups: [this.securityGroupId], assignPublicIp: false },
                enableExecuteCommand: args.execCommand,
                enableEcsManagedTags: true,
                propagateTags: "SERVICE",
                waitForSteadyState: args.waitForSteadyState,
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

/** Tasks at the first deployment, where none are given: 3, within `scaling`. */
const firstCount = ({ min, max }: ResolvedScaling): number => Math.min(Math.max(3, min), max);
