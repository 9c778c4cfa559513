import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../building-blocks/arguments";
import { BRANCH, type DeployTarget, type SourceArgs, TARGET_DEFAULTS } from "./args";

type Stage = aws.types.input.codepipeline.PipelineStage;
type Action = aws.types.input.codepipeline.PipelineStageAction;

const SOURCE_ACTION = "Source";
/** Image definitions file for a region. Each region has its own, because the repository URL differs. */
export const imageDefinitions = (region?: string): string => (region ? `imagedefinitions-${region}.json` : "imagedefinitions.json");

/** Source stage. Change detection is off because the pipeline's trigger handles pushes. */
export function sourceStage(source: SourceArgs, connectionArn: pulumi.Input<string>): Stage {
    const action: Action = {
        name: SOURCE_ACTION,
        category: "Source",
        owner: "AWS",
        provider: "CodeStarSourceConnection",
        version: "1",
        namespace: SOURCE_ACTION,
        outputArtifacts: ["source"],
        configuration: {
            ConnectionArn: connectionArn,
            FullRepositoryId: source.repositoryId,
            BranchName: branchOf(source),
            OutputArtifactFormat: "CODE_ZIP",
            DetectChanges: "false",
        },
    };
    return { name: "Source", actions: [action] };
}

/** Trigger on pushes to the branch. Without a trigger, AWS adds a default one to V2 pipelines, which Pulumi reports as drift. */
export function pushTrigger(source: SourceArgs): aws.types.input.codepipeline.PipelineTrigger {
    const filePaths = source.paths ? { filePaths: { includes: source.paths } } : {};
    return {
        providerType: "CodeStarSourceConnection",
        gitConfiguration: { sourceActionName: SOURCE_ACTION, pushes: [{ branches: { includes: [branchOf(source)] }, ...filePaths }] },
    };
}

const branchOf = ({ branch = BRANCH }: SourceArgs) => branch;

/** Stage that runs a CodeBuild project on the source, with the commit ID in `COMMIT_ID`. */
export function buildStage(name: string, projectName: pulumi.Input<string>, outputArtifacts: string[]): Stage {
    const commit = { name: "COMMIT_ID", value: `#{${SOURCE_ACTION}.CommitId}`, type: "PLAINTEXT" };
    const action: Action = {
        name,
        category: "Build",
        owner: "AWS",
        provider: "CodeBuild",
        version: "1",
        inputArtifacts: ["source"],
        outputArtifacts,
        configuration: { ProjectName: projectName, EnvironmentVariables: JSON.stringify([commit]) },
    };
    return { name, actions: [action] };
}

/**
 * Stage that deploys the built image to a service, after manual approval if the target requires it.
 *
 * @param migrations name of the project that runs the migrations before the deployment
 */
export function deployStage(inputs: DeployTarget, migrations?: pulumi.Input<string>): Stage {
    const target = withDefaults(inputs, TARGET_DEFAULTS);
    const approval: Action = {
        name: "Approve",
        category: "Approval",
        owner: "AWS",
        provider: "Manual",
        version: "1",
        configuration: { CustomData: `Deploy #{${SOURCE_ACTION}.CommitId} to ${target.name}?` },
    };
    const deploy: Action = {
        name: "Deploy",
        category: "Deploy",
        owner: "AWS",
        provider: "ECS",
        version: "1",
        region: target.region,
        inputArtifacts: ["image"],
        configuration: {
            ClusterName: target.clusterName,
            ServiceName: target.serviceName,
            FileName: imageDefinitions(target.region),
            DeploymentTimeout: String(target.timeoutMinutes),
        },
    };
    const migrate: Action[] =
        migrations === undefined
            ? []
            : [
                  {
                      name: "Migrate",
                      category: "Build",
                      owner: "AWS",
                      provider: "CodeBuild",
                      version: "1",
                      inputArtifacts: ["image"],
                      configuration: { ProjectName: migrations },
                  },
              ];
    const actions = [...(target.approval ? [approval] : []), ...migrate, deploy];
    return { name: `Deploy-${target.name}`, actions: actions.map((action, i) => ({ ...action, runOrder: i + 1 })) };
}
