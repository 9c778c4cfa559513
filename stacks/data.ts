import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
    type ApiDomainArgs,
    type ApiGatewayArgs,
    type BackupsArgs,
    type DataLakeArgs,
    type EdgeArgs,
    type EncryptionKey,
    FargateTask,
    type ImageRepositoryArgs,
    IngestPipeline,
    type PostgresPrimaryArgs,
    type PostgresReplicaArgs,
    ReplicatedSecret,
    type SecretReference,
} from "../components";
import type { DrConfig, PlatformConfig, PrimaryConfig } from "./config";
import { usesGateway } from "./api-kind";
import { backupPlans, lockOf } from "./backups";
import type { Context } from "./context";
import { isActiveDr, isActivePrimary, isPromoted, warnAboutFailback, warnAboutFailover } from "./failover";
import { createKey, dataKeyServices, type Keys } from "./keys";
import {
    lookUpCredentials,
    lookUpKeys,
    lookUpOriginSecrets,
    lookUpUsers,
    lookUpVersion,
    requireBuckets,
    requireRecoveryTable,
} from "./lookups";
import { workloadsOf } from "./workloads";
import { apiNames, type DatabaseName, DATABASES, type Names, namesOf } from "./names";

/**
 * Values that depend on the role of the stack. A primary stack owns the data (`ownedData`). A dr stack uses the copies that the
 * primary stack created in its region (`copiedData`), so it needs nothing in the primary region.
 */
export interface Data {
    keys: Keys;
    /** Names of the environment that owns the data. */
    ownerNames: Names;
    /** Secret that signs the API's own tokens. Both regions use the same value. */
    jwtSecret: SecretReference;
    /** Whether another region serves the traffic, so that this stack only keeps what a failover needs. */
    isStandby: boolean;
    /** Region of the copies, and the data key there. */
    recovery?: { region: string; kmsKeyArn: pulumi.Output<string> };
    /** Settings of the databases: their own, or those of replicas. */
    databases: Record<DatabaseName, OwnedDatabase | ReplicatedDatabase>;
    /** ARNs of the secrets of the primary's database users, which a dr stack copies on standby. Undefined unless `database.users.enabled` is set. */
    sourceUsers?: string[];
    lake: Pick<DataLakeArgs, "raw" | "curated" | "existing" | "notifications" | "timeControl" | "twoWay"> & {
        /** Roles that can read objects only through the VPC's S3 endpoint. */
        endpointOnlyRoles?: string[];
    };
    backups?: BackupsArgs["plans"];
    images?: Pick<ImageRepositoryArgs, "manageRegistry" | "additionalRepositories"> & PrimaryConfig["images"];
    /** Bucket of the site. Undefined if the distribution of another stack serves the site, also after a failover. */
    site?: Pick<EdgeArgs, "bucketName" | "existingBucket" | "recovery">;
    /** Secrets that authenticate CloudFront to the API. Undefined if this stack generates them. */
    originSecrets?: pulumi.Output<string>[];
    /** DNS failover of the API's shared name, with a domain. */
    failover?: Pick<ApiDomainArgs, "failover" | "switch">;
    /** What the failover path of the API returns. */
    failoverState?: Pick<ApiGatewayArgs, "active">;
    /** Pipelines. */
    delivery?: PrimaryConfig["delivery"];
    /** The dr stack, which pipelines deploy to as well. */
    deliveryTarget?: { environment: string; region: string };
}

type OwnedDatabase = PrimaryConfig["database"] & Pick<PostgresPrimaryArgs, "recovery">;
type ReplicatedDatabase = DrConfig["database"] & PostgresReplicaArgs;

/** The data of a primary stack. It creates the data and, with `recovery`, the copies in the recovery region. */
async function ownedData(context: Context<PrimaryConfig>): Promise<Data> {
    const { config, names, region, account } = context;
    const active = await isActivePrimary(context);
    warnAboutFailback(config, active);
    const { domain, recovery } = config;
    const replicaRegion = recovery?.region;
    const cloudFrontRegion = config.edge.enabled ? "us-east-1" : undefined;
    const data = createKey(context, {
        purpose: "data",
        description: "Data and secrets",
        services: dataKeyServices(config),
        replicaRegions: [replicaRegion],
    });
    const logs = createKey(context, {
        purpose: "logs",
        description: "Logs",
        services: ["logs"],
        replicaRegions: [replicaRegion, cloudFrontRegion],
    });
    const alerts = createKey(context, {
        purpose: "alerts",
        description: "Alerts",
        services: ["cloudwatch", "budgets", "costalerts"],
        replicaRegions: [replicaRegion, cloudFrontRegion],
    });
    const inUsEast1 = (key: EncryptionKey) => (region === "us-east-1" ? key.arn : key.arnIn("us-east-1"));
    const copies = replicaRegion ? { region: replicaRegion, kmsKeyArn: data.arnIn(replicaRegion) } : undefined;
    // Without a domain, the dr stack serves the replica from its own distribution.
    const site = { openToAccount: !domain, ...config.edge.recovery };
    const bucket = (purpose: string) => ({
        bucketName: names.bucket(purpose, region),
        replicaBucketName: copies && names.bucket(purpose, copies.region),
        tieringAfterDays: config.lake.tieringAfterDays,
    });

    return {
        keys: {
            data: data.arn,
            logs: logs.arn,
            alerts: alerts.arn,
            usEast1: cloudFrontRegion && { logs: inUsEast1(logs), alerts: inUsEast1(alerts) },
            recovery: copies && { region: copies.region, alerts: alerts.arnIn(copies.region) },
        },
        ownerNames: names,
        jwtSecret: createJwtSecret(context, data, copies),
        isStandby: !active,
        recovery: copies,
        databases: byDatabase(() => ({
            ...config.database,
            recovery: copies && { ...copies, continuousBackups: recovery?.continuousBackups },
        })),
        lake: {
            raw: bucket("raw"),
            curated: bucket("curated"),
            ...config.lake.recovery,
            endpointOnlyRoles: config.lake.onlyThroughEndpoint
                ? [...lakeUsers(config, names), IngestPipeline.rolePattern("ingest")]
                : undefined,
        },
        backups: copies && config.backups.enabled ? backupPlans(context) : undefined,
        images: {
            ...config.images,
            manageRegistry: recovery?.manageRegistry,
            additionalRepositories: recovery?.manageRegistry
                ? recovery.additionalEnvironments.map(
                      (environment) => namesOf({ namePrefix: config.namePrefix, environment }, account).repository,
                  )
                : undefined,
        },
        site: {
            bucketName: names.bucket("site", region),
            recovery: copies && { region: copies.region, bucketName: names.bucket("site", copies.region), ...site },
        },
        // The default of the component is active.
        failoverState: domain && copies && !active ? { active: false } : undefined,
        failover: domain && copies && { failover: "PRIMARY", switch: { healthCheckOf: apiNames(domain.name).regional(copies.region) } },
        delivery: config.delivery,
        deliveryTarget: recovery && { environment: recovery.environment, region: recovery.region },
    };
}

/** The data of a dr stack: the copies that the primary stack created in this region, looked up by name. */
async function copiedData(context: Context<DrConfig>): Promise<Data> {
    const { config, account, region } = context;
    const { domain, primary } = config;
    const owner = namesOf({ namePrefix: config.namePrefix, environment: primary.environment }, account);
    const existing = { raw: owner.bucket("raw", region), curated: owner.bucket("curated", region) };
    const site = domain || !config.edge.enabled ? undefined : { bucketName: owner.bucket("site", region), existingBucket: true };
    const [, keys, jwt] = await Promise.all([
        requireRecoveryTable(context, owner),
        lookUpKeys(context, owner),
        lookUpVersion(context, owner.secret("jwt")),
        requireBuckets(context, [...(config.lake.enabled ? Object.values(existing) : []), ...(site ? [site.bucketName] : [])]),
    ]);
    const active = await isActiveDr(context, owner);
    const [databases, sourceUsers] = await Promise.all([
        Promise.all(DATABASES.map((name) => replicaOf(context, owner, name, active))),
        lookUpUsers(context, owner),
    ]);
    warnAboutFailover(config);

    return {
        keys,
        ownerNames: owner,
        jwtSecret: { ...jwt, kmsKeyArn: keys.data },
        isStandby: !active,
        databases: Object.fromEntries(databases) as Data["databases"],
        sourceUsers,
        lake: {
            existing,
        },
        site,
        originSecrets: domain && usesGateway(config) ? await lookUpOriginSecrets(context, owner.secret("origin")) : undefined,
        failover: domain && { failover: "SECONDARY" },
        failoverState: domain && { active },
    };
}

/** Settings of the data, by key, that the next update is compared with (live-changes.ts). Pure. */
export function comparedDataOf(config: PlatformConfig): Record<string, unknown> {
    if (config.role === "dr") {
        const { domain, primary } = config;
        return { domain: domain?.name ?? null, "primary.environment": primary.environment, "primary.region": primary.region };
    }
    const { backups, database, delivery, recovery } = config;
    return {
        "database.dbName": database.dbName,
        "database.username": database.username,
        "database.allocatedStorage": database.allocatedStorage,
        "database.snapshotIdentifier": database.snapshotIdentifier ?? null,
        "database.restoreToPointInTime": database.restoreToPointInTime ?? null,
        "database.backupRetentionPeriod": database.backupRetentionPeriod,
        "recovery.region": recovery?.region ?? null,
        "backups.enabled": backups.enabled,
        "backups.vaultLock": lockOf(config),
        "recovery.continuousBackups": recovery?.continuousBackups ?? null,
        // Names of the pipelines.
        delivery: delivery ? ["service", ...(delivery.site ? ["site"] : [])] : [],
        ...(usesGateway(config) ? { "api.originSecretVersion": config.api.originSecretVersion } : {}),
    };
}

/** Roles of the workloads that use the lake. */
const lakeUsers = (config: PrimaryConfig, names: Names): string[] =>
    workloadsOf(config)
        .filter(({ workload }) => workload.uses.includes("lake"))
        .map(({ name }) => FargateTask.roleNames(names.workload(name)).task);

const byDatabase = <T>(settings: (name: DatabaseName) => T) =>
    Object.fromEntries(DATABASES.map((name) => [name, settings(name)])) as Record<DatabaseName, T>;

/** Settings of the replica of a database. */
async function replicaOf(
    context: Context<DrConfig>,
    owner: Names,
    name: DatabaseName,
    promoted: boolean,
): Promise<[DatabaseName, ReplicatedDatabase]> {
    const { account, config } = context;
    const { database, primary } = config;
    const replica = {
        ...database,
        replicaOf: { sourceArn: `arn:aws:rds:${primary.region}:${account}:db:${owner.database(name)}` },
        credentials: await lookUpCredentials(context, owner.secret(name)),
        promoted,
        // After a promotion by `npm run failover`, the state still has the source. Without this option, an update would promote the database again, which
        // AWS rejects.
        ...(promoted && (await isPromoted(context, context.names.database(name))) ? { transform: { instance: keepSource } } : {}),
    };
    return [name, replica];
}

const keepSource = (_: aws.rds.InstanceArgs, opts: pulumi.CustomResourceOptions): void => {
    opts.ignoreChanges = [...(opts.ignoreChanges ?? []), "replicateSourceDb"];
};

type Copies = Data["recovery"];

/** The values that depend on the role of the stack. */
export const dataOf = async (context: Context): Promise<Data> =>
    isPrimary(context) ? ownedData(context) : copiedData(context as Context<DrConfig>);

const isPrimary = (context: Context): context is Context<PrimaryConfig> => context.config.role === "primary";

/** Recovery period of deleted secrets, in days. */
export const secretRecoveryDays = ({ protectData }: PlatformConfig): number => (protectData ? 30 : 0);

/** A secret that is replicated to the recovery region. */
export function createSecret(
    context: Context,
    keyArn: pulumi.Input<string>,
    recovery: Copies,
    { purpose, description, value }: { purpose: string; description: string; value: pulumi.Input<string> },
): ReplicatedSecret {
    const { config, names, opts } = context;
    return new ReplicatedSecret(
        `${purpose}-secret`,
        {
            secretName: names.secret(purpose),
            description,
            kmsKeyArn: keyArn,
            value,
            recovery,
            recoveryWindowDays: secretRecoveryDays(config),
        },
        opts,
    );
}

function createJwtSecret(context: Context<PrimaryConfig>, key: EncryptionKey, recovery: Copies): ReplicatedSecret {
    const signingKey = new random.RandomPassword(
        "jwt-signing-key",
        { length: 64, special: false, keepers: { version: String(context.config.jwtVersion) } },
        { parent: key },
    );
    return createSecret(context, key.arn, recovery, {
        purpose: "jwt",
        description: "Signs the tokens of the API",
        value: signingKey.result,
    });
}
