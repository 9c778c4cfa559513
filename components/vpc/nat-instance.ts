import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Each, PartFactory } from "../building-blocks/parts";
import { httpsEgressArgs, securityGroupArgs } from "../building-blocks/security-groups";

/** Parts of a NAT instance. Names contain the zone, like those of a NAT gateway. */
export interface NatInstanceParts {
    natSecurityGroup?: typeof aws.ec2.SecurityGroup;
    natIngressRule?: typeof aws.vpc.SecurityGroupIngressRule;
    natEgressRule?: typeof aws.vpc.SecurityGroupEgressRule;
    natInterface?: typeof aws.ec2.NetworkInterface;
    natAddress?: typeof aws.ec2.EipAssociation;
    natLaunchTemplate?: typeof aws.ec2.LaunchTemplate;
    natGroup?: typeof aws.autoscaling.Group;
    elasticIps?: Each<typeof aws.ec2.Eip>;
}

/** The latest Amazon Linux 2023 for ARM at each launch (Amazon Linux 2023 User Guide, "Launch the latest AL2023 using Systems Manager"). */
const IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";
/** dnf can run out of the 0.5 GiB of a t4g.nano (amazonlinux/amazon-linux-2023#404). */
const INSTANCE_TYPE = "t4g.micro";
const ROOT_DEVICE = "/dev/xvda";
/** Days after which the group replaces the instance by one with the latest image, and with it, all patches. */
const MAX_AGE_DAYS = 14;
const SECONDS_PER_DAY = 86_400;
/** The previous instance must release the network interface before the next one can start. */
const ONE_AT_A_TIME = { minHealthyPercentage: 0, maxHealthyPercentage: 100 };

interface Place {
    logicalName: string;
    vpcId: pulumi.Output<string>;
    cidrBlock: string;
    zone: string;
    /** A public subnet of the zone, and its default route, through which the instance installs packages. */
    subnet: aws.ec2.Subnet;
    route: aws.ec2.Route;
}

export interface NatInstance {
    /** The target of routes, which stays the same if the instance is replaced. */
    networkInterface: aws.ec2.NetworkInterface;
    group: aws.autoscaling.Group;
}

/**
 * A NAT instance in an Auto Scaling group of one. The group replaces it if a status check fails, if its setup fails, and after `MAX_AGE_DAYS`.
 *
 * The launch template contains an existing network interface, which keeps its Elastic IP address and is the target of the routes. The instance
 * therefore calls no AWS API and has no role. A group with such a template specifies Availability Zones instead of subnets (Amazon EC2 Auto Scaling API
 * Reference, `CreateAutoScalingGroup`).
 */
export function createNatInstance(place: Place, parts: PartFactory<NatInstanceParts>): NatInstance {
    const name = `${place.logicalName}-nat-instance-${place.zone}`;
    const tags = { Name: name };
    const networkInterface = createInterface(name, place, parts);
    const template = parts.create("natLaunchTemplate", aws.ec2.LaunchTemplate, name, {
        imageId: IMAGE,
        instanceType: INSTANCE_TYPE,
        userData: Buffer.from(setupScript(place.cidrBlock)).toString("base64"),
        instanceInitiatedShutdownBehavior: "terminate",
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
            { deviceName: ROOT_DEVICE, ebs: { encrypted: "true", volumeSize: 8, volumeType: "gp3", deleteOnTermination: "true" } },
        ],
        networkInterfaces: [{ deviceIndex: 0, networkInterfaceId: networkInterface.id, deleteOnTermination: "false" }],
        tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
        tags,
    });
    const group = parts.create(
        "natGroup",
        aws.autoscaling.Group,
        name,
        {
            minSize: 1,
            maxSize: 1,
            desiredCapacity: 1,
            availabilityZones: [place.zone],
            launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
            healthCheckType: "EC2",
            healthCheckGracePeriod: 120,
            maxInstanceLifetime: MAX_AGE_DAYS * SECONDS_PER_DAY,
            instanceMaintenancePolicy: ONE_AT_A_TIME,
            instanceRefresh: { strategy: "Rolling", preferences: ONE_AT_A_TIME },
            enabledMetrics: ["GroupInServiceInstances"],
            tags: [{ key: "Name", value: name, propagateAtLaunch: true }],
        },
        { dependsOn: [place.route] },
    );
    return { networkInterface, group };
}

function createInterface(
    name: string,
    { vpcId, cidrBlock, subnet, zone }: Place,
    parts: PartFactory<NatInstanceParts>,
): aws.ec2.NetworkInterface {
    const tags = { Name: name };
    const group = parts.create("natSecurityGroup", aws.ec2.SecurityGroup, name, securityGroupArgs(name, "NAT instance", vpcId));
    const from = { ...httpsEgressArgs(group.id), cidrIpv4: cidrBlock, description: "HTTPS from the VPC" };
    parts.create("natIngressRule", aws.vpc.SecurityGroupIngressRule, `${name}-from-vpc`, from);
    parts.create("natEgressRule", aws.vpc.SecurityGroupEgressRule, `${name}-https`, httpsEgressArgs(group.id));
    const networkInterface = parts.create("natInterface", aws.ec2.NetworkInterface, name, {
        subnetId: subnet.id,
        securityGroups: [group.id],
        // The instance forwards packets with other sources and destinations.
        sourceDestCheck: false,
        description: "NAT instance",
        tags,
    });
    const address = parts.createEach("elasticIps", `instance-${zone}`, aws.ec2.Eip, name, { tags });
    parts.create("natAddress", aws.ec2.EipAssociation, name, { allocationId: address.id, networkInterfaceId: networkInterface.id });
    return networkInterface;
}

/**
 * Sets up forwarding and address translation, also after a reboot. Amazon Linux 2023 contains no packet filter tools. Another dnf process can hold
 * the lock for a moment after the start (aws/aws-cdk#36717). A failure shuts the instance down, which terminates it, and the group replaces it.
 */
const setupScript = (cidrBlock: string): string => `#!/bin/bash
set -eu
trap 'shutdown -h now' ERR
for attempt in $(seq 30); do dnf install -y -q nftables && break; sleep 5; done
command -v nft
cat > /etc/sysconfig/nftables.conf <<'RULES'
table ip nat {
    chain postrouting {
        type nat hook postrouting priority srcnat;
        ip saddr ${cidrBlock} ip daddr != ${cidrBlock} masquerade
    }
}
RULES
systemctl enable --now nftables
echo net.ipv4.ip_forward=1 > /etc/sysctl.d/90-nat.conf
sysctl -p /etc/sysctl.d/90-nat.conf
`;
