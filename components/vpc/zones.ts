import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Names of the first `count` Availability Zones of the provider's region that support this library, in alphabetical order. Excludes use1-az3, which
 * lacks VPC links, RDS Proxy, and Fargate on ARM, and all zones that require opt-in.
 *
 * The result changes when AWS opens or closes a zone, which would replace subnets. Configure the zone names of a VPC that contains data.
 *
 * @throws Error if the region has fewer than `count` suitable zones
 */
export async function findAvailabilityZones(count: number, opts?: pulumi.InvokeOptions): Promise<string[]> {
    const { names, region } = await aws.getAvailabilityZones(
        {
            // Includes unavailable zones, because replacing a failed zone by another one would replace its subnets.
            excludeZoneIds: ["use1-az3"],
            filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
        },
        opts,
    );
    if (names.length < count)
        throw new Error(`${region} has ${names.length} suitable Availability Zones (${names.join(", ")}), but ${count} are required`);
    return [...names].sort().slice(0, count);
}
