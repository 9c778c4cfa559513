import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { ServiceRole, type Statement } from "../building-blocks/iam";
import { accountOf } from "../building-blocks/provider";
import type { Each, PartFactory } from "../building-blocks/parts";
import { type SourceArgs } from "./args";
import { type ArtifactStore } from "./permissions";
import { pushTrigger } from "./stages";

export interface PipelineArgs {
    description: string;
    source: SourceArgs;
    stages: aws.types.input.codepipeline.PipelineStage[];
    /** Artifact store of the pipeline's region, followed by those of other regions. */
    stores: ArtifactStore[];
    statements: Statement[];
}

/** Pipelines and their roles, by logical name. */
export interface PipelineParts {
    pipelineRoles?: Each<typeof ServiceRole>;
    pipelines?: Each<typeof aws.codepipeline.Pipeline>;
}

/** Creates a V2 pipeline with queued executions and its own role. */
export function pipeline(
    parent: pulumi.Resource,
    parts: PartFactory<PipelineParts>,
    name: string,
    args: PipelineArgs,
): aws.codepipeline.Pipeline {
    const condition = { StringEquals: { "aws:SourceAccount": accountOf(parent) } };
    const roleArgs = { service: "codepipeline.amazonaws.com", description: args.description, condition };
    const role = parts.createEach("pipelineRoles", name, ServiceRole, name, roleArgs);
    const policy = role.allow("work", args.statements);
    return parts.createEach(
        "pipelines",
        name,
        aws.codepipeline.Pipeline,
        `${name}-pipeline`,
        {
            pipelineType: "V2",
            executionMode: "QUEUED",
            roleArn: role.arn,
            artifactStores: args.stores.map((store) => ({
                type: "S3",
                location: store.bucketName,
                encryptionKey: { type: "KMS", id: store.kmsKeyArn },
                // CodePipeline rejects a region if there is only one store.
                region: args.stores.length > 1 ? store.region : undefined,
            })),
            stages: args.stages,
            triggers: [pushTrigger(args.source)],
        },
        { dependsOn: [policy] },
    );
}
