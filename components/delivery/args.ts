import type * as pulumi from "@pulumi/pulumi";
import { type Check, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { type ImageRepository } from "../image-repository";

/** A branch of a repository that CodeConnections reaches. */
export interface SourceArgs {
    /** `<owner>/<name>` */
    repositoryId: string;
    /** @default "main" */
    branch?: string;
    /** A push starts the pipeline only where it changes one of these, as glob patterns; at most 8. @default everything */
    paths?: string[];
}

/** An ECS service that a pipeline deploys to; it must be made with `deployedBy: "pipeline"`. */
export interface DeployTarget {
    /** Names the stage, such as `prod`. */
    name: string;
    /** Region of the service where it is not the pipeline's: the recovery region. */
    region?: string;
    clusterName: pulumi.Input<string>;
    serviceName: pulumi.Input<string>;
    taskDefinitionFamily: pulumi.Input<string>;
    /** ARNs of the task role and the execution role: the pipeline hands them to new revisions. */
    roleArns: pulumi.Input<string>[];
    /** A person must approve before this target is deployed to. @default false */
    approval?: boolean;
    /** Minutes until a deployment that does not become steady has failed, 1 to 60. @default 30 */
    timeoutMinutes?: number;
}

/** How the service's image is built and where it goes. */
export interface ServiceDeliveryArgs {
    source: SourceArgs;
    repository: ImageRepository;
    /** Container of the task definition that gets the image. */
    containerName: string;
    /** Architecture of the service: the image is built on it, not emulated. @default "ARM64" */
    architecture?: "ARM64" | "X86_64";
    /** Directory of the source with the Dockerfile's context. @default "." */
    directory?: string;
    /** Dockerfile within the directory. @default "Dockerfile" */
    dockerfile?: string;
    /** Services in the order of deployment: a failure stops before the next. @default none, the image is only pushed */
    deployTo?: DeployTarget[];
    /** Text of the buildspec. @default delivery/buildspec-image.yml */
    buildspec?: string;
}

/** How the Angular site is built and published. */
export interface SiteDeliveryArgs {
    source: SourceArgs;
    /** The site's bucket and distribution: `edge.siteBucketName`, `edge.distributionId`. */
    bucketName: pulumi.Input<string>;
    distributionId: pulumi.Input<string>;
    /** Directory of the source with package.json. @default "." */
    directory?: string;
    /** Directory, within that, that holds index.html after the build: `dist/app/browser`. */
    outputDirectory: string;
    /** Angular's build configuration. @default "production" */
    configuration?: string;
    /** Further variables of the build: the API's address, the identity client. Not for secrets: they show in the console. @default none */
    environment?: Record<string, pulumi.Input<string>>;
    /** Text of the buildspec. @default delivery/buildspec-site.yml */
    buildspec?: string;
}

export const TARGET_DEFAULTS = { timeoutMinutes: 30 } satisfies Partial<DeployTarget>;

export const SERVICE_DEFAULTS = {
    architecture: "ARM64",
    directory: ".",
    dockerfile: "Dockerfile",
    deployTo: [],
} satisfies Partial<ServiceDeliveryArgs>;

export type ResolvedService = WithDefaults<ServiceDeliveryArgs, typeof SERVICE_DEFAULTS>;

export const SITE_DEFAULTS = { directory: ".", configuration: "production" } satisfies Partial<SiteDeliveryArgs>;

export type ResolvedSite = WithDefaults<SiteDeliveryArgs, typeof SITE_DEFAULTS>;

/** Checks one pipeline's source. */
export function checkSource(check: Check, argument: string, { repositoryId, paths = [] }: SourceArgs): void {
    check(/^[\w.-]+(\/[\w.-]+)+$/.test(repositoryId), `${argument}.source.repositoryId`, "must be <owner>/<name>");
    check(paths.length <= 8, `${argument}.source.paths`, "must be at most 8 patterns");
}

/** Checks the targets of a pipeline against the recovery region. */
export function checkTargets(check: Check, service: ServiceDeliveryArgs, recoveryRegion: string | undefined): void {
    const { deployTo, repository } = withDefaults(service, SERVICE_DEFAULTS);
    deployTo.forEach((target, i) => {
        const { name, region, roleArns, timeoutMinutes } = withDefaults(target, TARGET_DEFAULTS);
        const argument = `service.deployTo[${i}]`;
        const first = deployTo.findIndex((other) => other.name === name);
        check(
            /^[\w.@-]{1,80}$/.test(name) && first === i,
            `${argument}.name`,
            "must be 1 to 80 letters, digits and . @ - _, and no other's name",
        );
        check(roleArns.length > 0, `${argument}.roleArns`, "must name the task role and the execution role");
        check(isBetween(timeoutMinutes, 1, 60), `${argument}.timeoutMinutes`, "must be between 1 and 60");
        if (region === undefined) return;
        check(region === recoveryRegion, `${argument}.region`, `must be that of recovery (${recoveryRegion ?? "none"}), or left out`);
        check(region === repository.recoveryRegion, `${argument}.region`, "must be one that the image repository has a copy in");
    });
}
