import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Each, PartFactory } from "../building-blocks/parts";
import { INTERFACES_DELETED_WITHIN } from "../internal/interfaces";
import type { SubnetBlocks } from "./cidr";
import { createNatInstance, type NatInstance, type NatInstanceParts } from "./nat-instance";

/** Parts of the network below the VPC. Keys contain the zone, so that a resource belongs to the same zone for its lifetime. */
export interface SubnetParts extends NatInstanceParts {
    /** By tier and zone: `private-us-east-1a`, like the route tables, their associations, and the default routes. */
    subnets: Each<typeof aws.ec2.Subnet>;
    routeTables: Each<typeof aws.ec2.RouteTable>;
    routeTableAssociations: Each<typeof aws.ec2.RouteTableAssociation>;
    routes: Each<typeof aws.ec2.Route>;
    /** By zone, like their addresses. The address of a NAT instance has the key `instance-us-east-1a`. */
    natGateways?: Each<typeof aws.ec2.NatGateway>;
    elasticIps?: Each<typeof aws.ec2.Eip>;
}

export type NatGateways = "one-per-zone" | "single" | "instance" | "none";
export const NAT_GATEWAYS = ["one-per-zone", "single", "instance", "none"] as const satisfies NatGateways[];

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

/** Zones with a NAT gateway or instance. A single one is in the first zone. */
export const natZones = (zones: ZoneBlocks[], natGateways: NatGateways): ZoneBlocks[] =>
    zones.slice(0, { "one-per-zone": zones.length, single: 1, instance: 1, none: 0 }[natGateways]);

interface Network {
    logicalName: string;
    vpcId: pulumi.Output<string>;
    internetGatewayId: pulumi.Output<string>;
    cidrBlock: string;
}

interface Created {
    public: aws.ec2.Subnet[];
    private: aws.ec2.Subnet[];
    data: aws.ec2.Subnet[];
    /** In the order of `natZones`. */
    natGateways: aws.ec2.NatGateway[];
    natInstance?: NatInstance;
    /** Of the private subnets, by tier and zone. */
    privateRouteTables: Record<string, aws.ec2.RouteTable>;
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
    const factory = new SubnetFactory(network, parts);
    const publicTier = zones.map((place) => {
        const created = factory.createSubnet("public", place);
        return { place, ...created, route: factory.addRoute(created, { gatewayId: network.internetGatewayId }) };
    });
    const withNat = publicTier.filter(({ place }) => natZones(zones, natGateways).includes(place));
    const gateways =
        natGateways === "instance" ? [] : withNat.map(({ place, subnet, route }) => factory.createNatGateway(place, subnet, route));
    const natInstance =
        natGateways === "instance"
            ? withNat.map(({ place, subnet, route }) => factory.createNatInstance(place, subnet, route))[0]
            : undefined;
    const privateTier = zones.map((place, i) => {
        const created = factory.createSubnet("private", place);
        const gateway = gateways[i] ?? gateways[0];
        if (gateway) factory.addRoute(created, { natGatewayId: gateway.id });
        // On a live VPC, the route changes from a NAT gateway when the instance is running.
        if (natInstance) factory.addRoute(created, { networkInterfaceId: natInstance.networkInterface.id }, [natInstance.group]);
        return created;
    });
    const dataTier = zones.map((place) => factory.createSubnet("data", place));
    return {
        public: publicTier.map(({ subnet }) => subnet),
        private: privateTier.map(({ subnet }) => subnet),
        data: dataTier.map(({ subnet }) => subnet),
        natGateways: gateways,
        natInstance,
        privateRouteTables: Object.fromEntries(privateTier.map(({ key, routeTable }) => [key, routeTable])),
        innerRouteTables: [...privateTier, ...dataTier].map(({ routeTable }) => routeTable),
    };
}

type RouteTarget = Pick<aws.ec2.RouteArgs, "gatewayId" | "natGatewayId" | "networkInterfaceId">;

interface RoutedSubnet {
    /** Key of the parts: `private-us-east-1a`. */
    key: string;
    /** Suffix of the names in earlier versions: `private-1`. */
    suffix: string;
    subnet: aws.ec2.Subnet;
    routeTable: aws.ec2.RouteTable;
}

class SubnetFactory {
    constructor(
        private readonly network: Network,
        private readonly parts: PartFactory<SubnetParts>,
    ) {}

    /** A subnet with a route table, which has no routes yet. */
    createSubnet(tier: Tier, place: ZoneBlocks): RoutedSubnet {
        const { vpcId } = this.network;
        const [key, suffix] = [`${tier}-${place.zone}`, `${tier}-${place.position}`];
        const name = this.nameOf(key);
        const tags = { Name: name, SubnetType: FORMER_TYPE[tier] };
        const timeouts = tier === "private" ? { customTimeouts: { delete: INTERFACES_DELETED_WITHIN } } : {};
        const subnetArgs = { vpcId, availabilityZone: place.zone, cidrBlock: place[tier], mapPublicIpOnLaunch: false, tags };
        const subnet = this.parts.createEach("subnets", key, aws.ec2.Subnet, name, subnetArgs, {
            ...this.formerName(SUBNET, suffix),
            ...timeouts,
        });
        const routeTable = this.parts.createEach(
            "routeTables",
            key,
            aws.ec2.RouteTable,
            name,
            { vpcId, tags },
            this.formerName(TABLE, suffix),
        );
        this.parts.createEach(
            "routeTableAssociations",
            key,
            aws.ec2.RouteTableAssociation,
            name,
            { routeTableId: routeTable.id, subnetId: subnet.id },
            this.formerName(`${TABLE}$aws:ec2/routeTableAssociation:RouteTableAssociation`, suffix),
        );
        return { key, suffix, subnet, routeTable };
    }

    /** The default route. */
    addRoute({ key, suffix, routeTable }: RoutedSubnet, target: RouteTarget, dependsOn: pulumi.Resource[] = []): aws.ec2.Route {
        return this.parts.createEach(
            "routes",
            key,
            aws.ec2.Route,
            this.nameOf(key),
            { routeTableId: routeTable.id, destinationCidrBlock: "0.0.0.0/0", ...target },
            { ...this.formerName(`${TABLE}$aws:ec2/route:Route`, suffix), dependsOn },
        );
    }

    createNatGateway({ zone, position }: ZoneBlocks, subnet: aws.ec2.Subnet, route: aws.ec2.Route): aws.ec2.NatGateway {
        const name = this.nameOf(`nat-${zone}`);
        const tags = { Name: name };
        const former = (type: string) => this.formerName(`${SUBNET}$${type}`, String(position));
        const address = this.parts.createEach("elasticIps", zone, aws.ec2.Eip, name, { tags }, former("aws:ec2/eip:Eip"));
        return this.parts.createEach(
            "natGateways",
            zone,
            aws.ec2.NatGateway,
            name,
            { allocationId: address.id, subnetId: subnet.id, tags },
            // AWS rejects a NAT gateway in a VPC without an internet gateway.
            { ...former("aws:ec2/natGateway:NatGateway"), dependsOn: [route] },
        );
    }

    createNatInstance({ zone }: ZoneBlocks, subnet: aws.ec2.Subnet, route: aws.ec2.Route): NatInstance {
        return createNatInstance({ ...this.network, zone, subnet, route }, this.parts);
    }

    private nameOf(key: string): string {
        return `${this.network.logicalName}-${key}`;
    }

    /** Alias of a resource that `awsx.ec2.Vpc` created in earlier versions of this component. */
    private formerName(types: string, suffix: string): pulumi.CustomResourceOptions {
        const { parent } = this.parts;
        if (!parent) return {};
        const urn = parent.urn.apply((own) => {
            const [stack, project, type] = own.split("::");
            return `${stack}::${project}::${type}$awsx:ec2:Vpc$aws:ec2/vpc:Vpc$${types}::${this.network.logicalName}-vpc-${suffix}`;
        });
        return { aliases: [urn] };
    }
}

const SUBNET = "aws:ec2/subnet:Subnet";
const TABLE = `${SUBNET}$aws:ec2/routeTable:RouteTable`;
