/** Names that are unique within an account and region. */
import { GetRestoreTestingPlanCommand, ListTagsCommand, paginateListBackupVaults } from "@aws-sdk/client-backup";
import { DescribeLogGroupsCommand, ListTagsForResourceCommand as ListLogTags } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTableCommand, ListTagsOfResourceCommand as ListTableTags } from "@aws-sdk/client-dynamodb";
import { DescribeRepositoriesCommand, ListTagsForResourceCommand as ListRepositoryTags } from "@aws-sdk/client-ecr";
import { DescribeClustersCommand } from "@aws-sdk/client-ecs";
import { DescribeEventBusCommand, ListTagsForResourceCommand as ListBusTags } from "@aws-sdk/client-eventbridge";
import { GetDatabaseCommand, GetTagsCommand } from "@aws-sdk/client-glue";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { DescribeKeyCommand, ListResourceTagsCommand } from "@aws-sdk/client-kms";
import {
    DescribeDBClustersCommand,
    DescribeDBInstancesCommand,
    DescribeDBProxiesCommand,
    ListTagsForResourceCommand as ListProxyTags,
} from "@aws-sdk/client-rds";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import { ListTagsForResourceCommand as ListGroupTags, paginateGetGroups } from "@aws-sdk/client-xray";
import { isObject } from "../../../../components/internal/unknown";
import { existing } from "../../ask";
import { pairs, type PlannedResource, textOf } from "../../planned";
import { named, type NameKind, type Place } from "./kind";

/** The secret and its replicas have the same name. */
function secretPlaces(resource: PlannedResource): Place[] {
    const own = named("name")(resource);
    const replicas: unknown[] = Array.isArray(resource.inputs.replicas) ? resource.inputs.replicas : [];
    const regions = replicas.flatMap((replica) => (isObject(replica) ? (textOf(replica.region) ?? []) : []));
    return [...own, ...own.flatMap(({ name }) => regions.map((region) => ({ name, region })))];
}

export const ACCOUNT_KINDS: NameKind[] = [
    {
        type: "aws:cloudwatch/logGroup:LogGroup",
        title: "log group",
        places: named("name"),
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
        places: secretPlaces,
        permissions: ["secretsmanager:DescribeSecret"],
        async find({ clients }, region, name) {
            const secret = await existing(clients.secrets(region).send(new DescribeSecretCommand({ SecretId: name })));
            if (!secret) return undefined;
            return secret.DeletedDate
                ? { blocked: "scheduled for deletion: restore it, or delete it immediately" }
                : { id: secret.ARN, tags: secret.Tags };
        },
    },
    {
        type: "aws:kms/alias:Alias",
        title: "KMS alias",
        places: named("name"),
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
        type: "aws:dynamodb/table:Table",
        title: "table",
        places: named("name"),
        permissions: ["dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"],
        async find({ clients }, region, name) {
            const dynamodb = clients.dynamodb(region);
            const arn = (await existing(dynamodb.send(new DescribeTableCommand({ TableName: name }))))?.Table?.TableArn;
            return arn ? { tags: (await dynamodb.send(new ListTableTags({ ResourceArn: arn }))).Tags } : undefined;
        },
    },
    {
        type: "aws:rds/instance:Instance",
        title: "database instance",
        places: named("identifier"),
        permissions: ["rds:DescribeDBInstances"],
        async find({ clients }, region, name) {
            const answer = await existing(clients.rds(region).send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })));
            return answer?.DBInstances?.[0] && { tags: answer.DBInstances[0].TagList };
        },
    },
    {
        type: "aws:rds/proxy:Proxy",
        title: "RDS Proxy",
        places: named("name"),
        permissions: ["rds:DescribeDBProxies", "rds:ListTagsForResource"],
        async find({ clients }, region, name) {
            const rds = clients.rds(region);
            const answer = await existing(rds.send(new DescribeDBProxiesCommand({ DBProxyName: name })));
            const proxy = answer?.DBProxies?.[0];
            if (!proxy) return undefined;
            const { TagList } = await rds.send(new ListProxyTags({ ResourceName: proxy.DBProxyArn }));
            return { tags: TagList };
        },
    },
    {
        type: "aws:docdb/cluster:Cluster",
        title: "database cluster",
        places: named("clusterIdentifier"),
        permissions: ["rds:DescribeDBClusters"],
        async find({ clients }, region, name) {
            const answer = await existing(clients.rds(region).send(new DescribeDBClustersCommand({ DBClusterIdentifier: name })));
            return answer?.DBClusters?.[0] && { tags: answer.DBClusters[0].TagList };
        },
    },
    {
        type: "aws:ecr/repository:Repository",
        title: "repository",
        places: named("name"),
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
        places: named("name"),
        permissions: ["events:DescribeEventBus", "events:ListTagsForResource"],
        async find({ clients }, region, Name) {
            const events = clients.events(region);
            const arn = (await existing(events.send(new DescribeEventBusCommand({ Name }))))?.Arn;
            return arn ? { tags: (await events.send(new ListBusTags({ ResourceARN: arn }))).Tags } : undefined;
        },
    },
    {
        type: "aws:backup/vault:Vault",
        title: "backup vault",
        places: named("name"),
        permissions: ["backup:ListBackupVaults", "backup:ListTags"],
        // DescribeBackupVault returns "access denied" for a vault that doesn't exist.
        async find({ clients }, region, name) {
            const client = clients.backup(region);
            for await (const { BackupVaultList = [] } of paginateListBackupVaults({ client }, {})) {
                const ResourceArn = BackupVaultList.find(({ BackupVaultName }) => BackupVaultName === name)?.BackupVaultArn;
                if (ResourceArn) return { tags: pairs((await client.send(new ListTagsCommand({ ResourceArn }))).Tags) };
            }
            return undefined;
        },
    },
    {
        type: "aws:backup/restoreTestingPlan:RestoreTestingPlan",
        title: "restore testing plan",
        places: named("name"),
        permissions: ["backup:GetRestoreTestingPlan", "backup:ListTags"],
        async find({ clients }, region, RestoreTestingPlanName) {
            const client = clients.backup(region);
            const answer = await existing(client.send(new GetRestoreTestingPlanCommand({ RestoreTestingPlanName })));
            const ResourceArn = answer?.RestoreTestingPlan?.RestoreTestingPlanArn;
            return ResourceArn ? { tags: pairs((await client.send(new ListTagsCommand({ ResourceArn }))).Tags) } : undefined;
        },
    },
    {
        type: "aws:ecs/cluster:Cluster",
        title: "ECS cluster",
        places: named("name"),
        permissions: ["ecs:DescribeClusters"],
        async find({ clients }, region, name) {
            const request = new DescribeClustersCommand({ clusters: [name], include: ["TAGS"] });
            const { clusters = [] } = await clients.ecs(region).send(request);
            const live = clusters.find(({ status }) => status !== "INACTIVE");
            return live && { tags: (live.tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })) };
        },
    },
    {
        type: "aws:glue/catalogDatabase:CatalogDatabase",
        title: "Glue database",
        places: named("name"),
        permissions: ["glue:GetDatabase", "glue:GetTags"],
        async find({ clients, account }, region, Name) {
            const glue = clients.glue(region);
            if (!(await existing(glue.send(new GetDatabaseCommand({ Name }))))) return undefined;
            const ResourceArn = `arn:aws:glue:${region}:${account}:database/${Name}`;
            const { Tags } = await glue.send(new GetTagsCommand({ ResourceArn }));
            return { id: `${account}:${Name}`, tags: pairs(Tags) };
        },
    },
    {
        type: "aws:iam/role:Role",
        title: "role",
        places: named("name"),
        permissions: ["iam:GetRole"],
        async find({ clients }, region, RoleName) {
            const answer = await existing(clients.iam(region).send(new GetRoleCommand({ RoleName })));
            return answer && { tags: answer.Role?.Tags };
        },
    },
    {
        type: "aws:xray/group:Group",
        title: "X-Ray group",
        places: named("groupName"),
        permissions: ["xray:GetGroups", "xray:ListTagsForResource"],
        async find({ clients }, region, name) {
            const client = clients.xray(region);
            for await (const { Groups = [] } of paginateGetGroups({ client }, {})) {
                const ResourceARN = Groups.find(({ GroupName }) => GroupName === name)?.GroupARN;
                if (!ResourceARN) continue;
                const { Tags } = await client.send(new ListGroupTags({ ResourceARN }));
                return { id: ResourceARN, tags: Tags };
            }
            return undefined;
        },
    },
];
