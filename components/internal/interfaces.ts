/** Network interfaces of Lambda functions in a VPC. */

/** Permissions with which Lambda manages the interfaces of a function (AWS managed policy AWSLambdaVPCAccessExecutionRole). */
export const INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/**
 * Time limit for deleting a security group or subnet that Lambda functions use. Lambda deletes its network interfaces some time after a function:
 * usually within 35 minutes (pulumi-aws#4382), sometimes in more than an hour (terraform-provider-aws#32130). The provider waits for 45 minutes,
 * even if a shorter limit is set, and then gives up (terraform-provider-aws#10347).
 */
export const INTERFACES_DELETED_WITHIN = "90m";
