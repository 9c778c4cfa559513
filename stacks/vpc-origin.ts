/** Requirements of CloudFront's VPC origins for the network, which only lookups can tell. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { ExistingVpcFacts } from "../components";
import { foundIn, withoutDefaultRoute } from "../components/existing-vpc/rules";
import type { Zone } from "../components/vpc/zones";
import { listenerCertificateOf, usesVpcOrigin } from "./api-kind";
import type { PlatformConfig } from "./config";
import { FETCHES_KEYS } from "./config/api-rules";
import type { Problem } from "./config/rules";
import { existing, refuse } from "./lookup-errors";

/** IDs of zones without VPC origins. Source: CloudFront Developer Guide, "Restrict access with VPC origins", "Supported AWS Regions". */
const WITHOUT_VPC_ORIGINS = ["apne1-az3", "apne2-az1", "cac1-az3", "use1-az3", "usw1-az2"];

interface Place {
    zones: Zone[];
    existingVpc?: ExistingVpcFacts;
    invoke: pulumi.InvokeOptions;
}

/**
 * Checks the network of a stack whose API uses a VPC origin.
 *
 * @throws pulumi.RunError with all problems by key, before anything is registered
 */
export async function checkVpcOrigin(config: PlatformConfig, { zones, existingVpc, invoke }: Place): Promise<void> {
    if (!usesVpcOrigin(config)) return;
    const problems = existingVpc
        ? [...routeProblems(config, existingVpc), ...(await existingProblems(existingVpc, invoke))]
        : zones.flatMap(({ name, id }) => zoneProblems(KEY, name, id));
    refuse("CloudFront can't reach the network", problems);
}

const KEY = "network.availabilityZoneNames";

function zoneProblems(key: string, name: string, id = ""): Problem[] {
    if (!WITHOUT_VPC_ORIGINS.includes(id)) return [];
    return [[key, `${name} (${id}) doesn't support VPC origins, which api.kind requires. Use other zones, or api.kind gateway`]];
}

/** The routes of the stack's own network are in the configuration: stacks/config/api-rules.ts. */
const routeProblems = (config: PlatformConfig, facts: ExistingVpcFacts): Problem[] =>
    listenerCertificateOf(config) === undefined
        ? []
        : withoutDefaultRoute(facts).map(({ subnetId }) => [
              "network.existing.privateSubnetIds",
              `${subnetId} must have a default route: ${FETCHES_KEYS}`,
          ]);

async function existingProblems({ vpcId, vpc, private: subnets }: ExistingVpcFacts, invoke: pulumi.InvokeOptions): Promise<Problem[]> {
    if (!vpc) return [];
    const inZones = foundIn(subnets).flatMap(({ availabilityZone, availabilityZoneId }) =>
        zoneProblems("network.existing.privateSubnetIds", availabilityZone, availabilityZoneId),
    );
    const filters = [{ name: "attachment.vpc-id", values: [vpcId] }];
    const gateway = aws.ec2.getInternetGateway({ filters }, invoke);
    if (await existing("internet gateway", "ec2:DescribeInternetGateways", gateway)) return inZones;
    const why = "api.kind vpcOrigin requires one, although no request uses it. Attach one without a route, or use api.kind gateway";
    return [...inZones, ["network.existing.vpcId", `${vpcId} has no internet gateway: ${why}`]];
}
