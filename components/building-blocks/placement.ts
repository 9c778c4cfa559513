import type * as pulumi from "@pulumi/pulumi";
import type { Check } from "./arguments";

/** The VPC and the subnets of a component's network interfaces. */
export interface VpcPlacement {
    vpcId: pulumi.Input<string>;
    subnetIds: pulumi.Input<pulumi.Input<string>[]>;
}

/** IDs of a VPC. The `Vpc` component implements it. */
export interface VpcReference {
    vpcId: pulumi.Input<string>;
    /** Subnets of services and functions, with a route to the internet or to interface endpoints. */
    privateSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
    /** Subnets of data stores, without a route to the internet. */
    dataSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
    /** Names of the Availability Zones of the subnets. */
    availabilityZoneNames?: string[];
}

/** Where to place a component: pass either `vpc`, or `vpcId` and `subnetIds`. */
export interface VpcPlacementArgs {
    /** A `Vpc`, or the IDs of an existing one. The component chooses the tier of subnets. */
    vpc?: VpcReference;
    /** ID of the VPC. Requires `subnetIds`. */
    vpcId?: pulumi.Input<string>;
    /** IDs of the subnets, in at least two Availability Zones. Requires `vpcId`. */
    subnetIds?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Checks that the arguments contain either `vpc`, or `vpcId` and `subnetIds`. */
export function checkPlacement(check: Check, { vpc, vpcId, subnetIds }: VpcPlacementArgs, prefix = ""): void {
    const byIds = vpcId !== undefined && subnetIds !== undefined;
    const oneOfBoth = vpc ? vpcId === undefined && subnetIds === undefined : byIds;
    check(oneOfBoth, `${prefix}vpc`, "must be set, or both vpcId and subnetIds");
}

/** The VPC and subnets of valid arguments (`checkPlacement`). With `vpc`, the subnets are those of the given tier. */
export function placementOf({ vpc, vpcId, subnetIds }: VpcPlacementArgs, tier: "private" | "data"): VpcPlacement {
    if (vpc) return { vpcId: vpc.vpcId, subnetIds: tier === "data" ? vpc.dataSubnetIds : vpc.privateSubnetIds };
    if (vpcId === undefined || subnetIds === undefined) throw new Error("vpc, or vpcId and subnetIds, must be set");
    return { vpcId, subnetIds };
}
