import { checked, isBetween, type WithDefaults } from "../building-blocks/arguments";
import type { Transforms } from "../building-blocks/parts";
import { ZONES } from "../vpc/cidr";
import { checkServices } from "../vpc/endpoint-rules";
import type { InterfaceEndpointParts } from "../vpc/interface-endpoints";
import { ZONE_NAME } from "../internal/regions";

export interface ExistingVpcArgs {
    /** ID of the VPC, in the provider's region. It must support DNS resolution and DNS host names. */
    vpcId: string;
    /** IDs of two to six subnets in different Availability Zones, for services and functions. They need a default route, or interface endpoints. */
    privateSubnetIds: string[];
    /** IDs of two to six subnets in different Availability Zones, for data stores. They must not have a route to an internet gateway. */
    dataSubnetIds: string[];
    /** Names of the Availability Zones of the data subnets, such as `us-east-1a`, to distribute data stores across them. @default AWS chooses the zones */
    availabilityZoneNames?: string[];
    /** ID of the VPC's S3 gateway endpoint, for bucket policies. @default none */
    s3EndpointId?: string;
    /** Short names of AWS services, such as `ecr.api`, with an interface endpoint to create in the private subnets. @default none */
    interfaceEndpoints?: string[];
    transform?: Transforms<ExistingVpcParts>;
}

/** The component creates only interface endpoints and their security group. */
export type ExistingVpcParts = InterfaceEndpointParts;

export const DEFAULTS = { interfaceEndpoints: [] } satisfies Partial<ExistingVpcArgs>;

/** The arguments with all defaults. */
export type Resolved = WithDefaults<ExistingVpcArgs, typeof DEFAULTS>;

/** IDs of existing resources. */
export const ID = { vpc: /^vpc-[0-9a-f]{8,17}$/, subnet: /^subnet-[0-9a-f]{8,17}$/, endpoint: /^vpce-[0-9a-f]{8,17}$/ };

export function validated(name: string, args: Resolved) {
    return checked("ExistingVpc", name, args, (check) => {
        const { availabilityZoneNames: zones = [], s3EndpointId, dataSubnetIds, privateSubnetIds } = args;
        check(ID.vpc.test(args.vpcId), "vpcId", "must be the ID of a VPC, such as vpc-0123456789abcdef0");
        for (const [key, ids] of Object.entries({ privateSubnetIds, dataSubnetIds })) {
            const areIds = ids.every((id) => ID.subnet.test(id));
            check(isBetween(ids.length, ...ZONES) && areIds, key, `must contain ${ZONES.join(" to ")} IDs of subnets`);
            check(new Set(ids).size === ids.length, key, "must be different from each other");
        }
        const inBoth = dataSubnetIds.filter((id) => privateSubnetIds.includes(id));
        check(inBoth.length === 0, "dataSubnetIds", `must not contain private subnets: ${inBoth.join(", ")}`);
        check(
            zones.every((zone) => ZONE_NAME.test(zone)) && new Set(zones).size === zones.length,
            "availabilityZoneNames",
            "must be different names of Availability Zones, such as us-east-1a",
        );
        const isEndpoint = s3EndpointId === undefined || ID.endpoint.test(s3EndpointId);
        check(isEndpoint, "s3EndpointId", "must be the ID of a VPC endpoint, such as vpce-0123456789abcdef0");
        checkServices(check, args.interfaceEndpoints);
    });
}
