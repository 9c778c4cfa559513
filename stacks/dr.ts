import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DataLake, PostgresCluster } from "../components";
import type { DrConfig } from "./config";
import { namesOf } from "./names";
import type { Role, Surroundings } from "./role";
import { databaseArgs, lakeArgs } from "./tiers";

/**
 * The role of the stack that stands by in the recovery region. It owns what runs there; the data are copies that the primary stack made,
 * found by name in this region, so that nothing of the primary region is needed, neither to stand by nor to take over.
 */
export async function dr(config: DrConfig, at: Surroundings): Promise<Role> {
    const { account, region, invoke, opts, dataOpts } = at;
    const { environment, region: primaryRegion } = config.primary;
    const theirs = namesOf(environment, account);

    const keyArn = async (what: string) => {
        const name = `alias/${theirs.key(what)}`;
        const { targetKeyArn } = await found(config, region, `the key ${name}`, aws.kms.getAlias({ name }, invoke));
        return targetKeyArn;
    };
    const secretArn = async (what: string) => {
        const name = theirs.secret(what);
        const { arn } = await found(config, region, `the secret ${name}`, aws.secretsmanager.getSecret({ name }, invoke));
        return arn;
    };
    const [data, logs, alerts] = await Promise.all([keyArn("data"), keyArn("logs"), keyArn("alerts")]);
    const [jwt, database] = await Promise.all([secretArn("jwt"), secretArn("database")]);
    // Replicas of a multi-region key have its id; the primary stack keeps one in us-east-1 in any case.
    const inUsEast1 = (arn: string) => pulumi.output(arn.replace(`:${region}:`, ":us-east-1:"));

    if (!config.active) await refuseStepBack(at);

    return {
        keys: {
            data: pulumi.output(data),
            logs: pulumi.output(logs),
            alerts: pulumi.output(alerts),
            usEast1: { logs: inUsEast1(logs), alerts: inUsEast1(alerts) },
        },
        jwtSecret: { arn: jwt, kmsKeyArn: data },
        active: config.active,
        database: (network) =>
            new PostgresCluster(
                "database",
                {
                    ...databaseArgs(at, network, { data, logs }),
                    replicaOf: { sourceArn: `arn:aws:rds:${primaryRegion}:${account}:db:${theirs.prefix}` },
                    credentials: credentialsIn(database, invoke),
                    promoted: config.active,
                    // In a disaster nothing waits for the maintenance window: a second zone, a larger class.
                    applyImmediately: config.active || config.database.applyImmediately,
                },
                dataOpts,
            ),
        backUp: () => undefined,
        lake: (_network, accessLogBucket) =>
            new DataLake(
                "lake",
                {
                    ...lakeArgs(at, data),
                    accessLogBucket,
                    forceDestroy: !config.protectData,
                    existing: { raw: theirs.bucket("raw", region), curated: theirs.bucket("curated", region) },
                    // A replica that arrives is no new document, and is ingested where the original is.
                    notifications: config.active,
                },
                opts,
            ),
        ...(config.domain ? await originSecretsIn(config, region, theirs.secret("origin"), invoke) : {}),
        shareOriginSecrets: () => undefined,
        site: config.domain ? undefined : { bucketName: theirs.bucket("site", region), existingBucket: true },
        failover: config.domain && { failover: "SECONDARY" },
        deliver: () => ({ outputs: {} }),
    };
}

/** Waits for a look-up; where nothing is found, says what must come first. */
async function found<T>(config: DrConfig, region: string, what: string, lookUp: Promise<T>): Promise<T> {
    try {
        return await lookUp;
    } catch (error) {
        const { environment, region: primaryRegion } = config.primary;
        throw new pulumi.RunError(
            `${what} is not in ${region}: deploy the stack of ${environment} in ${primaryRegion} first, with ai-platform:recovery.region: ${region} ` +
                `(${error instanceof Error ? error.message : String(error)})`,
        );
    }
}

/**
 * Refuses to take a promoted stack for a standby: traffic would go back to a primary whose data stopped at the failover. The instance is
 * asked in this region; where there is none yet, there is nothing to refuse.
 */
async function refuseStepBack({ names, invoke }: Surroundings): Promise<void> {
    const instance = await aws.rds.getInstance({ dbInstanceIdentifier: names.prefix }, invoke).catch(() => undefined);
    if (instance && !instance.replicateSourceDb) {
        throw new pulumi.RunError(
            `the database ${names.prefix} was promoted and is no replica any more: keep ai-platform:active: true, or fail back as docs/operations.md says`,
        );
    }
}

const secretTextIn = (secretId: string, invoke: pulumi.InvokeOptions): pulumi.Output<string> =>
    pulumi.secret(aws.secretsmanager.getSecretVersionOutput({ secretId }, invoke).secretString);

function credentialsIn(secretId: string, invoke: pulumi.InvokeOptions) {
    const connection = secretTextIn(secretId, invoke).apply((text) => JSON.parse(text) as { username: string; password: string });
    return { username: connection.username, password: connection.password };
}

async function originSecretsIn(config: DrConfig, region: string, name: string, invoke: pulumi.InvokeOptions) {
    const { arn } = await found(config, region, `the secret ${name}`, aws.secretsmanager.getSecret({ name }, invoke));
    // One or two: two while the primary stack rotates. The first is the one that CloudFront sends.
    const { secretString } = await aws.secretsmanager.getSecretVersion({ secretId: arn }, invoke);
    const { secrets } = JSON.parse(secretString) as { secrets: string[] };
    return { originSecrets: secrets.map((it) => pulumi.secret(it)) };
}
