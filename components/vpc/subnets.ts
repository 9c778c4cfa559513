import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Each, PartFactory } from "../building-blocks/parts";
import { INTERFACES_DELETED_WITHIN } from "../internal/interfaces";
import type { SubnetBlocks } from "./cidr";

/** Parts of the network below the VPC. Keys contain the zone, so that a resource belongs to the same zone for its lifetime. */
export interface SubnetParts {
    /** By tier and zone: `private-us-east-1a`, like the route tables, their associations, and the default routes. */
    subnets: Each<typeof aws.ec2.Subnet>;
    routeTables: Each<typeof aws.ec2.RouteTable>;
    routeTableAssociations: Each<typeof aws.ec2.RouteTableAssociation>;
    routes: Each<typeof aws.ec2.Route>;
    /** By zone, like their addresses. */
    natGateways?: Each<typeof aws.ec2.NatGateway>;
    elasticIps?: Each<typeof aws.ec2.Eip>;
}

export type NatGateways = "one-per-zone" | "single" | "none";
export const NAT_GATEWAYS = ["one-per-zone", "single", "none"] as const satisfies NatGateways[];

/** An Availability Zone and the blocks of its subnets. */
export interface ZoneBlocks {
    zone: string;
    public: string;
    private: string;
    data: string;
    /** Position in the arguments, from 1: earlier versions named resources after it. */
    position: number;
}

/** The zones in alphabetical order, so that the order of the arguments has no effect. */
export const zonesOf = (zones: string[], { public: publicBlocks, private: privateBlocks, data }: SubnetBlocks): ZoneBlocks[] =>
    zones
        .map((zone, i) => ({
            zone,
            public: publicBlocks[i] ?? "",
            private: privateBlocks[i] ?? "",
            data: data[i] ?? "",
            position: i + 1,
        }))
        .sort((a, b) => (a.zone < b.zone ? -1 : 1));

/** Zones with a NAT gateway. A single one is in the first zone. */
export const natZones = (zones: ZoneBlocks[], natGateways: NatGateways): ZoneBlocks[] =>
    zones.slice(0, { "one-per-zone": zones.length, single: 1, none: 0 }[natGateways]);

interface Network {
    logicalName: string;
    vpcId: pulumi.Output<string>;
    internetGatewayId: pulumi.Output<string>;
}

interface Created {
    public: aws.ec2.Subnet[];
    private: aws.ec2.Subnet[];
    data: aws.ec2.Subnet[];
    /** In the order of `natZones`. */
    natGateways: aws.ec2.NatGateway[];
    /** Of the private and data subnets. */
    innerRouteTables: aws.ec2.RouteTable[];
}

type Tier = "public" | "private" | "data";
const FORMER_TYPE = { public: "Public", private: "Private", data: "Isolated" };

/**
 * Creates the subnets of all zones with a route table each, the NAT gateways, and the default routes.
 *
 * `awsx.ec2.Vpc` names subnets after the position of their zone. If the list of zones changes, it moves subnets to other zones, whose
 * blocks are still in use, and AWS rejects them. These resources are named after their zone instead.
 */
export function createSubnets(network: Network, zones: ZoneBlocks[], natGateways: NatGateways, parts: PartFactory<SubnetParts>): Created {
    const { logicalName, vpcId } = network;
    const former = formerName(parts.parent, logicalName);
    const innerRouteTables: aws.ec2.RouteTable[] = [];

    const createTier = (tier: Tier, place: ZoneBlocks) => {
        const key = `${tier}-${place.zone}`;
        const name = `${logicalName}-${key}`;
        const tags = { Name: name, SubnetType: FORMER_TYPE[tier] };
        const aliases = (types: string) => former(types, `${tier}-${place.position}`);
        const subnet = parts.createEach(
            "subnets",
            key,
            aws.ec2.Subnet,
            name,
            { vpcId, availabilityZone: place.zone, cidrBlock: place[tier], mapPublicIpOnLaunch: false, tags },
            { ...aliases(SUBNET), ...(tier === "private" ? { customTimeouts: { delete: INTERFACES_DELETED_WITHIN } } : {}) },
        );
        const routeTable = parts.createEach("routeTables", key, aws.ec2.RouteTable, name, { vpcId, tags }, aliases(TABLE));
        parts.createEach(
            "routeTableAssociations",
            key,
            aws.ec2.RouteTableAssociation,
            name,
            { routeTableId: routeTable.id, subnetId: subnet.id },
            aliases(`${TABLE}$aws:ec2/routeTableAssociation:RouteTableAssociation`),
        );
        const addRoute = (target: Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId">) =>
            parts.createEach(
                "routes",
                key,
                aws.ec2.Route,
                name,
                { routeTableId: routeTable.id, destinationCidrBlock: "0.0.0.0/0", ...target },
                aliases(`${TABLE}$aws:ec2/route:Route`),
            );
        return { subnet, routeTable, addRoute };
    };

    const createNatGateway = (place: ZoneBlocks, subnet: aws.ec2.Subnet, route: aws.ec2.Route) => {
        const name = `${logicalName}-nat-${place.zone}`;
        const tags = { Name: name };
        const aliases = (type: string) => former(`${SUBNET}$${type}`, String(place.position));
        const address = parts.createEach("elasticIps", place.zone, aws.ec2.Eip, name, { tags }, aliases("aws:ec2/eip:Eip"));
        return parts.createEach(
            "natGateways",
            place.zone,
            aws.ec2.NatGateway,
            name,
            { allocationId: address.id, subnetId: subnet.id, tags },
            // AWS rejects a NAT gateway in a VPC without an internet gateway.
            { ...aliases("aws:ec2/natGateway:NatGateway"), dependsOn: [route] },
        );
    };

    const publicTier = zones.map((place) => {
        const { subnet, addRoute } = createTier("public", place);
        return { place, subnet, route: addRoute({ gatewayId: network.internetGatewayId }) };
    });
    const withNat = new Set(natZones(zones, natGateways));
    const gateways = publicTier
        .filter(({ place }) => withNat.has(place))
        .map(({ place, subnet, route }) => createNatGateway(place, subnet, route));
    const privateTier = zones.map((place, i) => {
        const { subnet, routeTable, addRoute } = createTier("private", place);
        innerRouteTables.push(routeTable);
        const gateway = gateways[i] ?? gateways[0];
        if (gateway) addRoute({ natGatewayId: gateway.id });
        return subnet;
    });
    const dataTier = zones.map((place) => {
        const { subnet, routeTable } = createTier("data", place);
        innerRouteTables.push(routeTable);
        return subnet;
    });
    return {
        public: publicTier.map(({ subnet }) => subnet),
        private: privateTier,
        data: dataTier,
        natGateways: gateways,
        innerRouteTables,
    };
}

const SUBNET = "aws:ec2/subnet:Subnet";
const TABLE = `${SUBNET}$aws:ec2/routeTable:RouteTable`;

/** The URNs of resources that `awsx.ec2.Vpc` created in earlier versions of this component. */
function formerName(component: pulumi.Resource | undefined, logicalName: string) {
    return (types: string, suffix: string): pulumi.CustomResourceOptions => {
        if (!component) return {};
        const urn = component.urn.apply((own) => {
            const [stack, project, type] = own.split("::");
            return `${stack}::${project}::${type}$awsx:ec2:Vpc$aws:ec2/vpc:Vpc$${types}::${logicalName}-vpc-${suffix}`;
        });
        return { aliases: [urn] };
    };
}
