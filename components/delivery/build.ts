import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { forwardLogs, type LogArgs, logGroupArgs, type LogParts } from "../building-blocks/logs";
import { type Grantee, ServiceRole, writeLogs } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";
import type { Each, PartFactory } from "../building-blocks/parts";
import { type ArtifactStore, useArtifacts } from "./permissions";
import { sortedEntries } from "../internal/unknown";

export interface BuildArgs extends LogArgs {
    description: string;
    cpuArchitecture: "ARM64" | "X86_64";
    /** Runs the build in privileged mode, which `docker build` requires. */
    docker: boolean;
    buildspec: string;
    variables: Record<string, pulumi.Input<string>>;
    store: ArtifactStore;
    /** Minutes. @default 30 */
    buildTimeout?: number;
}

/** Projects, their log groups, and their roles, by logical name of the build. */
export interface BuildParts extends LogParts {
    logs?: Each<typeof aws.cloudwatch.LogGroup>;
    buildRoles?: Each<typeof ServiceRole>;
    projects?: Each<typeof aws.codebuild.Project>;
}

/** CodeBuild environments based on Amazon Linux 2023. */
const MACHINES = {
    ARM64: { type: "ARM_CONTAINER", image: "aws/codebuild/amazonlinux-aarch64-standard:3.0" },
    X86_64: { type: "LINUX_CONTAINER", image: "aws/codebuild/amazonlinux-x86_64-standard:5.0" },
};

/** CodeBuild project for a pipeline, with its own role and an encrypted log group. Pass it to `grant` methods to extend its role. */
export class Build implements Grantee {
    readonly logicalName: string;
    readonly roleName: pulumi.Output<string>;
    readonly projectName: pulumi.Output<string>;
    readonly projectArn: pulumi.Output<string>;

    constructor(parent: pulumi.Resource, parts: PartFactory<BuildParts>, name: string, args: BuildArgs) {
        this.logicalName = name;
        const role = createRole(parent, parts, name, args.description);
        this.roleName = role.roleName;
        const logs = parts.createEach("logs", name, aws.cloudwatch.LogGroup, `${name}-logs`, logGroupArgs(args, "build"));
        forwardLogs(parts, `${name}-logs`, logs, args);
        role.allow("work", [writeLogs(logs.arn), ...useArtifacts(args.store)]);
        const project = createProject(parts, name, args, role, logs);
        this.projectName = project.name;
        this.projectArn = project.arn;
    }
}

function createRole(parent: pulumi.Resource, parts: PartFactory<BuildParts>, name: string, description: string): ServiceRole {
    const account = accountOf(parent);
    const condition = {
        StringEquals: { "aws:SourceAccount": account },
        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:codebuild:${regionOf(parent)}:${account}:project/${name}-*` },
    };
    return parts.createEach("buildRoles", name, ServiceRole, name, { service: "codebuild.amazonaws.com", description, condition });
}

function createProject(
    parts: PartFactory<BuildParts>,
    name: string,
    args: BuildArgs,
    role: ServiceRole,
    logs: aws.cloudwatch.LogGroup,
): aws.codebuild.Project {
    return parts.createEach("projects", name, aws.codebuild.Project, `${name}-project`, {
        description: args.description,
        serviceRole: role.arn,
        encryptionKey: args.store.kmsKeyArn,
        source: { type: "CODEPIPELINE", buildspec: args.buildspec },
        artifacts: { type: "CODEPIPELINE" },
        environment: {
            ...MACHINES[args.cpuArchitecture],
            computeType: "BUILD_GENERAL1_SMALL",
            privilegedMode: args.docker,
            imagePullCredentialsType: "CODEBUILD",
            environmentVariables: sortedEntries(args.variables).map(([key, value]) => ({ name: key, value, type: "PLAINTEXT" })),
        },
        cache: { type: "LOCAL", modes: [args.docker ? "LOCAL_DOCKER_LAYER_CACHE" : "LOCAL_CUSTOM_CACHE"] },
        logsConfig: { cloudwatchLogs: { status: "ENABLED", groupName: logs.name } },
        buildTimeout: args.buildTimeout ?? 30,
        queuedTimeout: 60,
    });
}
