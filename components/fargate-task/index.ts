import * as pulumi from "@pulumi/pulumi";
import {
    type FargateTaskArgs,
    type FargateTaskParts,
    type RunnableTask,
    TASK_DEFAULTS,
    type TaskArgs,
    type TaskParts,
    validated,
} from "./args";
import { followStatement, roleNameOf, runsOf, runStatements } from "./roles";
import { createTask, type Task, type TaskNetwork } from "./task";
import { withDefaults } from "../building-blocks/arguments";
import type { Grantee, Statement } from "../building-blocks/iam";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import type { Connectable } from "../building-blocks/security-groups";
import type { ClusterReference } from "../fargate-cluster/args";

export type { FargateTaskArgs, FargateTaskParts, RunnableTask, TaskArgs, TaskNetwork, TaskParts };
export type { ContainerArgs, ContainerDefinition, ContainerSecret } from "./container";

/**
 * A task definition on Fargate without a service, to run once: with `npm run task`, by a pipeline, or by another component. Includes the roles, the log
 * group, and the security group of the task.
 *
 * The task can connect to HTTPS endpoints, and to components whose `allowFrom` gets the task. Nothing can connect to it. Grants go to the task
 * role.
 *
 * Costs nothing while no task runs. A run with 1 vCPU and 2 GiB on ARM64 costs 0.04 USD an hour.
 */
export class FargateTask extends pulumi.ComponentResource implements Grantee, Connectable, RunnableTask {
    readonly logicalName: string;
    /** Name of the task role, which receives grants. */
    readonly roleName: pulumi.Output<string>;
    readonly taskRoleArn: pulumi.Output<string>;
    readonly executionRoleArn: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;
    /** ARN of the current revision of the task definition. */
    readonly taskDefinitionArn: pulumi.Output<string>;
    readonly taskDefinitionFamily: pulumi.Output<string>;
    /** ARN of all revisions, up to the colon before the revision. */
    readonly familyArn: pulumi.Output<string>;
    readonly containerName: string;
    readonly logGroupName: pulumi.Output<string>;
    readonly logGroupArn: pulumi.Output<string>;
    readonly cluster: ClusterReference;
    /** For the `networkConfiguration` of a run. */
    readonly network: TaskNetwork;

    readonly nodes: Nodes<FargateTaskParts>;
    private readonly task: Task;

    constructor(name: string, inputs: FargateTaskArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, { ...TASK_DEFAULTS, containerName: name });
        super("ai-platform:components:FargateTask", name, validated(name, args), opts);
        const parts = new PartFactory<FargateTaskParts>(this, args.transform);
        this.nodes = parts.nodes;
        this.logicalName = name;
        this.containerName = args.containerName;
        this.cluster = args.cluster;
        const owner = { title: `FargateTask "${name}"`, component: this, isExposed: false, tagsRuns: true };
        this.task = createTask(name, args, args.cluster, owner, parts);
        this.roleName = this.task.roleName;
        this.taskRoleArn = this.task.role.arn;
        this.executionRoleArn = this.task.execution.arn;
        this.securityGroupId = this.task.securityGroupId;
        this.taskDefinitionArn = this.task.definition.arn;
        this.taskDefinitionFamily = this.task.definition.family;
        this.familyArn = this.task.familyArn;
        this.logGroupName = this.task.logs.name;
        this.logGroupArn = this.task.logs.arn;
        this.network = this.task.network;
        this.registerOutputs({ taskDefinitionArn: this.taskDefinitionArn });
    }

    /** Names of the roles of a task or service with `physicalName`, for policies that are created without it. */
    static roleNames(physicalName: string): { task: string; execution: string } {
        return { task: roleNameOf(physicalName, "task"), execution: roleNameOf(physicalName, "execution") };
    }

    /**
     * Statements that allow a role to run this task, in its cluster only, to stop its runs, and to describe the tasks of the cluster. Runs must be
     * started with `propagateTags: TASK_DEFINITION`.
     */
    get runStatements(): Statement[] {
        return [
            ...runStatements(this.task, this.cluster),
            followStatement(this.cluster),
            { Effect: "Allow", Action: "ecs:StopTask", ...this.runs },
        ];
    }

    /** Resource and condition of statements on the runs of this task: `{ Effect: "Allow", Action: "ecs:ExecuteCommand", ...task.runs }`. */
    get runs(): Required<Pick<Statement, "Resource" | "Condition">> {
        return runsOf(this.taskDefinitionFamily, this.cluster);
    }

    /** The task itself: what depends on it waits for its permissions. */
    get requirements(): pulumi.Resource[] {
        return [this];
    }
}
