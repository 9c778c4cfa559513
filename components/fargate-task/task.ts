/** The resources of a task, which services, jobs, and one-off tasks have in common. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Grantee, ServiceRole } from "../building-blocks/iam";
import { forwardLogs, logGroupArgs } from "../building-blocks/logs";
import type { PartFactory } from "../building-blocks/parts";
import { placementOf } from "../building-blocks/placement";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Connectable, httpsEgressArgs, securityGroupArgs } from "../building-blocks/security-groups";
import type { ClusterReference } from "../fargate-cluster/args";
import type { ResolvedTask, TaskParts, TaskTransforms } from "./args";
import { containerDefinitions } from "./container";
import { execStatements, runTags, startStatements, taskRoleArgs, TRACING } from "./roles";

/** A task definition, with what it takes to run it. */
export interface Task extends Grantee, Connectable {
    definition: aws.ecs.TaskDefinition;
    /** ARN of all revisions of the task definition, up to the colon before the revision. */
    familyArn: pulumi.Output<string>;
    execution: ServiceRole;
    role: ServiceRole;
    logs: aws.cloudwatch.LogGroup;
    /** Permissions that ECS needs before it starts the task. */
    mayStart: pulumi.Resource;
    network: TaskNetwork;
}

/** Network configuration of a task or service. */
export interface TaskNetwork {
    subnets: pulumi.Input<pulumi.Input<string>[]>;
    securityGroups: pulumi.Output<string>[];
    assignPublicIp: false;
}

interface Owner {
    /** Name of the class and of the component, for messages. */
    title: string;
    component: pulumi.Resource;
    /** Whether a load balancer connects to the task. */
    isExposed: boolean;
    /** Whether the task definition has the tag by which policies identify its runs. @default false */
    tagsRuns?: boolean;
}

/** Creates the log group, roles, security group, and task definition of a component. */
export function createTask(
    name: string,
    args: ResolvedTask & { transform?: TaskTransforms },
    cluster: ClusterReference,
    owner: Owner,
    parts: PartFactory<TaskParts>,
): Task {
    const region = regionOf(owner.component);
    const names = { region, account: accountOf(owner.component), physicalName: args.physicalName };
    const logs = parts.create("logs", aws.cloudwatch.LogGroup, `${name}-logs`, logGroupArgs(args, "application"));
    forwardLogs(parts, `${name}-logs`, logs, args);
    const executionArgs = taskRoleArgs("execution", `Starts the tasks of ${name}`, names);
    const execution = parts.create("executionRole", ServiceRole, `${name}-execution`, executionArgs);
    const mayStart = execution.allow("start", startStatements(args, logs.arn, region));
    const role = parts.create(
        "taskRole",
        ServiceRole,
        `${name}-task`,
        taskRoleArgs("task", `Permissions of the containers of ${name}`, names),
    );
    if (args.tracing) role.allow("tracing", TRACING);
    if (args.enableExecuteCommand && cluster.exec) role.allow("exec", execStatements(cluster.exec));

    const placement = placementOf(args, "private");
    const groupArgs = securityGroupArgs(`${name}-tasks-group`, `Tasks of ${name}`, placement.vpcId);
    const group = parts.create("securityGroup", aws.ec2.SecurityGroup, `${name}-tasks-group`, groupArgs);
    parts.create("httpsEgress", aws.vpc.SecurityGroupEgressRule, `${name}-https-out`, httpsEgressArgs(group.id));

    const containers = containerDefinitions(owner.title, args, { group: logs.name, region }, owner.isExposed);
    // Families are unique in an account, and so are the generated name of a cluster and the names in it.
    const family = args.physicalName ?? pulumi.interpolate`${cluster.clusterName}-${name}`;
    const definition = parts.create("taskDefinition", aws.ecs.TaskDefinition, `${name}-task`, {
        family,
        tags: owner.tagsRuns ? runTags(family) : undefined,
        cpu: String(args.cpu),
        memory: String(args.memory),
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: args.cpuArchitecture },
        ephemeralStorage: args.ephemeralStorageGib === undefined ? undefined : { sizeInGib: args.ephemeralStorageGib },
        executionRoleArn: execution.arn,
        taskRoleArn: role.arn,
        containerDefinitions: pulumi.jsonStringify(args.transform?.containers?.(containers) ?? containers),
    });
    return {
        logicalName: name,
        roleName: role.roleName,
        securityGroupId: group.id,
        definition,
        familyArn: definition.arnWithoutRevision,
        execution,
        role,
        logs,
        mayStart,
        network: { subnets: placement.subnetIds, securityGroups: [group.id], assignPublicIp: false },
    };
}
