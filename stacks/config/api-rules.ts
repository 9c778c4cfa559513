/** Rules for `api.kind: vpcOrigin`: what it can't do, and keys that apply to API Gateway only. */
import { movesRequests } from "../../components/fargate-service/deployment";
import { isObject } from "../../components/internal/unknown";
import { listenerCertificateOf, usesVpcOrigin } from "../api-kind";
import { isIsolated } from "./egress";
import { recoveryRegionOf } from "./regions";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

/** Keys of the section `api` that only API Gateway has, and what to use instead. */
const OF_THE_GATEWAY: Record<string, string> = {
    throttlingRateLimit: "limit the requests of each client with edge.rateLimit and edge.rules",
    throttlingBurstLimit: "limit the requests of each client with edge.rateLimit and edge.rules",
    originSecretVersion: "only CloudFront can connect to the load balancer, without a secret header",
    manageAccountLogging: "the stack has no API Gateway",
};

/** @param written the configuration as written, before defaults */
export function apiProblems(values: PlatformConfig, written: Record<string, unknown>): Problem[] {
    if (!usesVpcOrigin(values)) return [];
    // A key that is off says what is true in any case.
    const keys = isObject(written.api) ? Object.entries(written.api).flatMap(([key, value]) => (value === false ? [] : [key])) : [];
    const unused = Object.entries(OF_THE_GATEWAY)
        .filter(([key]) => keys.includes(key))
        .map(([key, instead]): Problem => [`api.${key}`, `has no effect with api.kind vpcOrigin: ${instead}`]);
    return [...unused, ...failoverProblems(values), ...tokenProblems(values)];
}

/** With a domain, the distribution of the primary stack serves both regions. CloudFront switches between two origins for GET and HEAD only. */
function failoverProblems(values: PlatformConfig): Problem[] {
    if (!values.domain || (values.role === "primary" && recoveryRegionOf(values) === undefined)) return [];
    const why = "in a failover, CloudFront can't switch API requests to the load balancer in the other region";
    return [
        [
            "api.kind",
            `must be gateway in an environment with recovery and domain: ${why}. Without domain, each region has its own distribution`,
        ],
    ];
}

const REMEDY = "Or remove domain.apiCertificateArn, and validate tokens in the services";
/** Why a listener that validates tokens needs internet access. */
export const FETCHES_KEYS = `the load balancer fetches the keys that validate tokens. ${REMEDY}`;

/** The listener validates tokens if it has a certificate. */
function tokenProblems(values: PlatformConfig): Problem[] {
    if (listenerCertificateOf(values) === undefined) return [];
    const { network, services } = values;
    const moving = Object.entries(services).filter(([, { path, deployment }]) => path !== undefined && movesRequests(deployment));
    const problems = moving.map(([name]): Problem => [
        `services.${name}.deployment.strategy`,
        `must be rolling: ECS would rewrite the listener rule, which validates tokens. ${REMEDY}`,
    ]);
    if (isIsolated(network)) problems.push(["network.natGateways", `must not be none: ${FETCHES_KEYS}`]);
    return problems;
}
