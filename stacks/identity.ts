import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { type Edge, Identity, type ProviderRegistration } from "../components";
import {
    checkLogin,
    DEFAULTS,
    DOMAIN_PREFIX,
    GROUP_NAME,
    MFA_CONFIGURATIONS,
    SPA_CLIENT_DEFAULTS,
    THREAT_PROTECTIONS,
} from "../components/identity/args";
import { checkProviders } from "../components/identity/providers";
import type { PlatformConfig } from "./config";
import { consistent, valid } from "./config/checks";
import { distinct, optionalSystem, text } from "./config/values";
import { logArgs, loginPrefix, type Platform } from "./context";
import { settingsOf } from "./site-settings";

const attributeMapping = z
    .record(z.string(), z.string())
    .optional()
    .describe("Attributes of the user pool, and the provider's attributes that they are copied from at each sign-in. Default: email.");

const PROTOCOL = "Protocol of the provider.";

const provider = z.discriminatedUnion("type", [
    z.strictObject({
        type: z.literal("oidc").describe(PROTOCOL),
        issuer: z.string().describe("Issuer, an https:// URL without a trailing slash."),
        clientId: z.string().describe("ID of the user pool's client at the provider."),
        clientSecret: z.string().meta({ sensitive: true }).describe("Client secret. Set it as a secret."),
        scopes: z.array(z.string()).optional().describe("Requested scopes. Default: openid, email, and profile."),
        attributeMapping,
    }),
    z.strictObject({
        type: z.literal("saml").describe(PROTOCOL),
        metadataUrl: z.string().optional().describe("URL of the provider's metadata document."),
        metadataFile: z.string().optional().describe("Content of the provider's metadata document, if it has no URL."),
        attributeMapping,
    }),
]);

const saml = (name: string) => ({ type: "saml", metadataUrl: `https://${name}.example.org/metadata` });
const PROVIDERS = { "Alpha-Works": saml("alpha-idp"), "Mike-Labs": saml("mike-idp"), "Zulu-Corp": saml("zulu-idp") };

export const identitySection = z
    .strictObject({
        enabled: optionalSystem("the user pool", "The API requires it."),
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
        providers: z
            .record(z.string(), provider)
            .meta({ examples: [PROVIDERS] })
            .default(DEFAULTS.providers)
            .describe("External identity providers by name, with OpenID Connect or SAML."),
        passwordSignIn: z
            .boolean()
            .default(SPA_CLIENT_DEFAULTS.passwordSignIn)
            .describe("Whether users can sign in with a password of the user pool. If false, only external providers are offered."),
        groups: distinct(text(GROUP_NAME, "a group name"))
            .meta({ examples: [["reviewers", "editors", "auditors"]] })
            .default(["admins", "users"])
            .describe("User groups."),
    })
    .superRefine(
        consistent((check, { providers, passwordSignIn }) => {
            checkProviders(check, providers);
            check(passwordSignIn || Object.keys(providers).length > 0, "passwordSignIn", "must be true without identity.providers");
        }),
    )
    .prefault({});

export function createIdentity(platform: Platform): Identity | undefined {
    const { config, names, account, opts } = platform;
    const { allowedCidrBlocks } = config.access;
    if (!config.identity.enabled) return undefined;
    const { domainPrefix, groups, providers, mfaConfiguration, allowAdminCreateUserOnly, threatProtection } = config.identity;
    return new Identity(
        "identity",
        {
            mfaConfiguration,
            allowAdminCreateUserOnly,
            threatProtection,
            domain: { prefix: domainPrefix ?? loginPrefix(names, account) },
            deletionProtection: config.protectData,
            providers,
            allowedCidrBlocks,
            ...(allowedCidrBlocks.length > 0 ? logArgs(platform) : {}),
            // No precedence: it only selects among the roles of several groups, and these groups have no roles.
            groups: Object.fromEntries(groups.map((group) => [group, { description: `Users of the group ${group}` }])),
        },
        opts,
    );
}

/** Additional names that serve the site. Redirected names need no sign-in, and Cognito has no wildcards in redirect URLs. */
const servedNames = (domain: PlatformConfig["domain"]): string[] =>
    Object.entries(domain?.additionalNames ?? {})
        .filter(([name, { redirect }]) => redirect !== true && !name.startsWith("*."))
        .map(([name]) => name)
        .sort();

/** Addresses and IDs for the build of the site and for its users. */
export interface Site {
    /** Undefined without the edge and a domain. */
    url?: pulumi.Output<string>;
    identity?: {
        issuer: pulumi.Output<string>;
        loginUrl: pulumi.Output<string>;
        clientId: pulumi.Output<string>;
        registration?: ProviderRegistration;
    };
    /** Content of `/config.json`. Undefined without the user pool. */
    settings?: pulumi.Output<string>;
    /** Where the site is published. Undefined if the distribution of another stack serves it. */
    site?: { bucket: pulumi.Output<string>; distributionId: pulumi.Output<string> };
}

/** The site, and its client of the user pool. */
export function createClient({ config, region }: Platform, { identity, edge }: { identity?: Identity; edge?: Edge }): Site {
    const url = edge?.url ?? (config.domain && pulumi.output(`https://${config.domain.name}`));
    return {
        url,
        ...(identity ? signIn(config, region, identity, url) : {}),
        site: edge && { bucket: edge.siteBucketName, distributionId: edge.distributionId },
    };
}

/** A client of the user pool. Sign-in returns to the site. */
function signIn(
    config: PlatformConfig,
    region: string,
    identity: Identity,
    url: pulumi.Output<string> | undefined,
): Pick<Site, "identity" | "settings"> {
    const urls = [...(url ? [url] : []), ...servedNames(config.domain).map((name) => `https://${name}`), ...config.identity.siteUrls];
    const client = identity.addSpaClient("site", {
        callbackUrls: urls.map((address) => pulumi.interpolate`${address}/callback`),
        logoutUrls: urls.map((address) => pulumi.interpolate`${address}/`),
        identityProviders: identity.identityProviders,
        passwordSignIn: config.identity.passwordSignIn,
    });
    const registration = identity.identityProviders.length > 0 ? { registration: identity.registration } : {};
    const { issuerUrl: issuer, domainUrl: loginUrl } = identity;
    return {
        identity: { issuer, loginUrl, clientId: client.clientId, ...registration },
        settings: settingsOf(region, identity, client),
    };
}
