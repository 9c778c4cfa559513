/** How CloudFront reaches the services, by `api.kind`. */
import type { PlatformConfig } from "./config";

export const API_KINDS = ["gateway", "vpcOrigin"] as const;

type WithApi = Pick<PlatformConfig, "api">;

/** Directly at the load balancer. */
export const usesVpcOrigin = ({ api }: WithApi): boolean => api.enabled && api.kind === "vpcOrigin";

/** Through API Gateway. */
export const usesGateway = ({ api }: WithApi): boolean => api.enabled && api.kind === "gateway";
