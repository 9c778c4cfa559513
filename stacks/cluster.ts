import { foundIn } from "../components/existing-vpc/rules";
import { movesRequests } from "../components/fargate-service/deployment";
import { type ApiGateway, FargateCluster, type Identity, InternalLoadBalancer, type LogBucket, type Network } from "../components";
import { subnetsOf } from "./addresses";
import { tokenValidation } from "./api";
import { usesVpcOrigin } from "./api-kind";
import { logArgs, type Platform } from "./context";

/** The cluster of all services, jobs, and one-off tasks. */
export const createCluster = (platform: Platform): FargateCluster =>
    new FargateCluster(
        "services",
        {
            ...logArgs(platform),
            kmsKeyArn: platform.data.keys.data,
            physicalName: platform.names.prefix,
            containerInsights: platform.config.observability.containerInsights,
        },
        platform.opts,
    );

/** Port of the listener for tests of new tasks. Nothing can connect to it until `allowTestsFrom` is called. */
const TEST_PORT = 9000;

/** The load balancer of all services with a path. */
export function createLoadBalancer(
    platform: Platform,
    { network, accessLogs, identity }: { network: Network; accessLogs: LogBucket; identity?: Identity },
): InternalLoadBalancer {
    const hasTests = Object.values(platform.config.services).some(({ deployment }) => movesRequests(deployment));
    const testListenerPort = hasTests ? TEST_PORT : undefined;
    return new InternalLoadBalancer(
        "services",
        { vpc: network, accessLogBucket: accessLogs.bucketName, testListenerPort, ...tokenValidation(platform.config, identity) },
        platform.opts,
    );
}

/** Lets the API connect to the load balancer, or, without the API, clients in the private subnets. The distribution opens it for its VPC origin. */
export function openLoadBalancer(platform: Platform, loadBalancer: InternalLoadBalancer, api: ApiGateway | undefined): void {
    if (usesVpcOrigin(platform.config)) return;
    if (api) loadBalancer.allowFrom(api);
    else for (const cidrBlock of privateBlocks(platform)) loadBalancer.allowFromCidrBlock(cidrBlock);
}

function privateBlocks({ config, zones, existingVpc }: Platform): string[] {
    if (existingVpc) return foundIn(existingVpc.private).map(({ cidrBlock }) => cidrBlock);
    return subnetsOf(
        config.network,
        zones.map(({ slot }) => slot),
    ).private;
}
