import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { withDefaults } from "../building-blocks/arguments";
import { type DeployTarget, type SourceArgs, TARGET_DEFAULTS } from "./args";

type Stage = aws.types.input.codepipeline.PipelineStage;
type Action = aws.types.input.codepipeline.PipelineStageAction;

export const SOURCE_ACTION = "Source";
/** File that the build writes for the services of a region: repositories differ by region. */
export const imageDefinitions = (region?: string): string => (region ? `imagedefinitions-${region}.json` : "imagedefinitions.json");

/** Fetches the branch; the trigger, not the action, watches for pushes. */
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

/** Starts a pipeline on pushes to the branch. Without one, AWS adds its own to a V2 pipeline, which shows as a difference. */
export function pushTrigger(source: SourceArgs): aws.types.input.codepipeline.PipelineTrigger {
    const filePaths = source.paths ? { filePaths: { includes: source.paths } } : {};
    return {
        providerType: "CodeStarSourceConnection",
        gitConfiguration: { sourceActionName: SOURCE_ACTION, pushes: [{ branches: { includes: [branchOf(source)] }, ...filePaths }] },
    };
}

const branchOf = ({ branch = "main" }: SourceArgs) => branch;

/** Runs a CodeBuild project on the source, which is told the commit. */
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

/** Moves a service to the image that the build pushed, after a person's approval where the target wants one. */
export function deployStage(given: DeployTarget): Stage {
    const target = withDefaults(given, TARGET_DEFAULTS);
    const approval: Action = {
        name: "Approve",
        category: "Approval",
        owner: "AWS",
        provider: "Manual",
        version: "1",
        runOrder: 1,
        configuration: { CustomData: `Deploy #{${SOURCE_ACTION}.CommitId} to ${target.name}?` },
    };
    const deploy: Action = {
        name: "Deploy",
        category: "Deploy",
        owner: "AWS",
        provider: "ECS",
        version: "1",
        runOrder: target.approval ? 2 : 1,
        region: target.region,
        inputArtifacts: ["image"],
        configuration: {
            ClusterName: target.clusterName,
            ServiceName: target.serviceName,
            FileName: imageDefinitions(target.region),
            DeploymentTimeout: String(target.timeoutMinutes),
        },
    };
    return { name: `Deploy-${target.name}`, actions: target.approval ? [approval, deploy] : [deploy] };
}
