import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** Alarms of the NAT gateway of a zone (AWS: "Monitor NAT gateways with Amazon CloudWatch"). */
export function natAlarms(zone: string, id: pulumi.Output<string>): AlarmDefinition[] {
    const common = {
        namespace: "AWS/NATGateway",
        dimensions: { NatGatewayId: id },
        statistic: "Sum",
        comparison: "above" as const,
    };
    return [
        {
            ...common,
            name: `nat-${zone}-ports`,
            description:
                "The NAT gateway has no free port: new connections to a destination fail. Look for a client that doesn't reuse connections, or " +
                "add an interface endpoint or another address to the gateway.",
            severity: "page",
            metricName: "ErrorPortAllocation",
            threshold: 0,
        },
        {
            ...common,
            name: `nat-${zone}-packets-dropped`,
            description:
                "The NAT gateway drops more than 0.01% of its packets, which indicates a problem with the gateway. See the AWS Health Dashboard.",
            severity: "ticket",
            metricName: "PacketsDropCount",
            rateOf: "PacketsInFromSource",
            period: 300,
            threshold: 0.01,
        },
    ];
}

/** Alarms of the NAT instance (Amazon EC2 Auto Scaling User Guide, "CloudWatch metrics"). */
export function natInstanceAlarms(groupName: pulumi.Output<string>): AlarmDefinition[] {
    return [
        {
            name: "nat-instance-missing",
            description:
                "For 15 minutes, no NAT instance has been running, or each one failed soon after it started, so the private subnets have no internet access. Look at the activity history of the Auto Scaling group, and at the console output of the instance.",
            severity: "page",
            namespace: "AWS/AutoScaling",
            metricName: "GroupInServiceInstances",
            dimensions: { AutoScalingGroupName: groupName },
            // An instance whose setup fails is replaced again and again. A replacement takes less than one period.
            statistic: "Average",
            period: 300,
            comparison: "below",
            threshold: 1,
            missingData: "breaching",
        },
    ];
}
