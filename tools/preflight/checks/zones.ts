import { type AvailabilityZone, DescribeAvailabilityZonesCommand } from "@aws-sdk/client-ec2";
import { all, ask } from "../ask";
import { textOf } from "../planned";
import type { Check, Finding } from "../types";
import { REGIONS_WITHOUT_VPC_LINK, VPC_LINK_ZONES, ZONES_WITHOUT_VPC_LINK } from "../vpc-link-zones";

type Zone = Pick<AvailabilityZone, "ZoneId" | "ZoneName" | "State">;

/** The data source that the program reads if the stack file names no zones. */
export const ZONES_SOURCE = "aws:index/getAvailabilityZones:getAvailabilityZones";

const nameOf = ({ ZoneName = "" }: Zone) => ZoneName;

/** The names that `findAvailabilityZones` returns in this account. */
function chosen(zones: Zone[], count: number): string[] {
    const suitable = zones.filter(({ ZoneId = "" }) => !ZONES_WITHOUT_VPC_LINK.includes(ZoneId));
    return suitable.map(nameOf).sort().slice(0, count);
}

/**
 * Zone names differ between accounts, so only the zone IDs say where VPC links exist.
 *
 * @param planned the zones of the planned subnets
 * @param configured whether the stack file names them; if not, `up` chooses among the zones of the account
 */
export function zoneFinding(region: string, zones: Zone[], planned: string[], configured: boolean): Finding {
    const asked = `Availability Zones with VPC links in ${region}`;
    if (REGIONS_WITHOUT_VPC_LINK.includes(region)) {
        return { status: "failed", asked, found: "the region has no VPC links V2", action: "Use another region." };
    }
    const table = VPC_LINK_ZONES[region];
    const usable = zones
        .filter(({ State = "available" }) => State === "available")
        .filter(({ ZoneId = "" }) => (table ? table.includes(ZoneId) : !ZONES_WITHOUT_VPC_LINK.includes(ZoneId)))
        .map(nameOf);
    const used = configured ? planned : chosen(zones, planned.length);
    const found = `usable: ${usable.join(", ") || "none"}; the stack uses ${used.join(", ") || "none"}`;
    if (usable.length < planned.length) {
        return { status: "failed", asked, found, action: `Configure at most ${usable.length} zones.` };
    }
    if (used.every((name) => usable.includes(name))) return { status: "passed", asked, found };
    const action = `Set network.availabilityZoneNames to ${planned.length} of ${usable.join(", ")}.`;
    return { status: "failed", asked, found, action };
}

export const zones: Check = {
    id: "zones",
    title: "Availability Zones",
    actions: ["ec2:DescribeAvailabilityZones"],
    run({ plan, clients, lookups }) {
        if (plan.of("aws:apigatewayv2/vpcLink:VpcLink").length === 0) return all([]);
        const subnets = plan.of("aws:ec2/subnet:Subnet", plan.region);
        const planned = [...new Set(subnets.flatMap(({ inputs }) => textOf(inputs.availabilityZone) ?? []))];
        const configured = lookups.every(({ token }) => token !== ZONES_SOURCE);
        return all([
            ask("Availability Zones", "ec2:DescribeAvailabilityZones", async () => {
                const answer = await clients.ec2(plan.region).send(
                    new DescribeAvailabilityZonesCommand({
                        Filters: [
                            { Name: "opt-in-status", Values: ["opt-in-not-required"] },
                            { Name: "zone-type", Values: ["availability-zone"] },
                        ],
                    }),
                );
                return zoneFinding(plan.region, answer.AvailabilityZones ?? [], planned, configured);
            }),
        ]);
    },
};
