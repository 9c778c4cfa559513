/** Requirements of the platform for a VPC that it doesn't own. Pure. */
import { REGIONS } from "../internal/regions";
import { parseCidr } from "../vpc/cidr";

/** What AWS reports about a subnet. */
export interface SubnetFacts {
    subnetId: string;
    vpcId: string;
    /** `us-east-1a` */
    availabilityZone: string;
    /** `use1-az1` */
    availabilityZoneId: string;
    cidrBlock: string;
    availableIpAddressCount: number;
    /** ID of the route table that applies: that of the subnet, or else the VPC's main route table. */
    routeTableId: string;
    /** Target of the default route, such as `nat-0123456789abcdef0`. */
    defaultRoute?: string;
}

/** What AWS reports about a VPC endpoint. */
export interface EndpointFacts {
    vpcId: string;
    /** `com.amazonaws.us-east-1.s3` */
    serviceName: string;
    vpcEndpointType: string;
    state: string;
    routeTableIds: string[];
}

/** What AWS reports about a VPC. Undefined values, and missing subnets, don't exist. */
export interface ExistingVpcFacts {
    vpcId: string;
    vpc?: { enableDnsSupport: boolean; enableDnsHostnames: boolean };
    private: (SubnetFacts | string)[];
    data: (SubnetFacts | string)[];
    /** Only if the configuration contains its ID. */
    s3Endpoint?: EndpointFacts | string;
}

/** A problem and the argument that it concerns. The text continues the name of the argument. */
export type FactProblem = [argument: "vpcId" | "privateSubnetIds" | "dataSubnetIds" | "s3EndpointId", text: string];

/**
 * Free addresses that a new platform needs in each subnet. Private: 8 for the load balancer (Elastic Load Balancing, "Subnets for your load
 * balancer"), and 8 for tasks, functions, and the VPC link. Data: one for a database, a cache node, and a document instance each, and a spare one
 * for a failover (Amazon RDS User Guide, "Working with a DB instance in a VPC").
 */
const FREE_ADDRESSES = { private: 16, data: 4 };
/** Shortest block of a load balancer's subnet (Elastic Load Balancing, "Subnets for your load balancer"). */
const LOAD_BALANCER_PREFIX = 27;

const TIERS = { private: "privateSubnetIds", data: "dataSubnetIds" } as const;

const isFound = (subnet: SubnetFacts | string): subnet is SubnetFacts => typeof subnet !== "string";

/** The subnets that exist. */
export const foundIn = (subnets: (SubnetFacts | string)[]): SubnetFacts[] => subnets.filter(isFound);

/** Private subnets without a default route. Their tasks and functions reach only AWS services with an endpoint. */
export const withoutDefaultRoute = (facts: ExistingVpcFacts): SubnetFacts[] =>
    foundIn(facts.private).filter(({ defaultRoute }) => defaultRoute === undefined);

/** All problems of an existing VPC in a region, apart from free addresses. */
export function existingVpcProblems(facts: ExistingVpcFacts, region: string): FactProblem[] {
    const { vpcId, vpc, s3Endpoint } = facts;
    const problems: FactProblem[] = [];
    const report = (argument: FactProblem[0], text: string) => problems.push([argument, text]);
    if (!vpc) report("vpcId", `${vpcId} doesn't exist in ${region}`);
    else {
        for (const key of ["enableDnsSupport", "enableDnsHostnames"] as const)
            if (!vpc[key]) report("vpcId", `${vpcId} must have ${key}: without it, names of databases and endpoints don't resolve`);
    }
    for (const [tier, argument] of Object.entries(TIERS) as ["private" | "data", FactProblem[0]][]) {
        const found = foundIn(facts[tier]);
        for (const id of facts[tier].filter((it) => !isFound(it))) report(argument, `${id as string} doesn't exist in ${region}`);
        for (const subnet of found) for (const text of subnetProblems(subnet, facts, tier, region)) report(argument, text);
        for (const text of sharedZones(found)) report(argument, text);
    }
    for (const text of endpointProblems(s3Endpoint, facts, region)) report("s3EndpointId", text);
    return problems;
}

/** Subnets with too few free addresses for a new platform. */
export const addressProblems = (facts: ExistingVpcFacts): FactProblem[] =>
    (Object.entries(TIERS) as ["private" | "data", FactProblem[0]][]).flatMap(([tier, argument]) =>
        foundIn(facts[tier])
            .filter((it) => it.availableIpAddressCount < FREE_ADDRESSES[tier])
            .map(({ subnetId, availableIpAddressCount: free }): FactProblem => {
                return [argument, `${subnetId} has ${free} free addresses, but the platform needs ${FREE_ADDRESSES[tier]}`];
            }),
    );

function subnetProblems(subnet: SubnetFacts, { vpcId }: ExistingVpcFacts, tier: "private" | "data", region: string): string[] {
    const { subnetId, availabilityZone, availabilityZoneId, cidrBlock, defaultRoute } = subnet;
    // The other facts of a subnet in another VPC don't matter.
    if (subnet.vpcId !== vpcId) return [`${subnetId} must be in ${vpcId}, but is in ${subnet.vpcId}`];
    const problems: string[] = [];
    const { vpcLinkZones } = REGIONS[region] ?? {};
    if (vpcLinkZones && !vpcLinkZones.includes(availabilityZoneId)) {
        const place = `${availabilityZone} (${availabilityZoneId})`;
        problems.push(`${subnetId} is in ${place}, which doesn't support VPC links. Use subnets in ${vpcLinkZones.join(", ")}`);
    }
    if (defaultRoute?.startsWith("igw-")) {
        const why = tier === "data" ? "data stores must not be reachable" : "tasks and functions have no public addresses to use it";
        problems.push(`${subnetId} must not have a default route to the internet gateway ${defaultRoute}: ${why}`);
    }
    if (tier === "private" && (parseCidr(cidrBlock)?.prefix ?? 0) > LOAD_BALANCER_PREFIX) {
        problems.push(`${subnetId} must be a /${LOAD_BALANCER_PREFIX} or larger for a load balancer, not ${cidrBlock}`);
    }
    return problems;
}

/** A load balancer accepts one subnet per zone. */
const sharedZones = (subnets: SubnetFacts[]): string[] =>
    [...new Set(subnets.map(({ availabilityZone }) => availabilityZone))].flatMap((zone) => {
        const ids = subnets.filter(({ availabilityZone }) => availabilityZone === zone).map(({ subnetId }) => subnetId);
        return ids.length > 1 ? [`${ids.join(" and ")} are both in ${zone}, but must be in different Availability Zones`] : [];
    });

function endpointProblems(endpoint: EndpointFacts | string | undefined, facts: ExistingVpcFacts, region: string): string[] {
    if (endpoint === undefined) return [];
    if (typeof endpoint === "string") return [`${endpoint} doesn't exist in ${region}`];
    const { vpcId, serviceName, vpcEndpointType, state, routeTableIds } = endpoint;
    if (vpcId !== facts.vpcId) return [`must be in ${facts.vpcId}, but is in ${vpcId}`];
    if (vpcEndpointType !== "Gateway" || serviceName !== `com.amazonaws.${region}.s3`)
        return [`must be a gateway endpoint for S3, not of type ${vpcEndpointType} for ${serviceName}`];
    if (state !== "available") return [`must be available, but is ${state}`];
    const outside = foundIn(facts.private).filter((it) => it.vpcId === vpcId && !routeTableIds.includes(it.routeTableId));
    return outside.map((it) => `must be associated with ${it.routeTableId}, the route table of ${it.subnetId}`);
}
