import type * as pulumi from "@pulumi/pulumi";
import type { Monitored } from "../building-blocks/alarms";
import type { VpcReference } from "../building-blocks/placement";
import type { Connectable, Connection } from "../building-blocks/security-groups";

/** A network for the other components: `Vpc`, or `ExistingVpc`. */
export interface Network extends VpcReference, Monitored {
    readonly vpcId: pulumi.Output<string>;
    readonly privateSubnetIds: pulumi.Output<string[]>;
    readonly dataSubnetIds: pulumi.Output<string[]>;
    /** ID of the S3 gateway endpoint, for `aws:SourceVpce` in bucket policies. Undefined if the network has none. */
    readonly s3EndpointId?: pulumi.Output<string>;
    /** Lets a source connect to the interface endpoints. Without interface endpoints, does nothing. */
    allowEndpointsFrom(source: Connectable): Connection | undefined;
}
