/** Domains of single services: their keys, and what the distributions need to know about them. */
import type * as aws from "@pulumi/aws";
import * as z from "zod";
import type { ServiceDomain } from "../components";
import type { PlatformConfig } from "./config";
import { certificateInUsEast1, domainName, hostedZone } from "./config/values";
import type { Settings } from "./live-changes";

/** Key of a service in a primary stack, which has the distributions of an environment with a domain. */
export const serviceDomain = z
    .strictObject({
        name: domainName()
            .meta({ examples: ["reports.example.org", "insights.example.org"] })
            .describe("Domain name whose requests go to the service, such as reports.example.com. / stands for the service's path."),
        zoneId: hostedZone()
            .meta({ examples: ["Z1EXAMPLE"] })
            .optional()
            .describe("ID of the hosted zone that contains the name. Default: domain.zoneId."),
        certificateArn: certificateInUsEast1()
            .meta({ examples: ["arn:aws:acm:us-east-1:123456789012:certificate/11111111-aaaa-4bbb-8ccc-000000000003"] })
            .optional()
            .describe(
                "Existing certificate for the name. You must renew it. Default: a certificate that the stack creates, validated by DNS.",
            ),
    })
    .optional()
    .describe("Domain of the service, with a CloudFront distribution of its own. Requires domain, and a path that ends with /*.");

export type ServiceDomainConfig = NonNullable<z.output<typeof serviceDomain>>;
type WithServices = Pick<PlatformConfig, "services">;

/** The domains by service, and the services' paths. A dr stack has none. */
export const domainsOf = ({ services }: WithServices): [service: string, domain: ServiceDomainConfig, path: string | undefined][] =>
    Object.entries(services).flatMap(([name, { domain, path }]): [string, ServiceDomainConfig, string | undefined][] =>
        domain ? [[name, domain, path]] : [],
    );

/** The argument of the `Edge` component. */
export function serviceDomainsOf(config: PlatformConfig, dnsProvider: aws.Provider | undefined): Record<string, ServiceDomain> {
    const { domain } = config;
    if (!domain) return {};
    return Object.fromEntries(
        domainsOf(config).map(([service, { name, zoneId = domain.zoneId, certificateArn }, path = ""]) => [
            service,
            { name, zoneId, certificateArn, dnsProvider, pathPrefix: path.replace(/\/\*$/, "") },
        ]),
    );
}

/** Settings for the comparison in the next update: the services' names and zones, and the distribution of each name. Pure. */
export function distributedNames(config: PlatformConfig): Settings {
    const { domain } = config;
    const own = domainsOf(config);
    const ofSite = domain ? [domain.name, ...Object.keys(domain.additionalNames)] : [];
    return {
        "services.domains": Object.fromEntries(
            own.map(([service, { name, zoneId = domain?.zoneId ?? "" }]) => [service, `${name} in ${zoneId}`]),
        ),
        "domain.distributions": {
            ...Object.fromEntries(ofSite.map((name) => [name, "the site"])),
            ...Object.fromEntries(own.map(([service, { name }]) => [name, `services.${service}`])),
        },
    };
}
