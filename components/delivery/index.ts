import { readFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ownFile } from "../../functions/bundle";
import {
    checkSource,
    checkTargets,
    type ResolvedService,
    type ResolvedSite,
    SERVICE_DEFAULTS,
    type ServiceDeliveryArgs,
    SITE_DEFAULTS,
    type SiteDeliveryArgs,
} from "./args";
import { Build } from "./build";
import { type ArtifactStore, deployStatements, pipelineStatements } from "./permissions";
import { pipeline } from "./pipeline";
import { buildStage, deployStage, imageDefinitions, sourceStage } from "./stages";
import { PrivateBucket } from "../private-bucket";
import { checked, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs } from "../building-blocks/logs";
import { type Grantee } from "../building-blocks/iam";
import { type AlarmDefinition, type Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform } from "../building-blocks/transform";

export type { DeployTarget, ServiceDeliveryArgs, SiteDeliveryArgs, SourceArgs } from "./args";

export interface DeliveryArgs extends LogArgs {
    /** Key of artifacts. */
    kmsKeyArn: pulumi.Input<string>;
    /** Region that a service is deployed to besides the pipeline's own, and the key there. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** ARN of a connection that is already authorised. @default a new one, to be authorised once in the console */
    connectionArn?: pulumi.Input<string>;
    /** Provider of a new connection. @default "GitHub" */
    connectionProvider?: "Bitbucket" | "GitHub" | "GitLab";
    /** Pipeline of the service's image. @default none */
    service?: ServiceDeliveryArgs;
    /** Pipeline of the Angular site. @default none */
    site?: SiteDeliveryArgs;
    /** Deletes the artifacts with their buckets. For environments without data of value. @default false */
    forceDestroy?: boolean;
    transform?: {
        imageProject?: Transform<aws.codebuild.ProjectArgs>;
        siteProject?: Transform<aws.codebuild.ProjectArgs>;
        servicePipeline?: Transform<aws.codepipeline.PipelineArgs>;
        sitePipeline?: Transform<aws.codepipeline.PipelineArgs>;
    };
}

/** Days that artifacts are kept: a pipeline passes them on within hours. */
const ARTIFACT_DAYS = 30;

/**
 * From a push to what runs: one pipeline builds the service's image, pushes it under the commit's id and deploys it to one service after
 * the other, also in the recovery region; another builds the Angular site and publishes it. Each pipeline has its own
 * buckets of artifacts, and each build and each pipeline its own role, which may do this and nothing else. The site's build gets its
 * permission by `edge.grantPublish(delivery.siteBuild)`.
 *
 * The pipeline then owns which task definition runs (docs/decisions/0001-task-definition-owner.md). A new connection waits for a person to
 * authorise it in the console; until then the pipelines' first stage fails.
 *
 * 0.002 USD per minute of a pipeline's actions beyond 100 free ones a month, 0.005 per minute of a build. It refuses targets in a region
 * that has no artifacts or no copy of the image.
 */
export class Delivery extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Delivery";
    readonly connectionArn: pulumi.Output<string>;
    /** The role that builds the image. Undefined without `service`. */
    readonly imageBuild?: Grantee;
    /** The role that publishes the site; needs `edge.grantPublish`. Undefined without `site`. */
    readonly siteBuild?: Grantee;
    readonly servicePipelineName?: pulumi.Output<string>;
    readonly sitePipelineName?: pulumi.Output<string>;

    constructor(name: string, args: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:Delivery", name, validated(name, args), opts);
        this.logicalName = name;
        this.connectionArn = args.connectionArn === undefined ? this.createConnection(args).arn : pulumi.output(args.connectionArn);
        // One bucket each: neither pipeline can put its artifacts in place of the other's.
        if (args.service) {
            const service = withDefaults(args.service, SERVICE_DEFAULTS);
            const store = this.createStore("service", args, args.kmsKeyArn);
            const build = this.createImageBuild(args, service, store);
            this.imageBuild = build;
            this.servicePipelineName = this.createServicePipeline(args, service, build, store).name;
        }
        if (args.site) {
            const site = withDefaults(args.site, SITE_DEFAULTS);
            const store = this.createStore("site", args, args.kmsKeyArn);
            const build = this.createSiteBuild(args, site, store);
            this.siteBuild = build;
            this.sitePipelineName = this.createSitePipeline(args, site, build, store).name;
        }
        this.registerOutputs({ connectionArn: this.connectionArn });
    }

    get alarms(): AlarmDefinition[] {
        return [
            ...failedRuns("service-pipeline", "The service's pipeline failed: what runs stays as it was.", this.servicePipelineName),
            ...failedRuns("site-pipeline", "The site's pipeline failed: look whether index.html was published.", this.sitePipelineName),
        ];
    }

    private createStore(user: "service" | "site", args: DeliveryArgs, kmsKeyArn: pulumi.Input<string>, region?: string): ArtifactStore {
        const bucket = new PrivateBucket(
            `${this.logicalName}-${user}-artifacts${region ? "-recovery" : ""}`,
            {
                region,
                kmsKeyArn,
                oldVersionDays: 1,
                lifecycleRules: [{ id: "old-artifacts", status: "Enabled", filter: { prefix: "" }, expiration: { days: ARTIFACT_DAYS } }],
                forceDestroy: args.forceDestroy,
            },
            { parent: this },
        );
        return { bucketName: bucket.bucketName, arn: bucket.arn, kmsKeyArn, region: region ?? regionOf(this) };
    }

    private createConnection(args: DeliveryArgs): aws.codeconnections.Connection {
        const providerType = args.connectionProvider ?? "GitHub";
        return new aws.codeconnections.Connection(`${this.logicalName}-source`, { providerType }, { parent: this });
    }

    private createImageBuild(args: DeliveryArgs, service: ResolvedService, store: ArtifactStore): Build {
        const { repository, architecture } = service;
        const build = new Build(this, `${this.logicalName}-image`, {
            ...logsOf(args),
            description: "Builds the service's image and pushes it",
            architecture,
            docker: true,
            buildspec: service.buildspec ?? shipped("buildspec-image.yml"),
            variables: {
                REPOSITORY_NAME: repository.repositoryName,
                REPOSITORY_URL: repository.url,
                CONTAINER_NAME: service.containerName,
                PLATFORM: architecture === "ARM64" ? "linux/arm64" : "linux/amd64",
                DIRECTORY: service.directory,
                DOCKERFILE: service.dockerfile,
                ...copyVariables(service),
            },
            store,
            transform: args.transform?.imageProject,
        });
        repository.grantPush(build);
        return build;
    }

    private createServicePipeline(args: DeliveryArgs, service: ResolvedService, build: Build, store: ArtifactStore) {
        const { source, deployTo } = service;
        const { recovery } = args;
        const abroad = recovery && deploysAbroad(service) ? [this.createStore("service", args, recovery.kmsKeyArn, recovery.region)] : [];
        const stores = [store, ...abroad];
        return pipeline(this, `${this.logicalName}-service`, {
            description: "Builds the service's image and deploys it",
            source,
            stores,
            stages: [
                sourceStage(source, this.connectionArn),
                buildStage("Build", build.projectName, ["image"]),
                ...deployTo.map(deployStage),
            ],
            statements: [
                ...pipelineStatements(this.connectionArn, build.projectArn, stores),
                ...(deployTo.length > 0 ? deployStatements(deployTo, regionOf(this), accountOf(this)) : []),
            ],
            transform: args.transform?.servicePipeline,
        });
    }

    private createSiteBuild(args: DeliveryArgs, site: ResolvedSite, store: ArtifactStore): Build {
        return new Build(this, `${this.logicalName}-site`, {
            ...logsOf(args),
            description: "Builds the Angular site and publishes it",
            architecture: "ARM64",
            docker: false,
            buildspec: site.buildspec ?? shipped("buildspec-site.yml"),
            variables: {
                ...site.environment,
                SITE_BUCKET: site.bucketName,
                DISTRIBUTION_ID: site.distributionId,
                DIRECTORY: site.directory,
                OUTPUT_DIRECTORY: site.outputDirectory,
                CONFIGURATION: site.configuration,
            },
            store,
            transform: args.transform?.siteProject,
        });
    }

    private createSitePipeline(args: DeliveryArgs, { source }: SiteDeliveryArgs, build: Build, store: ArtifactStore) {
        return pipeline(this, `${this.logicalName}-site-publication`, {
            description: "Builds the Angular site and publishes it",
            source,
            stores: [store],
            stages: [sourceStage(source, this.connectionArn), buildStage("Publish", build.projectName, [])],
            statements: pipelineStatements(this.connectionArn, build.projectArn, [store]),
            transform: args.transform?.sitePipeline,
        });
    }
}

const logsOf = ({ logKeyArn, logRetentionDays }: DeliveryArgs): LogArgs => ({ logKeyArn, logRetentionDays });

const deploysAbroad = ({ deployTo }: ResolvedService): boolean => deployTo.some(({ region }) => region !== undefined);

/** Where a service in the recovery region finds its image; the build waits for it there. */
function copyVariables(service: ResolvedService): Record<string, pulumi.Input<string>> {
    const { recoveryRegion, recoveryUrl } = service.repository;
    if (!recoveryRegion || !recoveryUrl || !deploysAbroad(service)) return {};
    return {
        RECOVERY_REGION: recoveryRegion,
        RECOVERY_REPOSITORY_URL: recoveryUrl,
        RECOVERY_IMAGE_DEFINITIONS: imageDefinitions(recoveryRegion),
    };
}

/** A buildspec of this project's `delivery` directory. */
const shipped = (file: string): string => readFileSync(ownFile("delivery", file), "utf8");

function failedRuns(name: string, description: string, pipelineName: pulumi.Output<string> | undefined): AlarmDefinition[] {
    if (!pipelineName) return [];
    return [
        {
            name,
            description,
            severity: "ticket",
            namespace: "AWS/CodePipeline",
            metricName: "FailedPipelineExecutions",
            dimensions: { PipelineName: pipelineName },
            statistic: "Sum",
            period: 300,
            periods: 1,
            comparison: "above",
            threshold: 0,
        },
    ];
}

function validated(name: string, args: DeliveryArgs) {
    return checked("Delivery", name, args, (check) => {
        const { service, site, connectionArn, connectionProvider } = args;
        // A connection's name takes 32 characters, of which Pulumi adds 8 and this class 7.
        check(name.length <= 17, "its name", "must be at most 17 characters");
        check(service !== undefined || site !== undefined, "service or site", "must be given");
        check(
            connectionArn === undefined || connectionProvider === undefined,
            "connectionProvider",
            "must not be given with connectionArn",
        );
        checkLogs(check, args);
        if (service) {
            checkSource(check, "service", service.source);
            checkTargets(check, service, args.recovery?.region);
        }
        if (site) {
            checkSource(check, "site", site.source);
            const inside = site.outputDirectory !== "" && !/^\/|\.\./.test(site.outputDirectory);
            check(inside, "site.outputDirectory", "must be a directory within site.directory");
        }
    });
}
