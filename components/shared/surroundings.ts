import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** The region of a component's provider, such as `us-east-1`. */
export const regionOf = (parent: pulumi.Resource): pulumi.Output<string> => aws.getRegionOutput({}, { parent }).region;

/** The account of a component's provider: twelve digits. */
export const accountOf = (parent: pulumi.Resource): pulumi.Output<string> => aws.getCallerIdentityOutput({}, { parent }).accountId;
