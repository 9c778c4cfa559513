/** Rules for systems that can be off: what each requires, and keys that have no effect without a system. */
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

/** Systems with the key `enabled` that other systems or keys require. */
type System = "api" | "edge" | "identity" | "lake";

interface Requirement {
    /** The key that requires the system. */
    key: string;
    isSet: (values: PlatformConfig) => boolean;
    system: System;
    why: string;
}

/** docs/optional-systems.md has the same table. */
const REQUIREMENTS: Requirement[] = [
    {
        key: "api.enabled",
        isSet: ({ api }) => api.enabled,
        system: "identity",
        why: "the API accepts only requests with a token of the user pool",
    },
    { key: "api.enabled", isSet: ({ api }) => api.enabled, system: "edge", why: "the API accepts only requests from CloudFront" },
    {
        key: "events.stream.enabled",
        isSet: ({ events }) => events.enabled && events.stream.enabled,
        system: "lake",
        why: "the stream delivers events to the lake",
    },
    { key: "domain", isSet: ({ domain }) => domain !== undefined, system: "edge", why: "the names are those of the site and of the API" },
    {
        key: "domain.apiCertificateArn",
        isSet: ({ domain }) => domain?.apiCertificateArn !== undefined,
        system: "api",
        why: "the certificate is for the API's names",
    },
    {
        key: "delivery.site",
        isSet: (values) => values.role === "primary" && values.delivery?.site !== undefined,
        system: "edge",
        why: "the pipeline publishes the site",
    },
    {
        key: "usEast1LogDestinationArn",
        isSet: ({ usEast1LogDestinationArn }) => usEast1LogDestinationArn !== undefined,
        system: "edge",
        why: "only CloudFront's web ACL writes a log in us-east-1",
    },
];

/** All problems between systems. Pure. */
export function systemProblems(values: PlatformConfig): Problem[] {
    const missing = REQUIREMENTS.filter(({ isSet, system }) => isSet(values) && !values[system].enabled);
    return [
        ...missing.map(({ key, system, why }): Problem => [key, `${off(system)}: ${why}`]),
        ...signInProblems(values),
        ...accessProblems(values),
    ];
}

const off = (system: System) => `${system} is off (${system}.enabled: false)`;

/** Sign-in returns to a URL of the site. */
function signInProblems({ edge, identity }: PlatformConfig): Problem[] {
    if (edge.enabled || !identity.enabled || identity.siteUrls.length > 0) return [];
    return [
        ["identity.siteUrls", `must contain a URL: ${off("edge")}, and sign-in must return to a site. Or set identity.enabled to false`],
    ];
}

/** A list of addresses that nothing checks would be a false sense of security. */
function accessProblems({ access, edge, identity }: PlatformConfig): Problem[] {
    if (access.allowedCidrBlocks.length === 0 || edge.enabled || identity.enabled) return [];
    return [["access.allowedCidrBlocks", `has no effect: ${off("edge")}, and ${off("identity")}`]];
}
