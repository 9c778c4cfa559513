import { DescribeCacheEngineVersionsCommand, DescribeReservedCacheNodesOfferingsCommand } from "@aws-sdk/client-elasticache";
import { paginateDescribeOrderableDBInstanceOptions } from "@aws-sdk/client-rds";
import { all, ask } from "../ask";
import { type PlannedStack, textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

interface Order {
    engine: string;
    instanceClass: string;
    version?: string;
}

/** A planned major version such as 17 matches 17.5. */
const matches = (offered: string, planned = ""): boolean => planned === "" || offered === planned || offered.startsWith(`${planned}.`);

function versionFinding(asked: string, offered: string[], planned: string | undefined): Finding {
    if (offered.some((version) => matches(version, planned))) return { status: "passed", asked, found: "available" };
    const found =
        offered.length > 0 ? `not available; the region offers ${[...new Set(offered)].join(", ")}` : "the region doesn't offer it";
    return { status: "failed", asked, found, action: "Choose a version and class that the region offers, or another region." };
}

/** Regions without the engine reject its name. */
const isUnknownEngine = (error: unknown) => error instanceof Error && error.name === "InvalidParameterValue";

async function orderable({ clients }: Context, region: string, { engine, instanceClass, version }: Order, asked: string): Promise<Finding> {
    const pages = paginateDescribeOrderableDBInstanceOptions(
        { client: clients.rds(region) },
        { Engine: engine, DBInstanceClass: instanceClass },
    );
    const offered: string[] = [];
    try {
        for await (const { OrderableDBInstanceOptions = [] } of pages)
            offered.push(...OrderableDBInstanceOptions.flatMap(({ EngineVersion }) => EngineVersion ?? []));
    } catch (error) {
        if (!isUnknownEngine(error)) throw error;
    }
    return versionFinding(asked, offered, version);
}

function orders(plan: PlannedStack): Order[] {
    const order = (inputs: Record<string, unknown>, engine: string, version?: string): Order[] => {
        const instanceClass = textOf(inputs.instanceClass);
        return instanceClass ? [{ engine, instanceClass, version }] : [];
    };
    const documents = textOf(plan.of("aws:docdb/cluster:Cluster")[0]?.inputs.engineVersion);
    const found = [
        ...plan
            .of("aws:rds/instance:Instance")
            .flatMap(({ inputs }) => order(inputs, textOf(inputs.engine) ?? "postgres", textOf(inputs.engineVersion))),
        ...plan.of("aws:docdb/clusterInstance:ClusterInstance").flatMap(({ inputs }) => order(inputs, "docdb", documents)),
    ];
    return [...new Map(found.map((entry) => [JSON.stringify(entry), entry])).values()];
}

/** ElastiCache lists node types only in reservation offerings. A node type without an offering can still exist. */
async function nodeFinding({ clients }: Context, region: string, nodeType: string, asked: string): Promise<Finding> {
    const request = new DescribeReservedCacheNodesOfferingsCommand({ CacheNodeType: nodeType, MaxRecords: 20 });
    const { ReservedCacheNodesOfferings = [] } = await clients.elastiCache(region).send(request);
    if (ReservedCacheNodesOfferings.length > 0) return { status: "passed", asked, found: "available" };
    const action = "Look up the node type in the ElastiCache console for this region, or choose another node type.";
    return { status: "warning", asked, found: "the region offers no reservation for it", action };
}

function caches(context: Context, plan: PlannedStack): Promise<Finding[]>[] {
    const { region } = plan;
    return plan.of("aws:elasticache/replicationGroup:ReplicationGroup").flatMap(({ inputs }) => {
        const [Engine, version, nodeType] = [inputs.engine, inputs.engineVersion, inputs.nodeType].map(textOf);
        const asked = `${Engine ?? "cache"} ${version ?? ""} in ${region}`;
        const versions = ask(asked, "elasticache:DescribeCacheEngineVersions", async () => {
            const answer = await context.clients.elastiCache(region).send(new DescribeCacheEngineVersionsCommand({ Engine }));
            const offered = (answer.CacheEngineVersions ?? []).flatMap(({ EngineVersion }) => EngineVersion ?? []);
            return versionFinding(asked, offered, version);
        });
        if (nodeType === undefined) return [versions];
        const node = `node type ${nodeType} in ${region}`;
        return [versions, ask(node, "elasticache:DescribeReservedCacheNodesOfferings", () => nodeFinding(context, region, nodeType, node))];
    });
}

export const engines: Check = {
    id: "engines",
    title: "Engine versions and instance classes",
    actions: [
        "rds:DescribeOrderableDBInstanceOptions",
        "elasticache:DescribeCacheEngineVersions",
        "elasticache:DescribeReservedCacheNodesOfferings",
    ],
    run: (context) =>
        all(
            context.peaks.flatMap(({ plan }) => [
                ...orders(plan).map((order) => {
                    const asked = `${order.engine} ${order.version ?? ""} on ${order.instanceClass} in ${plan.region}`;
                    const permission = "rds:DescribeOrderableDBInstanceOptions";
                    return ask(asked, permission, () => orderable(context, plan.region, order, asked));
                }),
                ...caches(context, plan),
            ]),
        ),
};
