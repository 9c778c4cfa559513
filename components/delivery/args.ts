import type * as pulumi from "@pulumi/pulumi";
import { type Check, checkBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { type ImageRepository } from "../image-repository";
import type { TaskRun } from "../task-run";

/** Default of `branch`. */
export const BRANCH = "main";

/** Branch of a repository that a pipeline builds from. */
export interface SourceArgs {
    /** Repository, as `<owner>/<name>`. */
    repositoryId: string;
    /** Branch that triggers the pipeline. @default "main" */
    branch?: string;
    /** Glob patterns, at most 8. Only a push that changes a matching file starts the pipeline. @default all files */
    paths?: string[];
}

/** ECS service that a pipeline deploys to. Create it with `deployedBy: "pipeline"`. */
export interface DeployTarget {
    /** Name of the deployment stage, such as `prod`: 1 to 80 letters, digits, and `. @ - _`. */
    name: string;
    /** Region of the service. If set, it must be the recovery region. @default the pipeline's region */
    region?: string;
    /** Name of the ECS cluster. */
    clusterName: pulumi.Input<string>;
    /** Name of the ECS service. */
    serviceName: pulumi.Input<string>;
    /** Family of the service's task definition. */
    taskDefinitionFamily: pulumi.Input<string>;
    /** ARNs of the task role and the execution role. The pipeline needs permission to pass them to ECS. */
    roleArns: pulumi.Input<string>[];
    /** Requires manual approval before the deployment. @default false */
    approval?: boolean;
    /** Minutes, 1 to 60, for the service to reach a steady state before the deployment fails. @default 30 */
    timeoutMinutes?: number;
}

/** Source, build, and deployment targets of the service's image. */
export interface ServiceDeliveryArgs {
    /** Repository and branch to build. */
    source: SourceArgs;
    /** Repository that the pipeline pushes the image to. */
    repository: ImageRepository;
    /** Container in the task definition that runs the image. */
    containerName: string;
    /** CPU architecture of the service. The build runs on the same architecture, without emulation. @default "ARM64" */
    cpuArchitecture?: "ARM64" | "X86_64";
    /** Docker build context, relative to the root of the repository. @default "." */
    directory?: string;
    /** Path of the Dockerfile, relative to `directory`. @default "Dockerfile" */
    dockerfile?: string;
    /** Services to deploy to, in order. If one deployment fails, the pipeline stops. @default none: the pipeline only pushes the image */
    deployTo?: DeployTarget[];
    /**
     * Tasks that run with the new image before the first deployment, in order, such as migrations of the database. If one fails, the pipeline stops.
     * They must be in the region of the pipeline, like the first target. @default none
     */
    migrations?: TaskRun[];
    /** Content of the buildspec. @default delivery/buildspec-image.yml */
    buildspec?: string;
}

/** Source, build, and destination of the Angular site. */
export interface SiteDeliveryArgs {
    /** Repository and branch to build. */
    source: SourceArgs;
    /** Bucket of the site: `edge.siteBucketName`. */
    bucketName: pulumi.Input<string>;
    /** CloudFront distribution of the site: `edge.distributionId`. */
    distributionId: pulumi.Input<string>;
    /** Directory that contains package.json, relative to the root of the repository. @default "." */
    directory?: string;
    /** Build output directory that contains index.html, relative to `directory`: `dist/app/browser`. */
    outputDirectory: string;
    /** Angular build configuration. @default "production" */
    configuration?: string;
    /** Additional environment variables for the build, such as the API URL. Don't pass secrets: the console shows the values. @default none */
    environment?: Record<string, pulumi.Input<string>>;
    /** Content of the buildspec. @default delivery/buildspec-site.yml */
    buildspec?: string;
}

/** Longest timeout of a deployment (CodePipeline User Guide, action reference of Amazon ECS). */
export const MOST_MINUTES = 60;
export const TARGET_DEFAULTS = { timeoutMinutes: 30 } satisfies Partial<DeployTarget>;

export const SERVICE_DEFAULTS = {
    cpuArchitecture: "ARM64",
    directory: ".",
    dockerfile: "Dockerfile",
    deployTo: [],
    migrations: [],
} satisfies Partial<ServiceDeliveryArgs>;

export type ResolvedService = WithDefaults<ServiceDeliveryArgs, typeof SERVICE_DEFAULTS>;

export const SITE_DEFAULTS = { directory: ".", configuration: "production" } satisfies Partial<SiteDeliveryArgs>;

export type ResolvedSite = WithDefaults<SiteDeliveryArgs, typeof SITE_DEFAULTS>;

/** `<owner>/<name>`; GitLab has nested groups. */
export const REPOSITORY_ID = /^[\w.-]+(\/[\w.-]+)+$/;

/** Validates the source of a pipeline. */
export function checkSource(check: Check, argument: string, { repositoryId, paths = [] }: SourceArgs): void {
    check(REPOSITORY_ID.test(repositoryId), `${argument}.source.repositoryId`, "must be <owner>/<name>");
    check(paths.length <= 8, `${argument}.source.paths`, "must have at most 8 patterns");
}

/** Validates the deployment targets, including their region. */
export function checkTargets(check: Check, service: ServiceDeliveryArgs, recoveryRegion: string | undefined): void {
    const { deployTo, repository, migrations } = withDefaults(service, SERVICE_DEFAULTS);
    const first = deployTo[0];
    const isHere = first !== undefined && first.region === undefined;
    check(
        migrations.length === 0 || isHere,
        "service.migrations",
        "must be empty unless the first target is in the region of the pipeline",
    );
    deployTo.forEach((target, i) => {
        const { name, region, roleArns, timeoutMinutes } = withDefaults(target, TARGET_DEFAULTS);
        const argument = `service.deployTo[${i}]`;
        const sameName = deployTo.findIndex((other) => other.name === name);
        check(
            /^[\w.@-]{1,80}$/.test(name) && sameName === i,
            `${argument}.name`,
            "must be 1 to 80 letters, digits, and . @ - _, and unique",
        );
        check(roleArns.length > 0, `${argument}.roleArns`, "must contain the ARNs of the task role and the execution role");
        checkBetween(check, `${argument}.timeoutMinutes`, timeoutMinutes, [1, MOST_MINUTES]);
        if (region === undefined) return;
        check(region === recoveryRegion, `${argument}.region`, `must be recovery.region (${recoveryRegion ?? "not set"}) or omitted`);
        check(region === repository.recoveryRegion, `${argument}.region`, "must be the recovery region of the image repository");
    });
}
