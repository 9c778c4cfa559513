import { type Properties, resourceReference, type Value } from "./values";

/** What `awsx.ec2.Vpc` 3.9 is told, as far as this library expands it: explicit blocks per subnet spec, one block a zone. */
interface VpcInputs {
    cidrBlock?: string;
    availabilityZoneNames?: string[];
    natGateways?: { strategy?: string };
    subnetSpecs?: { type: string; name?: string; cidrBlocks?: string[]; tags?: Record<string, string> }[];
    tags?: Record<string, string>;
    [other: string]: unknown;
}

export interface Child {
    type: string;
    name: string;
    inputs: Properties;
    /** Urn of the parent; the component itself where left out. */
    parent?: string;
}

interface Made {
    urn: string;
    id: string;
}

type Make = (child: Child) => Made;

const AWS_VERSION = "7.48.0";
const NOT_OF_THE_VPC = ["availabilityZoneNames", "natGateways", "subnetSpecs", "subnetStrategy", "vpcEndpointSpecs"];

/**
 * Makes the children of an `awsx.ec2.Vpc` as its provider does (observed with awsx 3.9: per zone and spec a subnet, a route table and
 * their association; an internet gateway; NAT gateways with addresses; default routes) and answers the component's outputs.
 */
export function expandVpc(name: string, given: Value, make: Make): Properties {
    const inputs = given as VpcInputs;
    const zones = inputs.availabilityZoneNames ?? [];
    const tags = { Name: name, ...inputs.tags };
    const own = Object.fromEntries(Object.entries(inputs).filter(([key]) => !NOT_OF_THE_VPC.includes(key))) as Properties;
    const vpc = make({ type: "aws:ec2/vpc:Vpc", name, inputs: { ...own, tags } });
    const inVpc = { vpcId: vpc.id };
    const gateway = make({ type: "aws:ec2/internetGateway:InternetGateway", name, inputs: { ...inVpc, tags }, parent: vpc.urn });

    const subnets: Record<string, Made[]> = { Public: [], Private: [], Isolated: [] };
    const routeTables: Made[] = [];
    const natGateways: Made[] = [];
    const eips: Made[] = [];
    const strategy = inputs.natGateways?.strategy ?? "OnePerAz";
    const specs = [...(inputs.subnetSpecs ?? [])].sort((a, b) => Number(b.type === "Public") - Number(a.type === "Public"));

    zones.forEach((zone, i) => {
        for (const spec of specs) {
            const subnetName = `${name}-${spec.name ?? spec.type.toLowerCase()}-${i + 1}`;
            const labels = { ...tags, ...spec.tags, Name: subnetName, SubnetType: spec.type };
            const subnet = make({
                type: "aws:ec2/subnet:Subnet",
                name: subnetName,
                parent: vpc.urn,
                inputs: {
                    ...inVpc,
                    availabilityZone: zone,
                    cidrBlock: spec.cidrBlocks?.[i] ?? null,
                    mapPublicIpOnLaunch: spec.type === "Public",
                    assignIpv6AddressOnCreation: false,
                    tags: labels,
                },
            });
            subnets[spec.type]?.push(subnet);
            const table = make({
                type: "aws:ec2/routeTable:RouteTable",
                name: subnetName,
                parent: subnet.urn,
                inputs: { ...inVpc, tags: labels },
            });
            routeTables.push(table);
            make({
                type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
                name: subnetName,
                parent: table.urn,
                inputs: { routeTableId: table.id, subnetId: subnet.id },
            });
            if (spec.type === "Public" && (strategy === "OnePerAz" || (strategy === "Single" && natGateways.length === 0))) {
                const natName = `${name}-${i + 1}`;
                const eip = make({
                    type: "aws:ec2/eip:Eip",
                    name: natName,
                    parent: subnet.urn,
                    inputs: { tags: { ...tags, Name: natName } },
                });
                eips.push(eip);
                natGateways.push(
                    make({
                        type: "aws:ec2/natGateway:NatGateway",
                        name: natName,
                        parent: subnet.urn,
                        inputs: { allocationId: eip.id, subnetId: subnet.id, tags: { ...tags, Name: natName } },
                    }),
                );
            }
            const nat = natGateways[strategy === "Single" ? 0 : i];
            let target: Properties | undefined;
            if (spec.type === "Public") target = { gatewayId: gateway.id };
            else if (spec.type === "Private" && nat) target = { natGatewayId: nat.id };
            if (target) {
                make({
                    type: "aws:ec2/route:Route",
                    name: subnetName,
                    parent: table.urn,
                    inputs: { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target },
                });
            }
        }
    });

    const ids = (made: Made[] | undefined) => (made ?? []).map(({ id }) => id);
    const references = (made: Made[]) => made.map(({ urn, id }) => resourceReference(urn, id, AWS_VERSION));
    return {
        vpcId: vpc.id,
        vpc: resourceReference(vpc.urn, vpc.id, AWS_VERSION),
        publicSubnetIds: ids(subnets.Public),
        privateSubnetIds: ids(subnets.Private),
        isolatedSubnetIds: ids(subnets.Isolated),
        routeTables: references(routeTables),
        natGateways: references(natGateways),
        eips: references(eips),
        internetGateway: resourceReference(gateway.urn, gateway.id, AWS_VERSION),
    };
}
