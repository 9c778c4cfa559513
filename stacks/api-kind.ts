/** How CloudFront reaches the services, by `api.kind`. */
import type { PlatformConfig } from "./config";

export const API_KINDS = ["gateway", "vpcOrigin"] as const;

type WithApi = Pick<PlatformConfig, "api">;
type WithDomain = Pick<PlatformConfig, "api" | "domain">;

/** Directly at the load balancer. */
export const usesVpcOrigin = ({ api }: WithApi): boolean => api.enabled && api.kind === "vpcOrigin";

/** Through API Gateway. */
export const usesGateway = ({ api }: WithApi): boolean => api.enabled && api.kind === "gateway";

/** The certificate of the load balancer's listener, which then uses HTTPS and validates tokens. Undefined if the listener uses HTTP. */
export const listenerCertificateOf = (config: WithDomain): string | undefined =>
    usesVpcOrigin(config) ? config.domain?.apiCertificateArn : undefined;
