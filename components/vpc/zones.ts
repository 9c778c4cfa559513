import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Names of zones of the provider's region that have all that this library needs, in alphabetical order. Zone use1-az3 is left out: VPC
 * links, RDS Proxy and Fargate on ARM are not there. So are local zones and whatever an account must opt in to.
 *
 * The answer can change when AWS opens or closes a zone, and with it the subnets' place: write the zones of a network that must stay into
 * its configuration.
 *
 * @throws Error where the region has fewer than `count`
 */
export async function findZones(count: number, opts?: pulumi.InvokeOptions): Promise<string[]> {
    const { names, region } = await aws.getAvailabilityZones(
        {
            // Of whatever state: a zone that fails must not hand its place to another, and move the subnets of a network that is in use.
            excludeZoneIds: ["use1-az3"],
            filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
        },
        opts,
    );
    if (names.length < count)
        throw new Error(`${region} has ${names.length} availability zones that fit (${names.join(", ")}), ${count} are wanted`);
    return [...names].sort().slice(0, count);
}
