import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
    Backups,
    DataLake,
    EncryptionKey,
    FargateService,
    ImageRepository,
    IngestPipeline,
    LogBucket,
    PostgresCluster,
    ReplicatedSecret,
} from "../components";
import type { KeyService } from "../components";
import type { PrimaryConfig } from "./config";
import { createDelivery } from "./delivery";
import { apiNames, namesOf } from "./names";
import type { Role, Surroundings } from "./role";
import { databaseArgs, keyDeletion, lakeArgs, secretRecovery } from "./tiers";

/** The role of the stack that owns the data and, where a recovery region is configured, its copies there. */
export function primary(config: PrimaryConfig, at: Surroundings): Role {
    const { names, opts, dataOpts, region, environment } = at;
    const recoveryRegion = config.recovery?.region;

    const key = (what: string, description: string, services: KeyService[], regions: (string | undefined)[]) =>
        new EncryptionKey(
            `${what}-encryption`,
            {
                alias: names.key(what),
                description: `${description} of ${environment}`,
                services,
                replicaRegions: [...new Set(regions)].filter((it): it is string => it !== undefined && it !== region),
                ...keyDeletion(at),
            },
            dataOpts,
        );
    const data = key("data", "Data and secrets", ["events", "sns", "bedrock"], [recoveryRegion]);
    const logs = key("logs", "Logs", ["logs"], [recoveryRegion, "us-east-1"]);
    const alerts = key("alerts", "Alerts", ["cloudwatch", "budgets", "costalerts"], [recoveryRegion, "us-east-1"]);
    const inUsEast1 = (it: EncryptionKey) => (region === "us-east-1" ? it.arn : it.arnIn("us-east-1"));

    const recovery = recoveryRegion ? { region: recoveryRegion, kmsKeyArn: data.arnIn(recoveryRegion) } : undefined;
    const secret = (what: string, description: string, value: pulumi.Input<string>) =>
        new ReplicatedSecret(
            `${what}-secret`,
            {
                secretName: names.secret(what),
                description,
                kmsKeyArn: data.arn,
                value,
                recovery,
                recoveryWindowDays: secretRecovery(at).secretRecoveryWindowDays,
            },
            dataOpts,
        );
    const signingKey = new random.RandomPassword(
        "jwt-signing-key",
        { length: 64, special: false, keepers: { version: String(config.jwtVersion) } },
        // What holds no data may be replaced: that is how the key is rotated.
        { parent: data, protect: false },
    );
    const images = new ImageRepository(
        "images",
        {
            repositoryName: names.repository,
            kmsKeyArn: data.arn,
            recovery,
            manageRegistry: config.recovery?.manageRegistry,
            alsoReplicated: config.recovery?.manageRegistry
                ? config.recovery.imagesOf.map((other) => namesOf(other, at.account).repository)
                : undefined,
            forceDelete: !config.protectData,
        },
        dataOpts,
    );

    return {
        keys: { data: data.arn, logs: logs.arn, alerts: alerts.arn, usEast1: { logs: inUsEast1(logs), alerts: inUsEast1(alerts) } },
        jwtSecret: secret("jwt", "Signs the tokens of the API", signingKey.result),
        active: true,
        database: (network) =>
            new PostgresCluster(
                "database",
                {
                    ...databaseArgs(at, network, { data: data.arn, logs: logs.arn }),
                    username: config.database.username,
                    passwordVersion: config.database.passwordVersion,
                    allocatedStorage: config.database.allocatedStorage,
                    insights: config.database.insights,
                    recovery: recovery && { ...recovery, copyBackups: config.recovery?.continuousBackups },
                },
                dataOpts,
            ),
        backUp: () =>
            recovery &&
            new Backups(
                "backups",
                {
                    vaultName: names.prefix,
                    kmsKeyArn: data.arn,
                    recovery,
                    resources: backedUp(config, at),
                    resourceTypes: ["RDS", ...(config.documents.enabled ? ["DocumentDB"] : [])],
                    refuseDeletion: config.protectData,
                    forceDestroy: !config.protectData,
                },
                dataOpts,
            ),
        lake: (network, accessLogBucket) => {
            const copyLogs =
                recovery && new LogBucket("copy-access-logs", { region: recovery.region, forceDestroy: !config.protectData }, opts);
            const bucket = (what: string) => ({
                bucketName: names.bucket(what, region),
                copyBucketName: recovery && names.bucket(what, recovery.region),
                tieringDays: config.lake.tieringAfterDays,
            });
            return new DataLake(
                "lake",
                {
                    ...lakeArgs(at, data.arn),
                    raw: bucket("raw"),
                    curated: bucket("curated"),
                    recovery,
                    // Stolen credentials of what runs in the network are worth nothing outside of it.
                    onlyThroughEndpoint: config.lake.onlyThroughEndpoint
                        ? {
                              vpcEndpointId: network.s3EndpointId,
                              roles: [FargateService.roleNames(names.prefix).task, IngestPipeline.rolePattern("ingest")],
                          }
                        : undefined,
                    accessLogBucket,
                    copyAccessLogBucket: copyLogs?.bucketName,
                    forceDestroy: !config.protectData,
                },
                dataOpts,
            );
        },
        shareOriginSecrets: (secrets) => {
            if (recovery) secret("origin", "By which CloudFront shows itself to the API", pulumi.jsonStringify({ secrets }));
        },
        site: {
            bucketName: names.bucket("site", region),
            // Without a domain nothing can move to this distribution's copy: the dr stack serves it from a distribution of its own.
            recovery: recovery && {
                region: recovery.region,
                bucketName: names.bucket("site", recovery.region),
                openToAccount: !config.domain,
            },
        },
        failover: config.domain &&
            recovery && { failover: "PRIMARY", switch: { healthCheckOf: apiNames(config.domain.name).regional(recovery.region) } },
        deliver: (parts) => {
            const delivery = createDelivery(config, at, { ...parts, images, recovery, keys: { data: data.arn, logs: logs.arn } });
            return {
                monitored: delivery,
                outputs: { imageRepository: images.url, ...(delivery ? { codeConnection: delivery.connectionArn } : {}) },
            };
        },
    };
}

/** ARNs of the databases, which follow from their names: nothing waits for a database in order to name it. */
function backedUp({ documents }: PrimaryConfig, { names, region, account }: Surroundings): string[] {
    const arn = (resource: string) => `arn:aws:rds:${region}:${account}:${resource}`;
    return [arn(`db:${names.prefix}`), ...(documents.enabled ? [arn(`cluster:${names.documents}`)] : [])];
}
