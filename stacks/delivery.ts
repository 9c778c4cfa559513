import type * as pulumi from "@pulumi/pulumi";
import { Delivery, type DeployTarget, type Edge, FargateService, type ImageRepository } from "../components";
import type { PrimaryConfig } from "./config";
import { namesOf } from "./names";
import type { Site, Surroundings } from "./role";

export interface DeliveredParts {
    service: FargateService;
    edge?: Edge;
    site: Site;
    images: ImageRepository;
    keys: { data: pulumi.Input<string>; logs: pulumi.Input<string> };
    recovery?: { region: string; kmsKeyArn: pulumi.Input<string> };
}

/** The pipelines of a primary stack, where they are configured: the service to this region and then the recovery region, and the site. */
export function createDelivery(config: PrimaryConfig, at: Surroundings, parts: DeliveredParts): Delivery | undefined {
    const { delivery } = config;
    if (!delivery) return undefined;
    const { service, edge, images, keys, recovery } = parts;
    const { url, identity } = parts.site;
    const made = new Delivery(
        "delivery",
        {
            kmsKeyArn: keys.data,
            logKeyArn: keys.logs,
            logRetentionDays: config.logRetentionDays,
            recovery,
            connectionArn: delivery.connectionArn,
            service: {
                source: { repositoryId: delivery.repository, branch: delivery.branch },
                repository: images,
                containerName: service.containerName,
                architecture: config.service.architecture,
                deployTo: [target(at.environment, service), ...recoveryTargets(config, at)],
            },
            site:
                delivery.siteRepository !== undefined && edge
                    ? {
                          source: { repositoryId: delivery.siteRepository, branch: delivery.branch },
                          bucketName: edge.siteBucketName,
                          distributionId: edge.distributionId,
                          outputDirectory: delivery.siteOutputDirectory,
                          environment: {
                              SITE_URL: url,
                              IDENTITY_ISSUER: identity.issuer,
                              IDENTITY_LOGIN_URL: identity.loginUrl,
                              IDENTITY_CLIENT_ID: identity.clientId,
                          },
                      }
                    : undefined,
            forceDestroy: !config.protectData,
        },
        at.opts,
    );
    if (made.siteBuild) edge?.grantPublish(made.siteBuild);
    return made;
}

const target = (name: string, service: FargateService): DeployTarget => ({
    name,
    clusterName: service.clusterName,
    serviceName: service.serviceName,
    taskDefinitionFamily: service.taskDefinitionFamily,
    roleArns: [service.taskRoleArn, service.executionRoleArn],
});

/** The service of the dr stack, which this stack knows by its names alone. */
function recoveryTargets(config: PrimaryConfig, at: Surroundings): DeployTarget[] {
    const { recovery, delivery } = config;
    if (!recovery || !delivery) return [];
    const { prefix } = namesOf(recovery.environment, at.account);
    const { task, execution } = FargateService.roleNames(prefix);
    return [
        {
            name: recovery.environment,
            region: recovery.region,
            clusterName: prefix,
            serviceName: prefix,
            taskDefinitionFamily: prefix,
            roleArns: [task, execution].map((name) => `arn:aws:iam::${at.account}:role/${name}`),
            approval: delivery.approval,
        },
    ];
}
