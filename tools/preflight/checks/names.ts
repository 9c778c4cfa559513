import { DescribeUserPoolCommand, DescribeUserPoolDomainCommand } from "@aws-sdk/client-cognito-identity-provider";
import { DescribeLogGroupsCommand, ListTagsForResourceCommand as ListLogTags } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeRepositoriesCommand, ListTagsForResourceCommand as ListRepositoryTags } from "@aws-sdk/client-ecr";
import { DescribeEventBusCommand, ListTagsForResourceCommand as ListBusTags } from "@aws-sdk/client-eventbridge";
import { DescribeKeyCommand, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from "@aws-sdk/client-rds";
import { GetBucketTaggingCommand, HeadBucketCommand, type S3ServiceException } from "@aws-sdk/client-s3";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { all, ask, existing, isDenied, isNotFound } from "../ask";
import { type PlannedResource, textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

type Tags = { Key?: string; Value?: string }[];

/** What AWS knows about a name: undefined if nothing has it. */
export interface Occupant {
    tags?: Tags;
    /** Why the name is blocked, whoever owns it. */
    blocked?: string;
    /** Why AWS doesn't tell who owns the name. */
    unclear?: { found: string; action: string };
}

interface NameKind {
    type: string;
    title: string;
    /** Input with the physical name. */
    key: string;
    permissions: string[];
    find: (context: Context, region: string, name: string) => Promise<Occupant | undefined>;
}

export function nameFinding(asked: string, occupant: Occupant | undefined, owns: (tags?: Tags) => boolean): Finding {
    if (!occupant) return { status: "passed", asked, found: "free" };
    if (occupant.blocked) return { status: "failed", asked, found: occupant.blocked, action: "Choose another name, or free this one." };
    if (occupant.unclear) return { status: "unknown", asked, ...occupant.unclear };
    if (owns(occupant.tags)) return { status: "passed", asked, found: "belongs to this stack" };
    const action = "Delete or import it, or choose another name.";
    return { status: "failed", asked, found: "exists and doesn't carry this stack's tags", action };
}

const pairs = (tags: Record<string, string> = {}): Tags => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const HIDDEN_BUCKET = {
    found: "access denied: the bucket belongs to another account, or s3:ListBucket is missing",
    action: "Allow s3:ListBucket. If access is still denied, another account owns the name: choose another one.",
};

/** S3 redirects requests for a bucket of another region. */
function redirectedTo(error: unknown): string | undefined {
    const { name, $metadata, $response } = error as Partial<S3ServiceException>;
    const headers = ($response?.headers ?? {}) as Record<string, string | undefined>;
    const redirected = $metadata?.httpStatusCode === 301 || name === "PermanentRedirect" || name === "301";
    return redirected ? (headers["x-amz-bucket-region"] ?? "another region") : undefined;
}

async function bucket({ clients }: Context, region: string, name: string): Promise<Occupant | undefined> {
    const elsewhere = (where: string) => ({ blocked: `exists in ${where}; bucket names are unique across regions` });
    try {
        const { BucketRegion = region } = await clients.s3(region).send(new HeadBucketCommand({ Bucket: name }));
        if (BucketRegion !== region) return elsewhere(BucketRegion);
    } catch (error) {
        const where = redirectedTo(error);
        if (where) return elsewhere(where);
        if (isDenied(error)) return { unclear: HIDDEN_BUCKET };
        if (isNotFound(error)) return undefined;
        throw error;
    }
    const tagging = await existing(clients.s3(region).send(new GetBucketTaggingCommand({ Bucket: name })));
    return { tags: tagging?.TagSet };
}

/** Domains have no tags of their own; the tags of the user pool tell the owner. */
async function domain({ clients, account }: Context, region: string, name: string): Promise<Occupant | undefined> {
    const cognito = clients.cognito(region);
    const { DomainDescription } = await cognito.send(new DescribeUserPoolDomainCommand({ Domain: name }));
    const { UserPoolId, AWSAccountId = account } = DomainDescription ?? {};
    if (!UserPoolId) return undefined;
    if (AWSAccountId !== account) return { blocked: "taken by another account" };
    const pool = await existing(cognito.send(new DescribeUserPoolCommand({ UserPoolId })));
    return { tags: pairs(pool?.UserPool?.UserPoolTags) };
}

export const NAME_KINDS: NameKind[] = [
    {
        type: "aws:s3/bucket:Bucket",
        title: "bucket",
        key: "bucket",
        permissions: ["s3:ListBucket", "s3:GetBucketTagging"],
        find: bucket,
    },
    {
        type: "aws:cognito/userPoolDomain:UserPoolDomain",
        title: "Cognito domain",
        key: "domain",
        permissions: ["cognito-idp:DescribeUserPoolDomain", "cognito-idp:DescribeUserPool"],
        find: domain,
    },
    {
        type: "aws:cloudwatch/logGroup:LogGroup",
        title: "log group",
        key: "name",
        permissions: ["logs:DescribeLogGroups", "logs:ListTagsForResource"],
        async find({ clients }, region, name) {
            const logs = clients.logs(region);
            const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
            const arn = logGroups.find(({ logGroupName }) => logGroupName === name)?.arn?.replace(/:\*$/, "");
            return arn ? { tags: pairs((await logs.send(new ListLogTags({ resourceArn: arn }))).tags) } : undefined;
        },
    },
    {
        type: "aws:secretsmanager/secret:Secret",
        title: "secret",
        key: "name",
        permissions: ["secretsmanager:DescribeSecret"],
        async find({ clients }, region, name) {
            const secret = await existing(clients.secrets(region).send(new DescribeSecretCommand({ SecretId: name })));
            if (!secret) return undefined;
            return secret.DeletedDate ? { blocked: "scheduled for deletion: restore it, or delete it at once" } : { tags: secret.Tags };
        },
    },
    {
        type: "aws:kms/alias:Alias",
        title: "KMS alias",
        key: "name",
        permissions: ["kms:DescribeKey", "kms:ListResourceTags"],
        async find({ clients }, region, KeyId) {
            const kms = clients.kms(region);
            const id = (await existing(kms.send(new DescribeKeyCommand({ KeyId }))))?.KeyMetadata?.KeyId;
            if (!id) return undefined;
            const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId: id }));
            return { tags: Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })) };
        },
    },
    {
        type: "aws:rds/instance:Instance",
        title: "database instance",
        key: "identifier",
        permissions: ["rds:DescribeDBInstances"],
        async find({ clients }, region, name) {
            const answer = await existing(clients.rds(region).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })));
            return answer?.DBInstances?.[0] && { tags: answer.DBInstances[0].TagList };
        },
    },
    {
        type: "aws:docdb/cluster:Cluster",
        title: "database cluster",
        key: "clusterIdentifier",
        permissions: ["rds:DescribeDBClusters"],
        async find({ clients }, region, name) {
            const answer = await existing(clients.rds(region).send(new DescribeDBClustersCommand({ DBClusterIdentifier: name })));
            return answer?.DBClusters?.[0] && { tags: answer.DBClusters[0].TagList };
        },
    },
    {
        type: "aws:ecr/repository:Repository",
        title: "repository",
        key: "name",
        permissions: ["ecr:DescribeRepositories", "ecr:ListTagsForResource"],
        async find({ clients }, region, name) {
            const ecr = clients.ecr(region);
            const answer = await existing(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })));
            const arn = answer?.repositories?.[0]?.repositoryArn;
            return arn ? { tags: (await ecr.send(new ListRepositoryTags({ resourceArn: arn }))).tags } : undefined;
        },
    },
    {
        type: "aws:cloudwatch/eventBus:EventBus",
        title: "event bus",
        key: "name",
        permissions: ["events:DescribeEventBus", "events:ListTagsForResource"],
        async find({ clients }, region, Name) {
            const events = clients.events(region);
            const arn = (await existing(events.send(new DescribeEventBusCommand({ Name }))))?.Arn;
            return arn ? { tags: (await events.send(new ListBusTags({ ResourceARN: arn }))).Tags } : undefined;
        },
    },
];

function question(context: Context, kind: NameKind, { inputs, region }: PlannedResource): Promise<Finding[]>[] {
    const name = textOf(inputs[kind.key]);
    if (name === undefined) return []; // auto-named
    const asked = `${kind.title} ${name} in ${region}`;
    const owns = (tags?: Tags) => context.plan.owns(tags);
    return [ask(asked, kind.permissions.join(" and "), async () => nameFinding(asked, await kind.find(context, region, name), owns))];
}

export const names: Check = {
    id: "names",
    title: "Occupied names",
    actions: NAME_KINDS.flatMap(({ permissions }) => permissions),
    run: (context) =>
        all(NAME_KINDS.flatMap((kind) => context.plan.of(kind.type).flatMap((resource) => question(context, kind, resource)))),
};
