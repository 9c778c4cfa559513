/** Rules about the services that the stack's region supports. */
import { geographyProblem } from "../../components/ai-services/models";
import {
    type InstanceService,
    lacksEssentials,
    platformRegions,
    REGIONAL_SERVICES,
    type RegionalService,
    REGIONS,
} from "../../components/internal/regions";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

/** Default models of a region. Empty if the region has no default. */
export const defaultModels = (region = ""): string[] => [REGIONS[region]?.defaultModel ?? []].flat();

/** Problems with the region, and with configured systems that it doesn't support. */
export function regionProblems(values: PlatformConfig, region: string): Problem[] {
    const missing = lacksEssentials(region);
    if (missing.length > 0) {
        return [["aws:region", `${region} has no ${missing.join(" and no ")}. The platform can run in ${platformRegions().join(", ")}`]];
    }
    return [
        ...recoveryProblems(values),
        ...zoneProblems(values, region),
        ...systemProblems(values, region),
        ...classProblems(values, region),
        ...modelProblems(values, region),
    ];
}

/** Region of the copies of a primary stack. */
export const recoveryRegionOf = (config: PlatformConfig): string | undefined =>
    config.role === "primary" ? config.recovery?.region : undefined;

function recoveryProblems(values: PlatformConfig): Problem[] {
    const region = recoveryRegionOf(values);
    const missing = region === undefined ? [] : lacksEssentials(region);
    if (region === undefined || missing.length === 0) return [];
    const others = platformRegions().join(", ");
    return [
        ["recovery.region", `${region} has no ${missing.join(" and no ")}, which a dr stack requires. A dr stack can run in ${others}`],
    ];
}

function zoneProblems({ network }: PlatformConfig, region: string): Problem[] {
    // The zones of an existing network are looked up: stacks/existing-network.ts.
    if (network.existing) return [];
    const { vpcLinkZones = [] } = REGIONS[region] ?? {};
    const { numberOfAvailabilityZones: count, availabilityZoneNames = [] } = network;
    const elsewhere = availabilityZoneNames.filter((zone) => zone.slice(0, -1) !== region);
    if (elsewhere.length > 0)
        return [["network.availabilityZoneNames", `${elsewhere.join(", ")} must be in ${region}, the stack's region`]];
    if (count <= vpcLinkZones.length) return [];
    const why = `VPC links V2 support ${vpcLinkZones.length} Availability Zones of ${region}: ${vpcLinkZones.join(", ")}`;
    return [["network.numberOfAvailabilityZones", `${count} must be at most ${vpcLinkZones.length}: ${why}`]];
}

/** A configured system, the services that it requires, and the remedy if the region lacks them. */
type System = [key: string, configured: boolean, services: RegionalService[], remedy: string];

function systemProblems(values: PlatformConfig, region: string): Problem[] {
    const lacks = REGIONS[region]?.lacks ?? [];
    const pipelines = values.role === "primary" && values.delivery !== undefined;
    const systems: System[] = [
        ["documents.enabled", values.documents.enabled, ["documentdb"], "must be false"],
        ["events.schemaDiscovery", values.events.enabled && values.events.schemaDiscovery, ["eventbridge-schemas"], "must be false"],
        ["ai.endpoint", values.ai.enabled && values.ai.endpoint !== undefined, ["sagemaker-endpoints"], "must be removed"],
        ["delivery", pipelines, ["codebuild", "codepipeline", "codeconnections"], "must be removed; deploy with another tool"],
    ];
    return systems.flatMap(([key, configured, services, remedy]): Problem[] => {
        const missing = services.filter((service) => lacks.includes(service)).map((service) => REGIONAL_SERVICES[service]);
        return configured && missing.length > 0 ? [[key, `${remedy}: ${region} has no ${missing.join(" and no ")}`]] : [];
    });
}

type UsedClass = [key: string, service: InstanceService, value: string, used: boolean];

function classProblems({ database, documents, cache }: PlatformConfig, region: string): Problem[] {
    const classes: UsedClass[] = [
        ["database.instanceClass", "rds", database.instanceClass, true],
        ...Object.entries(database.readReplicas).map(([name, { instanceClass }]): UsedClass => [
            `database.readReplicas.${name}.instanceClass`,
            "rds",
            instanceClass ?? database.instanceClass,
            instanceClass !== undefined,
        ]),
        ["documents.instanceClass", "docdb", documents.instanceClass, documents.enabled],
        ["cache.nodeType", "elasticache", cache.nodeType, cache.enabled],
    ];
    return classes.flatMap(([key, service, value, used]): Problem[] => {
        const families = (REGIONS[region]?.lacksFamilies?.[service] ?? "").split(" ");
        const [, family = ""] = value.split(".");
        return used && families.includes(family) ? [[key, `${value}: ${region} has no classes of the family ${family}`]] : [];
    });
}

function modelProblems({ ai }: PlatformConfig, region: string): Problem[] {
    if (!ai.enabled) return [];
    if (ai.models.length === 0) {
        const why = `no default is known for ${region}. Specify a model that the region offers, such as a foundation model or a global. profile`;
        return [["ai.models", `is missing: ${why}`]];
    }
    return ai.models.flatMap((model): Problem[] => {
        const problem = geographyProblem(model, region);
        return problem === undefined ? [] : [["ai.models", problem]];
    });
}
