import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { REGIONS, UNKNOWN_REGION } from "../internal/regions";

/** An Availability Zone of the account. */
export interface Zone {
    /** `us-east-1a` */
    name: string;
    /** Number of the zone, from 0, which determines its address blocks. It depends only on the zone. */
    slot: number;
    /** `use1-az1`, if AWS reported it. */
    id?: string;
}

/**
 * The slot of a zone in a region: the position of its ID in the table of regions, where zones with VPC links come first. If the ID isn't in the
 * table, the letter of its name determines the slot. Pure.
 */
export function slotOf(region: string, { name, id }: { name: string; id?: string }): number {
    const { vpcLinkZones = [], otherZones = [] } = REGIONS[region] ?? {};
    const place = [...vpcLinkZones, ...otherZones].indexOf(id ?? "");
    return place >= 0 ? place : name.charCodeAt(name.length - 1) - "a".charCodeAt(0);
}

const byName = (a: Zone, b: Zone) => (a.name < b.name ? -1 : 1);

async function lookUp(name: string, values: string[], opts?: pulumi.InvokeOptions) {
    const { names, zoneIds, region } = await aws.getAvailabilityZones({ filters: [{ name, values }] }, opts);
    return { region, zones: names.map((zone, i) => ({ name: zone, id: zoneIds[i] ?? "" })) };
}

/**
 * The first `count` suitable Availability Zones of the provider's region by ID, in alphabetical order. The ID refers to the same zone in every
 * account.
 */
export async function findZones(count: number, opts?: pulumi.InvokeOptions): Promise<Zone[]> {
    // Includes unavailable zones, because replacing a failed zone by another one would replace its subnets.
    const { zones, region } = await lookUp("opt-in-status", ["opt-in-not-required"], opts);
    const suitable = zonesWithVpcLinks(region, zones);
    if (suitable.length >= count) return suitable.slice(0, count).sort(byName);
    const names = suitable.map(({ name }) => name).sort();
    throw new Error(`${region} has ${names.length} suitable Availability Zones (${names.join(", ")}), but ${count} are required`);
}

/** The zones with the given names. */
export async function namedZones(names: string[], opts?: pulumi.InvokeOptions): Promise<Zone[]> {
    const { zones, region } = await lookUp("zone-name", names, opts);
    return names.map((name) => {
        const id = zones.find((zone) => zone.name === name)?.id;
        return { name, slot: slotOf(region, { name, id }), id };
    });
}

/**
 * Names of the first `count` Availability Zones of the provider's region that support this library, in alphabetical order: zones without
 * opt-in that support VPC links V2, the first ones by ID. These are the same zones in every account, regardless of their names.
 *
 * The result changes if AWS closes one of these zones. Configure the zone names of a VPC that contains data.
 *
 * @throws Error if the region is unknown or has fewer than `count` suitable zones
 */
export async function findAvailabilityZones(count: number, opts?: pulumi.InvokeOptions): Promise<string[]> {
    return (await findZones(count, opts)).map(({ name }) => name);
}

/**
 * The zones that support VPC links V2, in the order of their IDs in the table of regions.
 *
 * @throws Error if the region is unknown
 */
export function zonesWithVpcLinks(region: string, zones: { name: string; id: string }[]): Zone[] {
    const known = REGIONS[region];
    if (!known) throw new Error(`the zones of ${region} are unknown. ${UNKNOWN_REGION}`);
    return zones
        .filter(({ id }) => known.vpcLinkZones?.includes(id))
        .map((zone) => ({ name: zone.name, slot: slotOf(region, zone), id: zone.id }))
        .sort((a, b) => a.slot - b.slot);
}
