import * as pulumi from "@pulumi/pulumi";
import { ServiceRole, type Statement, useKeyVia, writeLogs } from "../building-blocks/iam";
import type { ContainerSecret, ResolvedContainer } from "./container";

/** Where and for whom the roles are made. */
export interface RoleContext {
    region: pulumi.Output<string>;
    account: pulumi.Output<string>;
    parent: pulumi.Resource;
    /** Begins the roles' physical names, where these must be known elsewhere. */
    physicalName?: string;
}

/** Physical name of a role of a service that has one itself. */
export const roleNameOf = (physicalName: string, what: string): string => `${physicalName}-${what}`;

/** A role that ECS assumes for tasks of this account and region only; `what` ends its name. */
export function taskRole(name: string, what: string, description: string, context: RoleContext): ServiceRole {
    const { region, account, parent, physicalName } = context;
    const condition = {
        StringEquals: { "aws:SourceAccount": account },
        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:ecs:${region}:${account}:*` },
    };
    const roleName = physicalName === undefined ? undefined : roleNameOf(physicalName, what);
    return new ServiceRole(`${name}-${what}`, { service: "ecs-tasks.amazonaws.com", description, condition, roleName }, { parent });
}

/** What ECS needs in order to start a task: its log group, its image where that is in ECR, and exactly the secrets named. */
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

/** What the collector's exporter and its sampling proxy need; X-Ray has no resources to name. */
export const TRACING: Statement[] = [
    {
        Effect: "Allow",
        Action: ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        Resource: "*",
    },
];

/** What a command in a running container needs: a channel to Session Manager, its log group, and the key of the session. */
export function execStatements(logGroupArn: pulumi.Output<string>, kmsKeyArn: pulumi.Input<string>): Statement[] {
    return [
        {
            Effect: "Allow",
            Action: [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            // Channels have no ARN.
            Resource: "*",
        },
        // The agent looks up whether the group is encrypted; the action knows no single group.
        { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
        { Effect: "Allow", Action: "logs:DescribeLogStreams", Resource: pulumi.interpolate`${logGroupArn}:*` },
        writeLogs(logGroupArn),
        { Effect: "Allow", Action: "kms:Decrypt", Resource: kmsKeyArn },
    ];
}

const pullStatements = (repositoryArns: pulumi.Input<string>[]): Statement[] => [
    // A token for the registry as a whole; it opens nothing without the statement below.
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
