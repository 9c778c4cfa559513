import * as pulumi from "@pulumi/pulumi";
import { type BucketReference, readObjects, writeObjects } from "../internal/bucket-permissions";
import { KMS_ENCRYPT, type Statement } from "../building-blocks/iam";
import type { RunnableTask } from "../fargate-task";
import { passToTasks } from "../fargate-task/roles";
import { type DeployTarget } from "./args";

/** Artifact bucket and its KMS key. */
export type ArtifactStore = Required<BucketReference> & { bucketName: pulumi.Output<string> };

/** Statements that read and write artifacts. Both S3 and the services themselves encrypt artifacts with the key. */
export function useArtifacts(store: ArtifactStore): Statement[] {
    const services = ["codebuild", "codepipeline"].map((service) => pulumi.interpolate`${service}.${store.region}.amazonaws.com`);
    return [
        ...readObjects(store),
        ...writeObjects(store),
        { Effect: "Allow", Action: KMS_ENCRYPT, Resource: store.kmsKeyArn, Condition: { StringEquals: { "kms:ViaService": services } } },
    ];
}

/** Statements that every pipeline needs: use the connection, store artifacts, start the builds. */
export function pipelineStatements(
    connectionArn: pulumi.Input<string>,
    projectArns: pulumi.Input<string>[],
    stores: ArtifactStore[],
): Statement[] {
    return [
        {
            Effect: "Allow",
            // The action prefix must match the service name in the connection's ARN. Older connections use codestar-connections.
            Action: ["codeconnections:UseConnection", "codestar-connections:UseConnection"],
            Resource: connectionArn,
        },
        { Effect: "Allow", Action: ["codebuild:BatchGetBuilds", "codebuild:StartBuild"], Resource: projectArns },
        ...stores.flatMap((store) => [
            {
                Effect: "Allow" as const,
                Action: ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
                Resource: store.arn,
            },
            // The source action sets an ACL on upload and fails without this permission (aws/aws-cdk#13557).
            { Effect: "Allow" as const, Action: "s3:PutObjectAcl", Resource: pulumi.interpolate`${store.arn}/*` },
            ...useArtifacts(store),
        ]),
    ];
}

/** Statements that deploy to the target services only, with their task definition families and roles only. */
export function deployStatements(
    targets: DeployTarget[],
    pipelineRegion: pulumi.Input<string>,
    account: pulumi.Input<string>,
): Statement[] {
    const arn = (target: DeployTarget, resource: pulumi.Output<string>) =>
        pulumi.interpolate`arn:aws:ecs:${target.region ?? pipelineRegion}:${account}:${resource}`;
    const families = targets.map((target) => arn(target, pulumi.interpolate`task-definition/${target.taskDefinitionFamily}:*`));
    const clusters = targets.map((target) => arn(target, pulumi.interpolate`cluster/${target.clusterName}`));
    return [
        {
            Effect: "Allow",
            Action: ["ecs:DescribeServices", "ecs:UpdateService"],
            Resource: targets.map((target) => arn(target, pulumi.interpolate`service/${target.clusterName}/${target.serviceName}`)),
        },
        ...registerRevisions(families),
        {
            Effect: "Allow",
            Action: "ecs:DescribeTasks",
            Resource: targets.map((target) => arn(target, pulumi.interpolate`task/${target.clusterName}/*`)),
        },
        // DescribeTaskDefinition has no resource-level permissions. ListTasks supports only container instances, which Fargate doesn't use.
        { Effect: "Allow", Action: "ecs:DescribeTaskDefinition", Resource: "*" },
        { Effect: "Allow", Action: "ecs:ListTasks", Resource: "*", Condition: { ArnEquals: { "ecs:cluster": clusters } } },
        passToTasks(targets.flatMap(({ roleArns }) => roleArns)),
    ];
}

const registerRevisions = (families: pulumi.Input<string>[]): Statement[] => [
    { Effect: "Allow", Action: "ecs:RegisterTaskDefinition", Resource: families },
    {
        Effect: "Allow",
        Action: "ecs:TagResource",
        Resource: families,
        Condition: { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } },
    },
];

/** Statements that register revisions of the tasks, with their own roles only. */
export const registerStatements = (tasks: Pick<RunnableTask, "familyArn" | "taskRoleArn" | "executionRoleArn">[]): Statement[] => {
    const families = tasks.map(({ familyArn }) => pulumi.interpolate`${familyArn}:*`);
    return [
        // The action has no resource-level permissions.
        { Effect: "Allow", Action: "ecs:DescribeTaskDefinition", Resource: "*" },
        ...registerRevisions(families),
        passToTasks(tasks.flatMap(({ taskRoleArn, executionRoleArn }) => [taskRoleArn, executionRoleArn])),
    ];
};
