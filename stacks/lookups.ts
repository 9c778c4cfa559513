/** Lookups of a dr stack: the copies in its own region that the primary stack created. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { userOf } from "../functions/database-users/logins";
import type { DrConfig } from "./config";
import type { Context } from "./context";
import type { Keys } from "./keys";
import { existing } from "./lookup-errors";
import { type Names, userSecretPrefix } from "./names";
import { databaseWorkloads } from "./workloads";

type DrContext = Context<DrConfig>;

/**
 * The ARN of a KMS key by alias, or of a secret by name.
 *
 * @throws pulumi.RunError if it doesn't exist, with the stack to deploy first, or if AWS doesn't answer
 */
async function lookUp(
    context: DrContext,
    { alias, secret = "", settings }: { alias?: string; secret?: string; settings?: string },
): Promise<string> {
    const { invoke } = context;
    if (alias === undefined) {
        const lookup = aws.secretsmanager.getSecret({ name: secret }, invoke);
        return (await required(context, `secret ${secret}`, "secretsmanager:DescribeSecret", lookup, settings)).arn;
    }
    const name = `alias/${alias}`;
    const lookup = aws.kms.getAlias({ name }, invoke);
    return (await required(context, `KMS key ${name}`, "kms:ListAliases and kms:DescribeKey", lookup)).targetKeyArn;
}

/**
 * Looks for buckets before anything is registered. The components that use them look them up again, but only after many resources have been registered.
 *
 * @throws pulumi.RunError as `lookUp` does
 */
export async function requireBuckets(context: DrContext, names: string[]): Promise<void> {
    const lookups = names.map((bucket) =>
        required(context, `bucket ${bucket}`, "s3:ListBucket", aws.s3.getBucket({ bucket }, context.invoke)),
    );
    await Promise.all(lookups);
}

/** The record of the active stack: without it, an update can't know its role. */
export async function requireRecoveryTable(context: DrContext, { recoveryTable: name }: Names): Promise<void> {
    await required(context, `table ${name}`, "dynamodb:DescribeTable", aws.dynamodb.getTable({ name }, context.invoke));
}

export async function lookUpKeys(context: DrContext, owner: Names): Promise<Keys> {
    const [data, logs, alerts] = await Promise.all(
        ["data", "logs", "alerts"].map((purpose) => lookUp(context, { alias: owner.key(purpose) })),
    );
    // Replicas of a multi-region key share its ID, and a primary stack with `edge` keeps a replica in us-east-1.
    const inUsEast1 = (arn = "") => pulumi.output(arn.replace(`:${context.region}:`, ":us-east-1:"));
    return {
        data: pulumi.output(data ?? ""),
        logs: pulumi.output(logs ?? ""),
        alerts: pulumi.output(alerts ?? ""),
        usEast1: context.config.edge.enabled ? { logs: inUsEast1(logs), alerts: inUsEast1(alerts) } : undefined,
    };
}

/**
 * The master user of the source database, from the replicated connection secret.
 *
 * @throws pulumi.RunError if the database has another name than `database.dbName`
 */
export async function lookUpCredentials(context: DrContext, secret: string) {
    const { secretString } = await lookUpValue(context, secret);
    const source = parse(secret, secretString) as { database?: string; username: string; password: string };
    const { dbName } = context.config.database;
    if (source.database !== undefined && source.database !== dbName) {
        throw new pulumi.RunError(
            `ai-platform:database.dbName: ${dbName} is not the name of the primary's database, ${source.database}, which the replica must also use`,
        );
    }
    const connection = pulumi.secret({ username: source.username, password: source.password });
    return { username: connection.username, password: connection.password };
}

/** ARNs of the secrets of the primary's database users by name. Undefined if there are none. */
export async function lookUpUsers(context: DrContext, owner: Names): Promise<string[] | undefined> {
    const settings = " and database.users.enabled: true";
    const secrets = databaseWorkloads(context.config).map(({ name }) => `${userSecretPrefix(owner)}/${userOf(name)}`);
    const arns = await Promise.all(secrets.map((secret) => lookUp(context, { secret, settings })));
    return arns.length === 0 ? undefined : arns;
}

/** A secret by name, with the ID of its current version. */
export async function lookUpVersion(context: DrContext, secret: string): Promise<{ arn: string; versionId: string }> {
    const { arn, versionId } = await lookUpValue(context, secret);
    return { arn, versionId };
}

/** The value of a secret by name. Its replica can exist without a value for a few seconds. */
async function lookUpValue(context: DrContext, secret: string): Promise<{ arn: string; versionId: string; secretString: string }> {
    const arn = await lookUp(context, { secret });
    const lookup = aws.secretsmanager.getSecretVersion({ secretId: arn }, context.invoke);
    const permissions = "secretsmanager:GetSecretValue, and kms:Decrypt for its key";
    const { versionId, secretString } = await required(context, `value of the secret ${secret}`, permissions, lookup);
    return { arn, versionId, secretString };
}

/** The JSON in a secret. Errors of `JSON.parse` quote what they can't parse. */
function parse(secret: string, value: string): unknown {
    try {
        return JSON.parse(value);
    } catch {
        throw new pulumi.RunError(`The secret ${secret} doesn't contain JSON. The primary stack writes it: run pulumi up there`);
    }
}

/** One secret, or two while the primary stack rotates them. CloudFront sends the first one. */
export async function lookUpOriginSecrets(context: DrContext, secret: string): Promise<pulumi.Output<string>[]> {
    const { secretString } = await lookUpValue(context, secret);
    const { secrets } = parse(secret, secretString) as { secrets: string[] };
    return secrets.map((value) => pulumi.secret(value));
}

/** @param settings other settings that the primary stack needs */
async function required<T>(
    { config, region }: DrContext,
    what: string,
    permissions: string,
    lookup: Promise<T>,
    settings = "",
): Promise<T> {
    const found = await existing(`${what} in ${region}`, permissions, lookup);
    if (found !== undefined) return found;
    const { environment, region: primaryRegion } = config.primary;
    throw new pulumi.RunError(
        `The ${what} doesn't exist in ${region}. Deploy stack ${environment} in ${primaryRegion} first, with ai-platform:recovery.region: ${region}${settings}.`,
    );
}
