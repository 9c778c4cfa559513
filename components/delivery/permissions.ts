import * as pulumi from "@pulumi/pulumi";
import { type BucketReference, readObjects, writeObjects } from "../internal/bucket-permissions";
import { KMS_ENCRYPT, type Statement } from "../building-blocks/iam";
import { type DeployTarget } from "./args";

/** A bucket of artifacts with its key. */
export type ArtifactStore = Required<BucketReference> & { bucketName: pulumi.Output<string> };

/** Reading and writing artifacts, which CodeBuild and CodePipeline encrypt themselves or have S3 encrypt. */
export function useArtifacts(store: ArtifactStore): Statement[] {
    const services = ["codebuild", "codepipeline"].map((service) => pulumi.interpolate`${service}.${store.region}.amazonaws.com`);
    return [
        ...readObjects(store),
        ...writeObjects(store),
        { Effect: "Allow", Action: KMS_ENCRYPT, Resource: store.kmsKeyArn, Condition: { StringEquals: { "kms:ViaService": services } } },
    ];
}

/** What every pipeline does: fetch the source, keep artifacts, run its build. */
export function pipelineStatements(
    connectionArn: pulumi.Input<string>,
    projectArn: pulumi.Input<string>,
    stores: ArtifactStore[],
): Statement[] {
    return [
        {
            Effect: "Allow",
            // A connection's ARN has the service's old name if it was made under that, and is used under the name in its ARN.
            Action: ["codeconnections:UseConnection", "codestar-connections:UseConnection"],
            Resource: connectionArn,
        },
        { Effect: "Allow", Action: ["codebuild:BatchGetBuilds", "codebuild:StartBuild"], Resource: projectArn },
        ...stores.flatMap((store) => [
            {
                Effect: "Allow" as const,
                Action: ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
                Resource: store.arn,
            },
            // The source action of a connection uploads with an ACL, and is refused without it (aws/aws-cdk#13557).
            { Effect: "Allow" as const, Action: "s3:PutObjectAcl", Resource: pulumi.interpolate`${store.arn}/*` },
            ...useArtifacts(store),
        ]),
    ];
}

/** Deploying to exactly the targets' services, by new revisions of exactly their families with exactly their roles. */
export function deployStatements(targets: DeployTarget[], home: pulumi.Input<string>, account: pulumi.Input<string>): Statement[] {
    const arn = (target: DeployTarget, resource: pulumi.Output<string>) =>
        pulumi.interpolate`arn:aws:ecs:${target.region ?? home}:${account}:${resource}`;
    const families = targets.map((target) => arn(target, pulumi.interpolate`task-definition/${target.taskDefinitionFamily}:*`));
    const clusters = targets.map((target) => arn(target, pulumi.interpolate`cluster/${target.clusterName}`));
    return [
        {
            Effect: "Allow",
            Action: ["ecs:DescribeServices", "ecs:UpdateService"],
            Resource: targets.map((target) => arn(target, pulumi.interpolate`service/${target.clusterName}/${target.serviceName}`)),
        },
        { Effect: "Allow", Action: "ecs:RegisterTaskDefinition", Resource: families },
        {
            Effect: "Allow",
            Action: "ecs:TagResource",
            Resource: families,
            Condition: { StringEquals: { "ecs:CreateAction": "RegisterTaskDefinition" } },
        },
        {
            Effect: "Allow",
            Action: "ecs:DescribeTasks",
            Resource: targets.map((target) => arn(target, pulumi.interpolate`task/${target.clusterName}/*`)),
        },
        // Describing task definitions knows no resource, listing tasks only container instances, which Fargate has not.
        { Effect: "Allow", Action: "ecs:DescribeTaskDefinition", Resource: "*" },
        { Effect: "Allow", Action: "ecs:ListTasks", Resource: "*", Condition: { ArnEquals: { "ecs:cluster": clusters } } },
        {
            Effect: "Allow",
            Action: "iam:PassRole",
            Resource: targets.flatMap(({ roleArns }) => roleArns),
            Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        },
    ];
}
