import * as aws from "@pulumi/aws";
// The whole of awsx takes 0.15 s to load, this part of it a hundredth.
import * as awsx from "@pulumi/awsx/ec2";
import type { NatGatewayStrategy } from "@pulumi/awsx/types/enums/ec2";
import * as pulumi from "@pulumi/pulumi";
import { checkServices } from "./endpoint-rules";
import { innerRouteTableIds, natGatewayIds } from "./awsx-outputs";
import { natAlarms } from "./alarms";
import { s3EndpointPolicy } from "./s3-endpoint-policy";
import { checked, type WithDefaults, withDefaults } from "../building-blocks/arguments";
import { pathText, planProblems, type SubnetBlocks } from "./cidr";
import { checkLogs, type LogArgs, logGroup } from "../building-blocks/logs";
import { allowConnection, type Connectable, securityGroup } from "../building-blocks/security-groups";
import { ServiceRole, type Statement } from "../building-blocks/iam";
import type { AlarmDefinition, Monitored } from "../building-blocks/alarms";
import { accountOf, regionOf } from "../building-blocks/provider";
import { type Transform, transformed } from "../building-blocks/transform";

export interface VpcArgs extends LogArgs {
    /** Addresses of the whole network, /16 to /28 in a private range: `10.0.0.0/16`. Changing it replaces the network. */
    cidrBlock: string;
    /** Two to six zones of the region by name, such as `us-east-1a`; `findZones` finds them. Changing their order replaces subnets. */
    zones: string[];
    /** One block for each zone in each tier, inside `cidrBlock`, without overlap. */
    subnets: SubnetBlocks;
    /** How the private subnets reach the internet. With `single` a zone's failure can cut all of them off; with `none` nothing does. */
    natGateways: NatGateways;
    /** AWS services by short name (`ecr.api`, `logs`) that are reached by private addresses in the private subnets. @default none */
    interfaceEndpoints?: string[];
    /** Buckets of other accounts that may be read through the S3 endpoint: public data sets, package repositories. @default none */
    readableBuckets?: string[];
    transform?: {
        vpc?: Transform<awsx.VpcArgs>;
        s3Endpoint?: Transform<aws.ec2.VpcEndpointArgs>;
        /** Applied to each interface endpoint. */
        interfaceEndpoint?: Transform<aws.ec2.VpcEndpointArgs>;
        flowLog?: Transform<aws.ec2.FlowLogArgs>;
    };
}

const DEFAULTS = { interfaceEndpoints: [], readableBuckets: [] } satisfies Partial<VpcArgs>;

/** The arguments with all defaults. */
type Resolved = WithDefaults<VpcArgs, typeof DEFAULTS>;

export type NatGateways = "one-per-zone" | "single" | "none";

const NAT_STRATEGIES: Record<NatGateways, NatGatewayStrategy> = {
    "one-per-zone": "OnePerAz",
    single: "Single",
    none: "None",
};
/**
 * A network of three tiers in two to six zones, on `awsx.ec2.Vpc`: public subnets for NAT gateways alone, private subnets for what runs,
 * data subnets without a way out. With a gateway endpoint for S3, interface endpoints by choice, flow logs in an encrypted log group, and
 * a default security group that lets nothing through.
 *
 * Costs a month: 36.50 USD for each NAT gateway with its address, 7.30 USD for each interface endpoint in each zone, 0.50 USD for each
 * GB of flow logs, 0.045 USD for each GB through NAT gateways and 0.01 USD through interface endpoints. The S3 endpoint is free.
 *
 * Refuses blocks outside the network, overlaps, public ranges, other than one block for each zone and tier.
 */
export class Vpc extends pulumi.ComponentResource implements Monitored {
    readonly logicalName: string;
    readonly title = "Network";
    readonly vpcId: pulumi.Output<string>;
    /** In the order of the zones, as are the others. */
    readonly publicSubnetIds: pulumi.Output<string[]>;
    readonly privateSubnetIds: pulumi.Output<string[]>;
    readonly dataSubnetIds: pulumi.Output<string[]>;
    readonly natGatewayIds: pulumi.Output<string[]>;
    /** The S3 gateway endpoint: bucket policies can name it in `aws:SourceVpce`. */
    readonly s3EndpointId: pulumi.Output<string>;
    /** What the interface endpoints stand behind; undefined where there are none. */
    readonly endpoints?: Connectable;
    private readonly natGatewayCount: number;

    constructor(name: string, given: VpcArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(given, DEFAULTS);
        super("ai-platform:components:Vpc", name, validated(name, args), opts);
        this.logicalName = name;
        const network = this.createNetwork(args);
        this.vpcId = network.vpcId;
        this.publicSubnetIds = network.publicSubnetIds;
        this.privateSubnetIds = network.privateSubnetIds;
        this.dataSubnetIds = network.isolatedSubnetIds;
        this.natGatewayIds = natGatewayIds(network);
        this.natGatewayCount = { "one-per-zone": args.zones.length, single: 1, none: 0 }[args.natGateways];
        this.emptyDefaultSecurityGroup();
        this.s3EndpointId = this.createS3Endpoint(network, args).id;
        this.endpoints = this.createInterfaceEndpoints(args);
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

    /** Lets a peer reach the interface endpoints. Where there are none, its calls go another way and nothing is opened. */
    allowEndpointsFrom(peer: Connectable): void {
        if (this.endpoints) allowConnection(this, peer, this.endpoints, 443);
    }

    get alarms(): AlarmDefinition[] {
        return Array.from({ length: this.natGatewayCount }, (_, i) => natAlarms(i, this.natGatewayIds)).flat();
    }

    private createNetwork(args: Resolved): awsx.Vpc {
        return new awsx.Vpc(
            `${this.logicalName}-vpc`,
            transformed<awsx.VpcArgs>(args.transform?.vpc, {
                cidrBlock: args.cidrBlock,
                availabilityZoneNames: args.zones,
                // Given blocks need not cover the whole network, as "Exact" would have it.
                subnetStrategy: "Auto",
                subnetSpecs: [
                    { type: "Public", cidrBlocks: args.subnets.public },
                    { type: "Private", cidrBlocks: args.subnets.private },
                    { type: "Isolated", name: "data", cidrBlocks: args.subnets.data },
                ],
                natGateways: { strategy: NAT_STRATEGIES[args.natGateways] },
                enableDnsHostnames: true,
                enableDnsSupport: true,
            }),
            { parent: this },
        );
    }

    /** Takes AWS's own rules away: what is given no security group can talk to nothing. */
    private emptyDefaultSecurityGroup(): void {
        new aws.ec2.DefaultSecurityGroup(
            `${this.logicalName}-default`,
            { vpcId: this.vpcId, ingress: [], egress: [], tags: { Name: `${this.logicalName}-default` } },
            { parent: this },
        );
    }

    private createS3Endpoint(network: awsx.Vpc, args: Resolved): aws.ec2.VpcEndpoint {
        return new aws.ec2.VpcEndpoint(
            `${this.logicalName}-s3`,
            transformed(args.transform?.s3Endpoint, {
                vpcId: this.vpcId,
                serviceName: pulumi.interpolate`com.amazonaws.${regionOf(this)}.s3`,
                vpcEndpointType: "Gateway",
                routeTableIds: innerRouteTableIds(network),
                policy: s3EndpointPolicy(args.readableBuckets, regionOf(this), accountOf(this)),
                tags: { Name: `${this.logicalName}-s3` },
            }),
            { parent: this },
        );
    }

    private createInterfaceEndpoints(args: Resolved): Connectable | undefined {
        const services = args.interfaceEndpoints;
        if (services.length === 0) return undefined;
        const logicalName = `${this.logicalName}-endpoints`;
        const group = securityGroup(logicalName, "Interface endpoints of AWS services", this.vpcId, { parent: this });
        for (const service of services) {
            const endpointName = `${this.logicalName}-${service.replaceAll(".", "-")}`;
            new aws.ec2.VpcEndpoint(
                endpointName,
                transformed(args.transform?.interfaceEndpoint, {
                    vpcId: this.vpcId,
                    serviceName: pulumi.interpolate`com.amazonaws.${regionOf(this)}.${service}`,
                    vpcEndpointType: "Interface",
                    privateDnsEnabled: true,
                    subnetIds: this.privateSubnetIds,
                    securityGroupIds: [group.id],
                    tags: { Name: endpointName },
                }),
                { parent: this },
            );
        }
        return { logicalName, securityGroupId: group.id };
    }

    private createFlowLog(args: Resolved): void {
        const logs = logGroup(`${this.logicalName}-flow-logs`, args, { parent: this });
        const [region, account] = [regionOf(this), accountOf(this)];
        const role = new ServiceRole(
            `${this.logicalName}-flow-log`,
            {
                service: "vpc-flow-logs.amazonaws.com",
                description: "Writes the flow logs of a VPC",
                condition: {
                    StringEquals: { "aws:SourceAccount": account },
                    ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:aws:ec2:${region}:${account}:vpc-flow-log/*` },
                },
            },
            { parent: this },
        );
        const write: Statement[] = [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: [logs.arn, pulumi.interpolate`${logs.arn}:*`],
            },
            // Asked about all of the region's groups at once: a single one's ARN does not answer it.
            {
                Effect: "Allow",
                Action: "logs:DescribeLogGroups",
                Resource: pulumi.interpolate`arn:aws:logs:${region}:${account}:log-group:*`,
            },
        ];
        const policy = role.allow("write", write, { parent: this });
        new aws.ec2.FlowLog(
            `${this.logicalName}-flow-log`,
            transformed(args.transform?.flowLog, {
                vpcId: this.vpcId,
                trafficType: "ALL",
                logDestinationType: "cloud-watch-logs",
                logDestination: logs.arn,
                iamRoleArn: role.arn,
                tags: { Name: `${this.logicalName}-flow-log` },
            }),
            // Delivery starts at once, and an attempt without permission is lost.
            { parent: this, dependsOn: [policy] },
        );
    }
}

function validated(name: string, args: Resolved) {
    return checked("Vpc", name, args, (check) => {
        const { zones, natGateways, interfaceEndpoints, readableBuckets } = args;
        check(zones.length >= 2 && zones.length <= 6, "zones", `must be two to six: load balancers and databases need two`);
        check(new Set(zones).size === zones.length, "zones", "must be different from each other");
        for (const { path, text } of planProblems(args, zones.length)) check(false, pathText(path), text);
        check(natGateways in NAT_STRATEGIES, "natGateways", `must be one of ${Object.keys(NAT_STRATEGIES).join(", ")}`);
        checkServices(check, interfaceEndpoints);
        const named = readableBuckets.every((bucket) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket));
        check(named, "readableBuckets", "must be names of buckets: 3 to 63 lower-case letters, digits, dots and hyphens");
        checkLogs(check, args);
    });
}
