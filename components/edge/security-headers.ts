import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "../building-blocks/transform";

const TWO_YEARS = 63_072_000;

/** Browser features that the site does without. */
const PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/**
 * The Content-Security-Policy: everything from the site itself. Styles may be inline, because Angular adds the components' to the page
 * as they appear; scripts may not.
 *
 * @param connectSources further origins that scripts may call
 */
export function contentSecurityPolicy(connectSources: pulumi.Input<string>[]): pulumi.Output<string> {
    return pulumi
        .all(connectSources)
        .apply((sources) =>
            [
                "default-src 'self'",
                "script-src 'self'",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                "font-src 'self' data:",
                ["connect-src 'self'", ...sources].join(" "),
                "object-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "upgrade-insecure-requests",
            ].join("; "),
        );
}

/** The policy that adds the security headers to every response, the API's too; it replaces what the origin says. */
export function createSecurityHeaders(
    name: string,
    connectSources: pulumi.Input<string>[],
    transform: Transform<aws.cloudfront.ResponseHeadersPolicyArgs> | undefined,
    opts: pulumi.CustomResourceOptions,
): aws.cloudfront.ResponseHeadersPolicy {
    const override = true;
    return new aws.cloudfront.ResponseHeadersPolicy(
        `${name}-security-headers`,
        transformed(transform, {
            comment: `Security headers of ${name}`,
            securityHeadersConfig: {
                contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(connectSources), override },
                contentTypeOptions: { override },
                frameOptions: { frameOption: "DENY", override },
                referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override },
                strictTransportSecurity: { accessControlMaxAgeSec: TWO_YEARS, includeSubdomains: true, preload: true, override },
            },
            customHeadersConfig: { items: [{ header: "Permissions-Policy", value: PERMISSIONS, override }] },
        }),
        opts,
    );
}
