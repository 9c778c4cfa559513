/** The settings that the site reads at run time. The region that answers serves them, so the same build works before and after a failover. */
import * as pulumi from "@pulumi/pulumi";
import type { Identity, InternalLoadBalancer, RouteArgs, SpaClient } from "../components";
import { LAST_PRIORITY } from "../components/fargate-service/paths";
import { API_PATH } from "../components/internal/api-path";

/** Path of the settings, on the site and at the load balancer. A dr stack answers the requests that the primary's distribution forwards. */
export const SETTINGS_PATH = "/config.json";

/** Priority of the rule at the load balancer. No other rule matches the path, because the paths of all services behind an API are below `/api`. */
export const SETTINGS_PRIORITY = LAST_PRIORITY;

/** The route of API Gateway, without a token: users sign in with the settings. */
export const SETTINGS_ROUTE: Record<string, RouteArgs> = { [`GET ${SETTINGS_PATH}`]: { open: true } };

/**
 * The settings as JSON, which contain nothing secret:
 * `{"region":"us-east-1","apiPath":"/api","identity":{"issuer":"https://...","userPoolId":"...","clientId":"...","loginUrl":"https://...","scopes":["openid"]}}`.
 */
export function settingsOf(region: string, identity: Identity, { clientId, scopes }: SpaClient): pulumi.Output<string> {
    const { issuerUrl: issuer, userPoolId, domainUrl: loginUrl } = identity;
    return pulumi.jsonStringify({ region, apiPath: API_PATH, identity: { issuer, userPoolId, clientId, loginUrl, scopes } });
}

/**
 * Lets the load balancer return the settings, for both kinds of API. A mock integration of API Gateway would be part of the deployment of the API,
 * and without a domain, the settings depend on the distribution: its URL is a redirect URL of the client.
 */
export function serveSettings(loadBalancer: InternalLoadBalancer, settings: pulumi.Output<string>): void {
    const response = { path: SETTINGS_PATH, contentType: "application/json", messageBody: settings } as const;
    loadBalancer.addFixedResponse("config", { ...response, priority: SETTINGS_PRIORITY });
}
