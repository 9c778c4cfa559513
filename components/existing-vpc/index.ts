import * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "../building-blocks/alarms";
import { withDefaults } from "../building-blocks/arguments";
import { type Nodes, PartFactory } from "../building-blocks/parts";
import { allowConnection, type Connectable, type Connection } from "../building-blocks/security-groups";
import { createInterfaceEndpoints } from "../vpc/interface-endpoints";
import type { Network } from "../vpc/network";
import { DEFAULTS, type ExistingVpcArgs, type ExistingVpcParts, validated } from "./args";

export type { ExistingVpcArgs, ExistingVpcParts } from "./args";

/**
 * A VPC that another stack or team owns. Creates only the interface endpoints in `interfaceEndpoints`. Routes, NAT gateways, flow logs, and the
 * default security group belong to the owner. `existingVpcProblems` checks the facts of such a VPC.
 *
 * Costs per month: 7.30 USD per interface endpoint and zone.
 */
export class ExistingVpc extends pulumi.ComponentResource implements Network {
    readonly logicalName: string;
    readonly title = "Network";
    readonly vpcId: pulumi.Output<string>;
    readonly privateSubnetIds: pulumi.Output<string[]>;
    readonly dataSubnetIds: pulumi.Output<string[]>;
    /** Of the data subnets. */
    readonly availabilityZoneNames?: string[];
    /** Undefined without `s3EndpointId`. */
    readonly s3EndpointId?: pulumi.Output<string>;
    /** Security group of the interface endpoints. Undefined if there are none. */
    readonly endpoints?: Connectable;
    /** None: alarms for NAT gateways belong to the owner of the VPC. */
    readonly alarms: AlarmDefinition[] = [];

    readonly nodes: Nodes<ExistingVpcParts>;
    private readonly parts: PartFactory<ExistingVpcParts>;

    constructor(name: string, inputs: ExistingVpcArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = withDefaults(inputs, DEFAULTS);
        super("ai-platform:components:ExistingVpc", name, validated(name, args), opts);
        this.parts = new PartFactory<ExistingVpcParts>(this, args.transform);
        this.nodes = this.parts.nodes;
        this.logicalName = name;
        this.vpcId = pulumi.output(args.vpcId);
        this.privateSubnetIds = pulumi.output(args.privateSubnetIds);
        this.dataSubnetIds = pulumi.output(args.dataSubnetIds);
        this.availabilityZoneNames = args.availabilityZoneNames;
        this.s3EndpointId = args.s3EndpointId === undefined ? undefined : pulumi.output(args.s3EndpointId);
        this.endpoints = createInterfaceEndpoints(this.parts, this, args.interfaceEndpoints);
        this.registerOutputs({ vpcId: this.vpcId, privateSubnetIds: this.privateSubnetIds, dataSubnetIds: this.dataSubnetIds });
    }

    /** Lets a source connect to the interface endpoints of this component. Without interface endpoints, does nothing. */
    allowEndpointsFrom(source: Connectable): Connection | undefined {
        return this.endpoints && allowConnection(this.parts, source, this.endpoints, 443);
    }
}
