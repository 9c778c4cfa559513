import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { ServiceRole, type Statement } from "../building-blocks/iam";
import { accountOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";
import { type SourceArgs } from "./args";
import { type ArtifactStore } from "./permissions";
import { pushTrigger } from "./stages";

export interface PipelineArgs {
    description: string;
    source: SourceArgs;
    stages: aws.types.input.codepipeline.PipelineStage[];
    /** The pipeline's own, then those of other regions. */
    stores: ArtifactStore[];
    statements: Statement[];
    transform?: Transform<aws.codepipeline.PipelineArgs>;
}

/** A V2 pipeline whose runs wait for each other, with a role of its own. */
export function pipeline(parent: pulumi.Resource, name: string, args: PipelineArgs): aws.codepipeline.Pipeline {
    const condition = { StringEquals: { "aws:SourceAccount": accountOf(parent) } };
    const role = new ServiceRole(name, { service: "codepipeline.amazonaws.com", description: args.description, condition }, { parent });
    const policy = role.allow("work", args.statements, { parent });
    return new aws.codepipeline.Pipeline(
        `${name}-pipeline`,
        transformed(args.transform, {
            pipelineType: "V2",
            executionMode: "QUEUED",
            roleArn: role.arn,
            artifactStores: args.stores.map((store) => ({
                type: "S3",
                location: store.bucketName,
                encryptionKey: { type: "KMS", id: store.kmsKeyArn },
                // Refused where there is only one.
                region: args.stores.length > 1 ? store.region : undefined,
            })),
            stages: args.stages,
            triggers: [pushTrigger(args.source)],
        }),
        // It runs as soon as it is made.
        { parent, dependsOn: [policy] },
    );
}
