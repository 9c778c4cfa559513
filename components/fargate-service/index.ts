import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, DEPLOYMENT_DEFAULTS, type FargateServiceArgs, type FargateServiceParts, type Resolved, validated } from "./args";
import { containerDefinitions, secretVersions } from "./container";
import { balanceLoad, listenerPort, type LoadBalancing } from "./load-balancer";
import { execStatements, roleNameOf, startStatements, taskRoleArgs, TRACING } from "./roles";
import { autoscale, type ResolvedScaling, SCALING_DEFAULTS } from "./scaling";
import { serviceAlarms } from "./alarms";
import { withDefaults } from "../building-blocks/arguments";
import { logGroupArgs } from "../building-blocks/logs";
import { allowConnection, type Connectable, type Connection, httpsEgressArgs, securityGroupArgs } from "../building-blocks/security-groups";
import { placementOf } from "../building-blocks/placement";
import { type Grantee, ServiceRole } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory } from "../building-blocks/parts";

export type { FargateServiceArgs, FargateServiceParts };
export type { ContainerArgs, ContainerDefinition, ContainerSecret } from "./container";
export { type LoadBalancerArgs, loadBalancerLogStatement } from "./load-balancer";
export type { ScalingArgs, ScalingSchedule } from "./scaling";

/**
 * A container behind an internal load balancer, on Fargate: cluster, task definition, roles, logs, load balancer, service, and autoscaling.
 *
 * If a deployment doesn't become healthy, ECS rolls it back. The tasks can connect to HTTPS endpoints, and to components whose `allowFrom` gets the
 * service. Only the load balancer can connect to the tasks, and only sources passed to `allowFrom` to the load balancer. Grants go to the task role.
 *
 * Rejects secrets in `environment`.
 *
 * Three ARM64 tasks with 1 vCPU and 2 GiB cost 86.50 USD a month (X86_64: 108.12), and the load balancer 16.43 USD plus traffic. Logs and
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
    private readonly loadBalancerConnectable: Connectable;
    private readonly minTasks?: number;

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
        this.listenerPort = listenerPort(args);
        const scaling = withDefaults(args.scaling, SCALING_DEFAULTS);
        if (args.containerInsights !== "disabled") this.minTasks = scaling.minCapacity;

        const placement = placementOf(args, "private");
        const region = regionOf(this);
        const roles = { region, account: accountOf(this), physicalName: args.physicalName };
        const logs = this.parts.createEach("logs", "tasks", aws.cloudwatch.LogGroup, `${name}-logs`, logGroupArgs(args));
        const execLogs = this.parts.createEach("logs", "exec", aws.cloudwatch.LogGroup, `${name}-exec-logs`, logGroupArgs(args));
        const cluster = this.createCluster(args, execLogs);
        const capacity = this.createCapacity(cluster);

        const executionArgs = taskRoleArgs("execution", `Starts the tasks of ${name}`, roles);
        const execution = this.parts.create("executionRole", ServiceRole, `${name}-execution`, executionArgs);
        const mayStart = execution.allow("start", startStatements(args, logs.arn, region));
        const taskArgs = taskRoleArgs("task", `Permissions of the containers of ${name}`, roles);
        const task = this.parts.create("taskRole", ServiceRole, `${name}-task`, taskArgs);
        if (args.tracing) task.allow("tracing", TRACING);
        if (args.enableExecuteCommand) task.allow("exec", execStatements(execLogs.arn, args.kmsKeyArn));

        const group = this.parts.create(
            "securityGroup",
            aws.ec2.SecurityGroup,
            `${name}-tasks-group`,
            securityGroupArgs(`${name}-tasks-group`, `Tasks of ${name}`, placement.vpcId),
        );
        this.securityGroupId = group.id;
        this.parts.create("httpsEgress", aws.vpc.SecurityGroupEgressRule, `${name}-https-out`, httpsEgressArgs(group.id));
        const balancing = balanceLoad(name, { ...args, ...placement }, this, this.parts);
        this.loadBalancerConnectable = balancing.connectable;

        const taskDefinition = this.createTaskDefinition(args, cluster, { execution, task }, { group: logs.name, region });
        const dependsOn = [balancing.listener, capacity, mayStart];
        const service = this.createService(args, { cluster, taskDefinition, balancing, scaling }, dependsOn);
        const { loadBalancer, targetGroup } = balancing;
        autoscale(name, scaling, { cluster, service, loadBalancer, targetGroup }, this.parts);

        this.roleName = task.roleName;
        this.taskRoleArn = task.arn;
        this.executionRoleArn = execution.arn;
        this.loadBalancer = loadBalancer;
        this.targetGroup = targetGroup;
        this.clusterName = cluster.name;
        this.clusterArn = cluster.arn;
        this.serviceName = service.name;
        // The ID of a service is its ARN.
        this.serviceArn = service.id;
        this.taskDefinitionFamily = taskDefinition.family;
        this.logGroupName = logs.name;
        this.registerOutputs({ clusterName: this.clusterName, serviceName: this.serviceName, dnsName: loadBalancer.dnsName });
    }

    /** Names of the roles of a service with `physicalName`, for policies that are created without the service. */
    static roleNames(physicalName: string): { task: string; execution: string } {
        return { task: roleNameOf(physicalName, "task"), execution: roleNameOf(physicalName, "execution") };
    }

    /** Lets a source connect to the load balancer. */
    allowFrom(source: Connectable): Connection {
        return allowConnection(this.parts, source, this.loadBalancerConnectable, this.listenerPort);
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
        return this.parts.create("cluster", aws.ecs.Cluster, `${this.logicalName}-cluster`, {
            name: args.physicalName,
            settings: [{ name: "containerInsights", value: args.containerInsights }],
            configuration: {
                executeCommandConfiguration: {
                    kmsKeyId: args.kmsKeyArn,
                    logging: "OVERRIDE",
                    logConfiguration: { cloudWatchLogGroupName: execLogs.name, cloudWatchEncryptionEnabled: true },
                },
            },
        });
    }

    /** The default for tasks outside the service. The service has its own strategy. */
    private createCapacity(cluster: aws.ecs.Cluster): aws.ecs.ClusterCapacityProviders {
        return this.parts.create("capacityProviders", aws.ecs.ClusterCapacityProviders, `${this.logicalName}-capacity`, {
            clusterName: cluster.name,
            capacityProviders: ["FARGATE", "FARGATE_SPOT"],
            defaultCapacityProviderStrategies: capacityStrategy(0),
        });
    }

    private createTaskDefinition(
        args: Resolved,
        cluster: aws.ecs.Cluster,
        roles: { execution: ServiceRole; task: ServiceRole },
        logs: { group: pulumi.Output<string>; region: pulumi.Output<string> },
    ): aws.ecs.TaskDefinition {
        const containers = containerDefinitions(`FargateService "${this.logicalName}"`, args, logs);
        return this.parts.create("taskDefinition", aws.ecs.TaskDefinition, `${this.logicalName}-task`, {
            // Families are unique in an account, and so is the generated name of the cluster.
            family: cluster.name,
            cpu: String(args.cpu),
            memory: String(args.memory),
            networkMode: "awsvpc",
            requiresCompatibilities: ["FARGATE"],
            runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: args.cpuArchitecture },
            ephemeralStorage: args.ephemeralStorageGib === undefined ? undefined : { sizeInGib: args.ephemeralStorageGib },
            executionRoleArn: roles.execution.arn,
            taskRoleArn: roles.task.arn,
            containerDefinitions: pulumi.jsonStringify(args.transform?.containers?.(containers) ?? containers),
        });
    }

    private createService(
        args: Resolved,
        parts: { cluster: aws.ecs.Cluster; taskDefinition: aws.ecs.TaskDefinition; balancing: LoadBalancing; scaling: ResolvedScaling },
        dependsOn: pulumi.Resource[],
    ): aws.ecs.Service {
        const { spotPercent } = args;
        const { minimumHealthyPercent, maximumPercent } = withDefaults(args.deployment, DEPLOYMENT_DEFAULTS);
        const byPipeline = args.deployedBy === "pipeline";
        return this.parts.create(
            "service",
            aws.ecs.Service,
            `${this.logicalName}-service`,
            {
                name: args.physicalName,
                cluster: parts.cluster.arn,
                taskDefinition: parts.taskDefinition.arn,
                desiredCount: args.desiredCount ?? firstCount(parts.scaling),
                capacityProviderStrategies: capacityStrategy(spotPercent),
                // Without these two properties, changing the strategy would replace the service.
                forceNewDeployment: true,
                // Tasks read secrets only when they start.
                triggers: { spotPercent: String(spotPercent), ...secretVersions(`FargateService "${this.logicalName}"`, args.secrets) },
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
                networkConfiguration: {
                    subnets: placementOf(args, "private").subnetIds,
                    securityGroups: [this.securityGroupId],
                    assignPublicIp: false,
                },
                enableExecuteCommand: args.enableExecuteCommand,
                enableEcsManagedTags: true,
                propagateTags: "SERVICE",
                waitForSteadyState: args.waitForSteadyState,
            },
            { dependsOn, ignoreChanges: byPipeline ? ["desiredCount", "taskDefinition"] : ["desiredCount"] },
        );
    }
}

/** Runs the first task on Fargate, and a percentage of the others on Spot. */
function capacityStrategy(spotPercent: number) {
    const onDemand = { capacityProvider: "FARGATE", base: 1, weight: 100 - spotPercent };
    return spotPercent === 0 ? [onDemand] : [onDemand, { capacityProvider: "FARGATE_SPOT", weight: spotPercent }];
}

/** Default of `desiredCount`. */
const firstCount = ({ minCapacity, maxCapacity }: ResolvedScaling): number => Math.min(Math.max(3, minCapacity), maxCapacity);
