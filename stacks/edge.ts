import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { type ApiGateway, Edge, type Identity, type LogBucket } from "../components";
import { BOUNDS, CONNECT_SOURCE, DEFAULTS, PRICE_CLASSES } from "../components/edge/args";
import type { PlatformConfig } from "./config";
import { recoveryRegionOf } from "./config/regions";
import { distinct, domainName, text, whole } from "./config/values";
import type { Platform } from "./context";

export const domainSection = z
    .strictObject({
        name: domainName().describe("Domain name of the site, such as app.example.com. The API uses api.<name>."),
        zoneId: text(/^Z[A-Z0-9]{1,31}$/, "the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ")
            .meta({ examples: ["Z0EXAMPLE"] })
            .describe(
                "ID of the public hosted zone in Route 53 that contains the name. Looking up a zone by name would need the Route 53 control plane during a failover.",
            ),
    })
    .optional()
    .describe("Custom domain. Without one, the site uses CloudFront's domain name, and clients must switch URLs after a failover.");

export const edgeSection = z
    .strictObject({
        priceClass: z
            .enum(PRICE_CLASSES)
            .default(DEFAULTS.priceClass)
            .describe("Edge locations. PriceClass_100 covers North America and Europe."),
        rateLimit: whole(BOUNDS.rateLimit, "requests in 5 minutes")
            .default(DEFAULTS.rateLimit)
            .describe("Requests per client address in five minutes before AWS WAF blocks the address."),
        connectSources: distinct(text(CONNECT_SOURCE, "an origin, such as https://api.partner.com"))
            .meta({ examples: [["https://zulu.example.com", "https://alpha.example.com", "https://mike.example.com"]] })
            .default(DEFAULTS.connectSources)
            .describe("Additional origins that scripts of the site can call (Content-Security-Policy connect-src)."),
    })
    .prefault({});

/** With a domain, this distribution serves the site after a failover, too. */
function warnAboutSignIn(config: PlatformConfig): void {
    const recoveryRegion = recoveryRegionOf(config);
    if (!config.domain || recoveryRegion === undefined) return;
    if (config.edge.connectSources.some((source) => source.includes(recoveryRegion))) return;
    void pulumi.log.warn(
        `edge.connectSources has no origin in ${recoveryRegion}: after a failover, the site can't reach the sign-in of the dr stack. See docs/deployment.md, "Custom domain".`,
    );
}

interface EdgeParts {
    api: ApiGateway;
    identity: Identity;
    accessLogs: LogBucket;
}

/** The site's distribution. Undefined if the distribution of another stack serves the site. */
export function createEdge({ config, data, region, opts }: Platform, { api, identity, accessLogs }: EdgeParts): Edge | undefined {
    if (!data.site) return undefined;
    const { connectSources, ...settings } = config.edge;
    warnAboutSignIn(config);
    return new Edge(
        "edge",
        {
            ...data.site,
            ...settings,
            documentPaths: config.api.documentPaths,
            apiOrigin: api.origin,
            domain: config.domain,
            connectSources: [identity.domainUrl, `https://cognito-idp.${region}.amazonaws.com`, ...connectSources],
            usEast1LogKeyArn: data.keys.usEast1.logs,
            logRetentionDays: config.logRetentionDays,
            accessLogBucket: accessLogs.bucketName,
            forceDestroy: !config.protectData,
        },
        opts,
    );
}
