import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type LogArgs, logGroup } from "../building-blocks/logs";
import { type Grantee, ServiceRole, writeLogs } from "../building-blocks/iam";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";
import { type ArtifactStore, useArtifacts } from "./permissions";

export interface BuildArgs extends LogArgs {
    description: string;
    architecture: "ARM64" | "X86_64";
    /** May start containers of its own: for `docker build` only. */
    docker: boolean;
    buildspec: string;
    variables: Record<string, pulumi.Input<string>>;
    store: ArtifactStore;
    transform?: Transform<aws.codebuild.ProjectArgs>;
}

/** CodeBuild's machines of Amazon Linux 2023. */
const MACHINES = {
    ARM64: { type: "ARM_CONTAINER", image: "aws/codebuild/amazonlinux-aarch64-standard:3.0" },
    X86_64: { type: "LINUX_CONTAINER", image: "aws/codebuild/amazonlinux-x86_64-standard:5.0" },
};

/** A CodeBuild project that a pipeline starts, with a role of its own and an encrypted log group. Its role takes further grants. */
export class Build implements Grantee {
    readonly logicalName: string;
    readonly roleName: pulumi.Output<string>;
    readonly projectName: pulumi.Output<string>;
    readonly projectArn: pulumi.Output<string>;

    constructor(parent: pulumi.Resource, name: string, args: BuildArgs) {
        this.logicalName = name;
        const role = createRole(parent, name, args.description);
        this.roleName = role.roleName;
        const logs = logGroup(`${name}-logs`, args, { parent });
        role.allow("work", [writeLogs(logs.arn), ...useArtifacts(args.store)], { parent });
        const project = createProject(parent, name, args, role, logs);
        this.projectName = project.name;
        this.projectArn = project.arn;
    }
}

function createRole(parent: pulumi.Resource, name: string, description: string): ServiceRole {
    const account = accountOf(parent);
    const condition = {
        StringEquals: { "aws:SourceAccount": account },
        ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:codebuild:${regionOf(parent)}:${account}:project/${name}-*` },
    };
    return new ServiceRole(name, { service: "codebuild.amazonaws.com", description, condition }, { parent });
}

function createProject(
    parent: pulumi.Resource,
    name: string,
    args: BuildArgs,
    role: ServiceRole,
    logs: aws.cloudwatch.LogGroup,
): aws.codebuild.Project {
    return new aws.codebuild.Project(
        `${name}-project`,
        transformed(args.transform, {
            description: args.description,
            serviceRole: role.arn,
            encryptionKey: args.store.kmsKeyArn,
            source: { type: "CODEPIPELINE", buildspec: args.buildspec },
            artifacts: { type: "CODEPIPELINE" },
            environment: {
                ...MACHINES[args.architecture],
                computeType: "BUILD_GENERAL1_SMALL",
                privilegedMode: args.docker,
                imagePullCredentialsType: "CODEBUILD",
                environmentVariables: Object.entries(args.variables)
                    .sort(([a], [b]) => (a < b ? -1 : 1))
                    .map(([key, value]) => ({ name: key, value, type: "PLAINTEXT" })),
            },
            cache: { type: "LOCAL", modes: [args.docker ? "LOCAL_DOCKER_LAYER_CACHE" : "LOCAL_CUSTOM_CACHE"] },
            logsConfig: { cloudwatchLogs: { status: "ENABLED", groupName: logs.name } },
            buildTimeout: 30,
            queuedTimeout: 60,
        }),
        { parent },
    );
}
