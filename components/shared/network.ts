import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Whatever stands in a VPC behind a security group of its own. */
export interface Peer {
    /** Logical name; part of the name of each rule. */
    readonly logicalName: string;
    readonly securityGroupId: pulumi.Output<string>;
}

/** Where a component with network interfaces is put. */
export interface Placement {
    vpcId: pulumi.Input<string>;
    subnetIds: pulumi.Input<pulumi.Input<string>[]>;
}

/** A security group without rules: nothing enters or leaves until `allow` says so. */
export function securityGroup(
    name: string,
    description: string,
    vpcId: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(name, { description, vpcId, revokeRulesOnDelete: true, tags: { Name: name } }, opts);
}

/**
 * Opens one TCP port from one security group to another: an egress rule at the source and an ingress rule at the target, each by
 * reference to the other group.
 *
 * @param parent the component that owns the port
 */
export function allow(parent: pulumi.Resource, from: Peer, to: Peer, port: number): void {
    // Data may be protected; a way to it must be easy to close.
    const opts = { parent, protect: false };
    const range = { ipProtocol: "tcp", fromPort: port, toPort: port };
    new aws.vpc.SecurityGroupIngressRule(
        `${to.logicalName}-from-${from.logicalName}`,
        {
            ...range,
            securityGroupId: to.securityGroupId,
            referencedSecurityGroupId: from.securityGroupId,
            description: `${port} from ${from.logicalName}`,
        },
        opts,
    );
    new aws.vpc.SecurityGroupEgressRule(
        `${from.logicalName}-to-${to.logicalName}`,
        {
            ...range,
            securityGroupId: from.securityGroupId,
            referencedSecurityGroupId: to.securityGroupId,
            description: `${port} to ${to.logicalName}`,
        },
        opts,
    );
}

/** Lets a group reach AWS's public endpoints and gateway endpoints: HTTPS out, to anywhere. Nothing comes in by it. */
export function allowHttpsOut(
    name: string,
    securityGroupId: pulumi.Input<string>,
    opts: pulumi.CustomResourceOptions,
): aws.vpc.SecurityGroupEgressRule {
    return new aws.vpc.SecurityGroupEgressRule(
        name,
        {
            securityGroupId,
            ipProtocol: "tcp",
            fromPort: 443,
            toPort: 443,
            cidrIpv4: "0.0.0.0/0",
            description: "HTTPS to AWS APIs and image registries",
        },
        opts,
    );
}
