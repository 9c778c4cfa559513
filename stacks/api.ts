import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import {
    ApiGateway,
    type ApiOrigin,
    type Edge,
    type Identity,
    type InternalLoadBalancer,
    type JwtValidation,
    type LoadBalancerArgs,
    type Network,
    type PostgresCluster,
} from "../components";
import { BOUNDS, DEFAULTS } from "../components/api-gateway/args";
import { DOCUMENT_PATH, MAX_DOCUMENT_PATHS } from "../components/internal/web-acl";
import { isRuleOf, MANAGED_RULES, STANDARD_GROUPS } from "../components/internal/managed-rules";
import { API_KINDS, listenerCertificateOf, usesGateway, usesVpcOrigin } from "./api-kind";
import { distinct, optionalSystem, text, version, whole } from "./config/values";
import { logArgs, type Platform } from "./context";
import type { PlatformConfig } from "./config";
import { createSecret } from "./data";
import { apiNames } from "./names";
import { entryOf } from "./services";
import { SETTINGS_ROUTE } from "./site-settings";

export const apiSection = z
    .strictObject({
        enabled: optionalSystem("the API", "Without it, the load balancer accepts requests from the private subnets."),
        kind: z
            .enum(API_KINDS)
            .default("gateway")
            .describe(
                "How CloudFront reaches the services. gateway: through an API Gateway REST API, which validates tokens. vpcOrigin: directly through the internal load balancer, which validates tokens with domain.apiCertificateArn; otherwise, the services must validate them.",
            ),
        throttlingRateLimit: whole(BOUNDS.throttlingRateLimit, "requests a second")
            .default(DEFAULTS.throttlingRateLimit)
            .describe("Steady-state request rate above which the API returns 429."),
        throttlingBurstLimit: whole(BOUNDS.throttlingBurstLimit, "requests")
            .default(DEFAULTS.throttlingBurstLimit)
            .describe("Maximum burst of requests."),
        documentPaths: distinct(text(DOCUMENT_PATH, "a path of at most 180 characters, such as /api/documents or /api/documents/*"))
            .max(MAX_DOCUMENT_PATHS)
            .meta({ examples: [["/api/uploads", "/api/contracts", "/api/prompts"]] })
            .default(["/api/documents", "/api/documents/*"])
            .describe(
                "Paths that receive documents and prompts, with * for all paths below. AWS WAF blocks HTML, some URLs, and bodies over 8 KB on all other paths.",
            ),
        countedRules: distinct(z.enum(MANAGED_RULES))
            .default(DEFAULTS.countedRules)
            .describe("Rules of AWS WAF that count requests instead of blocking them, on all paths, in front of the site and the API."),
        originSecretVersion: version()
            .default(1)
            .describe(
                "Increase by one to rotate the secret header that authenticates CloudFront to the API. The previous secret stays valid.",
            ),
        manageAccountLogging: z
            .boolean()
            // Off in the component, which can't know whether another stack owns the setting.
            .default(true)
            .describe(
                "Sets the role that API Gateway uses for logs. There is one such setting per account and region: set this key to false in all other stacks.",
            ),
    })
    .prefault({});

interface ApiParts {
    network: Network;
    loadBalancer: InternalLoadBalancer;
    identity?: Identity;
    databases: PostgresCluster[];
}

/** The REST API. Undefined if there is no API, and with a VPC origin, which belongs to the distribution. */
export function createApi(platform: Platform, { network, loadBalancer, identity, databases }: ApiParts): ApiGateway | undefined {
    const { config, data, environment, region, dnsProvider, opts } = platform;
    const { throttlingRateLimit, throttlingBurstLimit, documentPaths, manageAccountLogging, originSecretVersion, countedRules } =
        config.api;
    // The configuration requires both or neither: stacks/config/system-rules.ts.
    if (!usesGateway(config) || !identity) return undefined;
    const names = config.domain && apiNames(config.domain.name);
    const api = new ApiGateway(
        "gateway",
        {
            ...logArgs(platform),
            throttlingRateLimit,
            throttlingBurstLimit,
            documentPaths,
            manageAccountLogging,
            // CloudFront's web ACL has more rule groups.
            countedRules: countedRules.filter((rule) => STANDARD_GROUPS.some((group) => isRuleOf(rule, group))),
            vpc: network,
            stageName: environment.replaceAll("-", "_"),
            backend: loadBalancer,
            authorizer: { userPoolArns: [identity.userPoolArn], scopes: identity.scopes },
            originSecrets: data.originSecrets,
            originSecretVersion: data.originSecrets ? undefined : originSecretVersion,
            routes: { "GET /health": { open: true, backendPath: entryOf(config)?.healthCheckPath }, ...SETTINGS_ROUTE },
            domain: config.domain &&
                names && {
                    apiName: names.shared,
                    regionalName: data.failover && names.regional(region),
                    zoneId: config.domain.zoneId,
                    certificateArn: config.domain.apiCertificateArn,
                    dnsProvider,
                    ...data.failover,
                },
            // Traffic must not arrive before the databases accept writes.
            ...(data.failoverState ? { ...data.failoverState, activeAfter: databases } : {}),
        },
        opts,
    );
    publishOriginSecrets(platform, api);
    return api;
}

/** Stores the secrets of CloudFront's header for the dr stack. */
function publishOriginSecrets(platform: Platform, { originSecrets }: ApiGateway): void {
    const { keys, recovery } = platform.data;
    if (!recovery) return;
    createSecret(platform, keys.data, recovery, {
        purpose: "origin",
        description: "Header values that authenticate CloudFront to the API",
        value: pulumi.jsonStringify({ secrets: originSecrets }),
    });
}

const WITHOUT_VALIDATION =
    "api.kind is vpcOrigin, and domain.apiCertificateArn is not set: every request to /api/* reaches the services, with or without a token. They must validate the tokens. See docs/vpc-origin.md.";

/**
 * Settings of the load balancer for `vpcOrigin`: with a certificate, its listener uses HTTPS and accepts only requests with an access token, as the
 * gateway does. Without one, the services must validate the tokens, and the update warns about it.
 */
export function tokenValidation(
    config: PlatformConfig,
    identity: Identity | undefined,
): Pick<LoadBalancerArgs, "certificateArn" | "jwtValidation"> {
    const certificateArn = listenerCertificateOf(config);
    if (usesVpcOrigin(config) && certificateArn === undefined) void pulumi.log.warn(WITHOUT_VALIDATION);
    if (certificateArn === undefined || !identity) return {};
    const { issuerUrl, scopes } = identity;
    const jwtValidation: JwtValidation = {
        issuer: issuerUrl,
        jwksEndpoint: pulumi.interpolate`${issuerUrl}/.well-known/jwks.json`,
        additionalClaims: [
            // ID tokens have the same issuer.
            { name: "token_use", format: "single-string", values: ["access"] },
            { name: "scope", format: "space-separated-values", values: scopes },
        ],
    };
    return { certificateArn, jwtValidation };
}

/** The origin of CloudFront for `/api/*`. Undefined without the API. */
export function apiOriginOf(
    config: PlatformConfig,
    api: ApiGateway | undefined,
    loadBalancer: InternalLoadBalancer,
): ApiOrigin | undefined {
    if (!usesVpcOrigin(config)) return api?.origin;
    const { domain } = config;
    return { loadBalancer, hostName: domain && listenerCertificateOf(config) ? apiNames(domain.name).shared : undefined };
}

/** Base URL of the API, without a trailing slash. */
export const apiUrlOf = ({ config }: Platform, api: ApiGateway | undefined, edge: Edge | undefined): pulumi.Output<string> | undefined =>
    usesVpcOrigin(config) ? edge?.url : api?.url;
