import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { PartFactory } from "../building-blocks/parts";
import type { Check } from "../building-blocks/arguments";
import { contains, parseCidr } from "./cidr";
import type { NatGateways, SubnetParts } from "./subnets";

export interface TransitGatewayParts extends Pick<SubnetParts, "routes"> {
    transitGatewayAttachment?: typeof aws.ec2transitgateway.VpcAttachment;
}

export const TRANSIT_GATEWAY_ID = /^tgw-[0-9a-f]{8,17}$/;
/** A route for all traffic that no other route matches. */
export const ANYWHERE = "0.0.0.0/0";

interface Arguments {
    cidrBlock: string;
    natGateways: NatGateways;
    transitGatewayId?: string;
    transitGatewayCidrBlocks: string[];
}

/** Checks the ID of a transit gateway and the blocks to route to it. */
export function checkTransitGateway(check: Check, args: Arguments): void {
    const { cidrBlock, natGateways, transitGatewayId: id, transitGatewayCidrBlocks: blocks } = args;
    const KEY = "transitGatewayCidrBlocks";
    check(
        id === undefined || TRANSIT_GATEWAY_ID.test(id),
        "transitGatewayId",
        "must be the ID of a transit gateway, such as tgw-0123456789abcdef0",
    );
    check(id === undefined || blocks.length > 0, KEY, "must contain the blocks to route to transitGatewayId");
    check(id !== undefined || blocks.length === 0, "transitGatewayId", `is missing: ${KEY} requires it`);
    const invalid = blocks.filter((block) => !parseCidr(block));
    check(
        invalid.length === 0,
        KEY,
        `must be IPv4 blocks that begin with their first address, such as 10.8.0.0/16, not ${invalid.join(", ")}`,
    );
    check(new Set(blocks).size === blocks.length, KEY, "must be different from each other");
    // A larger block is possible: the VPC's own addresses have a more specific route.
    const inside = blocks.filter((block) => contains(cidrBlock, block));
    check(inside.length === 0, KEY, `must not be inside the VPC's block ${cidrBlock}: ${inside.join(", ")}`);
    const twice = blocks.includes(ANYWHERE) && natGateways !== "none";
    check(!twice, KEY, `can contain ${ANYWHERE} only with natGateways none, which otherwise has the default route`);
}

interface Place {
    logicalName: string;
    vpcId: pulumi.Output<string>;
    transitGatewayId: string;
    cidrBlocks: string[];
    /** One subnet per zone. */
    subnetIds: pulumi.Output<string[]>;
    /** The route tables that get the routes, by the key of their subnet: `private-us-east-1a`. */
    routeTables: Record<string, aws.ec2.RouteTable>;
}

/**
 * Attaches the VPC to a transit gateway in the private subnets, and routes blocks from these subnets to it. Data subnets get no routes. If the
 * transit gateway belongs to another account and doesn't accept attachments automatically, its owner must accept the attachment before the routes
 * can be created (Amazon VPC Transit Gateways, "Amazon VPC attachments").
 */
export function attachToTransitGateway(place: Place, parts: PartFactory<TransitGatewayParts>): aws.ec2transitgateway.VpcAttachment {
    const { logicalName, vpcId, transitGatewayId, cidrBlocks, subnetIds, routeTables } = place;
    const name = `${logicalName}-transit-gateway`;
    const attachment = parts.create("transitGatewayAttachment", aws.ec2transitgateway.VpcAttachment, name, {
        transitGatewayId,
        vpcId,
        subnetIds,
        tags: { Name: name },
    });
    for (const [key, { id: routeTableId }] of Object.entries(routeTables)) {
        for (const destinationCidrBlock of cidrBlocks) {
            const route = `${key}-to-${destinationCidrBlock}`;
            parts.createEach(
                "routes",
                route,
                aws.ec2.Route,
                `${logicalName}-${route.replace(/[./]/g, "-")}`,
                { routeTableId, destinationCidrBlock, transitGatewayId },
                // AWS rejects routes to a transit gateway without an attachment.
                { dependsOn: [attachment] },
            );
        }
    }
    return attachment;
}
