import { type AvailabilityZone, DescribeAvailabilityZonesCommand } from "@aws-sdk/client-ec2";
import { REGIONS, UNKNOWN_REGION } from "../../../components/internal/regions";
import { zonesWithVpcLinks } from "../../../components/vpc/zones";
import { all, ask } from "../ask";
import { textOf } from "../planned";
import type { Check, Finding } from "../types";

type Zone = Pick<AvailabilityZone, "ZoneId" | "ZoneName" | "State">;

/** The data source that the program reads: zones by name if the stack file lists them, otherwise all zones. */
export const ZONES_SOURCE = "aws:index/getAvailabilityZones:getAvailabilityZones";

/** Names of the zones that support VPC links, in the order in which `findAvailabilityZones` selects them. */
const withLinks = (region: string, zones: Zone[]) =>
    zonesWithVpcLinks(
        region,
        zones.map(({ ZoneName: name = "", ZoneId: id = "" }) => ({ name, id })),
    ).map(({ name }) => name);

/**
 * Zone names differ between accounts, so only zone IDs show whether a zone supports VPC links.
 *
 * @param planned the zones of the planned subnets
 * @param configured whether the stack file lists them; if not, `up` selects from the zones of the account
 */
function zoneFinding(region: string, zones: Zone[], planned: string[], configured: boolean): Finding {
    const asked = `Availability Zones with VPC links in ${region}`;
    const { vpcLinkZones = [] } = REGIONS[region] ?? {};
    if (vpcLinkZones.length === 0) {
        const action = region in REGIONS ? "Use another region." : `${UNKNOWN_REGION}.`;
        return { status: "failed", asked, found: "the region has no VPC links V2", action };
    }
    const usable = withLinks(
        region,
        zones.filter(({ State = "available" }) => State === "available"),
    );
    const used = configured ? planned : withLinks(region, zones).slice(0, planned.length);
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
        const configured = lookups.every(({ token, inputs }) => token !== ZONES_SOURCE || JSON.stringify(inputs).includes("zone-name"));
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
