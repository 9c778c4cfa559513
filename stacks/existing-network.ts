/** The network of the key `network.existing`, which another stack or team owns. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { ID } from "../components/existing-vpc/args";
import {
    addressProblems,
    type EndpointFacts,
    type ExistingVpcFacts,
    existingVpcProblems,
    foundIn,
    type SubnetFacts,
    withoutDefaultRoute,
} from "../components/existing-vpc/rules";
import { ZONES } from "../components/vpc/cidr";
import type { PlatformConfig } from "./config";
import { requiredEndpoints, withoutInternet } from "./config/egress";
import type { Problem } from "./config/rules";
import { distinct, text } from "./config/values";
import type { Settings } from "./live-changes";
import { answered, existing, refuse } from "./lookup-errors";
import { PROJECT } from "./names";

const subnets = (examples: string[]) =>
    distinct(text(ID.subnet, "the ID of a subnet, such as subnet-0123456789abcdef0"))
        .min(ZONES[0])
        .max(ZONES[1])
        .meta({ examples: [examples.map((digit) => `subnet-${digit.repeat(17)}`)] });

export const existingSection = z
    .strictObject({
        vpcId: text(ID.vpc, "the ID of a VPC, such as vpc-0123456789abcdef0")
            .meta({ examples: [`vpc-${"a".repeat(17)}`, `vpc-${"b".repeat(17)}`] })
            .describe("ID of the VPC, in the stack's region. It must have DNS support and DNS host names."),
        privateSubnetIds: subnets(["1", "2", "3"]).describe(
            "IDs of the subnets for tasks, functions, and the load balancer, in different Availability Zones, /27 or larger, with a default route other than an internet gateway, or with interface endpoints.",
        ),
        dataSubnetIds: subnets(["4", "5", "6"]).describe(
            "IDs of the subnets for data stores, in different Availability Zones, without a route to an internet gateway.",
        ),
        s3EndpointId: text(ID.endpoint, "the ID of a VPC endpoint, such as vpce-0123456789abcdef0")
            .meta({ examples: [`vpce-${"c".repeat(17)}`, `vpce-${"d".repeat(17)}`] })
            .optional()
            .describe(
                "ID of the VPC's S3 gateway endpoint. lake.onlyThroughEndpoint and subnets without a default route require it. Default: none.",
            ),
    })
    .optional()
    .describe(
        "An existing VPC and its subnets, used instead of a VPC that the stack creates. Of the other keys of network, only interfaceEndpoints can be set. Can't be added or removed on a live stack. Default: none.",
    );

export type ExistingNetwork = NonNullable<z.output<typeof existingSection>>;

type Invoke = pulumi.InvokeOptions;

/** Looks up the VPC, its subnets with their default routes, and its S3 endpoint. */
export async function lookUpExisting(network: ExistingNetwork, invoke: Invoke): Promise<ExistingVpcFacts> {
    const { vpcId, privateSubnetIds, dataSubnetIds, s3EndpointId } = network;
    const vpc = await existing("VPC", "ec2:DescribeVpcs, ec2:DescribeVpcAttribute", aws.ec2.getVpc({ id: vpcId }, invoke));
    const ids = [...privateSubnetIds, ...dataSubnetIds];
    const found = await Promise.all(ids.map((id) => lookUpSubnet(id, invoke)));
    const routes = vpc ? await lookUpRoutes(vpcId, ids, invoke) : () => ({ routeTableId: "" });
    const facts = found.map((subnet) => (typeof subnet === "string" ? subnet : { ...subnet, ...routes(subnet.subnetId) }));
    const s3Endpoint = s3EndpointId === undefined ? undefined : ((await lookUpEndpoint({ id: s3EndpointId }, invoke)) ?? s3EndpointId);
    return { vpcId, vpc, private: facts.slice(0, privateSubnetIds.length), data: facts.slice(privateSubnetIds.length), s3Endpoint };
}

async function lookUpSubnet(id: string, invoke: Invoke): Promise<Omit<SubnetFacts, "routeTableId"> | string> {
    const subnet = await existing(`subnet ${id}`, "ec2:DescribeSubnets", aws.ec2.getSubnet({ id }, invoke));
    return subnet ? { ...subnet, subnetId: id } : id;
}

/** The route tables of the subnets: a subnet without an association uses the VPC's main table. */
async function lookUpRoutes(vpcId: string, subnetIds: string[], invoke: Invoke) {
    const lookUp = <T>(result: Promise<T>) => answered("route tables", "ec2:DescribeRouteTables", result);
    const ofFilter = (name: string, values: string[]) =>
        lookUp(aws.ec2.getRouteTables({ vpcId, filters: [{ name: `association.${name}`, values }] }, invoke));
    const [own, ofVpc] = await Promise.all([ofFilter("subnet-id", subnetIds), ofFilter("main", ["true"])]);
    const ids = [...new Set([...own.ids, ...ofVpc.ids])];
    const tables = await Promise.all(ids.map((routeTableId) => lookUp(aws.ec2.getRouteTable({ routeTableId }, invoke))));
    const main = tables.find(({ routeTableId }) => ofVpc.ids.includes(routeTableId));
    return (subnetId: string): Pick<SubnetFacts, "routeTableId" | "defaultRoute"> => {
        const table = tables.find(({ associations }) => associations.some((it) => it.subnetId === subnetId)) ?? main;
        return { routeTableId: table?.routeTableId ?? "", defaultRoute: table && defaultRouteOf(table.routes) };
    };
}

/** Two halves of all addresses are also a default route. */
const EVERYWHERE = ["0.0.0.0/0", "0.0.0.0/1"];

/** Target of the default route. Undefined if there is none. */
function defaultRouteOf(routes: aws.types.output.ec2.GetRouteTableRoute[]): string | undefined {
    const route = routes.find(({ cidrBlock }) => EVERYWHERE.includes(cidrBlock));
    if (!route) return undefined;
    const targets = [route.gatewayId, route.natGatewayId, route.transitGatewayId, route.networkInterfaceId, route.vpcEndpointId];
    return [...targets, route.instanceId, route.vpcPeeringConnectionId, route.coreNetworkArn, "another target"].find((id) => id !== "");
}

const lookUpEndpoint = (args: aws.ec2.GetVpcEndpointArgs, invoke: Invoke): Promise<EndpointFacts | undefined> =>
    existing("VPC endpoint", "ec2:DescribeVpcEndpoints", aws.ec2.getVpcEndpoint(args, invoke));

/** What the checks need besides the facts. */
interface Place {
    config: PlatformConfig;
    region: string;
    /** The stack was never deployed. */
    isNew: boolean;
    invoke: Invoke;
}

/**
 * Checks an existing network.
 *
 * @throws pulumi.RunError with all problems by key, before anything is registered
 */
export async function checkExisting(facts: ExistingVpcFacts, place: Place): Promise<void> {
    const ofExisting = ([argument, problem]: [string, string]): Problem => [`network.existing.${argument}`, problem];
    const few = addressProblems(facts).map(ofExisting);
    const problems = existingVpcProblems(facts, place.region).map(ofExisting);
    // The platform itself uses addresses, so a live stack can have fewer free ones.
    if (place.isNew) problems.push(...few);
    else for (const [key, problem] of few) void pulumi.log.warn(`${key}: ${problem}.`);
    const isolated = withoutDefaultRoute(facts).filter(({ vpcId }) => vpcId === facts.vpcId);
    if (facts.vpc && isolated.length > 0) {
        const why = `because these subnets have no default route: ${isolated.map(({ subnetId }) => subnetId).join(", ")}`;
        problems.push(...(await unreachable(facts, place, why)));
    }
    refuse("The platform can't use the existing network", problems);
}

/** What is missing in a network without internet access. The owner of the VPC can have created endpoints. */
async function unreachable(facts: ExistingVpcFacts, { config, region, invoke }: Place, why: string): Promise<Problem[]> {
    const others = requiredEndpoints(config).filter((service) => !config.network.interfaceEndpoints.includes(service));
    const found = await Promise.all(
        others.map((service) =>
            lookUpEndpoint({ vpcId: facts.vpcId, serviceName: `com.amazonaws.${region}.${service}`, state: "available" }, invoke),
        ),
    );
    const present = others.filter((_, i) => found[i] !== undefined);
    const noS3: Problem = ["network.existing.s3EndpointId", `is missing: tasks pull images through it, ${why}`];
    return [...withoutInternet(config, why, present), ...(facts.s3Endpoint === undefined ? [noS3] : [])];
}

/** The zones of the data subnets in alphabetical order, for the placement of data stores. The order of the subnets has no effect. */
export const dataZonesOf = (facts: ExistingVpcFacts): string[] =>
    foundIn(facts.data)
        .map(({ availabilityZone }) => availabilityZone)
        .sort();

/** Settings for the comparison in the next update: the data subnet of each zone. Pure. */
export const existingSettings = (facts: ExistingVpcFacts): Settings => ({
    [`${PROJECT}:network.existing.dataSubnetIds`]: Object.fromEntries(
        foundIn(facts.data).map(({ availabilityZone, subnetId }) => [availabilityZone, subnetId]),
    ),
});
