import type * as awsx from "@pulumi/awsx/ec2";
import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/**
 * ID of the internet gateway. Contrary to its type, the output is undefined in an update with targets that exclude the VPC. Only
 * resources that are also excluded use the empty string.
 */
export function internetGatewayId({ internetGateway }: Pick<awsx.Vpc, "internetGateway">): pulumi.Output<string> {
    return internetGateway.apply((gateway: aws.ec2.InternetGateway | undefined) => gateway?.id ?? pulumi.output(""));
}
