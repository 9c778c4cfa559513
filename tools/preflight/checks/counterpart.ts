import { DescribeTableCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import { DescribeDBInstancesCommand } from "@aws-sdk/client-rds";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { all, ask, existing } from "../ask";
import { textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

interface Source {
    key: string;
    permission: string;
    /** Why the resource can't be used; undefined if it can. Databases of a dr stack have none: they can be missing. */
    obstacle?: (context: Context, region: string, name: string) => Promise<string | undefined>;
}

const MISSING = "doesn't exist";

const keyState = async ({ clients }: Context, region: string, KeyId: string): Promise<string | undefined> => {
    const key = await existing(clients.kms(region).send(new DescribeKeyCommand({ KeyId })));
    if (!key) return MISSING;
    return (key.KeyMetadata?.KeyState ?? "Enabled") === "Enabled" ? undefined : `is ${key.KeyMetadata?.KeyState}`;
};

async function database({ clients }: Context, region: string, name: string): Promise<string | undefined> {
    const answer = await existing(clients.rds(region).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })));
    return answer?.DBInstances?.[0] ? undefined : MISSING;
}

/** The data source that reads the active stack. */
const ROLE = "aws:dynamodb/getTableItem:getTableItem";

/** Data sources that look up resources of another stack. */
const SOURCES: Record<string, Source> = {
    "aws:kms/getAlias:getAlias": { key: "name", permission: "kms:DescribeKey", obstacle: keyState },
    "aws:secretsmanager/getSecret:getSecret": {
        key: "name",
        permission: "secretsmanager:DescribeSecret",
        async obstacle({ clients }, region, SecretId) {
            const secret = await existing(clients.secrets(region).send(new DescribeSecretCommand({ SecretId })));
            if (!secret) return MISSING;
            return secret.DeletedDate ? "is scheduled for deletion" : undefined;
        },
    },
    "aws:s3/getBucket:getBucket": {
        key: "bucket",
        permission: "s3:ListBucket",
        async obstacle({ clients }, region, Bucket) {
            return (await existing(clients.s3(region).send(new HeadBucketCommand({ Bucket })))) ? undefined : MISSING;
        },
    },
    "aws:dynamodb/getTable:getTable": {
        key: "name",
        permission: "dynamodb:DescribeTable",
        async obstacle({ clients }, region, TableName) {
            return (await existing(clients.dynamodb(region).send(new DescribeTableCommand({ TableName })))) ? undefined : MISSING;
        },
    },
    "aws:rds/getInstance:getInstance": { key: "dbInstanceIdentifier", permission: "rds:DescribeDBInstances" },
};

const STAY_ACTIVE = "Set ai-platform:active: true, or fail back as described in docs/recovery.md.";
const STAY_PASSIVE = "Set ai-platform:active: false, or fail back as described in docs/recovery.md.";

function counterpartFinding(asked: string, obstacle: string | undefined): Finding {
    if (obstacle === undefined) return { status: "passed", asked, found: "exists" };
    return { status: "failed", asked, found: obstacle, action: "Run `up` of the counterpart stack first." };
}

/** The active stack that `npm run failover` recorded. */
async function recordedRole({ clients, lookups, plan }: Context): Promise<string | undefined> {
    const inputs = lookups.find(({ token }) => token === ROLE)?.inputs;
    if (!inputs) return undefined;
    const region = textOf(inputs.region) ?? plan.region;
    const request = new GetItemCommand({ TableName: textOf(inputs.tableName), Key: { id: { S: "role" } } });
    return (await existing(clients.dynamodb(region).send(request)))?.Item?.active?.S;
}

/**
 * Both stacks of a pair read the database of dr. After its promotion, they reject that dr becomes passive, or that the primary is active, unless the
 * active stack is recorded.
 */
async function standbyFinding(context: Context, region: string, name: string, asked: string, action: string): Promise<Finding> {
    const answer = await existing(context.clients.rds(region).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })));
    const instance = answer?.DBInstances?.[0];
    if (!instance) return { status: "passed", asked, found: "doesn't exist yet" };
    if (instance.ReadReplicaSourceDBInstanceIdentifier) return { status: "passed", asked, found: "is a replica" };
    const active = await recordedRole(context);
    if (active !== undefined) return { status: "passed", asked, found: `was promoted; the ${active} stack is active` };
    return { status: "failed", asked, found: "was promoted and is no longer a replica", action };
}

/** Region and name in the ARN of a database instance. */
const SOURCE_ARN = /^arn:[^:]+:rds:([^:]+):[^:]*:db:(.+)$/;

/** Databases of other stacks that are the sources of planned replicas. */
function replicaSources(context: Context): Promise<Finding[]>[] {
    return context.plan.of("aws:rds/instance:Instance").flatMap(({ inputs }) => {
        const [, region, name] = SOURCE_ARN.exec(textOf(inputs.replicateSourceDb) ?? "") ?? [];
        if (region === undefined || name === undefined) return [];
        const asked = `source database ${name} in ${region}`;
        return [ask(asked, "rds:DescribeDBInstances", async () => counterpartFinding(asked, await database(context, region, name)))];
    });
}

/** The program looks some resources up twice: before it registers anything, and in the component that uses them. */
const distinctOf = (lookups: Context["lookups"]) => [...new Map(lookups.map((it) => [JSON.stringify(it), it])).values()];

export const counterpart: Check = {
    id: "counterpart",
    title: "Resources of the counterpart stack",
    actions: [...Object.values(SOURCES).map(({ permission }) => permission), "dynamodb:GetItem"],
    run(context) {
        const own = context.plan.of("aws:rds/instance:Instance").map(({ inputs }) => inputs.identifier);
        return all([
            ...distinctOf(context.lookups).flatMap(({ token, inputs }) => {
                const source = SOURCES[token];
                const name = source && textOf(inputs[source.key]);
                if (!source || name === undefined) return [];
                const region = textOf(inputs.region) ?? context.plan.region;
                const asked = `${name} in ${region}`;
                const action = own.includes(name) ? STAY_ACTIVE : STAY_PASSIVE;
                const { obstacle } = source;
                const question = obstacle
                    ? async () => counterpartFinding(asked, await obstacle(context, region, name))
                    : () => standbyFinding(context, region, name, asked, action);
                return [ask(asked, source.permission, question)];
            }),
            ...replicaSources(context),
        ]);
    },
};
