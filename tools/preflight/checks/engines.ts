import { DescribeCacheEngineVersionsCommand } from "@aws-sdk/client-elasticache";
import { paginateDescribeOrderableDBInstanceOptions } from "@aws-sdk/client-rds";
import { all, ask } from "../ask";
import { textOf } from "../planned";
import type { Check, Context, Finding } from "../types";

interface Order {
    engine: string;
    instanceClass: string;
    version?: string;
}

/** A planned major version such as 17 matches 17.5. */
export const matches = (offered: string, planned = ""): boolean =>
    planned === "" || offered === planned || offered.startsWith(`${planned}.`);

export function versionFinding(asked: string, offered: string[], planned: string | undefined): Finding {
    if (offered.some((version) => matches(version, planned))) return { status: "passed", asked, found: "available" };
    const found = offered.length > 0 ? `not available; offered are ${[...new Set(offered)].join(", ")}` : "not available";
    return { status: "failed", asked, found, action: "Choose a version and class that the region offers." };
}

async function orderable({ clients, plan }: Context, { engine, instanceClass, version }: Order): Promise<Finding> {
    const pages = paginateDescribeOrderableDBInstanceOptions(
        { client: clients.rds(plan.region) },
        { Engine: engine, DBInstanceClass: instanceClass },
    );
    const offered: string[] = [];
    for await (const { OrderableDBInstanceOptions = [] } of pages)
        offered.push(...OrderableDBInstanceOptions.flatMap(({ EngineVersion }) => EngineVersion ?? []));
    return versionFinding(`${engine} ${version ?? ""} on ${instanceClass}`, offered, version);
}

function orders({ plan }: Context): Order[] {
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

export const engines: Check = {
    id: "engines",
    title: "Engine versions and instance classes",
    actions: ["rds:DescribeOrderableDBInstanceOptions", "elasticache:DescribeCacheEngineVersions"],
    run(context) {
        const { plan, clients } = context;
        return all([
            ...orders(context).map((order) =>
                ask(`${order.engine} on ${order.instanceClass}`, "rds:DescribeOrderableDBInstanceOptions", () => orderable(context, order)),
            ),
            ...plan.of("aws:elasticache/replicationGroup:ReplicationGroup").map(({ inputs }) => {
                const [Engine, version] = [textOf(inputs.engine), textOf(inputs.engineVersion)];
                const asked = `${Engine ?? "cache"} ${version ?? ""}`;
                return ask(asked, "elasticache:DescribeCacheEngineVersions", async () => {
                    const answer = await clients.elastiCache(plan.region).send(new DescribeCacheEngineVersionsCommand({ Engine }));
                    const offered = (answer.CacheEngineVersions ?? []).flatMap(({ EngineVersion }) => EngineVersion ?? []);
                    return versionFinding(asked, offered, version);
                });
            }),
        ]);
    },
};
