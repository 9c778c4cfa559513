import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PartFactory } from "../building-blocks/parts";

const TWO_YEARS = 63_072_000;

/** Disabled browser features. */
const PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/**
 * The Content-Security-Policy: all content comes from the site itself. Inline styles are allowed, because Angular inserts the styles of components
 * into the page. Inline scripts aren't allowed.
 *
 * @param connectSources additional origins that scripts can call
 */
function contentSecurityPolicy(connectSources: pulumi.Input<string>[]): pulumi.Output<string> {
    return pulumi
        .all(connectSources)
        .apply((sources) =>
            [
                "default-src 'self'",
                "script-src 'self'",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                "font-src 'self' data:",
                ["connect-src 'self'", ...[...sources].sort()].join(" "),
                "object-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "upgrade-insecure-requests",
            ].join("; "),
        );
}

/** Part of the security headers. */
export interface SecurityHeaderParts {
    securityHeaders: typeof aws.cloudfront.ResponseHeadersPolicy;
    /** The same headers for the file at `settingsPath`, which browsers must not cache. */
    settingsHeaders?: typeof aws.cloudfront.ResponseHeadersPolicy;
}

/** A policy that adds the security headers to every response, including the API's. It overrides headers of the origin. */
export function createSecurityHeaders(
    name: string,
    connectSources: pulumi.Input<string>[],
    parts: PartFactory<SecurityHeaderParts>,
): aws.cloudfront.ResponseHeadersPolicy {
    return parts.create("securityHeaders", aws.cloudfront.ResponseHeadersPolicy, `${name}-security-headers`, {
        comment: `Security headers of ${name}`,
        ...headersArgs(connectSources, { "Permissions-Policy": PERMISSIONS }),
    });
}

/** A policy that adds the security headers, and keeps browsers from caching the response. */
export function createSettingsHeaders(
    name: string,
    connectSources: pulumi.Input<string>[],
    parts: PartFactory<SecurityHeaderParts>,
): aws.cloudfront.ResponseHeadersPolicy {
    return parts.create("settingsHeaders", aws.cloudfront.ResponseHeadersPolicy, `${name}-settings-headers`, {
        comment: `Headers of the settings of ${name}`,
        ...headersArgs(connectSources, { "Cache-Control": "no-store", "Permissions-Policy": PERMISSIONS }),
    });
}

function headersArgs(connectSources: pulumi.Input<string>[], customHeaders: Record<string, string>) {
    const override = true;
    return {
        securityHeadersConfig: {
            contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(connectSources), override },
            contentTypeOptions: { override },
            frameOptions: { frameOption: "DENY", override },
            referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override },
            strictTransportSecurity: { accessControlMaxAgeSec: TWO_YEARS, includeSubdomains: true, preload: true, override },
        },
        customHeadersConfig: { items: Object.entries(customHeaders).map(([header, value]) => ({ header, value, override })) },
    };
}
