import { FargateCluster, InternalLoadBalancer, type LogBucket, type Network } from "../components";
import { logArgs, type Platform } from "./context";

/** The cluster of all services, jobs, and one-off tasks. */
export const createCluster = (platform: Platform): FargateCluster =>
    new FargateCluster(
        "services",
        { ...logArgs(platform), kmsKeyArn: platform.data.keys.data, physicalName: platform.names.prefix },
        platform.opts,
    );

/** The load balancer of all services with a path. */
export const createLoadBalancer = (platform: Platform, parts: { network: Network; accessLogs: LogBucket }): InternalLoadBalancer =>
    new InternalLoadBalancer("services", { vpc: parts.network, accessLogBucket: parts.accessLogs.bucketName }, platform.opts);
