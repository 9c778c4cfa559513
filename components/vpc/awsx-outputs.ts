import type * as awsx from "@pulumi/awsx/ec2";
import * as pulumi from "@pulumi/pulumi";

export function natGatewayIds({ natGateways }: Pick<awsx.Vpc, "natGateways">): pulumi.Output<string[]> {
    return list(natGateways).apply((gateways) => pulumi.all(gateways.map(({ id }) => id)));
}

/** Route tables of the private and data subnets; awsx says which by a tag. Public subnets hold nothing that talks to S3. */
export function innerRouteTableIds({ routeTables }: Pick<awsx.Vpc, "routeTables">): pulumi.Output<string[]> {
    const tables = list(routeTables).apply((all) => pulumi.output(all.map(({ id, tags }) => ({ id, tags }))));
    return tables.apply((all) => all.filter(({ tags }) => tags?.SubnetType !== "Public").map(({ id }) => id));
}

/**
 * A list that awsx answers, whatever its types say: an `up` with targets that leave the network out makes awsx answer nothing. The empty
 * list goes into resources that are left out too.
 */
function list<T>(answered: pulumi.Output<T[]>): pulumi.Output<T[]> {
    return answered.apply((members: T[] | undefined) => members ?? []);
}
