/** Settings that exist once per account, or once per account and region. This stack would overwrite another owner's setting. */
import { GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { GetModelInvocationLoggingConfigurationCommand } from "@aws-sdk/client-bedrock";
import { ListTagsForResourceCommand as ListLogTags } from "@aws-sdk/client-cloudwatch-logs";
import { ListTagsForResourceCommand, paginateGetAnomalyMonitors } from "@aws-sdk/client-cost-explorer";
import { DescribeRegistryCommand, GetRegistryScanningConfigurationCommand } from "@aws-sdk/client-ecr";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { all, ask, existing } from "../ask";
import { ownerOf, type PlannedResource, type Tags } from "../planned";
import type { Check, Context, Finding } from "../types";

const STAGE = "aws:apigateway/stage:Stage";
const ACCOUNT = "aws:apigateway/account:Account";

/** A value of the setting, and who set it. */
interface Setting {
    value: string;
    own: boolean;
    owner?: string;
}

interface Singleton {
    type: string;
    title: string;
    permissions: string[];
    /** AWS rejects a second one instead of overwriting the first. */
    exclusive?: true;
    /** Whether a planned resource is such a setting. @default all resources of the type */
    concerns?: (resource: PlannedResource) => boolean;
    present: (context: Context, region: string) => Promise<Setting[]>;
}

function singletonFinding(asked: string, present: Setting[], exclusive = false): Finding {
    const others = present.filter(({ own }) => !own);
    if (others.length === 0) return { status: "passed", asked, found: present.length > 0 ? "set by this stack" : "not set" };
    const found = `set to ${others.map(({ value, owner }) => (owner ? `${value} by ${owner}` : value)).join(", ")}`;
    if (exclusive) {
        return { status: "failed", asked, found, action: "AWS allows only one: delete it, import it, or turn it off in this stack." };
    }
    const action = "Check who owns this setting, because `up` replaces it. If another stack owns it, let only one stack manage it.";
    return { status: "warning", asked, found, action };
}

const byTags = ({ plan }: Context, value: string, tags: Tags | undefined): Setting => ({
    value,
    own: plan.owns(tags),
    owner: ownerOf(tags),
});

export const SINGLETONS: Singleton[] = [
    {
        type: ACCOUNT,
        title: "API Gateway account role",
        permissions: ["apigateway:GET", "iam:GetRole"],
        /** The role's generated name is the same in every stack of the project, so the role's tags identify the owner. */
        async present(context, region) {
            const { cloudwatchRoleArn: arn } = await context.clients.apiGateway(region).send(new GetAccountCommand({}));
            if (!arn) return [];
            const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
            const answer = await existing(context.clients.iam(context.plan.region).send(new GetRoleCommand({ RoleName })));
            return [byTags(context, arn, answer?.Role?.Tags)];
        },
    },
    {
        type: "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        title: "ECR registry replication",
        permissions: ["ecr:DescribeRegistry"],
        async present({ clients, plan }, region) {
            const names = plan.of("aws:ecr/repository:Repository").map(({ inputs }) => String(inputs.name));
            const { replicationConfiguration } = await clients.ecr(region).send(new DescribeRegistryCommand({}));
            const filters = (replicationConfiguration?.rules ?? []).flatMap(({ repositoryFilters }) =>
                repositoryFilters?.length ? repositoryFilters.map(({ filter }) => filter ?? "") : ["all repositories"],
            );
            return filters.map((value) => ({ value, own: names.some((name) => value.startsWith(name)) }));
        },
    },
    {
        type: "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        title: "ECR registry scanning",
        permissions: ["ecr:GetRegistryScanningConfiguration"],
        /** The rules have no owner. Equal rules count as this stack's, because `up` doesn't change them. */
        async present({ clients, plan }, region) {
            const planned = plan.of("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration", region)[0]?.inputs ?? {};
            const { scanningConfiguration = {} } = await clients.ecr(region).send(new GetRegistryScanningConfigurationCommand({}));
            const { scanType, rules = [] } = scanningConfiguration;
            const isDefault = rules.length === 0 && scanType !== "ENHANCED";
            if (isDefault) return [];
            const described = (type: unknown, all: unknown) => `${String(type)} ${JSON.stringify(all)}`;
            const normal = rules.map(({ scanFrequency, repositoryFilters = [] }) => ({
                scanFrequency,
                repositoryFilters: repositoryFilters.map(({ filter, filterType }) => ({ filter, filterType })),
            }));
            const value = described(scanType, normal);
            return [{ value, own: value === described(planned.scanType, planned.rules) }];
        },
    },
    {
        type: "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration",
        title: "Bedrock invocation logging",
        permissions: ["bedrock:GetModelInvocationLoggingConfiguration", "logs:ListTagsForResource"],
        async present(context, region) {
            const { clients, account } = context;
            const { loggingConfig } = await clients.bedrock(region).send(new GetModelInvocationLoggingConfigurationCommand({}));
            if (!loggingConfig) return [];
            const group = loggingConfig.cloudWatchConfig?.logGroupName;
            if (!group) return [{ value: `bucket ${loggingConfig.s3Config?.bucketName ?? ""}`, own: false }];
            const resourceArn = `arn:aws:logs:${region}:${account}:log-group:${group}`;
            const answer = await existing(clients.logs(region).send(new ListLogTags({ resourceArn })));
            const tags = Object.entries(answer?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
            return [byTags(context, `log group ${group}`, tags)];
        },
    },
    {
        type: "aws:costexplorer/anomalyMonitor:AnomalyMonitor",
        title: "cost anomaly monitor of all services",
        permissions: ["ce:GetAnomalyMonitors", "ce:ListTagsForResource"],
        exclusive: true,
        concerns: ({ inputs }) => inputs.monitorType === "DIMENSIONAL",
        async present(context, region) {
            const client = context.clients.costExplorer(region);
            const settings: Setting[] = [];
            for await (const { AnomalyMonitors = [] } of paginateGetAnomalyMonitors({ client }, {})) {
                for (const { MonitorArn, MonitorName = "", MonitorDimension } of AnomalyMonitors) {
                    if (MonitorDimension !== "SERVICE") continue;
                    const { ResourceTags = [] } = await client.send(new ListTagsForResourceCommand({ ResourceArn: MonitorArn }));
                    settings.push(byTags(context, MonitorName, ResourceTags));
                }
            }
            return settings;
        },
    },
];

/** A stack that doesn't manage the role still needs it, because API Gateway rejects a stage with an access log without the role. */
function missingLoggingRoles({ clients, plan }: Context): Promise<Finding[]>[] {
    const regions = new Set(plan.of(STAGE).flatMap(({ region, inputs }) => (inputs.accessLogSettings ? [region] : [])));
    const dependent = [...regions].filter((region) => plan.of(ACCOUNT, region).length === 0);
    return dependent.map((region) => {
        const asked = `API Gateway account role in ${region}, managed by another stack`;
        return ask(asked, "apigateway:GET", async (): Promise<Finding> => {
            const { cloudwatchRoleArn: found } = await clients.apiGateway(region).send(new GetAccountCommand({}));
            if (found) return { status: "passed", asked, found };
            const action = "Deploy the stack that manages it first, or set ai-platform:api.manageAccountLogging to true in this stack.";
            return { status: "failed", asked, found: "not set", action };
        });
    });
}

export const singletons: Check = {
    id: "singletons",
    title: "Account-wide settings",
    actions: SINGLETONS.flatMap(({ permissions }) => permissions),
    run: (context) =>
        all([
            ...missingLoggingRoles(context),
            ...SINGLETONS.flatMap(({ type, title, permissions, exclusive, concerns = () => true, present }) =>
                context.plan
                    .of(type)
                    .filter(concerns)
                    .map(({ region }) => {
                        const asked = `${title} in ${region}`;
                        const question = async () => singletonFinding(asked, await present(context, region), exclusive);
                        return ask(asked, permissions.join(" and "), question);
                    }),
            ),
        ]),
};
