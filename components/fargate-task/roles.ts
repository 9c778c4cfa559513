import * as pulumi from "@pulumi/pulumi";
import { type ServiceRoleArgs, type Statement, useKeyVia, writeLogs } from "../building-blocks/iam";
import type { ClusterReference } from "../fargate-cluster/args";
import type { ContainerSecret, ResolvedContainer } from "./container";
import type { Task } from "./task";

/** Context of the roles. */
export interface RoleContext {
    region: pulumi.Output<string>;
    account: pulumi.Output<string>;
    /** Prefix of the roles' physical names. @default names that Pulumi generates */
    physicalName?: string;
}

/** Physical name of a role of a service with a physical name. */
export const roleNameOf = (physicalName: string, what: string): string => `${physicalName}-${what}`;

/** Arguments of a role for ECS tasks of this account and region. Its name ends with `what`. */
export function taskRoleArgs(what: string, description: string, { region, account, physicalName }: RoleContext): ServiceRoleArgs {
    const condition = {
        StringEquals: { "aws:SourceAccount": account },
        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:ecs:${region}:${account}:*` },
    };
    const roleName = physicalName === undefined ? undefined : roleNameOf(physicalName, what);
    return { service: "ecs-tasks.amazonaws.com", description, condition, roleName };
}

/** Permissions that ECS needs to start a task: the log group, ECR repositories, and secrets. */
export function startStatements(
    args: Pick<ResolvedContainer, "imageRepositoryArns" | "secrets">,
    logGroupArn: pulumi.Output<string>,
    region: pulumi.Output<string>,
): Statement[] {
    const secrets = Object.values(args.secrets);
    return [
        writeLogs(logGroupArn),
        ...(args.imageRepositoryArns.length > 0 ? pullStatements(args.imageRepositoryArns) : []),
        ...(secrets.length === 0 ? [] : secretStatements(secrets, region)),
    ];
}

/** Permissions of the collector's exporter and sampling proxy. X-Ray doesn't support resource-level permissions. */
export const TRACING: Statement[] = [
    {
        Effect: "Allow",
        Action: ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        Resource: "*",
    },
];

/** Permissions for ECS Exec: Session Manager channels, the log group, and the session key. */
export function execStatements({ logGroupArn, kmsKeyArn }: NonNullable<ClusterReference["exec"]>): Statement[] {
    return [
        {
            Effect: "Allow",
            Action: [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            // Channels have no ARNs.
            Resource: "*",
        },
        // The agent checks whether the group is encrypted. The action doesn't support resource-level permissions.
        { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
        { Effect: "Allow", Action: "logs:DescribeLogStreams", Resource: pulumi.interpolate`${logGroupArn}:*` },
        writeLogs(logGroupArn),
        { Effect: "Allow", Action: "kms:Decrypt", Resource: kmsKeyArn },
    ];
}

/** Permissions to run all revisions of a task in one cluster, and to pass its roles to ECS. */
export function runStatements(
    { familyArn, execution, role }: Pick<Task, "familyArn" | "execution" | "role">,
    { clusterArn }: ClusterReference,
): Statement[] {
    return [
        {
            Effect: "Allow",
            Action: "ecs:RunTask",
            Resource: pulumi.interpolate`${familyArn}:*`,
            Condition: onlyCluster(clusterArn),
        },
        // ECS checks this permission for runs with the tags of their task definition (Amazon ECS Developer Guide, "Tag authorization").
        {
            Effect: "Allow",
            Action: "ecs:TagResource",
            Resource: tasksIn(clusterArn),
            Condition: { StringEquals: { "ecs:CreateAction": "RunTask" } },
        },
        passToTasks([execution.arn, role.arn]),
    ];
}

/** Tag of the runs of a task, by which policies identify them: the ARN of a run doesn't contain its task definition. */
const RUN_TAG = "TaskDefinitionFamily";

/** Tags of a task definition. Its runs have them with `propagateTags: TASK_DEFINITION`. */
export const runTags = (family: pulumi.Input<string>): Record<string, pulumi.Input<string>> => ({ [RUN_TAG]: family });

/** Resource and condition of statements on the runs of a task. ECS deletes the tags of a stopped task (Amazon ECS API Reference, `StopTask`). */
export const runsOf = (family: pulumi.Input<string>, { clusterArn }: ClusterReference) => ({
    Resource: tasksIn(clusterArn),
    Condition: { StringEquals: { [`aws:ResourceTag/${RUN_TAG}`]: family } },
});

/** Permissions to follow the tasks of a cluster to their end. Not limited to tagged runs, because stopped tasks have no tags. */
export const followStatement = ({ clusterArn }: ClusterReference): Statement => ({
    Effect: "Allow",
    Action: "ecs:DescribeTasks",
    Resource: tasksIn(clusterArn),
    Condition: onlyCluster(clusterArn),
});

const onlyCluster = (clusterArn: ClusterReference["clusterArn"]) => ({ ArnEquals: { "ecs:cluster": clusterArn } });

/** ARN of all tasks of a cluster. */
const tasksIn = (clusterArn: ClusterReference["clusterArn"]): pulumi.Output<string> =>
    pulumi.output(clusterArn).apply((arn) => `${arn.replace(":cluster/", ":task/")}/*`);

/** Lets ECS run tasks with these roles. */
export const passToTasks = (roleArns: pulumi.Input<string>[]): Statement => ({
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: roleArns,
    Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
});

const pullStatements = (repositoryArns: pulumi.Input<string>[]): Statement[] => [
    // The token is for the whole registry. The next statement limits the repositories.
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
        Effect: "Allow",
        Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        Resource: repositoryArns,
    },
];

const secretStatements = (secrets: ContainerSecret[], region: pulumi.Output<string>): Statement[] => [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: distinct(secrets.map(({ arn }) => arn)) },
    {
        ...useKeyVia("secretsmanager", region, "", ["kms:Decrypt"]),
        Resource: distinct(secrets.map(({ kmsKeyArn }) => kmsKeyArn)),
    },
];

const distinct = (values: pulumi.Input<string>[]): pulumi.Output<string[]> =>
    pulumi.all(values).apply((known) => [...new Set(known)].sort());
