import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Each, PartFactory } from "../building-blocks/parts";
import { regionOf } from "../building-blocks/provider";
import { type Connectable, type ConnectionParts, securityGroupArgs } from "../building-blocks/security-groups";

export interface InterfaceEndpointParts extends ConnectionParts {
    endpointSecurityGroup?: typeof aws.ec2.SecurityGroup;
    /** By short service name. */
    interfaceEndpoints?: Each<typeof aws.ec2.VpcEndpoint>;
}

interface Network {
    logicalName: string;
    vpcId: pulumi.Output<string>;
    privateSubnetIds: pulumi.Output<string[]>;
}

/** Creates interface endpoints in the private subnets, with a security group. Undefined without services. */
export function createInterfaceEndpoints(
    parts: PartFactory<InterfaceEndpointParts>,
    network: Network & pulumi.ComponentResource,
    services: string[],
): Connectable | undefined {
    if (services.length === 0) return undefined;
    const { vpcId, privateSubnetIds } = network;
    const logicalName = `${network.logicalName}-endpoints`;
    const group = parts.create(
        "endpointSecurityGroup",
        aws.ec2.SecurityGroup,
        logicalName,
        securityGroupArgs(logicalName, "Interface endpoints of AWS services", vpcId),
    );
    for (const service of services) {
        const endpointName = `${network.logicalName}-${service.replaceAll(".", "-")}`;
        parts.createEach("interfaceEndpoints", service, aws.ec2.VpcEndpoint, endpointName, {
            vpcId,
            serviceName: pulumi.interpolate`com.amazonaws.${regionOf(network)}.${service}`,
            vpcEndpointType: "Interface",
            privateDnsEnabled: true,
            subnetIds: privateSubnetIds,
            securityGroupIds: [group.id],
            tags: { Name: endpointName },
        });
    }
    return { logicalName, securityGroupId: group.id };
}
