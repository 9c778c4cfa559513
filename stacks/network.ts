import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { ExistingVpc, type Network, Vpc } from "../components";
import type { Check } from "../components/building-blocks/arguments";
import { ZONE_NAME } from "../components/internal/regions";
import { type AddressProblem, pathText, planProblems, type SubnetBlocks, ZONES } from "../components/vpc/cidr";
import { NAT_GATEWAYS } from "../components/vpc/subnets";
import { checkTransitGateway, TRANSIT_GATEWAY_ID } from "../components/vpc/transit-gateway";
import { checkServices } from "../components/vpc/endpoint-rules";
import { SERVICES_AS_OF, unknownServices } from "../components/vpc/endpoint-services";
import { type Addresses, subnetsOf } from "./addresses";
import { usesVpcOrigin } from "./api-kind";
import type { PlatformConfig } from "./config";
import { consistent, valid } from "./config/checks";
import { isIsolated } from "./config/egress";
import { cidr, distinct, text, whole } from "./config/values";
import { logArgs, type Platform } from "./context";
import { dataZonesOf, existingSection } from "./existing-network";

const tier = (name: string, octets: string, more: string) =>
    z
        .array(cidr())
        .min(ZONES[0])
        .max(ZONES[1])
        .optional()
        .describe(
            `CIDR blocks of the ${name} subnets, one per Availability Zone, in the order of availabilityZoneNames. Default: a /24 for each zone by its ID, ${octets} of the VPC's block for the first three, ${more} for the next ones.`,
        );

/** @param cidrBlock default block; the two roles have different defaults so that their networks can be connected */
export const networkSection = (cidrBlock: string) =>
    z
        .strictObject({
            existing: existingSection,
            cidrBlock: cidr().default(cidrBlock).describe("CIDR block of the VPC: private, /16 to /20."),
            numberOfAvailabilityZones: whole(ZONES).default(3).describe("Number of Availability Zones."),
            availabilityZoneNames: z
                .array(text(ZONE_NAME, "an Availability Zone, such as us-east-1a"))
                .min(ZONES[0])
                .max(ZONES[1])
                .superRefine(
                    valid((check, names: string[]) => {
                        check(new Set(names).size === names.length, "availabilityZoneNames", "must be different from each other");
                    }),
                )
                .optional()
                .describe(
                    "Names of the Availability Zones. Zones can be added, replaced, and removed later; see docs/components/vpc.md. Default: the first zones, by ID, that support every service of the platform.",
                ),
            subnets: z
                .strictObject({
                    public: tier("public", ".1 to .3", ".10, .13, .16"),
                    private: tier("private", ".4 to .6", ".11, .14, .17"),
                    data: tier("data", ".7 to .9", ".12, .15, .18"),
                })
                .prefault({}),
            natGateways: z
                .enum(NAT_GATEWAYS)
                .default("one-per-zone")
                .describe(
                    "NAT gateways. one-per-zone tolerates the loss of a zone; single costs less; instance costs least, has an interruption of a few minutes every two weeks, and forwards only HTTPS; none requires interface endpoints for every AWS service that tasks and functions call.",
                ),
            transitGatewayId: text(TRANSIT_GATEWAY_ID, "the ID of a transit gateway, such as tgw-0123456789abcdef0")
                .meta({ examples: [`tgw-${"a".repeat(17)}`, `tgw-${"b".repeat(17)}`] })
                .optional()
                .describe("ID of a transit gateway to attach the private subnets to. Requires transitGatewayCidrBlocks. Default: none."),
            transitGatewayCidrBlocks: distinct(cidr())
                .meta({ examples: [["172.21.0.0/16", "172.22.0.0/16", "172.23.0.0/16"]] })
                .default([])
                .describe(
                    "CIDR blocks to route from the private subnets to the transit gateway. 0.0.0.0/0 sends internet traffic there and requires natGateways: none.",
                ),
            interfaceEndpoints: distinct(text(/^[a-z0-9][a-z0-9.-]*$/, "the short name of an endpoint service, such as ecr.api"))
                .meta({ examples: [["ecr.api", "kinesis-streams", "ecr.dkr"]] })
                .superRefine(valid(checkServices))
                .default([])
                .describe(
                    "AWS services to reach through interface endpoints instead of NAT, by short name: ecr.api, ecr.dkr, logs, secretsmanager, bedrock-runtime.",
                ),
        })
        .prefault({})
        .superRefine(consistent(checkAddresses))
        .superRefine(consistent(checkTransitGateway));

export function createNetwork(platform: Platform): Network {
    const { config, zones, existingVpc, opts } = platform;
    warnAboutEndpoints(platform);
    const { existing, cidrBlock, natGateways, interfaceEndpoints, transitGatewayId, transitGatewayCidrBlocks } = config.network;
    if (existing) {
        const availabilityZoneNames = existingVpc && dataZonesOf(existingVpc);
        return new ExistingVpc("network", { ...existing, interfaceEndpoints, availabilityZoneNames }, opts);
    }
    const subnets = subnetsOf(
        config.network,
        zones.map(({ slot }) => slot),
    );
    const availabilityZoneNames = zones.map(({ name }) => name);
    const args = { cidrBlock, natGateways, interfaceEndpoints, transitGatewayId, transitGatewayCidrBlocks };
    return new Vpc("network", { ...args, subnets, availabilityZoneNames, ...logArgs(platform) }, opts);
}

function warnAboutEndpoints({ config, region }: Platform): void {
    const { interfaceEndpoints } = config.network;
    const unknown = unknownServices(interfaceEndpoints);
    if (unknown.length > 0) {
        void pulumi.log.warn(
            `network.interfaceEndpoints: ${unknown.join(", ")} had no interface endpoint on ${SERVICES_AS_OF}. The deployment fails if ${region} has none: aws ec2 describe-vpc-endpoint-services --region ${region}`,
        );
    }
    if (isIsolated(config.network)) void pulumi.log.warn(keysOutOfReach(config));
}

/** Amazon Cognito Developer Guide, "Access Amazon Cognito using an interface endpoint": pools with a domain are incompatible with PrivateLink. */
const keysOutOfReach = (config: PlatformConfig) =>
    `network.natGateways is none: the service can't fetch Cognito's signing keys from Identity__Authority, and Cognito has no endpoint for pools with a domain. Put the keys (/.well-known/jwks.json) into the image${usesVpcOrigin(config) ? "" : ", or rely on the API's authorizer"}. See docs/application.md.`;

/** Reports problems under the key that the user set: derived subnet blocks are reported under `cidrBlock`. */
function checkAddresses(check: Check, value: Addresses): void {
    const { cidrBlock, numberOfAvailabilityZones: zones, availabilityZoneNames: names } = value;
    check(
        names === undefined || names.length === zones,
        "availabilityZoneNames",
        `has ${names?.length} entries, but network.numberOfAvailabilityZones is ${zones}`,
    );
    const slots = Array.from({ length: zones }, (_, i) => i);
    const problems = planProblems({ cidrBlock, subnets: subnetsOf(value, slots) }, zones);
    const ofNetwork = problems.find(({ path }) => path[0] === "cidrBlock");
    if (ofNetwork) check(false, "cidrBlock", ofNetwork.text);
    const isDerived = ({ path: [, tier] }: AddressProblem) => value.subnets[tier as keyof SubnetBlocks] === undefined;
    const ofSubnets = problems.filter((problem) => problem !== ofNetwork);
    const tooSmall = `${cidrBlock} is too small for the subnets of ${zones} Availability Zones, a /24 each. Use a larger block, or set network.subnets`;
    check(ofNetwork !== undefined || !ofSubnets.some(isDerived), "cidrBlock", tooSmall);
    for (const problem of ofSubnets.filter((it) => !isDerived(it))) check(false, pathText(problem.path), problem.text);
}
