import * as z from "zod";
import {
    Delivery,
    type DeployTarget,
    type Edge,
    type FargateService,
    FargateTask,
    ImageRepository,
    type SiteDeliveryArgs,
} from "../components";
import { BRANCH, REPOSITORY_ID, TARGET_DEFAULTS } from "../components/delivery/args";
import { minutesOf } from "../components/fargate-service/deployment";
import { arn, distinct, text } from "./config/values";
import { logArgs, type Platform } from "./context";
import type { Site } from "./identity";
import type { StackMigration } from "./migrations";
import { namesOf } from "./names";
import { MAIN, type StackService } from "./services";
import { workloadName } from "./workloads";

const source = {
    repositoryId: text(REPOSITORY_ID, "owner/name")
        .meta({ examples: ["example/api", "example/site"] })
        .describe("Repository."),
    branch: text(/^[\w./-]+$/, "a branch name")
        .meta({ examples: ["release-branch", "site-release-branch"] })
        .default(BRANCH)
        .describe("Branch to deploy."),
};

export const deliverySection = z
    .strictObject({
        service: z
            .strictObject({
                ...source,
                // Not an argument of the component, which gets the service itself.
                name: workloadName()
                    .meta({ examples: ["web"] })
                    .default(MAIN)
                    .describe("Service that the pipeline deploys, a key of services."),
            })
            .describe("Source of the .NET service."),
        site: z
            .strictObject({
                ...source,
                outputDirectory: text(/^(?!\/)(?!.*\.\.)[\w./-]+$/, "a directory of the repository, without ..")
                    .meta({ examples: ["dist/portal"] })
                    .default("dist/app/browser")
                    .describe("Directory that contains index.html after the build."),
            })
            .optional()
            .describe("Source of the Angular site. Default: no pipeline for the site."),
        connectionArn: arn("codeconnections")
            .optional()
            .describe("Existing code connection. Default: a new connection, which you authorize once in the console."),
        approval: z.boolean().default(true).describe("Requires a manual approval before the deployment to the dr region."),
    })
    .optional()
    .describe("Build and deployment pipelines. Default: none; push and deploy images with other tools.");

export const imagesSection = z
    .strictObject({
        // The component's argument lists principals.
        pullAccountIds: distinct(text(/^\d{12}$/, "an account ID of twelve digits"))
            .meta({ examples: [["210987654321", "321098765432", "432109876543"]] })
            .default([])
            .describe("Other AWS accounts that can pull the images, to copy them to their own repository."),
    })
    .prefault({});

/** The image repository. Undefined in a dr stack, which uses the primary stack's replica. */
export function createImages({ config, data, names, opts }: Platform): ImageRepository | undefined {
    if (!data.images) return undefined;
    return new ImageRepository(
        "images",
        {
            manageRegistry: data.images.manageRegistry,
            additionalRepositories: data.images.additionalRepositories,
            repositoryName: names.repository,
            kmsKeyArn: data.keys.data,
            recovery: data.recovery,
            pullPrincipals: data.images.pullAccountIds.map((id) => `arn:aws:iam::${id}:root`),
            forceDelete: !config.protectData,
        },
        opts,
    );
}

type Settings = NonNullable<z.output<typeof deliverySection>>;

interface DeliveryParts {
    services: StackService[];
    migrations: StackMigration[];
    edge?: Edge;
    site: Site;
    images?: ImageRepository;
}

/** The pipelines: the service to this region and then to the recovery region, and the site. */
export function createDelivery(platform: Platform, { services, migrations, edge, site, images }: DeliveryParts): Delivery | undefined {
    const { config, data, environment, opts } = platform;
    const { delivery, keys, recovery } = data;
    const deployed = delivery?.service.name;
    const service = services.find(({ name }) => name === deployed)?.component;
    if (!delivery || !images || !service) return undefined;
    const { name, ...serviceSource } = delivery.service;
    const pipelines = new Delivery(
        "delivery",
        {
            ...logArgs(platform),
            kmsKeyArn: keys.data,
            recovery,
            connectionArn: delivery.connectionArn,
            service: {
                source: serviceSource,
                repository: images,
                containerName: service.containerName,
                cpuArchitecture: config.services[name]?.cpuArchitecture,
                migrations: migrations.filter(({ before, byPipeline }) => byPipeline && before.includes(name)).map(({ run }) => run),
                deployTo: [target(environment, service), ...recoveryTargets(platform, name)].map((it) => ({
                    ...it,
                    timeoutMinutes: Math.max(TARGET_DEFAULTS.timeoutMinutes, minutesOf(config.services[name]?.deployment ?? {})),
                })),
            },
            site: delivery.site && edge && siteArgs(delivery.site, edge, site),
            forceDestroy: !config.protectData,
        },
        opts,
    );
    if (pipelines.siteBuild) edge?.grantPublish(pipelines.siteBuild);
    return pipelines;
}

function siteArgs({ outputDirectory, ...source }: NonNullable<Settings["site"]>, edge: Edge, { url, identity }: Site): SiteDeliveryArgs {
    return {
        source,
        bucketName: edge.siteBucketName,
        distributionId: edge.distributionId,
        outputDirectory,
        environment: {
            ...(url ? { SITE_URL: url } : {}),
            ...(identity
                ? { IDENTITY_ISSUER: identity.issuer, IDENTITY_LOGIN_URL: identity.loginUrl, IDENTITY_CLIENT_ID: identity.clientId }
                : {}),
        },
    };
}

const target = (name: string, service: FargateService): DeployTarget => ({
    name,
    clusterName: service.cluster.clusterName,
    serviceName: service.serviceName,
    taskDefinitionFamily: service.taskDefinitionFamily,
    roleArns: [service.taskRoleArn, service.executionRoleArn],
});

/** The service of the dr stack, by its names. */
function recoveryTargets({ config, account, data }: Platform, service: string): DeployTarget[] {
    if (!data.deliveryTarget) return [];
    const { environment, region } = data.deliveryTarget;
    const names = namesOf({ namePrefix: config.namePrefix, environment }, account);
    const serviceName = names.workload(service);
    const { task, execution } = FargateTask.roleNames(serviceName);
    return [
        {
            name: environment,
            region,
            clusterName: names.prefix,
            serviceName,
            taskDefinitionFamily: serviceName,
            roleArns: [task, execution].map((role) => `arn:aws:iam::${account}:role/${role}`),
            approval: data.delivery?.approval,
        },
    ];
}
