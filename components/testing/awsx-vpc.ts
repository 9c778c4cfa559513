import { type Properties, resourceReference, type Value } from "./values";

/** The supported arguments of `awsx.ec2.Vpc` 3.9: explicit CIDR blocks per subnet spec, one per zone. */
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
    /** URN of the parent, which awsx also adds to `dependsOn`. @default the component */
    parent?: string;
    /** URNs of the resources that inputs come from, by input. */
    sources?: Record<string, string>;
}

interface Created {
    urn: string;
    id: string;
}

type Create = (child: Child) => Created;

const AWS_VERSION = "7.48.0";
const COMPONENT_ONLY = ["availabilityZoneNames", "natGateways", "subnetSpecs", "subnetStrategy", "vpcEndpointSpecs"];

/**
 * Creates the children of an `awsx.ec2.Vpc` and returns its outputs, as observed with awsx 3.9: a subnet, a route table and their
 * association per zone and spec, an internet gateway, NAT gateways with Elastic IPs, and default routes.
 */
export function expandVpc(name: string, args: Value, create: Create): Properties {
    const inputs = args as VpcInputs;
    const zones = inputs.availabilityZoneNames ?? [];
    const tags = { Name: name, ...inputs.tags };
    const own = Object.fromEntries(Object.entries(inputs).filter(([key]) => !COMPONENT_ONLY.includes(key))) as Properties;
    const vpc = create({ type: "aws:ec2/vpc:Vpc", name, inputs: { ...own, tags } });
    const inVpc = { inputs: { vpcId: vpc.id }, sources: { vpcId: vpc.urn } };
    const gateway = create({
        type: "aws:ec2/internetGateway:InternetGateway",
        name,
        parent: vpc.urn,
        inputs: { ...inVpc.inputs, tags },
        sources: inVpc.sources,
    });

    const subnets: Record<string, Created[]> = { Public: [], Private: [], Isolated: [] };
    const tables: Created[] = [];
    const associations: Created[] = [];
    const routes: Created[] = [];
    const natGateways: Created[] = [];
    const eips: Created[] = [];
    const strategy = inputs.natGateways?.strategy ?? "OnePerAz";
    const specs = [...(inputs.subnetSpecs ?? [])].sort((a, b) => Number(b.type === "Public") - Number(a.type === "Public"));

    const createNatGateway = (natName: string, subnet: Created) => {
        const natTags = { ...tags, Name: natName };
        const eip = create({ type: "aws:ec2/eip:Eip", name: natName, parent: subnet.urn, inputs: { tags: natTags } });
        eips.push(eip);
        return create({
            type: "aws:ec2/natGateway:NatGateway",
            name: natName,
            parent: subnet.urn,
            inputs: { allocationId: eip.id, subnetId: subnet.id, tags: natTags },
            sources: { allocationId: eip.urn, subnetId: subnet.urn },
        });
    };

    zones.forEach((zone, i) => {
        for (const spec of specs.filter(({ type }) => type !== "Unused")) {
            const subnetName = `${name}-${spec.name ?? spec.type.toLowerCase()}-${i + 1}`;
            const labels = { Name: subnetName, SubnetType: spec.type };
            const subnet = create({
                type: "aws:ec2/subnet:Subnet",
                name: subnetName,
                parent: vpc.urn,
                inputs: {
                    ...inVpc.inputs,
                    availabilityZone: zone,
                    cidrBlock: spec.cidrBlocks?.[i] ?? null,
                    mapPublicIpOnLaunch: spec.type === "Public",
                    assignIpv6AddressOnCreation: false,
                    tags: { ...tags, ...spec.tags, ...labels },
                },
                sources: inVpc.sources,
            });
            subnets[spec.type]?.push(subnet);
            const table = create({
                type: "aws:ec2/routeTable:RouteTable",
                name: subnetName,
                parent: subnet.urn,
                inputs: { ...inVpc.inputs, tags: { ...tags, ...labels } },
                sources: inVpc.sources,
            });
            tables.push(table);
            associations.push(
                create({
                    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
                    name: subnetName,
                    parent: table.urn,
                    inputs: { routeTableId: table.id, subnetId: subnet.id },
                    sources: { routeTableId: table.urn, subnetId: subnet.urn },
                }),
            );
            if (spec.type === "Public" && (strategy === "OnePerAz" || (strategy === "Single" && i === 0))) {
                natGateways.push(createNatGateway(`${name}-${i + 1}`, subnet));
            }
            const nat = natGateways[strategy === "Single" ? 0 : i];
            let target: [input: string, Created] | undefined;
            if (spec.type === "Public") target = ["gatewayId", gateway];
            else if (spec.type === "Private" && nat) target = ["natGatewayId", nat];
            if (target) {
                const [input, to] = target;
                routes.push(
                    create({
                        type: "aws:ec2/route:Route",
                        name: subnetName,
                        parent: table.urn,
                        inputs: { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", [input]: to.id },
                        sources: { routeTableId: table.urn, [input]: to.urn },
                    }),
                );
            }
        }
    });

    const ids = (type: string) => (subnets[type] ?? []).map(({ id }) => id);
    const reference = ({ urn, id }: Created) => resourceReference(urn, id, AWS_VERSION);
    const references = (resources: Created[] | undefined) => (resources ?? []).map(reference);
    return {
        vpcId: vpc.id,
        vpc: reference(vpc),
        publicSubnetIds: ids("Public"),
        privateSubnetIds: ids("Private"),
        isolatedSubnetIds: ids("Isolated"),
        publicSubnets: references(subnets.Public),
        privateSubnets: references(subnets.Private),
        isolatedSubnets: references(subnets.Isolated),
        subnets: references(Object.values(subnets).flat()),
        subnetLayout: specs.map(({ type, name, cidrBlocks = [] }) => ({ type, cidrBlocks, ...(name === undefined ? {} : { name }) })),
        routeTables: references(tables),
        routeTableAssociations: references(associations),
        routes: references(routes),
        natGateways: references(natGateways),
        eips: references(eips),
        internetGateway: reference(gateway),
        vpcEndpoints: [],
    };
}
