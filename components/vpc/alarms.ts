import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";

/** What to watch of one NAT gateway (AWS: "Monitor NAT gateways with Amazon CloudWatch"). */
export function natAlarms(index: number, ids: pulumi.Output<string[]>): AlarmDefinition[] {
    const common = {
        namespace: "AWS/NATGateway",
        dimensions: { NatGatewayId: ids.apply((all) => all[index] ?? "") },
        statistic: "Sum",
        comparison: "above" as const,
    };
    return [
        {
            ...common,
            name: `nat-${index + 1}-ports`,
            description:
                "The NAT gateway has no port left for a connection: new connections to one destination fail. Look for a client that opens " +
                "connections without reuse; an interface endpoint or a further address of the gateway gives room.",
            severity: "page",
            metricName: "ErrorPortAllocation",
            threshold: 0,
        },
        {
            ...common,
            name: `nat-${index + 1}-packets-dropped`,
            description:
                "The NAT gateway drops more than 0.01 % of its packets, in AWS's words a sign of trouble with the gateway itself: look at the " +
                "AWS Health dashboard.",
            severity: "ticket",
            metricName: "PacketsDropCount",
            rateOf: "PacketsInFromSource",
            period: 300,
            threshold: 0.01,
        },
    ];
}
