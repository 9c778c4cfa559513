import type * as awsx from "@pulumi/awsx/ec2";
import * as pulumi from "@pulumi/pulumi";

export function natGatewayIds({ natGateways }: Pick<awsx.Vpc, "natGateways">): pulumi.Output<string[]> {
    return list(natGateways).apply((gateways) => pulumi.all(gateways.map(({ id }) => id)));
}

/** Route tables of the private and data subnets, which awsx identifies by a tag. */
export function innerRouteTableIds({ routeTables }: Pick<awsx.Vpc, "routeTables">): pulumi.Output<string[]> {
    const tables = list(routeTables).apply((all) => pulumi.output(all.map(({ id, tags }) => ({ id, tags }))));
    return tables.apply((all) => all.filter(({ tags }) => tags?.SubnetType !== "Public").map(({ id }) => id));
}

/**
 * A list output of awsx. Contrary to its type, the output is undefined in an update with targets that exclude the VPC. The empty list is used
 * only by resources that are excluded too.
 */
function list<T>(answered: pulumi.Output<T[]>): pulumi.Output<T[]> {
    return answered.apply((members: T[] | undefined) => members ?? []);
}
