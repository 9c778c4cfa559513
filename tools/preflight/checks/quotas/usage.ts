/** Use by others in the account, without resources that the planned stacks created in earlier updates. */
import { GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeAddressesCommand, DescribeSubnetsCommand, paginateDescribeNatGateways, paginateDescribeVpcs } from "@aws-sdk/client-ec2";
import { DescribeServicesCommand } from "@aws-sdk/client-ecs";
import { ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, paginateListFunctions } from "@aws-sdk/client-lambda";
import { paginateDescribeDBInstances } from "@aws-sdk/client-rds";
import { paginateListBuckets } from "@aws-sdk/client-s3";
import { existing } from "../../ask";
import { numberOf, type PlannedResource, type Tags, textOf } from "../../planned";
import type { Context } from "../../types";
import { type Counts, countsOf, total } from "./counts";

export interface Usage {
    permissions: string[];
    count: (context: Context, region: string) => Promise<Counts>;
}

const isForeign = ({ peaks }: Context, tags: Tags | undefined) => !peaks.some(({ plan }) => plan.owns(tags));

const resourcesOf = ({ peaks }: Context, type: string, region?: string): PlannedResource[] =>
    peaks.flatMap(({ plan }) => plan.of(type, region));

/** Pulumi appends seven characters to a logical name. */
const isGeneratedFrom = (name: string, resources: PlannedResource[]) =>
    resources.some(({ name: logical }) => name.startsWith(`${logical}-`) && name.length === logical.length + 8);

export const addresses: Usage = {
    permissions: ["ec2:DescribeAddresses"],
    async count(context, region) {
        const { Addresses = [] } = await context.clients.ec2(region).send(new DescribeAddressesCommand({}));
        return total(Addresses.filter(({ Tags }) => isForeign(context, Tags)).length);
    },
};

export const vpcs: Usage = {
    permissions: ["ec2:DescribeVpcs"],
    async count(context, region) {
        let count = 0;
        for await (const { Vpcs = [] } of paginateDescribeVpcs({ client: context.clients.ec2(region) }, {}))
            count += Vpcs.filter(({ Tags }) => isForeign(context, Tags)).length;
        return total(count);
    },
};

export const natGateways: Usage = {
    permissions: ["ec2:DescribeNatGateways", "ec2:DescribeSubnets"],
    async count(context, region) {
        const ec2 = context.clients.ec2(region);
        const subnets: string[] = [];
        for await (const { NatGateways = [] } of paginateDescribeNatGateways({ client: ec2 }, {})) {
            const live = NatGateways.filter(({ State }) => State !== "deleted" && State !== "failed");
            subnets.push(...live.filter(({ Tags }) => isForeign(context, Tags)).flatMap(({ SubnetId }) => SubnetId ?? []));
        }
        if (subnets.length === 0) return new Map();
        const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...new Set(subnets)] }));
        const zones = new Map(Subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]));
        return countsOf(subnets.map((id) => zones.get(id)));
    },
};

const DAY = 24 * 60 * 60;

/** Service Quotas publishes the use of the region's Fargate quota in CloudWatch. */
export const vcpus: Usage = {
    permissions: ["cloudwatch:GetMetricStatistics", "ecs:DescribeServices"],
    async count(context, region) {
        const dimensions = { Service: "Fargate", Type: "Resource", Resource: "vCPU", Class: "Standard/OnDemand" };
        const request = new GetMetricStatisticsCommand({
            Namespace: "AWS/Usage",
            MetricName: "ResourceCount",
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            StartTime: new Date(Date.now() - DAY * 1000),
            EndTime: new Date(),
            Period: DAY,
            Statistics: ["Maximum"],
        });
        const { Datapoints = [] } = await context.clients.cloudWatch(region).send(request);
        const used = Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
        return total(used === 0 ? 0 : Math.max(0, used - (await runningVcpus(context, region))));
    },
};

async function runningVcpus(context: Context, region: string): Promise<number> {
    const cpus = resourcesOf(context, "aws:ecs/taskDefinition:TaskDefinition", region).map(({ inputs }) => numberOf(inputs.cpu) ?? 0);
    let running = 0;
    for (const { inputs } of resourcesOf(context, "aws:ecs/service:Service", region)) {
        // The cluster and its service have the same explicit name.
        const name = textOf(inputs.name);
        if (name === undefined) continue;
        const request = new DescribeServicesCommand({ cluster: name, services: [name] });
        const answer = await existing(context.clients.ecs(region).send(request));
        running += (answer?.services ?? []).reduce((sum, { runningCount = 0 }) => sum + runningCount, 0);
    }
    return (running * Math.max(0, ...cpus)) / 1024;
}

/** Reserved concurrency of other functions. The rest of the account's concurrency is shared. */
export const reservedConcurrency: Usage = {
    permissions: ["lambda:GetAccountSettings", "lambda:ListFunctions", "lambda:GetFunctionConcurrency"],
    async count(context, region) {
        const lambda = context.clients.lambda(region);
        const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
        const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = ConcurrentExecutions } = AccountLimit ?? {};
        const reserved = ConcurrentExecutions - UnreservedConcurrentExecutions;
        if (reserved === 0) return total(0);
        const planned = resourcesOf(context, "aws:lambda/function:Function", region);
        let own = 0;
        for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) {
            for (const { FunctionName = "" } of Functions.filter(({ FunctionName: name = "" }) => isGeneratedFrom(name, planned)))
                own += (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions ?? 0;
        }
        return total(reserved - own);
    },
};

export async function concurrencyLimit({ clients }: Context, region: string): Promise<number | undefined> {
    return (await clients.lambda(region).send(new GetAccountSettingsCommand({}))).AccountLimit?.ConcurrentExecutions;
}

/** Amazon RDS and Amazon DocumentDB share one quota and one API. */
export const databaseInstances: Usage = {
    permissions: ["rds:DescribeDBInstances"],
    async count(context, region) {
        let count = 0;
        for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: context.clients.rds(region) }, {}))
            count += DBInstances.filter(({ TagList }) => isForeign(context, TagList)).length;
        return total(count);
    },
};

/** Buckets without an explicit name have one that Pulumi generates. */
export const buckets: Usage = {
    permissions: ["s3:ListAllMyBuckets"],
    async count(context, region) {
        const own = resourcesOf(context, "aws:s3/bucket:Bucket");
        const names = new Set(own.map(({ inputs }) => textOf(inputs.bucket)));
        const generated = own.filter(({ inputs }) => inputs.bucket === undefined);
        let count = 0;
        for await (const { Buckets = [] } of paginateListBuckets({ client: context.clients.s3(region) }, {}))
            count += Buckets.filter(({ Name = "" }) => !names.has(Name) && !isGeneratedFrom(Name, generated)).length;
        return total(count);
    },
};

/** Counts only the default bus, because all rules on a bus of the planned stacks belong to them. */
export const rules: Usage = {
    permissions: ["events:ListRules"],
    async count(context, region) {
        const own = resourcesOf(context, "aws:cloudwatch/eventRule:EventRule", region);
        const events = context.clients.events(region);
        let count = 0;
        let NextToken: string | undefined;
        do {
            const page = await events.send(new ListRulesCommand({ NextToken }));
            count += (page.Rules ?? []).filter(({ Name = "" }) => !isGeneratedFrom(Name, own)).length;
            ({ NextToken } = page);
        } while (NextToken !== undefined);
        return new Map([["default", count]]);
    },
};
