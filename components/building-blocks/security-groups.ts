import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Each, PartFactory } from "./parts";

/** A component with its own security group, from and to which other components can allow connections. */
export interface Connectable {
    /** Logical name; part of the name of each rule. */
    readonly logicalName: string;
    readonly securityGroupId: pulumi.Output<string>;
}

/** Parts of a component that calls `allowConnection`. Extend its `Parts` interface with these. Rules are keyed by their logical name. */
export interface ConnectionParts {
    ingressRules?: Each<typeof aws.vpc.SecurityGroupIngressRule>;
    egressRules?: Each<typeof aws.vpc.SecurityGroupEgressRule>;
}

/** Arguments of a security group without rules. It allows no traffic until `allowConnection` adds rules. */
export function securityGroupArgs(name: string, description: string, vpcId: pulumi.Input<string>): aws.ec2.SecurityGroupArgs {
    return { description, vpcId, revokeRulesOnDelete: true, tags: { Name: name } };
}

/** The rules of one connection. */
export interface Connection {
    ingressRule: aws.vpc.SecurityGroupIngressRule;
    egressRule: aws.vpc.SecurityGroupEgressRule;
}

/**
 * Allows TCP connections to one port: an egress rule on the source and an ingress rule on the target, each of which references the other
 * security group.
 *
 * The port is part of the rules' names. If it changes, Pulumi creates the new rules first and deletes the old ones last, after the
 * listener has moved to the new port. A failed update keeps both, so that connections to the old port work after a rollback.
 *
 * @param parts of the component that owns the port
 * @returns the rules, for resources that depend on them
 */
export function allowConnection(parts: PartFactory<ConnectionParts>, from: Connectable, to: Connectable, port: number): Connection {
    // Access can be revoked even if the component is protected. Earlier versions named rules without the port.
    const optsOf = (formerName: string) => ({ protect: false, aliases: [{ name: formerName }] });
    const range = { ipProtocol: "tcp", fromPort: port, toPort: port };
    const fromSource = `${to.logicalName}-from-${from.logicalName}`;
    const ingress = `${fromSource}-${port}`;
    const ingressRule = parts.createEach(
        "ingressRules",
        ingress,
        aws.vpc.SecurityGroupIngressRule,
        ingress,
        {
            ...range,
            securityGroupId: to.securityGroupId,
            referencedSecurityGroupId: from.securityGroupId,
            description: `${port} from ${from.logicalName}`,
        },
        optsOf(fromSource),
    );
    const toTarget = `${from.logicalName}-to-${to.logicalName}`;
    const egress = `${toTarget}-${port}`;
    const egressRule = parts.createEach(
        "egressRules",
        egress,
        aws.vpc.SecurityGroupEgressRule,
        egress,
        {
            ...range,
            securityGroupId: from.securityGroupId,
            referencedSecurityGroupId: to.securityGroupId,
            description: `${port} to ${to.logicalName}`,
        },
        optsOf(toTarget),
    );
    return { ingressRule, egressRule };
}

/** Arguments of an egress rule that allows HTTPS to any address: public AWS endpoints, gateway endpoints, and image registries. */
export function httpsEgressArgs(securityGroupId: pulumi.Input<string>): aws.vpc.SecurityGroupEgressRuleArgs {
    return {
        securityGroupId,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIpv4: "0.0.0.0/0",
        description: "HTTPS to AWS APIs and image registries",
    };
}
