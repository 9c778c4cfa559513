import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { type Edge, Identity } from "../components";
import { checkLogin, DEFAULTS, DOMAIN_PREFIX, GROUP_NAME, MFA_CONFIGURATIONS, THREAT_PROTECTIONS } from "../components/identity/args";
import { valid } from "./config/checks";
import { distinct, text } from "./config/values";
import { loginPrefix, type Platform } from "./context";

export const identitySection = z
    .strictObject({
        mfaConfiguration: z
            .enum(MFA_CONFIGURATIONS)
            .default(DEFAULTS.mfaConfiguration)
            .describe("Whether a second factor (an authenticator app) is required or optional."),
        allowAdminCreateUserOnly: z
            .boolean()
            .default(DEFAULTS.allowAdminCreateUserOnly)
            .describe("Whether only administrators can create users. If false, users can sign up."),
        threatProtection: z
            .enum(THREAT_PROTECTIONS)
            .default(DEFAULTS.threatProtection)
            .describe("Cognito threat protection: AUDIT reports, ENFORCED also blocks. Requires the Plus plan, priced per user."),
        domainPrefix: text(DOMAIN_PREFIX, "lower-case letters, digits, and hyphens")
            .meta({ examples: ["acme-login"] })
            .superRefine(
                valid((check, prefix: string) => {
                    checkLogin(check, { prefix });
                }),
            )
            .optional()
            .describe("Prefix of the sign-in page's domain. Default: <project>-<environment>-<account>."),
        siteUrls: distinct(text(/^(https:\/\/[^\s/#?]+|http:\/\/localhost(:\d+)?)$/, "a URL without a path, such as http://localhost:4200"))
            .meta({ examples: [["https://site-one.example.org", "https://site-two.example.org", "http://localhost:4211"]] })
            .default([])
            .describe(
                "Additional URLs of the site. Sign-in can return to their /callback path, for example http://localhost:4200 during development.",
            ),
        groups: distinct(text(GROUP_NAME, "a group name"))
            .meta({ examples: [["reviewers", "editors", "auditors"]] })
            .default(["admins", "users"])
            .describe("User groups."),
    })
    .prefault({});

export function createIdentity({ config, names, account, opts }: Platform): Identity {
    const { domainPrefix, groups, mfaConfiguration, allowAdminCreateUserOnly, threatProtection } = config.identity;
    return new Identity(
        "identity",
        {
            mfaConfiguration,
            allowAdminCreateUserOnly,
            threatProtection,
            domain: { prefix: domainPrefix ?? loginPrefix(names, account) },
            deletionProtection: config.protectData,
            // No precedence: it only selects among the roles of several groups, and these groups have no roles.
            groups: Object.fromEntries(groups.map((group) => [group, { description: `Users of the group ${group}` }])),
        },
        opts,
    );
}

/** Addresses and IDs for the build of the site and for its users. */
export interface Site {
    url: pulumi.Output<string>;
    identity: { issuer: pulumi.Output<string>; loginUrl: pulumi.Output<string>; clientId: pulumi.Output<string> };
    /** Where the site is published. Undefined if the distribution of another stack serves it. */
    site?: { bucket: pulumi.Output<string>; distributionId: pulumi.Output<string> };
}

/** The site's client of the user pool. Sign-in returns to the site. */
export function createClient({ config }: Platform, { identity, edge }: { identity: Identity; edge?: Edge }): Site {
    const url = edge?.url ?? pulumi.output(`https://${config.domain?.name ?? ""}`);
    const urls = [url, ...config.identity.siteUrls];
    const { clientId } = identity.addSpaClient("site", {
        callbackUrls: urls.map((address) => pulumi.interpolate`${address}/callback`),
        logoutUrls: urls.map((address) => pulumi.interpolate`${address}/`),
    });
    return {
        url,
        identity: { issuer: identity.issuerUrl, loginUrl: identity.domainUrl, clientId },
        site: edge && { bucket: edge.siteBucketName, distributionId: edge.distributionId },
    };
}
