import * as aws from "@pulumi/aws";
// Loading all of awsx takes 0.15 s; this module takes 1% of that.
import * as awsx from "@pulumi/awsx/ec2";
import * as pulumi from "@pulumi/pulumi";
import { checkServices } from "./endpoint-rules";
import { internetGatewayId } from "./awsx-outputs";
import { natAlarms, natInstanceAlarms } from "./alarms";
import { s3EndpointPolicy } from "./s3-endpoint-policy";
import { checked, checkOneOf, isBetween, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { pathText, planProblems, type SubnetBlocks, ZONES } from "./cidr";
import { createSubnets, NAT_GATEWAYS, type NatGateways, natZones, type SubnetParts, zonesOf } from "./subnets";
import { attachToTransitGateway, checkTransitGateway, type TransitGatewayParts } from "./transit-gateway";
import { checkLogs, forwardLogs, type LogArgs, logGroupArgs, type LogParts } from "../building-blocks/logs";
import { createInterfaceEndpoints, type InterfaceEndpointParts } from "./interface-endpoints";
import type { Network } from "./network";
import { allowConnection, type Connectable, type Connection } from "../building-blocks/security-groups";
import { ServiceRole, type Statement } from "../building-blocks/iam";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Nodes, PartFactory, type Transforms } from "../building-blocks/parts";

export interface VpcArgs extends LogArgs {
    /** CIDR block of the VPC, /16 to /28 in a private range, such as `10.0.0.0/16`. Changing it replaces the VPC. */
    cidrBlock: string;
    /**
     * Names of two to six Availability Zones, such as `us-east-1a`; see `findAvailabilityZones`. Zones can be added and removed later; a zone
     * with a database instance can't be removed.
     */
    availabilityZoneNames: string[];
    /**
     * CIDR blocks of the subnets: one per zone in each tier, in the order of `availabilityZoneNames`, inside `cidrBlock`, without overlaps.
     * Changing the block of a zone replaces its subnet.
     */
    subnets: SubnetBlocks;
    /**
     * NAT gateways of the private subnets: `one-per-zone`, `single` (in the alphabetically first zone; not resilient to a zone failure),
     * `instance` (the same with an EC2 instance, which costs less and forwards only HTTPS), or `none` (no internet access).
     */
    natGateways: NatGateways;
    /** Short names of AWS services, such as `ecr.api`, with an interface endpoint in the private subnets. @default none */
    interfaceEndpoints?: string[];
    /** ID of a transit gateway to attach the private subnets to, such as `tgw-0123456789abcdef0`. Requires `transitGatewayCidrBlocks`. @default none */
    transitGatewayId?: string;
    /** CIDR blocks to route from the private subnets to the transit gateway. `0.0.0.0/0` requires `natGateways: "none"`. @default none */
    transitGatewayCidrBlocks?: string[];
    /** Names of buckets of other accounts that can be read through the S3 endpoint, such as package repositories. @default none */
    readableBuckets?: string[];
    transform?: Transforms<VpcParts>;
}

export interface VpcParts extends InterfaceEndpointParts, SubnetParts, TransitGatewayParts, LogParts {
    /** The VPC and its internet gateway. */
    vpc: typeof awsx.Vpc;
    defaultSecurityGroup: typeof aws.ec2.DefaultSecurityGroup;
    s3Endpoint: typeof aws.ec2.VpcEndpoint;
    flowLogs: typeof aws.cloudwatch.LogGroup;
    flowLogRole: typeof ServiceRole;
    flowLog: typeof aws.ec2.FlowLog;
}

const DEFAULTS = { interfaceEndpoints: [], readableBuckets: [], transitGatewayCidrBlocks: [] } satisfies Partial<VpcArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<VpcArgs, typeof DEFAULTS>;

export type { NatGateways } from "./subnets";

/**
 * A VPC with three tiers of subnets in two to six Availability Zones, based on `awsx.ec2.Vpc`: public subnets for NAT gateways only, private
 * subnets for workloads, and data subnets without a route out of the VPC. Includes a gateway endpoint for S3, optional interface endpoints, flow
 * logs in an encrypted log group, and a default security group without rules.
 *
 * Costs per month: 36.50 USD per NAT gateway with its address, or 10.50 USD for a NAT instance, 7.30 USD per interface endpoint and zone, 0.50 USD per GB of flow logs,
 * 0.045 USD per GB through NAT gateways, and 0.01 USD per GB through interface endpoints. The S3 endpoint is free.
 */
export class Vpc extends pulumi.ComponentResource implements Network {
    readonly logicalName: string;
    readonly title = "Network";
    readonly vpcId: pulumi.Output<string>;
    /** In alphabetical order of the zones, like the other lists. */
    readonly publicSubnetIds: pulumi.Output<string[]>;
    readonly privateSubnetIds: pulumi.Output<string[]>;
    readonly dataSubnetIds: pulumi.Output<string[]>;
    readonly natGatewayIds: pulumi.Output<string[]>;
    /** ID of the S3 gateway endpoint, for `aws:SourceVpce` in bucket policies. */
    readonly s3EndpointId: pulumi.Output<string>;
    /** Security group of the interface endpoints. Undefined if there are none. */
    readonly endpoints?: Connectable;
    /** In alphabetical order. */
    readonly availabilityZoneNames: string[];
    private readonly natAlarms: AlarmDefinition[];

    readonly nodes: Nodes<VpcParts>;
    private readonly parts: PartFactory<VpcParts>;

    constructor(name: string, inputs: VpcArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:Vpc", name, validated(name, args), opts);
        this.parts = new PartFactory<VpcParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        const zones = zonesOf(args.availabilityZoneNames, args.subnets);
        const network = this.createNetwork(args);
        this.vpcId = network.vpcId;
        const subnets = createSubnets(
            { logicalName: name, vpcId: network.vpcId, internetGatewayId: internetGatewayId(network), cidrBlock: args.cidrBlock },
            zones,
            args.natGateways,
            this.parts,
        );
        const ids = (resources: pulumi.CustomResource[]) => pulumi.all(resources.map(({ id }) => id));
        this.publicSubnetIds = ids(subnets.public);
        this.privateSubnetIds = ids(subnets.private);
        this.dataSubnetIds = ids(subnets.data);
        this.natGatewayIds = ids(subnets.natGateways);
        this.availabilityZoneNames = zones.map(({ zone }) => zone);
        this.natAlarms = subnets.natInstance
            ? natInstanceAlarms(subnets.natInstance.group.name)
            : natZones(zones, args.natGateways).flatMap(({ zone }, i) =>
                  natAlarms(
                      zone,
                      this.natGatewayIds.apply((ids) => ids[i] ?? ""),
                  ),
              );
        this.emptyDefaultSecurityGroup();
        this.s3EndpointId = this.createS3Endpoint(ids(subnets.innerRouteTables), args).id;
        this.attachToTransitGateway(subnets.privateRouteTables, args);
        this.endpoints = createInterfaceEndpoints(this.parts, this, args.interfaceEndpoints);
        this.createFlowLog(args);
        this.registerOutputs({
            vpcId: this.vpcId,
            publicSubnetIds: this.publicSubnetIds,
            privateSubnetIds: this.privateSubnetIds,
            dataSubnetIds: this.dataSubnetIds,
            natGatewayIds: this.natGatewayIds,
            s3EndpointId: this.s3EndpointId,
        });
    }

    /** Lets a source connect to the interface endpoints. Without interface endpoints, does nothing. */
    allowEndpointsFrom(source: Connectable): Connection | undefined {
        return this.endpoints && allowConnection(this.parts, source, this.endpoints, 443);
    }

    get alarms(): AlarmDefinition[] {
        return this.natAlarms;
    }

    private createNetwork(args: Resolved): awsx.Vpc {
        return this.parts.create("vpc", awsx.Vpc, `${this.logicalName}-vpc`, {
            cidrBlock: args.cidrBlock,
            availabilityZoneNames: args.availabilityZoneNames,
            // Without subnets: awsx would name them after the position of their zone.
            subnetStrategy: "Auto",
            subnetSpecs: [{ type: "Unused" }],
            natGateways: { strategy: "None" },
            enableDnsHostnames: true,
            enableDnsSupport: true,
        });
    }

    /** Removes the default rules, so that resources without a security group can't connect to anything. */
    private emptyDefaultSecurityGroup(): void {
        this.parts.create("defaultSecurityGroup", aws.ec2.DefaultSecurityGroup, `${this.logicalName}-default`, {
            vpcId: this.vpcId,
            ingress: [],
            egress: [],
            tags: { Name: `${this.logicalName}-default` },
        });
    }

    private createS3Endpoint(routeTableIds: pulumi.Output<string[]>, args: Resolved): aws.ec2.VpcEndpoint {
        return this.parts.create("s3Endpoint", aws.ec2.VpcEndpoint, `${this.logicalName}-s3`, {
            vpcId: this.vpcId,
            serviceName: pulumi.interpolate`com.amazonaws.${regionOf(this)}.s3`,
            vpcEndpointType: "Gateway",
            routeTableIds,
            policy: s3EndpointPolicy(args.readableBuckets, regionOf(this), accountOf(this)),
            tags: { Name: `${this.logicalName}-s3` },
        });
    }

    private attachToTransitGateway(routeTables: Record<string, aws.ec2.RouteTable>, args: Resolved): void {
        const { transitGatewayId, transitGatewayCidrBlocks: cidrBlocks } = args;
        if (transitGatewayId === undefined) return;
        const { logicalName, vpcId, privateSubnetIds: subnetIds } = this;
        attachToTransitGateway({ logicalName, vpcId, subnetIds, transitGatewayId, cidrBlocks, routeTables }, this.parts);
    }

    private createFlowLog(args: Resolved): void {
        const logs = this.parts.create("flowLogs", aws.cloudwatch.LogGroup, `${this.logicalName}-flow-logs`, logGroupArgs(args, "network"));
        forwardLogs(this.parts, `${this.logicalName}-flow-logs`, logs, args);
        const [region, account] = [regionOf(this), accountOf(this)];
        const role = this.parts.create("flowLogRole", ServiceRole, `${this.logicalName}-flow-log`, {
            service: "vpc-flow-logs.amazonaws.com",
            description: "Writes the flow logs of a VPC",
            condition: {
                StringEquals: { "aws:SourceAccount": account },
                ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:ec2:${region}:${account}:vpc-flow-log/*` },
            },
        });
        const write: Statement[] = [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: [logs.arn, pulumi.interpolate`${logs.arn}:*`],
            },
            // The service lists all groups of the region, which the ARN of a single group doesn't allow.
            {
                Effect: "Allow",
                Action: "logs:DescribeLogGroups",
                Resource: pulumi.interpolate`arn:aws:logs:${region}:${account}:log-group:*`,
            },
        ];
        const policy = role.allow("write", write);
        this.parts.create(
            "flowLog",
            aws.ec2.FlowLog,
            `${this.logicalName}-flow-log`,
            {
                vpcId: this.vpcId,
                trafficType: "ALL",
                logDestinationType: "cloud-watch-logs",
                logDestination: logs.arn,
                iamRoleArn: role.arn,
                tags: { Name: `${this.logicalName}-flow-log` },
            },
            { dependsOn: [policy] },
        );
    }
}

function validated(name: string, args: Resolved) {
    return checked("Vpc", name, args, (check) => {
        const { availabilityZoneNames: zones, natGateways, interfaceEndpoints, readableBuckets } = args;
        const allowed = `must contain ${ZONES.join(" to ")} zones: load balancers and databases require two`;
        check(isBetween(zones.length, ...ZONES), "availabilityZoneNames", allowed);
        check(new Set(zones).size === zones.length, "availabilityZoneNames", "must be different from each other");
        for (const { path, text } of planProblems(args, zones.length)) check(false, pathText(path), text);
        checkOneOf(check, "natGateways", natGateways, NAT_GATEWAYS);
        checkTransitGateway(check, args);
        checkServices(check, interfaceEndpoints);
        const named = readableBuckets.every((bucket) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket));
        check(named, "readableBuckets", "must be names of buckets: 3 to 63 lower-case letters, digits, dots, and hyphens");
        checkLogs(check, args);
    });
}
