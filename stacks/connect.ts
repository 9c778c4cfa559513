/** What a workload gets for each system in its `uses`: environment variables, secrets, permissions, and a network path. */
import type * as pulumi from "@pulumi/pulumi";
import {
    type AiServices,
    type Connectable,
    type Connection,
    type ContainerSecret,
    type DatabaseUsers,
    type DataLake,
    type DocumentCluster,
    DOCUMENTS_FOLDER,
    type EventHub,
    type Grantee,
    type Identity,
    type PostgresCluster,
    type RedisCluster,
    type SecretReference,
} from "../components";
import { ecrImage } from "../components/image-repository/ecr-image";
import { logArgs, type Platform } from "./context";
import { SECRETS, type Use, USES } from "./uses";

/** Systems of the stack. Those that are off are undefined. */
export interface Systems {
    database: PostgresCluster;
    databaseUsers?: DatabaseUsers;
    cache?: RedisCluster;
    documents?: DocumentCluster;
    lake?: DataLake;
    events?: EventHub;
    ai?: AiServices;
}

interface Usage {
    /** Names of the resources that the workload uses with the permissions of its role. */
    environment?: Record<string, pulumi.Input<string>>;
    secrets?: Record<string, ContainerSecret>;
    /** Opens the network path, and grants the permissions. Returns the rules and policies. */
    connect?: (workload: Connectable & Grantee) => pulumi.Resource[];
}

type Usages = Record<Use, Usage | undefined>;

/**
 * What the use of each system means.
 *
 * @param workload name of the workload that gets the environment variables and secrets
 */
function usagesOf({ data }: Platform, { database, databaseUsers, cache, documents, lake, events, ai }: Systems, workload = ""): Usages {
    const jsonKey = "connectionString";
    const connection = ({ arn, kmsKeyArn, versionId }: SecretReference) => ({ arn, kmsKeyArn, versionId, jsonKey });
    // With users, never the master user.
    const login = databaseUsers ? databaseUsers.secrets[workload] : database.connectionSecret;
    return {
        database: {
            secrets: login && { [SECRETS.database]: connection(login) },
            connect: (component) => rulesOf(database.allowFrom(component)),
        },
        cache: cache && {
            secrets: { [SECRETS.cache]: connection(cache.connectionSecret) },
            connect: (workload) => rulesOf(cache.allowFrom(workload)),
        },
        documents: documents && {
            // The connection string doesn't contain the database name.
            environment: { Documents__Database: documents.databaseName },
            secrets: { [SECRETS.documents]: connection(documents.connectionSecret) },
            connect: (workload) => rulesOf(documents.allowFrom(workload)),
        },
        lake: lake && {
            environment: { Lake__RawBucket: lake.raw.bucketName, Lake__CuratedBucket: lake.curated.bucketName },
            connect: (workload) => [
                lake.raw.grantRead(workload),
                lake.raw.grantWrite(workload, DOCUMENTS_FOLDER),
                lake.curated.grantRead(workload),
            ],
        },
        events: events && {
            environment: { Events__BusName: events.busName, Events__WorkQueueUrl: events.workQueue.url },
            connect: (workload) => [events.grantPublish(workload), events.grantConsume(workload)],
        },
        ai: ai && {
            environment: {
                Ai__Model: ai.models[0] ?? "",
                ...(ai.endpoint ? { Ai__Endpoint: ai.endpoint.endpointName } : {}),
                Ai__GuardrailId: ai.guardrailId,
                Ai__GuardrailVersion: ai.guardrailVersion,
            },
            connect: (workload) => [ai.grantInvoke(workload), ...(ai.endpoint ? [ai.grantInvokeEndpoint(workload)] : [])],
        },
        jwt: { secrets: { [SECRETS.jwt]: data.jwtSecret } },
    };
}

/** Environment variables and secrets for the systems that a workload lists. */
function variablesOf(platform: Platform, systems: Systems, workload: string, uses: readonly Use[]) {
    const usages = usagesOf(platform, systems, workload);
    const listed = USES.filter((use) => uses.includes(use)).map((use) => usages[use]);
    return {
        environment: Object.assign({}, ...listed.map((usage) => usage?.environment)) as Record<string, pulumi.Input<string>>,
        secrets: Object.assign({}, ...listed.map((usage) => usage?.secrets)) as Record<string, ContainerSecret>,
    };
}

/** Environment variables and secrets of a task: those of every workload, and those of the systems that it lists. */
export function taskVariables(
    platform: Platform,
    { systems, identity }: { systems: Systems; identity?: Identity },
    workload: string,
    uses: readonly Use[],
) {
    const { environment, secrets } = variablesOf(platform, systems, workload, uses);
    const common: Record<string, pulumi.Input<string>> = {
        ASPNETCORE_ENVIRONMENT: "Production",
        ...(identity ? { Identity__Authority: identity.issuerUrl } : {}),
    };
    return { environment: { ...common, ...environment }, secrets };
}

/** A component and the systems that its configuration lists. */
export interface Workload {
    component: Connectable & Grantee;
    uses: readonly Use[];
}

const rulesOf = ({ ingressRule, egressRule }: Connection): pulumi.Resource[] => [ingressRule, egressRule];

/** Opens the network paths and grants the permissions of each workload: exactly those of the systems that it lists. Returns the rules and policies. */
export function connectWorkloads(platform: Platform, systems: Systems, workloads: Workload[]): pulumi.Resource[] {
    const usages = usagesOf(platform, systems);
    return workloads.flatMap(({ component, uses }) => uses.flatMap((use) => usages[use]?.connect?.(component) ?? []));
}

/** Arguments of every workload's component: logs, names, and repositories that its tasks pull from. */
export const workloadArgs = (platform: Platform, name: string, images: (string | undefined)[], byPipeline: boolean) => ({
    ...logArgs(platform),
    physicalName: platform.names.workload(name),
    imageRepositoryArns: repositoriesOf(platform, images, byPipeline),
});

/** Repositories of the images and, with pipelines, the platform's own. */
function repositoriesOf({ data, region, account }: Platform, images: (string | undefined)[], byPipeline: boolean): string[] {
    const own = `arn:aws:ecr:${region}:${account}:repository/${data.ownerNames.repository}`;
    const configured = images.flatMap((image) => ecrImage(image)?.repositoryArn ?? []);
    return [...new Set([...(byPipeline ? [own] : []), ...configured])].sort();
}
