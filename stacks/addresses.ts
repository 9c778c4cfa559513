/** The Availability Zones of the network, and the address blocks of their subnets. */
import type * as pulumi from "@pulumi/pulumi";
import type { NatGateways } from "../components";
import type { SubnetBlocks } from "../components/vpc/cidr";
import { natZones, zonesOf } from "../components/vpc/subnets";
import { findZones, namedZones, type Zone } from "../components/vpc/zones";
import type { Settings } from "./live-changes";
import { PROJECT } from "./names";

/** Keys of the section `network` that determine addresses. */
export interface Addresses {
    cidrBlock: string;
    numberOfAvailabilityZones: number;
    availabilityZoneNames?: string[];
    subnets: Partial<SubnetBlocks>;
}

/** The configured zones, or the first suitable ones of the region. */
export const lookUpZones = ({ numberOfAvailabilityZones, availabilityZoneNames: names }: Addresses, invoke: pulumi.InvokeOptions) =>
    names ? namedZones(names, invoke) : findZones(numberOfAvailabilityZones, invoke);

/** Settings for the comparison in the next update: the block of each zone, and the zones with a NAT gateway or instance, configured or by default. Pure. */
export function addressSettings(network: Addresses & { natGateways: NatGateways }, zones: Zone[]): Settings {
    const subnets = subnetsOf(
        network,
        zones.map(({ slot }) => slot),
    );
    const places = zonesOf(
        zones.map(({ name }) => name),
        subnets,
    );
    const blocks = (tier: keyof SubnetBlocks) => Object.fromEntries(places.map((place) => [place.zone, place[tier]]));
    return {
        [`${PROJECT}:network.subnets.public`]: blocks("public"),
        [`${PROJECT}:network.subnets.private`]: blocks("private"),
        [`${PROJECT}:network.subnets.data`]: blocks("data"),
        // A NAT instance has another address than a NAT gateway in the same zone.
        [`${PROJECT}:network.natGateways`]: natZones(places, network.natGateways).map(({ zone }) =>
            network.natGateways === "instance" ? `instance in ${zone}` : zone,
        ),
    };
}

/** Third octets of a zone's blocks by tier: 1 to 9 for the first three zones, and the next three for each additional zone. */
const octetsOf = (slot: number) => {
    const [first, step] = slot < SLOTS ? [1 + slot, SLOTS] : [1 + 3 * slot, 1];
    return { public: first, private: first + step, data: first + 2 * step };
};
const SLOTS = 3;

/** The configured blocks, and the design's /24 blocks for other tiers. A zone's blocks depend only on its slot, not on the other zones. */
export function subnetsOf({ cidrBlock, subnets }: Addresses, slots: number[]): SubnetBlocks {
    const [a = "10", b = "0", c = "0"] = cidrBlock.split(/[./]/);
    const blocks = (tier: keyof SubnetBlocks) => slots.map((slot) => `${a}.${b}.${Number(c) + octetsOf(slot)[tier]}.0/24`);
    return {
        public: subnets.public ?? blocks("public"),
        private: subnets.private ?? blocks("private"),
        data: subnets.data ?? blocks("data"),
    };
}
