import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { REGIONS, UNKNOWN_REGION } from "../internal/regions";

/**
 * Names of the first `count` Availability Zones of the provider's region that support this library, in alphabetical order: zones without
 * opt-in that support VPC links V2, by their IDs. Zone names refer to different zones in each account.
 *
 * The result changes when AWS opens or closes a zone, which would replace subnets. Configure the zone names of a VPC that contains data.
 *
 * @throws Error if the region is unknown or has fewer than `count` suitable zones
 */
export async function findAvailabilityZones(count: number, opts?: pulumi.InvokeOptions): Promise<string[]> {
    const { names, zoneIds, region } = await aws.getAvailabilityZones(
        {
            // Includes unavailable zones, because replacing a failed zone by another one would replace its subnets.
            filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
        },
        opts,
    );
    const suitable = zonesWithVpcLinks(
        region,
        names.map((name, i) => ({ name, id: zoneIds[i] ?? "" })),
    );
    if (suitable.length < count)
        throw new Error(`${region} has ${suitable.length} suitable Availability Zones (${suitable.join(", ")}), but ${count} are required`);
    return suitable.slice(0, count);
}

/**
 * Names of the zones that support VPC links V2, in alphabetical order.
 *
 * @throws Error if the region is unknown
 */
export function zonesWithVpcLinks(region: string, zones: { name: string; id: string }[]): string[] {
    const known = REGIONS[region];
    if (!known) throw new Error(`the zones of ${region} are unknown. ${UNKNOWN_REGION}`);
    return zones
        .filter(({ id }) => known.vpcLinkZones?.includes(id))
        .map(({ name }) => name)
        .sort();
}
