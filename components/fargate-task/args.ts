import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, checked, checkOneOf, type WithDefaults } from "../building-blocks/arguments";
import type { ServiceRole, Statement } from "../building-blocks/iam";
import { checkLogs, type LogArgs, type LogParts } from "../building-blocks/logs";
import type { Transforms } from "../building-blocks/parts";
import { checkPlacement, type VpcPlacementArgs } from "../building-blocks/placement";
import type { ConnectionParts } from "../building-blocks/security-groups";
import type { ClusterReference } from "../fargate-cluster/args";
import { ecrImage } from "../image-repository/ecr-image";
import { checkEnvironment, checkHealthCheck, checkPort, checkSecrets, checkSize } from "./checks";
import type { TaskNetwork } from "./task";
import { COLLECTOR_NAME, CONTAINER_DEFAULTS, type ContainerArgs, type ContainerDefinition } from "./container";

/** A task: its container, size, network, and names. Tasks run in private subnets, in zones that support Fargate on ARM64 (not use1-az3). */
export interface TaskArgs extends ContainerArgs, VpcPlacementArgs, LogArgs {
    /**
     * Physical name of the task definition family, and of the service if there is one; the roles add `-task` and `-execution`. Set it if another
     * stack needs the names. 1 to 54 letters, digits, hyphens, and underscores. @default names that Pulumi generates
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
    /** Enables ECS Exec, to run commands in containers. Requires `readonlyRootFilesystem: false`. @default false */
    enableExecuteCommand?: boolean;
}

/** Resources of a task. */
export interface TaskParts extends ConnectionParts, LogParts {
    logs: typeof aws.cloudwatch.LogGroup;
    securityGroup: typeof aws.ec2.SecurityGroup;
    httpsEgress: typeof aws.vpc.SecurityGroupEgressRule;
    executionRole: typeof ServiceRole;
    taskRole: typeof ServiceRole;
    taskDefinition: typeof aws.ecs.TaskDefinition;
}

/** Changes of a task's resources. */
export interface TaskTransforms {
    /** Changes the container definitions, which are JSON in the task definition. */
    containers?: (containers: ContainerDefinition[]) => ContainerDefinition[];
}

/** A task that can be run to its end. `FargateTask` implements it. */
export interface RunnableTask {
    readonly logicalName: string;
    readonly cluster: ClusterReference;
    /** For the `networkConfiguration` of a run. */
    readonly network: TaskNetwork;
    /** ARN of the current revision of the task definition. */
    readonly taskDefinitionArn: pulumi.Output<string>;
    readonly taskDefinitionFamily: pulumi.Output<string>;
    /** ARN of all revisions, up to the colon before the revision. */
    readonly familyArn: pulumi.Output<string>;
    readonly taskRoleArn: pulumi.Output<string>;
    readonly executionRoleArn: pulumi.Output<string>;
    /** Container whose exit code is that of the task. */
    readonly containerName: string;
    readonly logGroupName: pulumi.Output<string>;
    /** Statements that allow a role to run the task, and to follow and stop it. */
    readonly runStatements: Statement[];
    /** What must exist before the task runs. */
    readonly requirements: pulumi.Resource[];
}

export interface FargateTaskArgs extends TaskArgs {
    /** Cluster that the task runs in. */
    cluster: ClusterReference;
    /** `containers` changes the container definitions, which are JSON in the task definition. */
    transform?: Transforms<FargateTaskParts> & TaskTransforms;
}

export type FargateTaskParts = TaskParts;

export const TASK_DEFAULTS = {
    ...CONTAINER_DEFAULTS,
    cpu: 1024,
    memory: 2048,
    cpuArchitecture: "ARM64",
    enableExecuteCommand: false,
} satisfies Partial<TaskArgs>;

export const CPU_ARCHITECTURES = ["ARM64", "X86_64"] as const satisfies TaskArgs["cpuArchitecture"][];

export type ResolvedTask = WithDefaults<TaskArgs, typeof TASK_DEFAULTS & { containerName: string }>;

export function validated(name: string, args: ResolvedTask & { cluster: ClusterReference }) {
    return checked("FargateTask", name, args, (check) => {
        checkTask(check, name, args);
    });
}

/** Rejects arguments that AWS would reject, or that would keep the task from starting. */
export function checkTask(check: Check, name: string, args: ResolvedTask & { cluster?: ClusterReference }): void {
    checkPlacement(check, args);
    check(/^[\w-]{1,54}$/.test(args.physicalName ?? name), "physicalName", "must be 1 to 54 letters, digits, -, and _");
    checkSize(check, args);
    checkOneOf(check, "cpuArchitecture", args.cpuArchitecture, CPU_ARCHITECTURES);
    checkContainer(check, args);
    checkEnvironment(check, args.environment, Object.keys(args.secrets));
    checkSecrets(check, args);
    checkLogs(check, args);
    const hasExec = args.cluster === undefined || args.cluster.exec !== undefined;
    check(!args.enableExecuteCommand || hasExec, "cluster.exec", "must be set with enableExecuteCommand");
}

function checkContainer(check: Check, args: ResolvedTask): void {
    const { image, containerName, tracing } = args;
    if (typeof image === "string") {
        check(/^\S+$/.test(image), "image", "must be an image name without spaces");
        check(
            ecrImage(image) === undefined || args.imageRepositoryArns.length > 0,
            "imageRepositoryArns",
            "must be set for an image in ECR",
        );
    }
    check(/^[A-Za-z0-9_-]{1,255}$/.test(containerName), "containerName", "must be 1 to 255 letters, digits, -, and _");
    check(!tracing || containerName !== COLLECTOR_NAME, "containerName", `must not be ${COLLECTOR_NAME}, the name of the collector`);
    check(args.command?.length !== 0, "command", "must not be empty");
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
