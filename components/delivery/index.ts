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
import { Build, type BuildParts } from "./build";
import { type ArtifactStore, deployStatements, pipelineStatements, registerStatements } from "./permissions";
import { pipeline, type PipelineParts } from "./pipeline";
import { buildStage, deployStage, imageDefinitions, sourceStage } from "./stages";
import { PrivateBucket } from "../private-bucket";
import { checked, withDefaults } from "../building-blocks/arguments";
import { checkLogs, type LogArgs, logArgsOf } from "../building-blocks/logs";
import { type Grantee, type GrantParts, policyDocument } from "../building-blocks/iam";
import { type AlarmDefinition, type Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { placeOf } from "../internal/recovery";
import { type Each, type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export type { DeployTarget, ServiceDeliveryArgs, SiteDeliveryArgs, SourceArgs } from "./args";

export interface DeliveryArgs extends LogArgs {
    /** ARN of the KMS key that encrypts the build artifacts. */
    kmsKeyArn: pulumi.Input<string>;
    /** Second region to deploy to, and the ARN of the KMS key for artifacts in that region. @default none */
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
    /** ARN of an existing, authorized connection. @default a new connection, which you authorize once in the console */
    connectionArn?: pulumi.Input<string>;
    /** Git provider of the new connection. @default "GitHub" */
    connectionProvider?: "Bitbucket" | "GitHub" | "GitLab";
    /** Pipeline that builds and deploys the service's image. @default none */
    service?: ServiceDeliveryArgs;
    /** Pipeline that builds and publishes the Angular site. @default none */
    site?: SiteDeliveryArgs;
    /** Deletes the artifacts when their buckets are destroyed. @default false */
    forceDestroy?: boolean;
    transform?: Transforms<DeliveryParts>;
}

export interface DeliveryParts extends BuildParts, PipelineParts, GrantParts {
    connection?: typeof aws.codeconnections.Connection;
    /** Artifact buckets, by logical name. */
    artifacts?: Each<typeof PrivateBucket>;
}

/** Retention of artifacts in days. A pipeline run needs them only for hours. */
const ARTIFACT_DAYS = 30;

/**
 * CI/CD pipelines for the service and the site. The service pipeline builds the image, tags it with the commit ID, pushes it to ECR and
 * deploys it to the targets in order, including those in the recovery region. The site pipeline builds the Angular site and publishes it.
 * Each pipeline has its own artifact buckets. Each pipeline and each build has its own least-privilege role. To let the site build publish,
 * call `edge.grantPublish(delivery.siteBuild)`.
 *
 * The service pipeline owns the running task definition (docs/decisions/0001-task-definition-owner.md). A new connection stays pending until
 * you authorize it in the console. Until then, the source stage fails.
 *
 * Costs: 0.002 USD per minute of pipeline actions after 100 free minutes a month, 0.005 USD per build minute.
 */
export class Delivery extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Delivery";
    readonly connectionArn: pulumi.Output<string>;
    /** Build of the image, for grants. Undefined without `service`. */
    readonly imageBuild?: Grantee;
    /** Build of the site, for grants. Pass it to `edge.grantPublish`. Undefined without `site`. */
    readonly siteBuild?: Grantee;
    readonly servicePipelineName?: pulumi.Output<string>;
    readonly sitePipelineName?: pulumi.Output<string>;

    readonly nodes: Nodes<DeliveryParts>;
    private readonly parts: PartFactory<DeliveryParts>;

    constructor(name: string, args: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("ai-platform:components:Delivery", name, validated(name, args), opts);
        this.parts = new PartFactory<DeliveryParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.connectionArn = args.connectionArn === undefined ? this.createConnection(args).arn : pulumi.output(args.connectionArn);
        // Separate buckets: a pipeline can't replace the artifacts of the other one.
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
            this.sitePipelineName = this.createSitePipeline(site, build, store).name;
        }
        this.registerOutputs({ connectionArn: this.connectionArn });
    }

    get alarms(): AlarmDefinition[] {
        return [
            ...failedRuns("service-pipeline", "The service pipeline failed. The running version is unchanged.", this.servicePipelineName),
            ...failedRuns("site-pipeline", "The site pipeline failed. Check whether index.html was published.", this.sitePipelineName),
        ];
    }

    private createStore(user: "service" | "site", args: DeliveryArgs, kmsKeyArn: pulumi.Input<string>, region?: string): ArtifactStore {
        const name = `${this.logicalName}-${user}-artifacts${placeOf(region).suffix}`;
        const bucket = this.parts.createEach("artifacts", name, PrivateBucket, name, {
            region,
            kmsKeyArn,
            oldVersionDays: 1,
            lifecycleRules: [{ id: "old-artifacts", status: "Enabled", filter: { prefix: "" }, expiration: { days: ARTIFACT_DAYS } }],
            forceDestroy: args.forceDestroy,
        });
        return { bucketName: bucket.bucketName, arn: bucket.arn, kmsKeyArn, region: region ?? regionOf(this) };
    }

    private createConnection(args: DeliveryArgs): aws.codeconnections.Connection {
        const providerType = args.connectionProvider ?? "GitHub";
        return this.parts.create("connection", aws.codeconnections.Connection, `${this.logicalName}-source`, { providerType });
    }

    private createImageBuild(args: DeliveryArgs, service: ResolvedService, store: ArtifactStore): Build {
        const { repository, cpuArchitecture } = service;
        const build = new Build(this, this.parts, `${this.logicalName}-image`, {
            ...logArgsOf(args),
            description: "Builds the service's image and pushes it",
            cpuArchitecture,
            docker: true,
            buildspec: service.buildspec ?? readBuildspec("buildspec-image.yml"),
            variables: {
                REPOSITORY_NAME: repository.repositoryName,
                REPOSITORY_URL: repository.url,
                CONTAINER_NAME: service.containerName,
                PLATFORM: cpuArchitecture === "ARM64" ? "linux/arm64" : "linux/amd64",
                DIRECTORY: service.directory,
                DOCKERFILE: service.dockerfile,
                ...copyVariables(service),
            },
            store,
        });
        repository.grantPush(build);
        return build;
    }

    private createServicePipeline(args: DeliveryArgs, service: ResolvedService, build: Build, store: ArtifactStore) {
        const { source, deployTo } = service;
        const { recovery } = args;
        const recoveryStores =
            recovery && deploysToRecovery(service) ? [this.createStore("service", args, recovery.kmsKeyArn, recovery.region)] : [];
        const stores = [store, ...recoveryStores];
        const migrations = this.createMigrations(args, service, store);
        const projects = [build, ...(migrations ? [migrations] : [])].map(({ projectArn }) => projectArn);
        return pipeline(this, this.parts, `${this.logicalName}-service`, {
            description: "Builds the service's image and deploys it",
            source,
            stores,
            stages: [
                sourceStage(source, this.connectionArn),
                buildStage("Build", build.projectName, ["image"]),
                ...deployTo.map((target, i) => deployStage(target, i === 0 ? migrations?.projectName : undefined)),
            ],
            statements: [
                ...pipelineStatements(this.connectionArn, projects, stores),
                ...(deployTo.length > 0 ? deployStatements(deployTo, regionOf(this), accountOf(this)) : []),
            ],
        });
    }

    /** Registers the tasks with the new image and runs them. They get no other permissions of the build. */
    private createMigrations(
        args: DeliveryArgs,
        { migrations, cpuArchitecture }: ResolvedService,
        store: ArtifactStore,
    ): Build | undefined {
        if (migrations.length === 0) return undefined;
        const tasks = migrations.map(({ task }) => task);
        const build = new Build(this, this.parts, `${this.logicalName}-migrations`, {
            ...logArgsOf(args),
            description: "Runs the migrations with the new image",
            cpuArchitecture,
            docker: false,
            buildspec: readBuildspec("buildspec-migrate.yml"),
            variables: {
                MIGRATIONS: pulumi
                    .all(migrations.map(({ task, functionName }) => [task.taskDefinitionFamily, task.containerName, functionName]))
                    .apply((all) => all.map((parts) => parts.join(":")).join(" ")),
            },
            store,
            // A run takes at most 15 minutes.
            buildTimeout: 15 * (migrations.length + 1),
        });
        this.parts.createEach("grants", build.logicalName, aws.iam.RolePolicy, `${build.logicalName}-register`, {
            role: build.roleName,
            policy: policyDocument(registerStatements(tasks)),
        });
        for (const migration of migrations) migration.grantInvoke(build);
        return build;
    }

    private createSiteBuild(args: DeliveryArgs, site: ResolvedSite, store: ArtifactStore): Build {
        return new Build(this, this.parts, `${this.logicalName}-site`, {
            ...logArgsOf(args),
            description: "Builds the Angular site and publishes it",
            cpuArchitecture: "ARM64",
            docker: false,
            buildspec: site.buildspec ?? readBuildspec("buildspec-site.yml"),
            variables: {
                ...site.environment,
                SITE_BUCKET: site.bucketName,
                DISTRIBUTION_ID: site.distributionId,
                DIRECTORY: site.directory,
                OUTPUT_DIRECTORY: site.outputDirectory,
                CONFIGURATION: site.configuration,
            },
            store,
        });
    }

    private createSitePipeline({ source }: SiteDeliveryArgs, build: Build, store: ArtifactStore) {
        return pipeline(this, this.parts, `${this.logicalName}-site-publication`, {
            description: "Builds the Angular site and publishes it",
            source,
            stores: [store],
            stages: [sourceStage(source, this.connectionArn), buildStage("Publish", build.projectName, [])],
            statements: pipelineStatements(this.connectionArn, [build.projectArn], [store]),
        });
    }
}

const deploysToRecovery = ({ deployTo }: ResolvedService): boolean => deployTo.some(({ region }) => region !== undefined);

/** Variables that make the build wait for the replicated image in the recovery region. */
function copyVariables(service: ResolvedService): Record<string, pulumi.Input<string>> {
    const { recoveryRegion, recoveryUrl } = service.repository;
    if (!recoveryRegion || !recoveryUrl || !deploysToRecovery(service)) return {};
    return {
        RECOVERY_REGION: recoveryRegion,
        RECOVERY_REPOSITORY_URL: recoveryUrl,
        RECOVERY_IMAGE_DEFINITIONS: imageDefinitions(recoveryRegion),
    };
}

/** Content of a buildspec in the `delivery` directory of this package. */
const readBuildspec = (file: string): string => readFileSync(ownFile("delivery", file), "utf8");

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
        // The name of a connection is limited to 32 characters: 7 are the suffix `-source`, 8 are added by Pulumi.
        check(name.length <= 17, "name", "must be at most 17 characters");
        check(service !== undefined || site !== undefined, "service or site", "must be set");
        check(
            connectionArn === undefined || connectionProvider === undefined,
            "connectionProvider",
            "must be omitted if connectionArn is set",
        );
        checkLogs(check, args);
        if (service) {
            checkSource(check, "service", service.source);
            checkTargets(check, service, args.recovery?.region);
        }
        if (site) {
            checkSource(check, "site", site.source);
            const isInside = site.outputDirectory !== "" && !/^\/|\.\./.test(site.outputDirectory);
            check(isInside, "site.outputDirectory", "must be a relative path within site.directory");
        }
    });
}
