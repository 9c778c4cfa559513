import { DescribeAddressesCommand, DescribeSubnetsCommand, DescribeVpcsCommand, paginateDescribeNatGateways } from "@aws-sdk/client-ec2";
import { paginateDescribeDBInstances } from "@aws-sdk/client-rds";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from "@aws-sdk/client-service-quotas";
import { all, ask, existing } from "../ask";
import { numberOf, type PlannedStack, textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

/** Counts by what the quota limits: Availability Zones, or `ALL` for the region or account. */
type Counts = Map<string, number>;

const ALL = "";
const total = (count: number): Counts => new Map([[ALL, count]]);

interface Quota {
    title: string;
    service: string;
    code: string;
    /** The quota limits all regions together. Service Quotas keeps it in one of them. */
    accountWide?: true;
    /** What the stack needs at its peak, in a region or, without one, in all. */
    demand: (plan: PlannedStack, region?: string) => Counts;
    /** What others in the account use, without what this stack created. Left out where AWS has no list to count. */
    usage?: { permissions: string[]; count: (context: Context, region: string) => Promise<Counts> };
}

interface Tagged {
    Tags?: { Key?: string; Value?: string }[];
}

const foreign = (plan: PlannedStack, resources: Tagged[] | undefined) => (resources ?? []).filter(({ Tags }) => !plan.owns(Tags)).length;

const planned =
    (...types: string[]) =>
    (plan: PlannedStack, region?: string): Counts =>
        total(types.reduce((sum, type) => sum + plan.of(type, region).length, 0));

/** A deployment runs twice the maximum count for a while. */
export function fargateVcpus(plan: PlannedStack, region?: string): number {
    const counts = plan
        .of("aws:appautoscaling/target:Target", region)
        .filter(({ inputs }) => inputs.serviceNamespace === "ecs")
        .map(({ inputs }) => numberOf(inputs.maxCapacity) ?? 1);
    const vcpus = plan.of("aws:ecs/taskDefinition:TaskDefinition", region).map(({ inputs }) => (numberOf(inputs.cpu) ?? 0) / 1024);
    const services = plan.of("aws:ecs/service:Service", region).map(({ inputs }) => numberOf(inputs.desiredCount) ?? 1);
    const tasks = counts.length > 0 ? counts : services;
    return 2 * tasks.reduce((sum, count) => sum + count, 0) * Math.max(0, ...vcpus);
}

function concurrency(plan: PlannedStack, region?: string): number {
    const functions = plan.of("aws:lambda/function:Function", region);
    const mappings = plan.of("aws:lambda/eventSourceMapping:EventSourceMapping", region);
    const reserved = functions.map(({ inputs }) => numberOf(inputs.reservedConcurrentExecutions) ?? 0);
    const polled = mappings.map(({ inputs }) => {
        const scaling = inputs.scalingConfig as { maximumConcurrency?: unknown } | undefined;
        return numberOf(scaling?.maximumConcurrency) ?? 1;
    });
    return [...reserved, ...polled].reduce((sum, count) => sum + count, 0);
}

function countsOf(keys: (string | undefined)[]): Counts {
    const counts: Counts = new Map();
    for (const key of keys) if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
}

/** NAT gateways by the zone of their subnet. */
export function natGatewaysByZone(plan: PlannedStack, region?: string): Counts {
    const zones = new Map(plan.of("aws:ec2/subnet:Subnet", region).map(({ id, inputs }) => [id, textOf(inputs.availabilityZone)]));
    return countsOf(plan.of("aws:ec2/natGateway:NatGateway", region).map(({ inputs }) => zones.get(textOf(inputs.subnetId))));
}

async function otherNatGatewaysByZone({ clients, plan }: Context, region: string): Promise<Counts> {
    const ec2 = clients.ec2(region);
    const subnets: string[] = [];
    for await (const { NatGateways = [] } of paginateDescribeNatGateways({ client: ec2 }, {})) {
        const live = NatGateways.filter(({ State }) => State !== "deleted" && State !== "failed");
        subnets.push(...live.filter(({ Tags }) => !plan.owns(Tags)).flatMap(({ SubnetId }) => SubnetId ?? []));
    }
    if (subnets.length === 0) return new Map();
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...new Set(subnets)] }));
    const zones = new Map(Subnets.map(({ SubnetId, AvailabilityZone }) => [SubnetId, AvailabilityZone]));
    return countsOf(subnets.map((id) => zones.get(id)));
}

/** The place where demand and usage together are highest. */
export function busiest(demand: Counts, used: Counts | undefined): { place: string; needed: number; used?: number } {
    const places = [...demand].map(([place, needed]) => ({ place, needed, used: used && (used.get(place) ?? 0) }));
    const sum = ({ needed, used: others = 0 }: { needed: number; used?: number }) => needed + others;
    return places.sort((a, b) => sum(b) - sum(a))[0] ?? { place: ALL, needed: 0 };
}

export const QUOTAS: Quota[] = [
    {
        title: "Elastic IPs",
        service: "ec2",
        code: "L-0263D0A3",
        demand: planned("aws:ec2/eip:Eip"),
        usage: {
            permissions: ["ec2:DescribeAddresses"],
            count: async ({ clients, plan }, region) =>
                total(foreign(plan, (await clients.ec2(region).send(new DescribeAddressesCommand({}))).Addresses)),
        },
    },
    {
        title: "VPCs",
        service: "vpc",
        code: "L-F678F1CE",
        demand: planned("aws:ec2/vpc:Vpc"),
        usage: {
            permissions: ["ec2:DescribeVpcs"],
            count: async ({ clients, plan }, region) =>
                total(foreign(plan, (await clients.ec2(region).send(new DescribeVpcsCommand({}))).Vpcs)),
        },
    },
    {
        title: "NAT gateways per Availability Zone",
        service: "vpc",
        code: "L-FE5A380F",
        demand: natGatewaysByZone,
        usage: { permissions: ["ec2:DescribeNatGateways", "ec2:DescribeSubnets"], count: otherNatGatewaysByZone },
    },
    {
        title: "Fargate On-Demand vCPUs",
        service: "fargate",
        code: "L-3032A538",
        demand: (plan, region) => total(fargateVcpus(plan, region)),
    },
    {
        title: "Lambda concurrent executions",
        service: "lambda",
        code: "L-B99A9384",
        demand: (plan, region) => total(concurrency(plan, region)),
    },
    {
        title: "RDS and DocumentDB instances",
        service: "rds",
        code: "L-7B6409FD",
        demand: planned("aws:rds/instance:Instance", "aws:docdb/clusterInstance:ClusterInstance"),
        usage: {
            permissions: ["rds:DescribeDBInstances"],
            count: async ({ clients, plan }, region) => {
                let count = 0;
                for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: clients.rds(region) }, {}))
                    count += DBInstances.filter(({ TagList }) => !plan.owns(TagList)).length;
                return total(count);
            },
        },
    },
    {
        title: "S3 buckets",
        service: "s3",
        code: "L-DC2B2D3D",
        accountWide: true,
        demand: planned("aws:s3/bucket:Bucket"),
        usage: {
            permissions: ["s3:ListAllMyBuckets"],
            count: async ({ clients, plan }, region) => {
                const ours = new Set(plan.of("aws:s3/bucket:Bucket").map(({ inputs }) => textOf(inputs.bucket)));
                const { Buckets = [] } = await clients.s3(region).send(new ListBucketsCommand({}));
                return total(Buckets.filter(({ Name }) => !ours.has(Name)).length);
            },
        },
    },
];

export function quotaFinding(asked: string, limit: number | undefined, demand: number, used: number | undefined): Finding {
    if (limit === undefined)
        return { status: "unknown", asked, found: "Service Quotas has no value", action: "Look it up in the console." };
    const usage = used === undefined ? "current use not counted" : `${used} used by others`;
    const found = `quota ${limit}, needed ${demand}, ${usage}`;
    if (demand + (used ?? 0) <= limit) return { status: "passed", asked, found };
    return { status: "failed", asked, found, action: `Request an increase to at least ${demand + (used ?? 0)} in Service Quotas.` };
}

/** The applied value, or AWS's default where the account has no value of its own. */
async function limitOf({ clients }: Context, region: string, { service, code }: Quota): Promise<number | undefined> {
    const input = { ServiceCode: service, QuotaCode: code };
    const client = clients.quotas(region);
    const applied = await existing(client.send(new GetServiceQuotaCommand(input)));
    return (applied ?? (await existing(client.send(new GetAWSDefaultServiceQuotaCommand(input)))))?.Quota?.Value;
}

/** Service Quotas keeps the quotas of whole accounts there. */
const ACCOUNT_REGION = "us-east-1";

function question(context: Context, quota: Quota, region: string | undefined): Promise<Finding[]>[] {
    const demand = quota.demand(context.plan, region);
    if ([...demand.values()].every((needed) => needed === 0)) return [];
    const { usage } = quota;
    const queried = region ?? ACCOUNT_REGION;
    const asked = `${quota.title} in ${region ?? "the account"}`;
    const permissions = ["servicequotas:GetServiceQuota", ...(usage?.permissions ?? [])].join(" and ");
    const finding = ask(asked, permissions, async () => {
        const limit = await limitOf(context, queried, quota);
        const { place, needed, used } = busiest(demand, await usage?.count(context, queried));
        return quotaFinding(place === ALL ? asked : `${asked}, most used ${place}`, limit, needed, used);
    });
    return [finding];
}

export const quotas: Check = {
    id: "quotas",
    title: "Quotas",
    actions: [
        "servicequotas:GetServiceQuota",
        "servicequotas:GetAWSDefaultServiceQuota",
        ...QUOTAS.flatMap(({ usage }) => usage?.permissions ?? []),
    ],
    run: (context) =>
        all(
            QUOTAS.flatMap((quota) =>
                quota.accountWide
                    ? question(context, quota, undefined)
                    : context.plan.regions.flatMap((region) => question(context, quota, region)),
            ),
        ),
};
