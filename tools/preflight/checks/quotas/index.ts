import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from "@aws-sdk/client-service-quotas";
import { all, ask, existing } from "../../ask";
import type { PlannedStack } from "../../planned";
import type { Check, Context, Finding } from "../../types";
import {
    ALL,
    builds,
    concurrency,
    type Counts,
    fargateVcpus,
    natGatewaysByZone,
    planned,
    rulesByBus,
    sumOf,
    targetsByRule,
    total,
} from "./counts";
import * as usage from "./usage";

/** Codes: AWS General Reference, "Service endpoints and quotas"; also listed by `aws service-quotas list-aws-default-service-quotas`. */
interface Quota {
    title: string;
    service: string;
    code: string;
    /** The quota applies to the whole account. Service Quotas returns it in only one region. */
    accountWide?: true;
    /** If the quota is too low, an `up` still succeeds, but the created resources have to wait. */
    deferred?: true;
    /** Demand of a stack at its peak, in a region or, if undefined, in all regions. */
    demand: (plan: PlannedStack, region?: string) => Counts;
    /** Use by others in the account. Undefined if their use doesn't reduce the quota. */
    usage?: usage.Usage;
    /** The account's limit, if the service returns a more accurate value than Service Quotas. */
    limit?: (context: Context, region: string) => Promise<number | undefined>;
}

const QUOTAS: Quota[] = [
    { title: "Elastic IPs", service: "ec2", code: "L-0263D0A3", demand: planned("aws:ec2/eip:Eip"), usage: usage.addresses },
    { title: "VPCs", service: "vpc", code: "L-F678F1CE", demand: planned("aws:ec2/vpc:Vpc"), usage: usage.vpcs },
    {
        title: "NAT gateways per Availability Zone",
        service: "vpc",
        code: "L-FE5A380F",
        demand: natGatewaysByZone,
        usage: usage.natGateways,
    },
    {
        title: "Fargate On-Demand vCPUs",
        service: "fargate",
        code: "L-3032A538",
        demand: (plan, region) => total(fargateVcpus(plan, region)),
        usage: usage.vcpus,
    },
    {
        title: "Lambda concurrent executions",
        service: "lambda",
        code: "L-B99A9384",
        demand: (plan, region) => total(concurrency(plan, region)),
        usage: usage.reservedConcurrency,
        // New accounts have less than the value in Service Quotas.
        limit: usage.concurrencyLimit,
    },
    {
        title: "RDS and DocumentDB instances",
        service: "rds",
        code: "L-7B6409FD",
        demand: planned("aws:rds/instance:Instance", "aws:docdb/clusterInstance:ClusterInstance"),
        usage: usage.databaseInstances,
    },
    {
        title: "S3 buckets",
        service: "s3",
        code: "L-DC2B2D3D",
        accountWide: true,
        demand: planned("aws:s3/bucket:Bucket"),
        usage: usage.buckets,
    },
    { title: "EventBridge rules per bus", service: "events", code: "L-244521F2", demand: rulesByBus, usage: usage.rules },
    { title: "EventBridge targets per rule", service: "events", code: "L-388D1D08", demand: targetsByRule },
    ...[
        { size: "Small", type: "ARM_CONTAINER", code: "L-5ED1D25B" },
        { size: "Large", type: "ARM_CONTAINER", code: "L-596BEAB4" },
        { size: "Small", type: "LINUX_CONTAINER", code: "L-9D07B6EF" },
        { size: "Medium", type: "LINUX_CONTAINER", code: "L-2DC20C30" },
        { size: "Large", type: "LINUX_CONTAINER", code: "L-4DDC4A99" },
    ].map(({ size, type, code }): Quota => ({
        title: `CodeBuild concurrent builds (${type.startsWith("ARM") ? "ARM" : "Linux"}/${size})`,
        service: "codebuild",
        code,
        deferred: true,
        demand: builds(type, `BUILD_GENERAL1_${size.toUpperCase()}`),
    })),
];

interface Numbers {
    limit: number | undefined;
    needed: number;
    used: number | undefined;
}

function quotaFinding(asked: string, { limit, needed, used }: Numbers, deferred = false): Finding {
    if (limit === undefined)
        return { status: "unknown", asked, found: "Service Quotas has no value", action: "Look it up in the console." };
    const found = `quota ${limit}, needed ${needed}${used === undefined ? "" : `, ${used} used by others`}`;
    const least = needed + (used ?? 0);
    if (least <= limit) return { status: "passed", asked, found };
    const action = `Request an increase to at least ${least} in Service Quotas.`;
    return { status: deferred ? "warning" : "failed", asked, found, action };
}

/** The place with the highest sum of demand and usage. */
function busiest(demand: Counts, used: Counts | undefined): { place: string; needed: number; used?: number } {
    const places = [...demand].map(([place, needed]) => ({ place, needed, used: used && (used.get(place) ?? 0) }));
    const sum = ({ needed, used: others = 0 }: { needed: number; used?: number }) => needed + others;
    return places.sort((a, b) => sum(b) - sum(a))[0] ?? { place: ALL, needed: 0 };
}

/** The applied value, or AWS's default if the account has no applied value. */
async function limitOf(context: Context, region: string, { service, code, limit }: Quota): Promise<number | undefined> {
    if (limit) return limit(context, region);
    const input = { ServiceCode: service, QuotaCode: code };
    const client = context.clients.quotas(region);
    const applied = await existing(client.send(new GetServiceQuotaCommand(input)));
    return (applied ?? (await existing(client.send(new GetAWSDefaultServiceQuotaCommand(input)))))?.Quota?.Value;
}

/** Service Quotas returns account-wide quotas in this region. */
const ACCOUNT_REGION = "us-east-1";

const REQUESTS = ["servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"];

function question(context: Context, quota: Quota, region: string | undefined): Promise<Finding[]>[] {
    const demand = sumOf(context.peaks.map(({ plan }) => quota.demand(plan, region)));
    if ([...demand.values()].every((needed) => needed === 0)) return [];
    const queried = region ?? ACCOUNT_REGION;
    const asked = `${quota.title} in ${region ?? "the account"}`;
    const permissions = [...(quota.limit ? [] : REQUESTS), ...(quota.usage?.permissions ?? [])].join(", ");
    const finding = ask(asked, permissions, async () => {
        const [limit, counts] = await Promise.all([limitOf(context, queried, quota), quota.usage?.count(context, queried)]);
        const { place, needed, used } = busiest(demand, counts);
        const where = place === ALL ? asked : `${asked}, most used ${place}`;
        return quotaFinding(where, { limit, needed, used }, quota.deferred);
    });
    return [finding];
}

const gap = (found: string): Finding => ({
    status: "warning",
    asked: "demand after a failover",
    found,
    action: "Correct its stack file. Until then, only this stack's demand is compared with the quotas.",
});

export const quotas: Check = {
    id: "quotas",
    title: "Quotas",
    actions: [...REQUESTS, ...QUOTAS.flatMap((quota) => quota.usage?.permissions ?? [])],
    run: (context) => {
        const regions = [...new Set(context.peaks.flatMap(({ plan }) => plan.regions))];
        return all([
            Promise.resolve(context.gaps.map(gap)),
            ...QUOTAS.flatMap((quota) =>
                quota.accountWide ? question(context, quota, undefined) : regions.flatMap((region) => question(context, quota, region)),
            ),
        ]);
    },
};
